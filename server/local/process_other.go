//go:build !linux

package local

import (
	"os/exec"
	"strconv"
	"syscall"
)

// dieWithParent has no equivalent here: a parent that is killed leaves its children to be stopped by the next start.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

// commandLine is that of a running process; empty when there is none of this number.
func commandLine(pid int) string {
	text, _ := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return string(text)
}
