package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// minMajor is the oldest PostgreSQL that the schema runs on.
const minMajor = 15

// probeTimeout is for `postgres --version`, which takes milliseconds.
const probeTimeout = 10 * time.Second

// binaries are the programs of one PostgreSQL installation.
type binaries struct {
	dir     string
	major   int
	version string // as it calls itself: 15.18
}

// Find returns the folder of the newest usable initdb and postgres: $PG_BIN alone if it is
// set, else of those on PATH, of Debian's, of source builds, and fetched ones (see
// scripts/postgres) under fetchDirs, ./.cache/postgres and the user's cache folder.
func Find(fetchDirs ...string) (binDir string, err error) {
	self := account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}
	found, rejected := findAll(searchPath(fetchDirs...), self)
	if len(found) == 0 {
		return "", &NotFoundError{Rejected: rejected}
	}
	return found[0].dir, nil
}

// chooseBinaries takes the installation that made the data, the newest for a new cluster.
func chooseBinaries(opts Options, p place, made int) (binaries, error) {
	dirs := []string{opts.BinDir}
	if opts.BinDir == "" {
		var fetched []string
		if opts.FetchDir != "" {
			fetched = append(fetched, opts.FetchDir)
		}
		dirs = searchPath(fetched...)
	}
	found, rejected := findAll(dirs, p.account)
	if len(found) == 0 {
		return binaries{}, &NotFoundError{Rejected: rejected}
	}
	if made == 0 {
		return found[0], nil
	}
	versions := make([]string, 0, len(found))
	for _, b := range found {
		if b.major == made {
			return b, nil
		}
		versions = append(versions, fmt.Sprintf("%s (in %s)", b.version, b.dir))
	}
	return binaries{}, &VersionError{Dir: filepath.Join(p.dir, dataName), Made: made, Found: versions}
}

// searchPath lists the folders that may hold PostgreSQL.
func searchPath(fetchDirs ...string) []string {
	if dir := os.Getenv("PG_BIN"); dir != "" {
		return []string{dir}
	}
	var dirs []string
	if initdb, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(initdb))
	}
	for _, dir := range fetchDirs {
		dirs = append(dirs, dir, filepath.Join(dir, "bin"), filepath.Join(dir, "*", "bin"))
	}
	dirs = append(dirs,
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin",
		"/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin", "/opt/homebrew/opt/postgresql@*/bin",
		".cache/postgres/*/bin", shelters[0]+"/postgres/*/bin")
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(cache, "jirasync", "postgres", "*", "bin"))
	}
	return dirs
}

// findAll returns what an account can run of the folders that the patterns name, newest
// first, and why the rest will not do.
func findAll(patterns []string, a account) (found []binaries, rejected []string) {
	var seen []string
	for _, pattern := range patterns {
		dirs, _ := filepath.Glob(pattern) // the only error is a bad pattern; a folder named so is not found
		for _, dir := range dirs {
			if initdb, err := filepath.EvalSymlinks(filepath.Join(dir, "initdb")); err == nil {
				dir = filepath.Dir(initdb) // links into one installation are that one
			}
			dir, err := filepath.Abs(dir)
			if err != nil || slices.Contains(seen, dir) {
				continue
			}
			seen = append(seen, dir)
			b, err := probe(dir, a)
			switch {
			case err == nil:
				found = append(found, b)
			case !errors.Is(err, fs.ErrNotExist) || len(patterns) == 1: // asked for by name
				rejected = append(rejected, err.Error())
			}
		}
	}
	if len(patterns) == 1 && len(seen) == 0 {
		rejected = append(rejected, "there is no folder "+patterns[0])
	}
	slices.SortStableFunc(found, func(a, b binaries) int { return cmp.Compare(b.major, a.major) })
	return found, rejected
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// probe asks the programs in a folder what they are, as the account that will run them.
func probe(dir string, a account) (binaries, error) {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return binaries{}, err
		}
	}
	if !a.canReach(dir) {
		return binaries{}, fmt.Errorf("uid %d cannot reach %s", a.uid, dir)
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version") //nolint:gosec // a path we found
	cmd.Dir = "/"
	cmd.Env = childEnv()
	cmd.SysProcAttr = a.attributes()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return binaries{}, fmt.Errorf("%s/postgres does not run: %w: %s", dir, err, out)
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return binaries{}, fmt.Errorf("%s/postgres is not PostgreSQL", dir)
	}
	major, err := strconv.Atoi(string(match[2]))
	if err != nil {
		return binaries{}, fmt.Errorf("version of %s/postgres: %w", dir, err)
	}
	if major < minMajor {
		return binaries{}, fmt.Errorf("%s is version %s", dir, match[1])
	}
	return binaries{dir: dir, major: major, version: string(match[1])}, nil
}
