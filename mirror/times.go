package mirror

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jirasync/db"
	"jirasync/jira"
)

// learnTimes makes sure that the instance reads the times in our queries as we mean them. It asks
// once for each server, release, account zone and offset of that zone, and then remembers.
func (r *runner) learnTimes(ctx context.Context, server jira.Server) error {
	zone, err := time.LoadLocation(server.TimeZone)
	if err != nil {
		zone = time.UTC // a zone that only Jira knows: instants do not need it
	}
	_, offset := time.Now().In(zone).Zone()
	found := db.TimesRead{For: strings.Join([]string{server.BaseURL, server.Version, server.TimeZone, (time.Duration(offset) * time.Second).String()}, " ")}
	known, err := r.store.TimesRead(ctx, r.Instance.ID)
	if err != nil {
		return err
	}
	if known.For == found.For {
		r.read(jira.Reading(known.Reading), zone)
		return nil
	}
	reading, err := r.client.CheckReading(ctx, zone)
	if err != nil || reading == "" {
		return err
	}
	r.read(reading, zone)
	found.Reading = string(reading)
	return r.store.SaveTimesRead(ctx, r.Instance.ID, found)
}

func (r *runner) read(reading jira.Reading, zone *time.Location) {
	r.client.UseReading(reading, zone)
	warning := ""
	if reading == jira.WallClock {
		warning = fmt.Sprintf("%s does not take milliseconds in JQL for what they are, so it is asked by the clock of %s, the time zone of "+
			"the sync account: nothing is lost, some pages are read twice; an account in UTC with a release that Atlassian supports avoids it",
			r.Instance.Name, zone)
	}
	r.known.mu.Lock()
	defer r.known.mu.Unlock()
	r.known.warning = warning
}
