package jirasim

import (
	"encoding/json"
	"fmt"
	"time"
)

// Settings are the faults of the world behind the requests: what Jira's index does, how
// it pages, what it hides. The zero value is a Jira without them.
type Settings struct {
	// IndexLag is how long search goes on seeing the world as it was; reads by id see a
	// change at once.
	IndexLag time.Duration `json:"-"`

	// FlickerEvery makes each nth issue disappear from search at times, though it is there.
	FlickerEvery int `json:"flickerEvery,omitempty"`

	// Unlisted are issues that no search ever shows, though it counts them.
	Unlisted []int64 `json:"unlisted,omitempty"`

	RepeatToken bool `json:"repeatToken,omitempty"` // Cloud: each page names the first page's token again
	EmptyPages  bool `json:"emptyPages,omitempty"`  // each second page has no issues, yet a token (Cloud)
	ShortPages  bool `json:"shortPages,omitempty"`  // pages hold fewer issues than asked for
	RepeatIssue bool `json:"repeatIssue,omitempty"` // each page begins with the last issue of the one before
	PageCap     int  `json:"pageCap,omitempty"`     // issues a page at most; 0: Jira's own caps
	NoIsLast    bool `json:"noIsLast,omitempty"`    // Cloud: leaves isLast out

	ClockSkew time.Duration `json:"-"` // of the Date header and serverInfo

	// Embedded lists show at most so many entries; 0 is Jira's own cut (Cloud: changelog
	// 40, comments 20, worklogs 20; Data Center: worklogs 20), -1 none. Data Center never
	// cuts the changelog, for nothing else tells it.
	ChangelogCut int `json:"changelogCut,omitempty"`
	CommentsCut  int `json:"commentsCut,omitempty"`
	WorklogsCut  int `json:"worklogsCut,omitempty"`

	HiddenFields []string `json:"hiddenFields,omitempty"` // ids the API user may not see

	// Withheld are ids of issues that Cloud's bulkfetch names among its issueErrors instead of sending them.
	Withheld []int64 `json:"withheld,omitempty"`

	ZoneTold string `json:"zoneTold,omitempty"` // the API user's zone, as /myself tells it, where that is not true

	Millis string `json:"millis,omitempty"` // how JQL reads milliseconds: one of the Millis constants
}

// How JQL reads times without quotes. Jira reads them as instants.
const (
	MillisWall    = "wall"    // as what the API user's clock shows, as it reads quoted ones
	MillisRefused = "refused" // with 400
)

type settingsJSON struct {
	*settingsPlain
	IndexLag  string `json:"indexLag,omitempty"`
	ClockSkew string `json:"clockSkew,omitempty"`
}

type settingsPlain Settings

// MarshalJSON writes durations as text, such as "4m0s".
func (s Settings) MarshalJSON() ([]byte, error) {
	plain := settingsPlain(s)
	return json.Marshal(settingsJSON{&plain, durationText(s.IndexLag), durationText(s.ClockSkew)})
}

// UnmarshalJSON changes the members named and leaves the others.
func (s *Settings) UnmarshalJSON(text []byte) error {
	in := settingsJSON{settingsPlain: (*settingsPlain)(s)}
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	if err := readDuration(in.IndexLag, &s.IndexLag); err != nil {
		return fmt.Errorf("indexLag: %w", err)
	}
	if err := readDuration(in.ClockSkew, &s.ClockSkew); err != nil {
		return fmt.Errorf("clockSkew: %w", err)
	}
	return nil
}

func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func readDuration(text string, d *time.Duration) error {
	if text == "" {
		return nil
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// cuts are the sizes of embedded lists; 0 is uncut.
func (s *Settings) cuts(f Flavor) (changelog, comments, worklogs int) {
	own := [3]int{0, 0, 20}
	if f == Cloud {
		own = [3]int{40, 20, 20}
	}
	for i, set := range []int{s.ChangelogCut, s.CommentsCut, s.WorklogsCut} {
		switch {
		case set > 0:
			own[i] = set
		case set < 0:
			own[i] = 0
		}
	}
	if f == DataCenter {
		own[0] = 0
	}
	return own[0], own[1], own[2]
}
