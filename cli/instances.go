package cli

import (
	"crypto/rand"
	"fmt"
	"os"

	"jirasync/config"
	"jirasync/db"
	"jirasync/jira"
	"jirasync/mirror"
)

// mirrorInstances makes a client for each configured Jira. It does no I/O.
func mirrorInstances(c config.Config) ([]mirror.Instance, error) {
	instances := make([]mirror.Instance, 0, len(c.Instances))
	for _, in := range c.Instances {
		client, err := jira.New(jira.Config{
			Name: in.Name, Number: in.Number, URL: in.URL, Kind: in.Kind, Username: in.Username,
			Password: in.Password.Reveal(), Token: in.Token.Reveal(), CloudID: in.CloudID, Concurrency: in.Concurrency,
		})
		if err != nil {
			return nil, err
		}
		instances = append(instances, mirror.Instance{
			ID: in.Number, Name: in.Name, Client: client, Projects: in.Projects, JQL: in.JQL, Concurrency: in.Concurrency,
		})
	}
	return instances, nil
}

func instanceRows(c config.Config) []db.InstanceRow {
	rows := make([]db.InstanceRow, len(c.Instances))
	for i, in := range c.Instances {
		rows[i] = db.InstanceRow{ID: in.Number, Name: in.Name, URL: in.URL}
	}
	return rows
}

// holderName is how this process calls itself where it takes a lease: a person must find it, and
// no two may share it.
func holderName(role string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s %s pid %d %s", role, host, os.Getpid(), rand.Text()[:6])
}
