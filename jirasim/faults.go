package jirasim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Ways in which a rule damages an answer.
const (
	CutReset    = "reset"    // the connection is reset in mid-body
	CutTruncate = "truncate" // the JSON ends early, the response looks complete
	CutHTML     = "html"     // a login page, with 200
	CutSilence  = "silence"  // no answer for Hold, then the connection closes
	CutSlow     = "slow"     // the body drips, over Hold
)

// Rule is a fault on the way of requests: which it meets and what happens to them.
type Rule struct {
	// Path meets requests whose path begins with it, counted from /rest/, such as
	// "/rest/api/3/search"; empty meets all but /_sim/.
	Path string `json:"path,omitempty"`
	// Endpoint meets requests to one alone, by method and path as Faults.Requests names them, such
	// as "POST /rest/api/3/issue/bulkfetch" or "GET /rest/api/2/issue/{}/worklog".
	Endpoint    string  `json:"endpoint,omitempty"`
	After       int     `json:"after,omitempty"`       // lets so many of them through first
	Next        int     `json:"next,omitempty"`        // meets the next so many only; 0: until cleared
	Probability float64 `json:"probability,omitempty"` // 0: each of them

	Latency time.Duration `json:"-"` // before the answer
	Jitter  time.Duration `json:"-"` // up to so much more

	Status     int               `json:"status,omitempty"`     // answers with it: 429, 500, 502, 503, 401, 403 ...
	RetryAfter string            `json:"retryAfter,omitempty"` // the header as it is: "7", "0", "3600"; empty: none
	Headers    map[string]string `json:"headers,omitempty"`    // more of them, such as RateLimit-Reason; without Status, of the right answer
	Body       string            `json:"body,omitempty"`       // of the answer with Status; empty: Jira's error shape

	Cut  string        `json:"cut,omitempty"` // one of the Cut constants
	Hold time.Duration `json:"-"`             // of CutSilence and CutSlow; default 30 s
}

type rulePlain Rule

type ruleJSON struct {
	*rulePlain
	Latency string `json:"latency,omitempty"`
	Jitter  string `json:"jitter,omitempty"`
	Hold    string `json:"hold,omitempty"`
}

// MarshalJSON writes durations as text, such as "300ms".
func (r Rule) MarshalJSON() ([]byte, error) {
	plain := rulePlain(r)
	return json.Marshal(ruleJSON{&plain, durationText(r.Latency), durationText(r.Jitter), durationText(r.Hold)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Rule) UnmarshalJSON(text []byte) error {
	in := ruleJSON{rulePlain: (*rulePlain)(r)}
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	for name, d := range map[string]struct {
		text string
		to   *time.Duration
	}{"latency": {in.Latency, &r.Latency}, "jitter": {in.Jitter, &r.Jitter}, "hold": {in.Hold, &r.Hold}} {
		if err := readDuration(d.text, d.to); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return r.check()
}

func (r *Rule) check() error {
	switch r.Cut {
	case "", CutReset, CutTruncate, CutHTML, CutSilence, CutSlow:
	default:
		return fmt.Errorf("cut %q: must be reset, truncate, html, silence or slow", r.Cut)
	}
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		return fmt.Errorf("status %d: must be 200 to 599", r.Status)
	}
	return nil
}

// TooManyRequests is Cloud's 429 of the burst limiter to the next n requests.
func TooManyRequests(next int, retryAfter string) Rule {
	return Rule{Next: next, Status: 429, RetryAfter: retryAfter, Headers: map[string]string{
		"RateLimit-Reason": "jira-burst-based", "X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0",
	}}
}

// QuotaUsedUp is Cloud's 429 to all requests but the first so many, whose app has used up the points
// of its hour. It lasts until the faults are cleared.
func QuotaUsedUp(after int, retryAfter string) Rule {
	return Rule{After: after, Status: 429, RetryAfter: retryAfter, Headers: map[string]string{
		"RateLimit-Reason": "jira-quota-tenant-based", "X-RateLimit-Limit": "65000", "X-RateLimit-Remaining": "0",
	}}
}

// activeRule is a rule and what it has met so far.
type activeRule struct {
	Rule
	seen, met int
}

// Faults are the switches that make the simulator fail; all may be used while it serves.
type Faults struct {
	mu       sync.Mutex
	settings Settings
	rules    []*activeRule
	requests map[string]int // by path without ids
}

func newFaults(o Options) *Faults {
	f := &Faults{settings: o.Settings, requests: map[string]int{}}
	for _, r := range o.Rules {
		f.Add(r)
	}
	return f
}

// Add makes a rule hold from the next request on. Several rules add up; the first with a
// Status or Cut decides the answer.
func (f *Faults) Add(r Rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, &activeRule{Rule: r})
}

// Update changes the settings.
func (f *Faults) Update(change func(*Settings)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settings.HiddenFields = slices.Clone(f.settings.HiddenFields)
	f.settings.Withheld = slices.Clone(f.settings.Withheld)
	f.settings.Unlisted = slices.Clone(f.settings.Unlisted)
	change(&f.settings)
}

// Settings returns what is set now.
func (f *Faults) Settings() Settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settings
}

// Rules returns the rules that still hold.
func (f *Faults) Rules() []Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	rules := []Rule{}
	for _, r := range f.rules {
		if r.Next == 0 || r.met < r.Next {
			rules = append(rules, r.Rule)
		}
	}
	return rules
}

// Clear ends all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settings, f.rules = Settings{}, nil
}

// Requests tells how many requests were answered, by method and path ("POST
// /rest/api/3/issue/bulkfetch"); ids and keys in paths are shown as {}.
func (f *Faults) Requests() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := make(map[string]int, len(f.requests))
	for path, n := range f.requests {
		counts[path] = n
	}
	return counts
}

// ResetRequests counts from zero again.
func (f *Faults) ResetRequests() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.requests)
}

// meet counts a request and returns the rules that it meets.
func (f *Faults) meet(method, path string) []Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	endpoint := method + " " + anonymous(path)
	f.requests[endpoint]++
	var met []Rule
	for _, r := range f.rules {
		if !strings.HasPrefix(path, r.Path) || r.Endpoint != "" && r.Endpoint != endpoint {
			continue
		}
		r.seen++
		if r.seen <= r.After || r.Next > 0 && r.met >= r.Next {
			continue
		}
		if r.Probability > 0 && rand.Float64() >= r.Probability {
			continue
		}
		r.met++
		met = append(met, r.Rule)
	}
	return met
}

// anonymous replaces the ids and keys in a path.
func anonymous(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if i > 4 && part != "" && strings.ContainsAny(part, "0123456789") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}
