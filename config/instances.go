package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// instanceParts are the stems of the JIRA_..._n names.
var instanceParts = []string{
	"URL", "NAME", "KIND", "USERNAME", "PASSWORD", "TOKEN", "CLOUD_ID", "PROJECTS", "JQL", "CONCURRENCY", "WEBHOOK_SECRET",
}

var (
	instanceName = regexp.MustCompile(`^JIRA_([A-Z_]+?)_([0-9]+)(_FILE)?$`)
	nameShape    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)
	projectKey   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// readInstances reads the groups JIRA_URL_1, JIRA_URL_2 ... A group is known by any of its names,
// so that a forgotten URL is told.
func readInstances(env map[string]string, known map[string]bool) (instances []Instance, settings []Setting, problems Problems) {
	for _, n := range instanceNumbers(env) {
		in, read, wrong := readInstance(env, known, n)
		settings, problems = append(settings, read...), append(problems, wrong...)
		instances = append(instances, in)
	}
	names := map[string]int{}
	for _, in := range instances {
		if other, taken := names[in.Name]; taken {
			problems = append(problems, fmt.Sprintf("JIRA_NAME_%d and JIRA_NAME_%d are both %q: give each instance its own name", other, in.Number, in.Name))
		}
		names[in.Name] = in.Number
	}
	return instances, settings, problems
}

func instanceNumbers(env map[string]string) []int {
	var numbers []int
	for name, value := range env {
		match := instanceName.FindStringSubmatch(name)
		if match == nil || value == "" || !slices.Contains(instanceParts, match[1]) {
			continue
		}
		n, err := strconv.Atoi(match[2])
		if err == nil && n >= 1 && n <= 32_767 && !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers
}

func readInstance(env map[string]string, known map[string]bool, n int) (in Instance, settings []Setting, problems Problems) {
	in = Instance{Number: n}
	var projects string
	for _, v := range in.variables(strconv.Itoa(n), &projects) {
		known[v.name] = true
		setting, problem := v.read(env, known)
		settings = append(settings, setting)
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	for _, key := range strings.FieldsFunc(projects, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !projectKey.MatchString(key) {
			problems = append(problems, fmt.Sprintf("JIRA_PROJECTS_%d: %q is not a project key", n, key))
		}
		in.Projects = append(in.Projects, strings.ToUpper(key))
	}
	return in, settings, append(problems, in.contradictions(env)...)
}

// variables lists the names of one instance, bound to it; n is its number.
func (in *Instance) variables(n string, projects *string) []variable {
	name := func(part string) string { return "JIRA_" + part + "_" + n }
	return []variable{
		{name("URL"), "", "address of this Jira", false, jiraURL(&in.URL)},
		{name("NAME"), "instance_" + n, "its name in the dashboard and in queries", false, matching(&in.Name, nameShape, "must be letters, digits, _ . and -, at most 63")},
		{name("KIND"), "auto", "auto, cloud or datacenter", false, oneOf(&in.Kind, "auto", "cloud", "datacenter")},
		{name("USERNAME"), "", "account (Cloud: e-mail address)", false, text(&in.Username)},
		{name("PASSWORD"), "", "its password (Cloud: API token)", true, secret(&in.Password)},
		{name("TOKEN"), "", "Bearer token (Data Center: personal access token)", true, secret(&in.Token)},
		{name("CLOUD_ID"), "", "sends scoped Cloud tokens to Atlassian's gateway", false, text(&in.CloudID)},
		{name("PROJECTS"), "", "keys to mirror, with commas; unset: all", false, text(projects)},
		{name("JQL"), "", "mirror only what this JQL matches", false, text(&in.JQL)},
		{name("CONCURRENCY"), "4", "requests at a time", false, number(&in.Concurrency)},
		{name("WEBHOOK_SECRET"), "", "secret of the webhooks sent to /webhooks/jira/NAME; unset: none are taken", true, secret(&in.WebhookSecret)},
	}
}

// contradictions names halves of a pair that are missing or exclude each other.
func (in Instance) contradictions(env map[string]string) (problems Problems) {
	n := in.Number
	say := func(format string) {
		problems = append(problems, strings.ReplaceAll(format, "_n", fmt.Sprintf("_%d", n)))
	}
	url := env[fmt.Sprintf("JIRA_URL_%d", n)]
	if url == "" {
		say("JIRA_URL_n is missing, though other names of that instance are set")
	}
	switch {
	case in.Token != "" && (in.Password != "" || in.Username != ""):
		say("JIRA_TOKEN_n contradicts JIRA_USERNAME_n and JIRA_PASSWORD_n: a Bearer token or Basic, not both")
	case in.Token == "" && in.Username == "" && in.Password != "":
		say("JIRA_PASSWORD_n is set without JIRA_USERNAME_n")
	case in.Token == "" && in.Username != "" && in.Password == "":
		say("JIRA_USERNAME_n is set without JIRA_PASSWORD_n (on Cloud the API token)")
	case in.Token == "" && in.Username == "" && url != "":
		say("JIRA_URL_n has no credentials: set JIRA_TOKEN_n, or JIRA_USERNAME_n and JIRA_PASSWORD_n")
	}
	if in.CloudID != "" && in.Kind == "datacenter" {
		say("JIRA_CLOUD_ID_n contradicts JIRA_KIND_n=datacenter")
	}
	return problems
}

func jiraURL(into *string) func(string) error {
	return func(value string) error {
		u, err := url.Parse(value)
		switch {
		case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
			return fmt.Errorf("must be an address such as https://example.atlassian.net")
		case u.User != nil:
			return fmt.Errorf("must not hold credentials: use JIRA_USERNAME_n and JIRA_PASSWORD_n")
		case u.RawQuery != "" || u.Fragment != "":
			return fmt.Errorf("must not have a query or fragment")
		}
		*into = strings.TrimRight(value, "/")
		return nil
	}
}

func matching(into *string, shape *regexp.Regexp, rule string) func(string) error {
	return func(value string) error {
		if !shape.MatchString(value) {
			return fmt.Errorf("%s", rule)
		}
		*into = value
		return nil
	}
}
