//go:build unix && !linux

package sandbox

import (
	"os"
	"syscall"
)

func self() (string, error) { return os.Executable() }

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func closeOnExecAll() {}

func yieldToOthers() {}
