package cli

import (
	"fmt"
	"text/tabwriter"

	"jirasync/config"
)

type configCommand struct {
	Check configCheckCommand `cmd:"" help:"Print the effective configuration, secrets masked, and every problem at once."`
}

type configCheckCommand struct{}

// Run prints every value, then the problems, if there are any.
func (configCheckCommand) Run(s *session) error {
	settings, err := config.Check()
	table := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	for _, setting := range settings {
		origin := "set"
		if setting.Default {
			origin = "default"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", setting.Name, setting.Value, origin, setting.Meaning)
	}
	if flushErr := table.Flush(); flushErr != nil {
		return flushErr
	}
	return err
}
