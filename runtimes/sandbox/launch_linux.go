package sandbox

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// self names this program in a way that works after its file was replaced or lies in a folder closed to others.
func self() (string, error) { return "/proc/self/exe", nil }

func attributes() *syscall.SysProcAttr {
	// A session of its own keeps a terminal's Ctrl-C from reaching executors; the worker ends them in order.
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
}

func closeOnExecAll() { _ = unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC) }

// niceness of children: what looks after them (heartbeats, cancels, requests) goes first when the processors are busy.
const niceness = 5

// yieldToOthers lowers the priority of the calling thread, which what it starts inherits.
func yieldToOthers() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness) }
