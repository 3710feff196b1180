//go:build unix

package sandbox

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// Ended says how a child ended that did not end well.
type Ended struct {
	// Memory: it had none left of what it may have, or the kernel killed it because the machine had none left.
	Memory bool
	Reason string // for people: "out of memory", "exit status 2"
}

func (e *Ended) Error() string { return e.Reason }

// ending makes an error of how a child ended; killed says that this process killed it.
func ending(err error, fatal string, killed bool) error {
	if err == nil {
		return nil
	}
	e := &Ended{Reason: err.Error()}
	exit, _ := err.(*exec.ExitError)
	switch {
	case strings.Contains(fatal, "out of memory") || strings.Contains(fatal, "cannot allocate"):
		e.Memory, e.Reason = true, "out of memory"
	case fatal != "":
		e.Reason = fatal
	case exit != nil && !killed:
		if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() && s.Signal() == syscall.SIGKILL {
			e.Reason = "killed from outside, as the kernel does when the machine has no memory left"
		}
	}
	return e
}

const (
	printable = 16 << 10 // bytes that one child may print
	lineBytes = 200
)

// printed passes on what a child prints, as much as one may, and keeps the first line in which Go says what it dies of.
type printed struct {
	to   io.Writer // nil: nowhere
	left int

	mu    sync.Mutex
	line  []byte
	fatal string
}

func (p *printed) Write(b []byte) (int, error) {
	if n := min(len(b), p.left); n > 0 {
		p.left -= n
		if p.to != nil {
			_, _ = p.to.Write(b[:n]) // a log that cannot be written is no reason to stop the child
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for rest := b; p.fatal == "" && len(rest) > 0; {
		line, more, whole := bytes.Cut(rest, []byte("\n"))
		p.line = append(p.line, line[:min(len(line), lineBytes-len(p.line))]...)
		rest = more
		if whole {
			for _, mark := range []string{"fatal error: ", "panic: "} {
				if text, found := strings.CutPrefix(string(p.line), mark); found {
					p.fatal = text
				}
			}
			p.line = p.line[:0]
		}
	}
	return len(b), nil
}

func (p *printed) reason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fatal
}
