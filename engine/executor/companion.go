package executor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
)

// Companion is a process that a worker starts for an executor, which may start none itself: an interpreter of native Python, in an
// environment that the operator allows. It ends with its executor.
type Companion struct {
	Conn   *net.UnixConn // the executor's end of a socket to it
	Memory *os.File      // that both map
	Kill   func()        // ends it at once; may be called more than once
	End    func() error  // ends it, unless it has ended, and says how it did
}

// maxCompanions is how many an executor may have at a time.
const maxCompanions = 32

// companionHeader asks for a companion, or for its end, or answers.
type companionHeader struct {
	Op          string `json:"op"` // start, kill (which has no answer) or end
	Environment string `json:"environment,omitempty"`
	ID          int    `json:"id,omitempty"`
	Error       string `json:"error,omitempty"`
}

// Parent is the worker as its executor sees it: where answers go, and where companions come from.
type Parent struct {
	conn    *net.UnixConn
	writing sync.Mutex
	asking  sync.Mutex
}

// NewParent returns the worker at the other end of conn.
func NewParent(conn *net.UnixConn) *Parent { return &Parent{conn: conn} }

func (p *Parent) frame(h *header, body []byte) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	return writeFrame(p.conn, h, body, nil)
}

// Start asks for a companion in an environment. It must be called in the course of a task: between tasks Serve listens.
func (p *Parent) Start(_ context.Context, environment string) (*Companion, error) {
	answer, files, err := p.ask(&companionHeader{Op: "start", Environment: environment})
	if err != nil {
		return nil, err
	}
	if len(files) != 2 {
		return nil, errFrame
	}
	defer files[0].Close()
	c, err := net.FileConn(files[0])
	if err != nil {
		files[1].Close()
		return nil, err
	}
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errFrame, c.Close(), files[1].Close())
	}
	id := answer.ID
	kill := sync.OnceFunc(func() {
		_ = p.frame(&header{Kind: kindCompanion, Companion: &companionHeader{Op: "kill", ID: id}}, nil) // it fails where the worker is gone
	})
	end := func() error {
		_, _, err := p.ask(&companionHeader{Op: "end", ID: id})
		return err
	}
	return &Companion{Conn: conn, Memory: files[1], Kill: kill, End: end}, nil
}

func (p *Parent) ask(q *companionHeader) (*companionHeader, []*os.File, error) {
	p.asking.Lock()
	defer p.asking.Unlock()
	if err := p.frame(&header{Kind: kindCompanion, Companion: q}, nil); err != nil {
		return nil, nil, err
	}
	h, _, files, err := readFrameWithFiles(p.conn)
	switch {
	case err != nil:
	case h.Kind != kindCompanion || h.Companion == nil:
		err = errFrame
	case h.Companion.Error != "":
		err = errors.New(h.Companion.Error)
	default:
		return h.Companion, files, nil
	}
	for _, f := range files {
		f.Close()
	}
	return nil, nil, err
}

// companion does what the executor asks for, on the worker's side. An error is one of the protocol.
func (e *process) companion(ctx context.Context, q *companionHeader) error {
	answer := &companionHeader{Op: q.Op, ID: q.ID}
	switch q.Op {
	case "kill":
		if c := e.companions[q.ID]; c != nil {
			delete(e.companions, q.ID)
			c.Kill()
		}
		return nil
	case "end":
		c := e.companions[q.ID]
		if c == nil {
			return fmt.Errorf("%w: no companion %d", errFrame, q.ID)
		}
		delete(e.companions, q.ID)
		answer.Error = "it has ended"
		if err := c.End(); err != nil {
			answer.Error = clip(err.Error(), 8<<10)
		}
	case "start":
		c, err := e.startCompanion(ctx, q.Environment)
		if err != nil {
			answer.Error = clip(err.Error(), 8<<10)
			break
		}
		defer c.Memory.Close()
		defer c.Conn.Close()
		file, err := c.Conn.File()
		if err != nil {
			return err
		}
		defer file.Close()
		e.started++
		answer.ID = e.started
		e.companions[answer.ID] = c
		return e.frame(&header{Kind: kindCompanion, Companion: answer}, nil, []*os.File{file, c.Memory})
	default:
		return fmt.Errorf("%w: companion %q", errFrame, q.Op)
	}
	return e.frame(&header{Kind: kindCompanion, Companion: answer}, nil, nil)
}

func (e *process) startCompanion(ctx context.Context, environment string) (*Companion, error) {
	if e.Child.Companion == nil {
		return nil, errors.New("this worker starts no Python processes")
	}
	if len(e.companions) >= maxCompanions {
		return nil, fmt.Errorf("an executor has at most %d Python processes", maxCompanions)
	}
	return e.Child.Companion(ctx, environment)
}
