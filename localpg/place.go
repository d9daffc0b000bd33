package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// The parts of a cluster's folder.
const (
	dataName    = "data"         // what initdb finished
	partialName = "data.partial" // what it has not; renamed to data as its last step
	socketName  = "socket"
	lockName    = "lock" // held by the process that runs the server
)

// shelters are where root keeps clusters whose wanted folder the server cannot reach.
var shelters = []string{"/var/lib/jirasync", "/var/tmp/jirasync"}

// place is where a cluster lives and who runs its server.
type place struct {
	dir     string // absolute, without symbolic links
	account account
	moved   string
}

// choosePlace takes the wanted folder, unless the server's account cannot reach it: then a
// sheltered folder that the same wish finds again. Data that exists stays where it is.
func choosePlace(wanted string) (place, error) {
	dir, err := makeDir(wanted)
	if err != nil {
		return place{}, fmt.Errorf("make the folder of the cluster: %w", err)
	}
	if os.Geteuid() != 0 {
		return placeOf(dir, callerAccount())
	}
	unprivileged, err := unprivilegedAccount()
	if err != nil {
		return place{}, err
	}
	found, err := placeOf(dir, unprivileged)
	if err != nil || found.account.canReach(dir) {
		return found, err
	}
	if isCluster(dir) {
		return place{}, fmt.Errorf("uid %d, which owns the data in %s, cannot reach that folder: "+
			"give the folders above it mode 0711", found.account.uid, dir)
	}
	sum := sha256.Sum256([]byte(dir))
	for _, shelter := range shelters {
		sheltered, makeErr := makeDir(filepath.Join(shelter, hex.EncodeToString(sum[:8])))
		if makeErr != nil || !isRoots(shelter) || !unprivileged.canReach(sheltered) {
			err = errors.Join(err, makeErr)
			continue
		}
		found, err := placeOf(sheltered, unprivileged)
		found.moved = fmt.Sprintf("PostgreSQL does not run as root, and its account (uid %d) cannot reach %s: "+
			"the data is in %s", found.account.uid, dir, sheltered)
		return found, err
	}
	return place{}, errors.Join(fmt.Errorf("PostgreSQL does not run as root, and its account (uid %d) can reach "+
		"neither %s nor %s: choose another folder", unprivileged.uid, dir, strings.Join(shelters, " nor ")), err)
}

func placeOf(dir string, fresh account) (place, error) {
	if !isCluster(dir) {
		return place{dir: dir, account: fresh}, nil
	}
	owner, err := ownerAccount(filepath.Join(dir, dataName))
	return place{dir: dir, account: owner}, err
}

// makeDir makes a folder and those above it, passable even under root's umask of 077, and
// returns its real path.
func makeDir(wanted string) (string, error) {
	abs, err := filepath.Abs(wanted)
	if err != nil {
		return "", err
	}
	var missing []string
	for dir := abs; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, dir)
	}
	if err := os.MkdirAll(abs, 0o711); err != nil { // passable, not readable
		return "", err
	}
	for _, dir := range missing {
		if err := os.Chmod(dir, 0o711); err != nil { // passable, not readable
			return "", err
		}
	}
	return filepath.EvalSymlinks(abs)
}

// isCluster takes what we may not look into for one.
func isCluster(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, dataName, "PG_VERSION"))
	return !errors.Is(err, fs.ErrNotExist)
}

// isRoots guards against a folder that somebody put in a public place before us.
func isRoots(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	uid, _ := ownerOf(info)
	return uid == 0
}

// madeBy returns the major version that made the data, 0 if there is none yet.
func madeBy(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	switch {
	case err == nil:
		return strconv.Atoi(strings.TrimSpace(string(text)))
	case !errors.Is(err, fs.ErrNotExist):
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	entries, err := os.ReadDir(data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("read the data folder: %w", err)
	}
	if len(entries) > 0 {
		return 0, fmt.Errorf("%s is neither empty nor a PostgreSQL cluster: move it away, or choose another folder", data)
	}
	return 0, nil
}

// lockDir makes this process the only supervisor of a cluster. The kernel gives the lock
// back when the process ends, however it ends.
func lockDir(p place) (*os.File, error) {
	path := filepath.Join(p.dir, lockName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the cluster: %w", err)
	}
	if err := p.account.chown(path); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock the cluster: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &InUseError{Dir: p.dir}
		}
		return nil, fmt.Errorf("lock the cluster: %w", err)
	}
	return file, nil
}
