package wasm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/dreamql/dreamql/engine/udf"
)

// Options of a runtime. The zero value is ready to use.
type Options struct {
	CacheDir    string // compiled modules are kept here; "" or a folder that cannot be written is no error
	MaxModule   int    // bytes of a module; default 16 MiB
	MemoryBytes uint64 // memory of one instance; default 64 MiB
	// Interruptible lets a cancelled context stop a loop inside a function. It slows loops down, so executors, which are
	// killed instead, leave it off; then cancelling takes effect between batches of 8,192 rows.
	Interruptible bool
	// CompileFirst keeps a query waiting for the compiler instead of beginning with the interpreter.
	CompileFirst bool
	Log          func(message string) // receives what functions log; nil discards it
}

// Runtime is the udf.Runtime of WebAssembly.
type Runtime struct {
	opts  Options
	cache *cache // nil without a folder

	mu       sync.Mutex
	engines  [3]wazero.Runtime // made when first needed
	programs map[[sha256.Size]byte]*shared
	releases uint64

	background sync.WaitGroup
	compiling  chan struct{}
	closed     atomic.Bool
}

// kinds of engines.
const (
	compiler    = iota
	cached      // compiler with the cache on disk
	interpreter //
)

// New returns a runtime.
func New(opts Options) *Runtime {
	if opts.MaxModule == 0 {
		opts.MaxModule = 16 << 20
	}
	if opts.MemoryBytes == 0 {
		opts.MemoryBytes = 64 << 20
	}
	r := &Runtime{opts: opts, programs: map[[sha256.Size]byte]*shared{}, compiling: make(chan struct{}, 1)}
	if opts.CacheDir != "" {
		r.cache = openCache(opts.CacheDir, opts.Interruptible)
	}
	return r
}

func (r *Runtime) Kind() udf.Kind { return udf.WASM }

func (r *Runtime) pages() uint32 { return uint32(min(r.opts.MemoryBytes>>16, 65536)) }

// engine returns an engine of a kind.
func (r *Runtime) engine(ctx context.Context, kind int) (wazero.Runtime, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.engines[kind] != nil {
		return r.engines[kind], nil
	}
	// Engines outlive the call that first needs them.
	ctx = context.WithoutCancel(ctx)
	cfg := wazero.NewRuntimeConfig()
	if kind == interpreter {
		cfg = wazero.NewRuntimeConfigInterpreter()
	}
	// Reading debug information for a stack trace takes seconds where there is much of it.
	cfg = cfg.WithDebugInfoEnabled(false).WithMemoryLimitPages(r.pages()).WithCloseOnContextDone(r.opts.Interruptible)
	if kind == cached {
		cfg = cfg.WithCompilationCache(r.cache.engine)
	}
	e := wazero.NewRuntimeWithConfig(ctx, cfg)
	_, err := wasi_snapshot_preview1.Instantiate(ctx, e)
	if err == nil {
		err = r.hostModules(ctx, e)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close(ctx))
	}
	r.engines[kind] = e
	return e, nil
}

// Load validates a module and makes its functions ready, each with a driver: compiled, where that was done before or takes no
// time, else interpreted until it is. A program that was loaded before is used again.
func (r *Runtime) Load(ctx context.Context, m udf.Module, funcs []*udf.Function) (udf.Program, error) {
	code, err := inspect(m.Code, r.opts.MaxModule, r.pages())
	if err != nil {
		return nil, err
	}
	key, err := keyOf(code, funcs)
	if err != nil {
		return nil, err
	}
	return r.share(ctx, key, func() (*program, error) {
		if len(code) < interpretFrom || r.opts.CompileFirst || r.cache.has(code) {
			return r.compile(ctx, code, funcs)
		}
		p, err := r.load(ctx, interpreter, code, funcs)
		if err == nil {
			r.compileBehind(p, code, funcs)
		}
		return p, err
	})
}

// Cached reports whether Warm, or a query, has compiled a module into the cache; what is no module needs no compiling.
func (r *Runtime) Cached(code []byte) bool {
	code, err := inspect(code, r.opts.MaxModule, r.pages())
	return err != nil || r.cache.has(code)
}

// Warm compiles a module and its drivers into the cache, for this user and for executors. It runs nothing of the module.
func (r *Runtime) Warm(ctx context.Context, m udf.Module, funcs []*udf.Function) (udf.Made, error) {
	if r.cache == nil {
		return udf.Made{}, errors.New("there is no folder for compiled code, or others may write to it")
	}
	code, err := inspect(m.Code, r.opts.MaxModule, r.pages())
	if err != nil {
		return udf.Made{}, err
	}
	p, err := r.compile(ctx, code, funcs)
	if err != nil {
		return udf.Made{}, err
	}
	if r.cache.readOnly.Load() {
		err = errors.New("the folder for compiled code cannot be written")
	} else {
		err = r.cache.publish()
	}
	return p.made, errors.Join(err, p.Close(ctx))
}

// compile uses the cache, unless what it holds of the module is damaged.
func (r *Runtime) compile(ctx context.Context, code []byte, funcs []*udf.Function) (*program, error) {
	if r.cache == nil {
		return r.load(ctx, compiler, code, funcs)
	}
	hit := r.cache.has(code)
	p, err := r.load(ctx, cached, code, funcs)
	if err != nil {
		return r.load(ctx, compiler, code, funcs)
	}
	p.made.CacheHit = hit
	if !hit && !r.cache.readOnly.Load() {
		r.cache.note(code)
	}
	return p, nil
}

// compileModule compiles for an engine. Where the engine cannot write what it has compiled into the cache it says so, but has it: then
// it is asked again.
func (r *Runtime) compileModule(ctx context.Context, engine wazero.Runtime, code []byte) (wazero.CompiledModule, error) {
	m, err := engine.CompileModule(ctx, code)
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	if errors.As(err, &pathErr) || errors.As(err, &linkErr) {
		r.cache.readOnly.Store(true)
		return engine.CompileModule(ctx, code)
	}
	return m, err
}

func (r *Runtime) load(ctx context.Context, kind int, code []byte, funcs []*udf.Function) (*program, error) {
	engine, err := r.engine(ctx, kind)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	user, err := r.compileModule(ctx, engine, code)
	if err != nil {
		return nil, fmt.Errorf("the module is not valid WebAssembly: %w", err)
	}
	if err := checkHost(engine, user); err != nil {
		return nil, errors.Join(err, user.Close(ctx))
	}
	p := &program{runtime: r, engine: engine, user: user, interpreted: kind == interpreter, sections: readSections(code),
		routines: map[string]*routine{}, tables: map[string]*tableRoutine{}}
	for _, f := range funcs {
		if err := p.add(ctx, f); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", f.ID(), err), p.Close(ctx))
		}
	}
	p.made = udf.Made{Compile: time.Since(began)}
	return p, nil
}

// Close frees everything, instances that are still open included. It waits for the compiler, whose work the next process finds
// in the cache.
func (r *Runtime) Close(ctx context.Context) error {
	r.closed.Store(true)
	r.background.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	for _, e := range r.engines {
		if e != nil {
			err = errors.Join(err, e.Close(ctx))
		}
	}
	if r.cache != nil {
		err = errors.Join(err, r.cache.engine.Close(ctx))
	}
	return err
}
