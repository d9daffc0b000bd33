// Command jirasync mirrors the issues of several Jira instances into PostgreSQL and serves the
// mirror. See `jirasync --help`.
package main

import (
	"os"

	"jirasync/cli"
)

// Set by the linker; a plain `go build` has neither.
var version, commit = "dev", "unknown"

func main() { os.Exit(cli.Main(os.Args[1:], cli.Build{Version: version, Commit: commit})) }
