package native

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dreamql/dreamql/runtimes/sandbox"
)

//go:embed driver.py
var driverSource string

// UnsafeVariable, set to 1 in the environment, lets native Python run on a kernel without Landlock or seccomp.
const UnsafeVariable = "DREAMQL_UNSAFE_NATIVE_PYTHON"

// Local starts interpreters on this machine, and keeps one of each environment that was wanted ready.
type Local struct {
	Folder string         // of environments
	Limits sandbox.Limits // of one interpreter
	Unsafe bool           // run where the kernel lacks a wall
	Spares bool           // start the next interpreter of an environment before it is wanted
	// Args are how this program is called to become a sandboxed one: it must call sandbox.Exec.
	Args []string

	mu     sync.Mutex
	spares map[string]*Process
	filler sync.WaitGroup
	closed bool
}

// Refusal says why native Python does not run on this machine, or is nil.
func Refusal(unsafe bool) error {
	s := sandbox.Support()
	if unsafe || s.Landlock > 0 && s.Seccomp {
		return nil
	}
	return fmt.Errorf("this kernel lacks a part of the sandbox (it has %s), so native Python is refused; whoever operates this machine "+
		"may insist on it with %s=1", s, UnsafeVariable)
}

// Start implements Host.
func (l *Local) Start(ctx context.Context, digest string) (*Process, error) {
	if err := Refusal(l.Unsafe); err != nil {
		return nil, err
	}
	e, err := Lookup(l.Folder, digest)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	p := l.spares[digest]
	delete(l.spares, digest)
	if l.Spares && !l.closed {
		l.filler.Go(func() { l.fill(context.WithoutCancel(ctx), e) })
	}
	l.mu.Unlock()
	if p != nil {
		return p, nil
	}
	return l.launch(ctx, e)
}

// fill starts a spare interpreter. A failure shows again where one is needed.
func (l *Local) fill(ctx context.Context, e *Environment) {
	p, err := l.launch(ctx, e)
	if err != nil {
		return
	}
	if err := p.imports(ctx, e.Modules); err != nil {
		discard(p)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.spares[e.Digest] != nil {
		discard(p)
		return
	}
	if l.spares == nil {
		l.spares = map[string]*Process{}
	}
	l.spares[e.Digest] = p
}

// Close ends the spares. Processes that were handed out are not its own any more.
func (l *Local) Close() {
	l.mu.Lock()
	l.closed = true
	for _, p := range l.spares {
		discard(p)
	}
	l.spares = nil
	l.mu.Unlock()
	l.filler.Wait()
}

func discard(p *Process) {
	p.Kill()
	p.Conn.Close()
	p.Memory.Close()
}

// starting bounds how long an interpreter may take to start, which includes importing all of its environment.
const starting = 60 * time.Second

// readable are the files that an interpreter may read beside its libraries: where the system's libraries are, and what kind of
// processor this is, without which ONNX Runtime aborts.
var readable = []string{"/etc/ld.so.cache", "/proc/cpuinfo", "/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/present"}

// timeZones is where Python and pyarrow look for them.
const timeZones = "/usr/share/zoneinfo"

// launch starts an interpreter and waits until it is ready.
func (l *Local) launch(ctx context.Context, e *Environment) (*Process, error) {
	shared, err := sharedMemory()
	if err != nil {
		return nil, err
	}
	said := &tail{}
	python := filepath.Join(e.venv(), "bin", "python")
	launcher := sandbox.Launcher{
		Args: l.Args, Limits: l.Limits, ReadOnlyDirs: append([]string{e.venv(), timeZones}, e.Libraries...), Files: []*os.File{shared}, Stderr: said,
		Program: &sandbox.Program{
			Path: e.Program, Args: []string{python, "-I", "-B", "-u", "-c", driverSource},
			// One thread each: processors are shared out by executors. Nothing of this process's environment is passed on.
			Env:           []string{"LANG=C.UTF-8", "TZ=UTC", "HOME=/", "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "JOBLIB_MULTIPROCESSING=0"},
			ReadOnlyFiles: readable, Unsafe: l.Unsafe,
		},
	}
	child, err := launcher.Launch(ctx)
	if err != nil {
		shared.Close()
		return nil, err
	}
	p := &Process{Conn: child.Conn, Memory: shared, Kill: child.Kill, CPU: child.CPU, Yield: child.Yield, End: func() error {
		child.Kill()
		return said.explain(child.Wait())
	}}
	ctx, cancel := context.WithTimeout(ctx, starting)
	defer cancel()
	stop := context.AfterFunc(ctx, p.Kill)
	reply, err := receive(p.Conn)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	switch {
	case err == nil && reply[0] == replyOK:
		return p, nil
	case err == nil:
		_, message := readError(reply)
		err = errors.New(message)
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		if end := p.End(); end != nil {
			err = end
		}
	}
	discard(p)
	return nil, fmt.Errorf("Python of the environment %.12s… did not start: %w", e.Digest, err)
}

// tail keeps the end of what a process prints.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b[max(0, len(b)-2048):]...)
	if over := len(t.b) - 2048; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

// explain adds what was printed last to the reason of an end.
func (t *tail) explain(err error) error {
	t.mu.Lock()
	text := strings.ToValidUTF8(string(bytes.TrimSpace(t.b)), "�")
	t.mu.Unlock()
	switch {
	case text == "":
		return err
	case err == nil:
		return errors.New(text)
	}
	return fmt.Errorf("%w\n%s", err, text)
}
