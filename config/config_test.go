package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

func with(pairs ...string) map[string]string {
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return env
}

func TestNothingSetMeansDefaults(t *testing.T) {
	t.Parallel()
	c, err := Defaults(nil)
	require.NoError(t, err)
	require.Equal(t, "postgres://postgres@localhost:5432/jira_sync?sslmode=prefer", c.Database.URL.Reveal())
	require.Equal(t, 8987, c.Listen.Port)
	require.Equal(t, "127.0.0.1", c.Listen.Addr)
	require.Equal(t, 110*time.Second, c.Redis.TTL)
	require.Equal(t, 2*time.Minute, c.Sync.Interval)
	require.Equal(t, 20_000, c.Limits.Cost)
	require.Empty(t, c.Redis.URL, "in-process")
	require.Empty(t, c.Instances)
}

func TestInstancesAreReadInOrderOfTheirNumbers(t *testing.T) {
	t.Parallel()
	c, err := Defaults(with(
		"JIRA_URL_10", "https://ten.example.com/jira/", "JIRA_TOKEN_10", "pat",
		"JIRA_URL_2", "https://two.atlassian.net", "JIRA_USERNAME_2", "a@b.c", "JIRA_PASSWORD_2", "token", "JIRA_NAME_2", "two",
		"JIRA_PROJECTS_2", "ops, web", "JIRA_CONCURRENCY_2", "7",
	))
	require.NoError(t, err)
	require.Len(t, c.Instances, 2)
	require.Equal(t, "two", c.Instances[0].Name)
	require.Equal(t, []string{"OPS", "WEB"}, c.Instances[0].Projects)
	require.Equal(t, 7, c.Instances[0].Concurrency)
	require.Equal(t, "instance_10", c.Instances[1].Name)
	require.Equal(t, "https://ten.example.com/jira", c.Instances[1].URL)
}

func TestEveryProblemNamesItsVariableAndTheCure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		env  map[string]string
		says string
	}{
		"unknown name":              {with("JIRA_USRNAME_1", "x"), "JIRA_USRNAME_1 is not a name that jirasync knows"},
		"slip with no other name":   {with("JIRA_USRNAME_1", "x"), "did you mean JIRA_USERNAME_1?"},
		"slip of a known name":      {with("DB_HSOT", "x"), "did you mean DB_HOST?"},
		"bad port":                  {with("PORT", "http"), `PORT="http" must be a port`},
		"bad interval":              {with("SYNC_INTERVAL", "1s"), "SYNC_INTERVAL"},
		"missing half":              {with("JIRA_URL_1", "https://x.example", "JIRA_USERNAME_1", "ann"), "JIRA_USERNAME_1 is set without JIRA_PASSWORD_1"},
		"no credentials":            {with("JIRA_URL_1", "https://x.example"), "JIRA_URL_1 has no credentials"},
		"no URL":                    {with("JIRA_TOKEN_3", "x"), "JIRA_URL_3 is missing"},
		"two ways to log in":        {with("JIRA_URL_1", "https://x.example", "JIRA_TOKEN_1", "a", "JIRA_USERNAME_1", "b", "JIRA_PASSWORD_1", "c"), "JIRA_TOKEN_1 contradicts"},
		"two databases":             {with("DATABASE_URL", "postgres://x", "DB_HOST", "y"), "DATABASE_URL contradicts DB_HOST"},
		"password without Redis":    {with("REDIS_PASSWORD", "x"), "set REDIS_HOST too"},
		"two instances of one name": {with("JIRA_URL_1", "https://x.example", "JIRA_TOKEN_1", "a", "JIRA_NAME_1", "same", "JIRA_URL_2", "https://y.example", "JIRA_TOKEN_2", "a", "JIRA_NAME_2", "same"), "both \"same\""},
		"accounts":                  {with("AUTH", "required"), "no accounts yet"},
		"secret from nowhere":       {with("DB_PASSWORD_FILE", "/nowhere/at/all"), "DB_PASSWORD_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Defaults(tt.env)
			require.ErrorContains(t, err, tt.says)
		})
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Defaults(with("PORT", "0", "LOG_LEVEL", "loud", "REDIS_TTL", "-1", "DB_COLOUR", "blue"))
	var problems Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems, 4)
}

func TestSecretsComeFromFilesAndNeverShow(t *testing.T) {
	t.Parallel()
	const planted = "s3cr3t-planted"
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte(planted+"\n"), 0o600))
	env := with("DB_PASSWORD_FILE", file, "JIRA_URL_1", "https://x.example", "JIRA_TOKEN_1", planted, "PUBLIC_URL", "https://u:"+planted+"@h")
	c, settings, problems := parse(env)
	require.Contains(t, c.Database.URL.Reveal(), planted)
	printed := fmt.Sprintf("%v %+v %#v %v %v", c, c, c, settings, problems)
	asJSON, err := json.Marshal(c.Instances)
	require.NoError(t, err)
	require.NotContains(t, printed+string(asJSON), planted)

	_, err = Defaults(with("JIRA_URL_1", "https://ann:"+planted+"@x.example", "JIRA_TOKEN_1", "t"))
	require.ErrorContains(t, err, "must not hold credentials")
	require.NotContains(t, err.Error(), planted)
}

func TestFileIsBelowTheEnvironment(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), ".env")
	require.NoError(t, os.WriteFile(file, []byte("# comment\nPORT=1111\nexport LOG_LEVEL='debug'\n\nDB_NAME=\"a b\"\n"), 0o600))
	env, problems := environment([]string{"PORT=2222"}, file)
	require.Empty(t, problems)
	require.Equal(t, with("PORT", "2222", "LOG_LEVEL", "debug", "DB_NAME", "a b"), env)
	_, problems = environment(nil, file+".none")
	require.Empty(t, problems)
}

func FuzzParse(f *testing.F) {
	f.Add("JIRA_URL_1", "https://x.example")
	f.Add("DATABASE_URL", "postgres://a:b@c/d")
	f.Add("JIRA_CONCURRENCY_99999999999999", "4")
	f.Fuzz(func(t *testing.T, name, value string) {
		_, settings, problems := parse(map[string]string{name: value, "JIRA_TOKEN_1": "planted-secret"})
		if strings.Contains(fmt.Sprint(settings, problems), "planted-secret") {
			t.Fatal("the secret shows")
		}
	})
}

func TestNamesOfContainerImagesAreNotOurs(t *testing.T) {
	t.Parallel()
	_, err := Defaults(with("REDIS_IMAGE", "redis:7", "POSTGRES_IMAGE", "postgres:17"))
	require.NoError(t, err)
}

func TestReferenceNamesEveryVariableOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]Variable{}
	for _, v := range Reference() {
		require.NotContains(t, seen, v.Name)
		require.NotEmpty(t, v.Meaning, v.Name)
		seen[v.Name] = v
	}
	require.Equal(t, Variable{Name: "PORT", Default: "8987", Meaning: "port to listen on"}, seen["PORT"])
	require.True(t, seen["JIRA_TOKEN_n"].Secret)
	require.Equal(t, "instance_n", seen["JIRA_NAME_n"].Default)
}
