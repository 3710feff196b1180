//go:build unix && !linux

package sandbox

import (
	"errors"
	"os"
	"syscall"
	"time"
)

func self() (string, error) { return os.Executable() }

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func closeOnExecAll() {}

func yieldToOthers() {}

// Yield does nothing on this system.
func (p *Process) Yield(bool) error { return nil }

// CPU is not known on this system.
func (p *Process) CPU() (time.Duration, error) {
	return 0, errors.New("this system does not tell how much processor time a process has used")
}

// Memory is not known on this system.
func (p *Process) Memory() (int64, error) {
	return 0, errors.New("this system does not tell how much memory a process has")
}
