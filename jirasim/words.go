package jirasim

import (
	"strconv"
	"strings"
)

var (
	verbs = []string{
		"Fix", "Add", "Remove", "Investigate", "Refactor", "Document", "Speed up", "Migrate", "Restore",
		"Validate", "Replace", "Upgrade", "Rework", "Monitor", "Simplify", "Harden", "Deprecate", "Überprüfe",
	}
	qualities = []string{
		"slow", "broken", "missing", "duplicate", "stale", "flaky", "legacy", "inconsistent", "hidden",
		"unexpected", "wrong", "delayed", "expired", "truncated", "misleading", "sporadic",
	}
	nouns = []string{
		"login", "checkout", "invoice", "export", "import", "dashboard", "report", "cache", "index",
		"migration", "webhook", "session", "password", "permission", "timezone", "currency", "pagination",
		"attachment", "notification", "search", "filter", "pipeline", "certificate", "backup", "replica",
		"queue", "scheduler", "token", "payload", "customer", "shipment", "refund", "Größentabelle", "naïve parser",
	}
	places = []string{
		"after the upgrade", "on Safari", "for new customers", "in the nightly job", "behind the proxy",
		"when offline", "for archived accounts", "at month end", "under load", "in the EU region",
		"with two-factor login", "on large orders", "during failover", "for guests", "with non-ASCII names",
	}
	labelNames = []string{
		"backend", "frontend", "regression", "customer", "tech-debt", "performance", "security", "ux",
		"quick-win", "blocked-external", "needs-docs", "release-notes", "accessibility", "flaky-test",
		"gdpr", "größe", "q1", "q2", "q3", "q4", "incident", "postmortem", "SELECT", "x/y",
	}
	openings = []string{
		"We noticed that", "A customer reported that", "Since the last release", "It seems that",
		"According to the logs,", "In the review we agreed that", "As a user I expect that", "Once a day",
		"Contrary to the documentation,", "After some digging:", "Please check whether", "For the record:",
	}
	middles = []string{
		"is not refreshed until the page is reloaded", "takes more than 30 seconds to answer",
		"returns \"500 Internal Server Error\"", "ignores the configured limit", "shows the wrong total",
		"writes to C:\\temp\\export.log", "loses the selected filter", "should be translated to français & 日本語",
		"sends the same e-mail twice", "needs approval by the <owner>", "was moved to the new cluster",
		"fails with a timeout", "drops rows whose name contains a tab\tor a quote", "must be done before the freeze",
		"works again 🎉", "cannot be reproduced on staging",
	}
	groupNames = []string{"jira-software-users", "developers", "support-tier-2", "finance-approvers", "Ops & Co", "administrators"}
)

// phrases are sentences written as the inside of a JSON string once, so that a text costs
// no more than copying.
func makePhrases(seed uint64) [][]byte {
	phrases := make([][]byte, 1500)
	d := dice(mix(seed, 0x9472a5e5))
	for i := range phrases {
		text := pick(&d, openings) + " the " + pick(&d, qualities) + " " + pick(&d, nouns) + " " + pick(&d, middles)
		if d.chance(50) {
			text += " " + pick(&d, places)
		}
		if d.chance(30) {
			text += " (see " + strings.ToUpper(pick(&d, nouns)[:2]) + "-" + strconv.Itoa(d.n(9000)) + ")"
		}
		q := quoted(text + ". ")
		phrases[i] = q[1 : len(q)-1]
	}
	return phrases
}

func pick(d *dice, words []string) string { return words[d.n(len(words))] }

// summary makes an issue's title.
func summary(salt uint64) string {
	d := dice(salt)
	text := pick(&d, verbs) + " " + pick(&d, qualities) + " " + pick(&d, nouns) + " " + pick(&d, places)
	switch d.n(12) {
	case 0:
		return "[" + pick(&d, nouns) + "] " + text
	case 1:
		return text + ` ("` + pick(&d, nouns) + `")`
	case 2:
		return text + ", part " + strconv.Itoa(1+d.n(5))
	}
	return text
}
