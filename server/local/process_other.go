//go:build !linux

package local

import "syscall"

// dieWithParent has no equivalent here: a parent that is killed leaves its children to be stopped by the next start.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}
