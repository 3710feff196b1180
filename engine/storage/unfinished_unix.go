//go:build unix

package storage

import (
	"os"
	"syscall"
)

// lock takes the lock of a file, or waits for it. Where a file system knows no locks, nobody has one, and nothing is taken for left.
func lock(f *os.File, wait bool) bool {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err != syscall.EINTR { //nolint:errorlint // exactly this one
			return err == nil
		}
	}
}
