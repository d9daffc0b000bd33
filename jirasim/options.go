package jirasim

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Flavor is the kind of Jira that is played.
type Flavor string

// The two kinds of Jira.
const (
	Cloud      Flavor = "cloud"
	DataCenter Flavor = "dc"
)

// How big the documents of issues are.
const (
	ScaleDemo  = "demo"  // a few kilobytes
	ScaleBench = "bench" // 6 to 15 KB, 25 to 60 custom fields filled, changelog, comments, worklogs
)

const (
	cloudFields      = 271
	dataCenterFields = 265
	maxIssues        = 5_000_000
)

// Options say which Jira is played. The zero value of a member has a default.
type Options struct {
	Flavor Flavor // default Cloud
	Name   string // of the site, part of its own URLs; default "north" or "south"
	Seed   uint64
	Issues int // at birth; later ones come on top. Default 1000

	FieldCount int     // default 271 on Cloud, 265 on Data Center
	Rate       float64 // changes a minute while Run runs; 0 stands still until it is touched

	// StatePath is the file that keeps the changes made since birth. Empty keeps them in
	// memory only.
	StatePath string

	// Username and Token are the credentials accepted. An empty Token accepts any.
	Username, Token string

	TimeZone string           // of the API user, default "UTC"
	Now      func() time.Time // default time.Now

	// Epoch is the instant before which all data of birth lies. It is kept in StatePath;
	// default is the first start.
	Epoch time.Time

	Logger       *slog.Logger // default: silent
	PayloadScale string       // default ScaleDemo

	// PoisonEvery makes each nth issue one with unpleasant content: NUL, lone surrogates,
	// numbers beyond float64, odd dates. 0 makes none.
	PoisonEvery int

	// Prerender keeps each document once written, so that a benchmark's pages cost almost
	// nothing. For up to some 20,000 issues: documents of 20 KB fill 400 MB.
	Prerender bool

	Settings Settings // the world's faults at the start
	Rules    []Rule   // the way's faults at the start
}

// withDefaults fills what was left out and refuses what cannot be.
func (o Options) withDefaults() (Options, error) {
	if o.Flavor == "" {
		o.Flavor = Cloud
	}
	if o.Flavor != Cloud && o.Flavor != DataCenter {
		return o, fmt.Errorf("flavor %q: must be %q or %q", o.Flavor, Cloud, DataCenter)
	}
	if o.Issues == 0 {
		o.Issues = 1000
	}
	if o.Issues < 1 || o.Issues > maxIssues {
		return o, fmt.Errorf("issues %d: must be 1 to %d", o.Issues, maxIssues)
	}
	if o.PayloadScale == "" {
		o.PayloadScale = ScaleDemo
	}
	if o.PayloadScale != ScaleDemo && o.PayloadScale != ScaleBench {
		return o, fmt.Errorf("payload scale %q: must be %q or %q", o.PayloadScale, ScaleDemo, ScaleBench)
	}
	if o.Rate < 0 {
		return o, fmt.Errorf("rate %v: must not be negative", o.Rate)
	}
	o = o.withFlavorDefaults()
	if o.FieldCount < minFields || o.FieldCount > maxFields {
		return o, fmt.Errorf("field count %d: must be %d to %d", o.FieldCount, minFields, maxFields)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

func (o Options) withFlavorDefaults() Options {
	name, count := "north", cloudFields
	if o.Flavor == DataCenter {
		name, count = "south", dataCenterFields
	}
	if o.Name == "" {
		o.Name = name
	}
	if o.FieldCount == 0 {
		o.FieldCount = count
	}
	if o.TimeZone == "" {
		o.TimeZone = "UTC"
	}
	return o
}

// baseURL is the site's own address as its documents name it. Nobody can reach it: like a
// Jira behind a gateway, the address asked and the address named differ.
func (o Options) baseURL() string {
	host := strings.ToLower(strings.Map(hostRune, o.Name))
	if o.Flavor == Cloud {
		return "https://" + host + ".atlassian.example"
	}
	return "https://jira." + host + ".example"
}

func hostRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}
