package localpg

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// nobodyID is the uid and gid of nobody everywhere.
const nobodyID = 65534

// account is who initdb and the server run as. PostgreSQL refuses root, and initdb a uid
// that has no name.
type account struct {
	uid, gid uint32 // as the file system sees it

	// namespace: the child sees itself as nobody while its files stay the caller's.
	namespace bool
}

// callerAccount runs the server as ourselves. Not for root.
func callerAccount() account {
	a := account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}
	if _, err := user.LookupId(strconv.Itoa(os.Geteuid())); err != nil {
		a.namespace = true
		if !a.usable() { // then initdb fails and says why; a finished cluster runs without
			a.namespace = false
		}
	}
	return a
}

// unprivilegedAccount is the one that root runs a new cluster as.
func unprivilegedAccount() (account, error) {
	a := account{uid: nobodyID, gid: nobodyID}
	if u, err := user.Lookup(superuser); err == nil {
		uid, _ := strconv.ParseUint(u.Uid, 10, 32) // a number on every unix
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		a = account{uid: uint32(uid), gid: uint32(gid)}
	}
	if a.usable() {
		return a, nil
	}
	if a = (account{namespace: true}); a.usable() { // a container without CAP_SETUID
		return a, nil
	}
	return account{}, errors.New("PostgreSQL does not run as root, which here may neither become another account " +
		"nor make a user namespace: run as an ordinary user")
}

// ownerAccount is the account that existing data demands.
func ownerAccount(data string) (account, error) {
	info, err := os.Stat(data)
	if err != nil {
		return account{}, err
	}
	uid, gid := ownerOf(info)
	caller := uint32(os.Geteuid())
	switch {
	case caller != 0 && uid != caller:
		return account{}, &OwnerError{Dir: data, UID: uid}
	case caller != 0:
		return callerAccount(), nil
	}
	a := account{uid: uid, gid: gid, namespace: uid == 0}
	if !a.usable() {
		return account{}, &OwnerError{Dir: data, UID: uid}
	}
	return a, nil
}

// usable tells whether a child may be started so: containers can forbid it.
func (a account) usable() bool {
	cmd := exec.CommandContext(context.Background(), "/bin/true") // ends by itself
	cmd.Dir = "/"
	cmd.SysProcAttr = a.attributes()
	err := cmd.Start()
	if err == nil {
		_ = cmd.Wait() // that it could start is the answer
	}
	return err == nil || errors.Is(err, fs.ErrNotExist)
}

// chown gives a file of ours to the account.
func (a account) chown(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// canReach tells whether the account may pass every folder down to path. It reads the mode
// bits alone: a child has no supplementary groups, and nobody guards a demo with ACLs.
func (a account) canReach(path string) bool {
	if os.Geteuid() != 0 || a.uid == 0 {
		return true // whatever we see, it sees
	}
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return false
		}
		uid, gid := ownerOf(info)
		bit := os.FileMode(0o001)
		switch {
		case uid == a.uid:
			bit = 0o100
		case gid == a.gid:
			bit = 0o010
		}
		if info.Mode().Perm()&bit == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

func ownerOf(info fs.FileInfo) (uid, gid uint32) {
	stat, _ := info.Sys().(*syscall.Stat_t) // what it is on every unix
	return stat.Uid, stat.Gid
}
