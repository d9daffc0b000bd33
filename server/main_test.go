package server_test

import (
	"testing"

	"jirasync/chaos/chaostest"
	"jirasync/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m, chaostest.Links()...) }
