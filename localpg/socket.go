package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxSocketPath is what a unix socket's address can hold, less its closing NUL.
const maxSocketPath = 107

// socketDir makes the private folder of the socket: beside the data, or, where that path is
// too long or holds what a list of folders cannot, a short one that is removed by Stop.
func socketDir(p place) (string, error) {
	dir := filepath.Join(p.dir, socketName)
	fits := len(dir)+len("/.s.PGSQL."+port) <= maxSocketPath && !strings.ContainsAny(dir, `,"'@`)
	if !fits {
		sum := sha256.Sum256([]byte(p.dir))
		dir = filepath.Join("/tmp", "jirasync-"+hex.EncodeToString(sum[:8]))
	}
	err := os.Mkdir(dir, 0o700)
	switch {
	case os.IsExist(err) && ownedBy(dir, p.account):
		// What a killed server left: the lock says that it is no more.
		for _, name := range []string{".s.PGSQL." + port, ".s.PGSQL." + port + ".lock"} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
				return "", fmt.Errorf("clear the socket's folder: %w", err)
			}
		}
	case os.IsExist(err) && !fits: // a stranger's, in the public folder
		dir, err = os.MkdirTemp("/tmp", "jirasync-")
		if err != nil {
			return "", fmt.Errorf("make the socket's folder: %w", err)
		}
	case err != nil:
		return "", fmt.Errorf("make the socket's folder: %w", err)
	}
	if err := p.account.chown(dir); err != nil {
		return "", fmt.Errorf("make the socket's folder: %w", err)
	}
	return dir, nil
}

func ownedBy(dir string, a account) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return false
	}
	uid, _ := ownerOf(info)
	return uid == a.uid
}
