package server_test

import (
	"os"
	"testing"

	"jirasync/chaos/chaostest"
	"jirasync/db/dbtest"
)

func TestMain(m *testing.M) {
	_ = os.Setenv("ZONEINFO", "testdata/zoneinfo") // zones that PostgreSQL lacks, beside those that Go knows
	dbtest.Main(m, chaostest.Links()...)
}
