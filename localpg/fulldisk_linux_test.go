package localpg_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/localpg"
)

func TestAFullDiskIsSaidSo(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m,mode=0711"); err != nil {
		t.Skip("needs the right to mount:", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	require.ErrorContains(t, err, "no space left on the disk of "+dir)
}
