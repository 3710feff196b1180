package executor

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

func connection(t *testing.T) (*net.UnixConn, *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out [2]*net.UnixConn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "end")
		c, err := net.FileConn(f)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		t.Cleanup(func() { c.Close() })
		out[i] = c.(*net.UnixConn)
	}
	return out[0], out[1]
}

// attended is a parent whose worker answers as pools do, with companions that echo.
func attended(t *testing.T) (parent *Parent, killed *atomic.Int32, ended chan error) {
	t.Helper()
	workers, executors := connection(t)
	killed = &atomic.Int32{}
	start := func(_ context.Context, environment string) (*Companion, error) {
		if environment != "allowed" {
			return nil, errors.New("the environment is not allowed")
		}
		near, far := connection(t)
		go func() { _, _ = io.Copy(far, far) }()
		memory, err := os.CreateTemp(t.TempDir(), "memory")
		if err != nil {
			return nil, err
		}
		_, err = memory.WriteString("shared")
		return &Companion{Conn: near, Memory: memory, Kill: func() { killed.Add(1) }, End: func() error { return errors.New("signal: segmentation fault") }}, err
	}
	e := &process{Child: &Child{Conn: workers, Kill: func() {}, Wait: func() error { return nil }, Companion: start}, companions: map[int]*Companion{}}
	ended = make(chan error, 1)
	go func() {
		for {
			h, _, err := readFrame(workers)
			if err == nil {
				err = e.companion(context.Background(), h.Companion)
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	return NewParent(executors), killed, ended
}

func TestCompanions(t *testing.T) {
	t.Parallel()
	parent, killed, _ := attended(t)
	if _, err := parent.Start(t.Context(), "strange"); err == nil || err.Error() != "the environment is not allowed" {
		t.Errorf("got %v", err)
	}
	c, err := parent.Start(t.Context(), "allowed")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	echo, shared := make([]byte, 5), make([]byte, 6)
	if _, err := io.ReadFull(c.Conn, echo); err != nil || string(echo) != "hello" {
		t.Errorf("got %q, %v", echo, err)
	}
	if _, err := c.Memory.ReadAt(shared, 0); err != nil || string(shared) != "shared" {
		t.Errorf("got %q, %v", shared, err)
	}
	if err := c.End(); err == nil || err.Error() != "signal: segmentation fault" {
		t.Errorf("it ended with %v", err)
	}
	c.Kill() // once more is no harm
	if _, err := parent.Start(t.Context(), "strange"); err == nil {
		t.Error("the worker does not answer in order")
	}
	if n := killed.Load(); n != 0 {
		t.Errorf("%d were killed that had ended", n)
	}
}

// TestTooManyCompanions has an executor that keeps what it gets. Those that it kills make room.
func TestTooManyCompanions(t *testing.T) {
	t.Parallel()
	parent, killed, _ := attended(t)
	var last *Companion
	for range maxCompanions {
		c, err := parent.Start(t.Context(), "allowed")
		if err != nil {
			t.Fatal(err)
		}
		last = c
	}
	if _, err := parent.Start(t.Context(), "allowed"); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("got %v", err)
	}
	last.Kill()
	if _, err := parent.Start(t.Context(), "allowed"); err != nil || killed.Load() != 1 {
		t.Errorf("got %v; %d were killed", err, killed.Load())
	}
}

// TestStrangeQuestions are what no executor of ours asks.
func TestStrangeQuestions(t *testing.T) {
	t.Parallel()
	for _, q := range []*companionHeader{{Op: "end", ID: 7}, {Op: "fetch"}, {}} {
		parent, _, ended := attended(t)
		if err := parent.frame(&header{Kind: kindCompanion, Companion: q}, nil); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, errFrame) {
			t.Errorf("%+v gave %v", q, err)
		}
	}
}
