package jira

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSprintTextIsCutAtItsKeys(t *testing.T) {
	t.Parallel()
	const head = "com.atlassian.greenhopper.service.sprint.Sprint@1f2e3d"
	for name, tt := range map[string]struct {
		blob string
		want Sprint
	}{
		"a goal that ends in a comma (S1)": {
			"[id=1,rapidViewId=2,state=CLOSED,name=A,startDate=<null>,endDate=<null>,completeDate=<null>,sequence=1,goal=ship it, and rest,]",
			Sprint{ID: 1, BoardID: 2, State: "closed", Name: "A", Goal: "ship it, and rest,"},
		},
		"a name that begins with brackets (S2)": {
			"[id=1,rapidViewId=2,state=ACTIVE,name=[Team A] Sprint [3],goal=,sequence=1]",
			Sprint{ID: 1, BoardID: 2, State: "active", Name: "[Team A] Sprint [3]"},
		},
		"the id last (S3)": {
			"[rapidViewId=2,state=FUTURE,name=B,goal=<null>,sequence=9,id=77]",
			Sprint{ID: 77, BoardID: 2, State: "future", Name: "B"},
		},
		"signs in the name, empty dates (S4)": {
			"[id=1,state=CLOSED,name=Q3 | Dev's, x=y,startDate=,endDate=<null>,completeDate=]",
			Sprint{ID: 1, State: "closed", Name: "Q3 | Dev's, x=y"},
		},
		"the goal before the dates (S5)": {
			"[id=1,state=CLOSED,name=C,goal=be good, be quick,startDate=<null>]",
			Sprint{ID: 1, State: "closed", Name: "C", Goal: "be good, be quick"},
		},
		"keys that come later (S6)": {
			"[id=1,rapidViewId=2,state=ACTIVE,name=D,goal=,startDate=<null>,endDate=<null>,completeDate=<null>,activatedDate=<null>,sequence=1,synced=false,autoStartStop=false,incompleteIssuesDestinationId=<null>]",
			Sprint{ID: 1, BoardID: 2, State: "active", Name: "D"},
		},
		"a known key again, inside the name": {
			"[id=1,state=ACTIVE,name=E,state=of things,goal=x]",
			Sprint{ID: 1, State: "active", Name: "E,state=of things", Goal: "x"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := parseSprint(head + tt.blob)
			require.True(t, ok)
			require.Equal(t, tt.want, got)
		})
	}
}

// T10: the dates of sprints have their own form on each version.
func TestSprintDates(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"2020-01-02T03:04:05.678Z", "2020-01-02T03:04:05.678+0000", "2020-01-02T04:04:05.678+01:00"} {
		s, ok := parseSprint("Sprint@1[id=1,name=A,startDate=" + date + ",endDate=" + date + ",completeDate=" + date + "]")
		require.True(t, ok)
		for _, at := range []int64{s.Start.UnixMilli(), s.End.UnixMilli(), s.Completed.UnixMilli()} {
			require.EqualValues(t, 1577934245678, at)
		}
	}
}

func TestTextThatIsNoSprintIsRefused(t *testing.T) {
	t.Parallel()
	for _, blob := range []string{"", "Sprint 5", "[]", "][", "Sprint@1[name=A]", "Sprint@1[id=x]", "["} {
		_, ok := parseSprint(blob)
		require.False(t, ok, blob)
	}
}
