package python

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/dreamql/dreamql/runtimes/columns"
)

//go:embed driver.py
var driverSource string

const maxReply = 512 << 20 // bytes of one frame from the interpreter

// interpreter is a running CPython. It serves one exchange at a time.
type interpreter struct {
	in     *io.PipeWriter // its standard input
	out    *io.PipeReader // its standard output
	stop   context.CancelFunc
	ended  chan struct{}
	err    error // how it ended
	stderr tail
	memory atomic.Int64 // bytes held
}

// launch starts an interpreter and returns once its loop waits for frames.
func launch(ctx context.Context, engine wazero.Runtime, code wazero.CompiledModule) (*interpreter, error) {
	inReader, in := io.Pipe()
	out, outWriter := io.Pipe()
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &interpreter{in: in, out: out, stop: stop, ended: make(chan struct{})}
	cfg := wazero.NewModuleConfig().WithName("").WithArgs("python", "-I", "-B", "-c", driverSource).
		WithEnv("PYTHONHASHSEED", "0").WithStdin(inReader).WithStdout(outWriter).WithStderr(&p.stderr)
	go func() {
		defer close(p.ended)
		m, err := engine.InstantiateModule(experimental.WithMemoryAllocator(run, experimental.MemoryAllocatorFunc(p.allocate)), code, cfg)
		if m != nil {
			err = errors.Join(err, m.Close(run))
		}
		var exit *sys.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == 0 {
			err = nil
		}
		p.err = err
		inReader.CloseWithError(io.ErrClosedPipe)
		outWriter.CloseWithError(io.ErrUnexpectedEOF)
	}()
	if _, err := p.receive(ctx); err != nil {
		p.kill()
		return nil, fmt.Errorf("CPython did not start: %w", err)
	}
	return p, nil
}

// kill ends the interpreter. It returns at once; a function that loops for ever goes on unless the engine is interruptible.
func (p *interpreter) kill() {
	p.stop()
	p.in.Close()
	p.out.Close()
}

// exchange sends a frame and returns the reply.
func (p *interpreter) exchange(ctx context.Context, op byte, body []byte) ([]byte, error) {
	head := append(binary.LittleEndian.AppendUint32(nil, uint32(len(body))), op)
	defer context.AfterFunc(ctx, p.kill)()
	_, err := p.in.Write(head)
	if err == nil {
		_, err = p.in.Write(body)
	}
	if err != nil {
		return nil, p.failure(ctx, err)
	}
	return p.receive(ctx)
}

func (p *interpreter) receive(ctx context.Context) ([]byte, error) {
	defer context.AfterFunc(ctx, p.kill)()
	var head [4]byte
	if _, err := io.ReadFull(p.out, head[:]); err != nil {
		return nil, p.failure(ctx, err)
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size == 0 || size > maxReply {
		return nil, fmt.Errorf("the interpreter announced a reply of %d bytes", size)
	}
	// The buffer grows with what arrives: the size is only what the guest says.
	var reply bytes.Buffer
	reply.Grow(int(min(size, 1<<20)))
	if _, err := io.CopyN(&reply, p.out, int64(size)); err != nil {
		return nil, p.failure(ctx, err)
	}
	return reply.Bytes(), nil
}

// failure says why an exchange broke off.
func (p *interpreter) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.kill()
	select {
	case <-p.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	text := "the Python interpreter ended"
	var exit *sys.ExitError
	if errors.As(p.err, &exit) {
		text += fmt.Sprintf(" with exit code %d", exit.ExitCode())
	} else if p.err != nil {
		text += ": " + p.err.Error()
	}
	if s := p.stderr.String(); s != "" {
		text += "\n" + s
	}
	return errors.New(columns.Clip(text, 4096))
}

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - 4096; over > 0 {
		t.b = t.b[over:]
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(strings.TrimSpace(string(t.b)), "�")
}
