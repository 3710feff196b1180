package local

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a child that dies with this process.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// startProcess starts a command that the kernel sends deathSignal when this process dies. The kernel watches the thread that
// started it, not the process, so that thread is kept until the child has ended.
func startProcess(cmd *exec.Cmd, deathSignal syscall.Signal) (*process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	dieWithParent(cmd.SysProcAttr, deathSignal)
	cmd.SysProcAttr.Setpgid = true // Ctrl-C in a terminal reaches this process alone, which then stops its children in order
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(p.done)
	}()
	return p, <-started
}

// stop asks the process to end, and kills it when it has not after the grace period.
func (p *process) stop(ask syscall.Signal, grace time.Duration) {
	_ = p.cmd.Process.Signal(ask)
	select {
	case <-p.done:
	case <-time.After(grace):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}
