package native

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dreamql/dreamql/runtimes/columns"
)

// Host starts interpreters. Safe for concurrent use.
type Host interface {
	// Start returns an interpreter of an environment, by the digest of its lock, that has run none of a stranger's code. The
	// context bounds the start only.
	Start(ctx context.Context, environment string) (*Process, error)
}

// Process is a started interpreter.
type Process struct {
	Conn   *net.UnixConn
	Memory *os.File // SharedBytes that both sides map
	Kill   func()   // ends it at once; may be called more than once
	// CPU is the processor time that it has used, and Yield puts it behind everything else that wants a processor, or back; nil for one
	// that a worker looks after.
	CPU   func() (time.Duration, error)
	Yield func(yield bool) error
	End   func() error // ends it, unless it has ended, and says how it did
}

// imports has an interpreter import modules, so that those who need them later find them there. What cannot be imported is left out.
func (p *Process) imports(ctx context.Context, modules []string) error {
	ctx, cancel := context.WithTimeout(ctx, starting)
	defer cancel()
	defer context.AfterFunc(ctx, p.Kill)()
	message, err := json.Marshal(modules)
	if err == nil {
		err = send(p.Conn, append([]byte{opImport}, message...))
	}
	if err == nil {
		_, err = receive(p.Conn)
	}
	return err
}

func send(w io.Writer, message []byte) error {
	_, err := w.Write(append(binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(message)), uint32(len(message))), message...))
	return err
}

// SharedBytes is the size of the memory between this process and an interpreter: the lower half holds arguments, the upper
// results.
const SharedBytes = 64 << 20

const half = SharedBytes / 2

// maxReply bounds a message from the interpreter: columns do not travel in messages.
const maxReply = 64 << 10

// interpreter is a process with its memory mapped. It serves one exchange at a time.
type interpreter struct {
	*Process
	memory []byte
	once   sync.Once
}

func open(p *Process) (*interpreter, error) {
	defer p.Memory.Close()
	memory, err := unix.Mmap(int(p.Memory.Fd()), 0, SharedBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		p.Kill()
		p.Conn.Close()
		return nil, fmt.Errorf("the memory shared with Python: %w", err)
	}
	return &interpreter{Process: p, memory: memory}, nil
}

// close ends the interpreter.
func (p *interpreter) close() {
	p.once.Do(func() {
		p.Kill()
		p.Conn.Close()
		_ = unix.Munmap(p.memory)
		p.memory = nil
	})
}

// exchange sends a message and returns the reply. After an error the interpreter must be closed.
func (p *interpreter) exchange(ctx context.Context, message []byte) ([]byte, error) {
	stop := context.AfterFunc(ctx, p.Kill)
	defer stop()
	err := send(p.Conn, message)
	var reply []byte
	if err == nil {
		reply, err = receive(p.Conn)
	}
	switch {
	case err == nil:
		return reply, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, errTampered):
		return nil, err
	}
	text := "the Python process ended"
	if end := p.End(); end != nil {
		text += ": " + end.Error()
	}
	return nil, errors.New(columns.Clip(text, 4096))
}

func receive(r io.Reader) ([]byte, error) {
	buf := make([]byte, 512)
	n, err := io.ReadAtLeast(r, buf, 4)
	if err != nil {
		return nil, err
	}
	size := int(binary.LittleEndian.Uint32(buf))
	if size == 0 || size > maxReply || n > 4+size {
		return nil, errTampered
	}
	if 4+size > len(buf) {
		buf = append(buf, make([]byte, 4+size-len(buf))...)
	}
	if n < 4+size {
		if _, err := io.ReadFull(r, buf[n:4+size]); err != nil {
			return nil, err
		}
	}
	return buf[4 : 4+size], nil
}

var errTampered = errors.New("the Python process sent what is no answer; a function has written to a descriptor that is not its own, or changed the driver")
