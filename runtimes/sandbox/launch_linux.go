package sandbox

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// self names this program in a way that works after its file was replaced or lies in a folder closed to others.
func self() (string, error) { return "/proc/self/exe", nil }

func attributes() *syscall.SysProcAttr {
	// A process group of its own keeps a terminal's Ctrl-C from reaching executors; the worker ends them in order. It is no session
	// of its own: the scheduler may give each session an equal share, and would then not look at priorities between them.
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

func closeOnExecAll() { _ = unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC) }

// Niceness of children: what looks after them (heartbeats, cancels, requests) goes first when the processors are busy, and those that
// take long come behind all others.
const (
	niceness = 5
	lowest   = 19
)

// yieldToOthers lowers the priority of the calling thread, which what it starts inherits.
func yieldToOthers() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness) }

// Yield puts all threads of the child behind everything else that wants a processor, or back to where they began. Only root may do the
// latter.
func (p *Process) Yield(yield bool) error {
	n := niceness
	if yield {
		n = lowest
	}
	return syscall.Setpriority(syscall.PRIO_PGRP, p.Pid, n) // children lead groups of their own
}

// CPU is the processor time that the child has used, on all processors together.
func (p *Process) CPU() (time.Duration, error) {
	const scheduled = 2 // of the clocks that each process has
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.Pid<<3|scheduled), &t); err != nil {
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}

// Memory is how much of what Limits.MemoryBytes bounds the child has.
func (p *Process) Memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 6 {
		return 0, fmt.Errorf("statm is %q", text)
	}
	pages, err := strconv.ParseInt(fields[5], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
