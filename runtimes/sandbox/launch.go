//go:build unix

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Launcher starts children that call Enter.
type Launcher struct {
	Binary       string   // default: this program
	Args         []string // for example "executor"
	Env          []string // KEY=value; a child inherits no variable that is not named here
	Limits       Limits
	ReadOnlyDirs []string
	Program      *Program   // the child becomes this one, by Exec
	Files        []*os.File // the child's descriptors from Descriptor+1 on
	Stderr       io.Writer  // receives what children print; nil discards it
}

// Process is a started child.
type Process struct {
	Conn *net.UnixConn // the parent's end; the caller closes it
	Pid  int

	cmd    *exec.Cmd
	killed atomic.Bool
	done   chan struct{}
	err    error
}

// Launch starts a child. The context bounds the start only; a child lives until it ends, is killed, or its parent ends.
func (l *Launcher) Launch(ctx context.Context) (*Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	policy, err := json.Marshal(Policy{Limits: l.Limits.withDefaults(), ReadOnlyDirs: l.ReadOnlyDirs, Parent: os.Getpid(), Program: l.Program})
	if err != nil {
		return nil, err
	}
	binary := l.Binary
	if binary == "" {
		if binary, err = self(); err != nil {
			return nil, err
		}
	}
	ours, theirs, err := socketpair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	memory := l.Limits.withDefaults().MemoryBytes
	cmd := exec.Command(binary, l.Args...)
	cmd.Env = append([]string{environment + "=" + string(policy), fmt.Sprintf("GOMEMLIMIT=%d", memory/4*3), "TZ=UTC", "LANG=C.UTF-8"}, l.Env...)
	cmd.Dir = "/"
	cmd.ExtraFiles = append([]*os.File{theirs}, l.Files...)
	cmd.SysProcAttr = attributes()
	out := &printed{to: l.Stderr, left: printable} // through a pipe: children may not write to files
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second
	if err := start(cmd); err != nil {
		return nil, errors.Join(fmt.Errorf("starting an executor: %w", err), ours.Close())
	}
	p := &Process{Conn: ours, Pid: cmd.Process.Pid, cmd: cmd, done: make(chan struct{})}
	go func() {
		err := cmd.Wait()
		p.err = ending(err, out.reason(), p.killed.Load())
		close(p.done)
	}()
	return p, nil
}

// Kill ends the child at once; Wait then returns. Killing a child that has ended is no error.
func (p *Process) Kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill()
}

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end of the child; the error is an *Ended that says how it ended, nil for exit code 0.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// socketpair returns a connection and its peer as a file for the child.
func socketpair() (*net.UnixConn, *os.File, error) {
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("a socket for an executor: %w", err)
	}
	mine := os.NewFile(uintptr(fds[0]), "executor")
	theirs := os.NewFile(uintptr(fds[1]), "parent")
	defer mine.Close()
	c, err := net.FileConn(mine)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return c.(*net.UnixConn), theirs, nil
}

// starter is the one thread from which children are started. The kernel kills a child when the thread that started it
// ends, not only when its process does; so this thread must never end.
var starter = sync.OnceValue(func() chan<- func() {
	requests := make(chan func())
	go func() {
		runtime.LockOSThread()
		yieldToOthers()
		for request := range requests {
			request()
		}
	}()
	return requests
})

func start(cmd *exec.Cmd) error {
	result := make(chan error)
	starter() <- func() {
		// Descriptors that this process itself inherited may lack close-on-exec.
		closeOnExecAll()
		result <- cmd.Start()
	}
	return <-result
}
