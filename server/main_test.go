package server_test

import (
	"testing"

	"jirasync/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
