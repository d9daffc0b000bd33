package jira

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Each failure of this package is one of the types below (or the context's own error),
// perhaps wrapped. Their texts are for a person: they name the instance and the cure, and
// hold no credentials.

// Passing reports whether a failure may be over in seconds, without anyone's help.
func Passing(err error) bool {
	var unreachable *UnreachableError
	var nonsense *NonsenseError
	return errors.As(err, &unreachable) || errors.As(err, &nonsense)
}

// RefusedError says that Jira would not let us in. A retry does not help.
type RefusedError struct {
	Instance int // n of JIRA_URL_n
	Host     string
	Status   int    // 401 or 403
	Captcha  bool   // a person must log in through a browser first
	Reason   string // what Jira said, if anything
	Cloud    bool   // the host is a Cloud site, where scoped tokens need JIRA_CLOUD_ID_n
}

func (e *RefusedError) Error() string {
	if e.Captcha {
		return fmt.Sprintf("%s refused the login (HTTP %d) and asks for a CAPTCHA after failed attempts: log in once "+
			"through a browser as the user of JIRA_USERNAME_%d, then renew JIRA_PASSWORD_%[3]d", e.Host, e.Status, e.Instance)
	}
	text := fmt.Sprintf("%s refused the login (HTTP %d)", e.Host, e.Status)
	if e.Status == 403 {
		text = fmt.Sprintf("%s refused access (HTTP 403)", e.Host)
	}
	if e.Reason != "" {
		text += ", saying " + quote(e.Reason)
	}
	text += fmt.Sprintf(": renew JIRA_TOKEN_%d or JIRA_PASSWORD_%[1]d", e.Instance)
	if e.Status == 403 {
		text += " and check what its user may see"
	}
	if e.Cloud {
		text += fmt.Sprintf("; a scoped token also needs JIRA_CLOUD_ID_%d", e.Instance)
	}
	return text
}

// ThrottledError says that Jira wants fewer requests, for longer than we wait.
type ThrottledError struct {
	Instance int
	Host     string
	Endpoint string    // which alone is limited; empty: all are
	Until    time.Time // when to come back
	Reason   string    // such as jira-quota-tenant-based; empty if Jira gave none
}

func (e *ThrottledError) Error() string {
	text := e.Host + " limits requests"
	if e.Endpoint != "" {
		text += " to " + e.Endpoint
	}
	text += " until " + e.Until.UTC().Format(time.RFC3339)
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	return text + fmt.Sprintf(": it goes on by itself then; if this happens often, lower JIRA_CONCURRENCY_%d", e.Instance)
}

// GoneError says that an endpoint was removed from Jira (HTTP 410).
type GoneError struct {
	Instance int
	Host     string
	Endpoint string
	Reason   string
}

func (e *GoneError) Error() string {
	return fmt.Sprintf("%s no longer has %s (%s): set JIRA_KIND_%d to auto, or update this program",
		e.Host, e.Endpoint, quote(e.Reason), e.Instance)
}

// ProjectGoneError says that a project in a query does not exist, or no longer for us.
type ProjectGoneError struct {
	Instance int
	Host     string
	Project  string
}

func (e *ProjectGoneError) Error() string {
	return fmt.Sprintf("%s shows us no project %s: it was deleted, or the account lost the right to browse it; "+
		"grant it, or take the project out of JIRA_PROJECTS_%d", e.Host, e.Project, e.Instance)
}

// BadRequestError says that Jira understood but refused a request, mostly for its JQL.
type BadRequestError struct {
	Instance int
	Host     string
	Endpoint string
	Status   int
	Messages []string
}

func (e *BadRequestError) Error() string {
	return fmt.Sprintf("%s refused a request to %s (HTTP %d: %s): if it speaks of the query, correct JIRA_JQL_%d or JIRA_PROJECTS_%[5]d",
		e.Host, e.Endpoint, e.Status, quote(strings.Join(e.Messages, " ")), e.Instance)
}

// TimesError says that no time in a query means what we mean by it, so that changes could be missed.
type TimesError struct {
	Instance int
	Host     string
	Zone     string // of the account
}

func (e *TimesError) Error() string {
	return fmt.Sprintf("%s finds no issue by the time it was changed, neither by milliseconds nor by the clock of %s, the time zone "+
		"of the account: changes would be missed, so nothing was read; set the time zone of the account of instance %d to UTC "+
		"in its profile, and check the server's own time zone", e.Host, e.Zone, e.Instance)
}

// NotFoundError says that a thing does not exist, or not for us; Jira does not tell which.
type NotFoundError struct {
	Instance int
	Host     string
	Endpoint string
	Messages []string
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%s found nothing at %s (%s): it is gone, or hidden from the account of instance %d",
		e.Host, e.Endpoint, quote(strings.Join(e.Messages, " ")), e.Instance)
}

// NotJiraError says that something else answers at the address: a login page, a proxy.
type NotJiraError struct {
	Instance int
	Host     string
	Endpoint string
	Status   int
	Excerpt  string // the beginning of the answer
}

func (e *NotJiraError) Error() string {
	return fmt.Sprintf("%s answered %s (HTTP %d) with a page that is not Jira's: %s; check JIRA_URL_%d, "+
		"its context path, and any login page or proxy in front", e.Host, e.Endpoint, e.Status, quote(e.Excerpt), e.Instance)
}

// UnreachableError says that there was no usable connection, or only server errors.
type UnreachableError struct {
	Instance int
	Host     string
	Endpoint string
	Status   int   // of the last answer; 0 if there was none
	Cause    error // nil if there was an answer
}

func (e *UnreachableError) Error() string {
	what := fmt.Sprintf("it answered HTTP %d", e.Status)
	if e.Cause != nil {
		what = e.Cause.Error()
	}
	return fmt.Sprintf("%s cannot be reached for %s (%s): check that Jira runs and that JIRA_URL_%d leads to it; "+
		"the next run tries again", e.Host, e.Endpoint, what, e.Instance)
}

func (e *UnreachableError) Unwrap() error { return e.Cause }

// NonsenseError says that Jira's answer cannot be understood.
type NonsenseError struct {
	Instance int
	Host     string
	Endpoint string
	Excerpt  string // the beginning of the answer
	Cause    error
}

func (e *NonsenseError) Error() string {
	text := fmt.Sprintf("%s (instance %d) gave an answer to %s that makes no sense: %v", e.Host, e.Instance, e.Endpoint, e.Cause)
	if e.Excerpt != "" {
		text += "; it begins with " + quote(e.Excerpt)
	}
	return text
}

func (e *NonsenseError) Unwrap() error { return e.Cause }

// RedirectError says that Jira sent us to another host. Nothing was sent there.
type RedirectError struct {
	Instance int
	Host     string
	To       string // scheme and host
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s redirects to %s, which gets no credentials: if that is right, set JIRA_URL_%d to it",
		e.Host, e.To, e.Instance)
}

// quote shortens text to one line of bounded length for an error.
func quote(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return fmt.Sprintf("%q", s)
}
