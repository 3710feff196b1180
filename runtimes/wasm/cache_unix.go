//go:build unix

package wasm

import (
	"os"
	"syscall"
)

// ownersAlone reports whether only this user or root may write to a folder.
func ownersAlone(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o022 != 0 {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Geteuid())
}
