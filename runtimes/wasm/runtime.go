package wasm

import (
	"context"
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
	Log           func(message string) // receives what functions log; nil discards it
}

// Runtime is the udf.Runtime of WebAssembly.
type Runtime struct {
	opts  Options
	cache wazero.CompilationCache

	readOnly atomic.Bool // the cache could not be written, and is left alone

	mu      sync.Mutex
	engines [2]wazero.Runtime // with the cache, and without where it cannot be written; made when first needed
}

// New returns a runtime.
func New(opts Options) *Runtime {
	if opts.MaxModule == 0 {
		opts.MaxModule = 16 << 20
	}
	if opts.MemoryBytes == 0 {
		opts.MemoryBytes = 64 << 20
	}
	r := &Runtime{opts: opts}
	if opts.CacheDir != "" {
		// A cache only saves time: without it everything is compiled again.
		if cache, err := wazero.NewCompilationCacheWithDir(opts.CacheDir); err == nil {
			r.cache = cache
		}
	}
	return r
}

func (r *Runtime) Kind() udf.Kind { return udf.WASM }

func (r *Runtime) pages() uint32 { return uint32(min(r.opts.MemoryBytes>>16, 65536)) }

// engine returns the engine with or without the cache.
func (r *Runtime) engine(ctx context.Context, cached bool) (wazero.Runtime, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := 0
	if cached {
		i = 1
	}
	if r.engines[i] != nil {
		return r.engines[i], nil
	}
	// Engines outlive the call that first needs them.
	ctx = context.WithoutCancel(ctx)
	// Reading debug information for a stack trace takes seconds where there is much of it.
	cfg := wazero.NewRuntimeConfig().WithDebugInfoEnabled(false).WithMemoryLimitPages(r.pages()).WithCloseOnContextDone(r.opts.Interruptible)
	if cached {
		cfg = cfg.WithCompilationCache(r.cache)
	}
	e := wazero.NewRuntimeWithConfig(ctx, cfg)
	_, err := wasi_snapshot_preview1.Instantiate(ctx, e)
	if err == nil {
		err = r.hostModules(ctx, e)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close(ctx))
	}
	r.engines[i] = e
	return e, nil
}

// Load validates and compiles a module, and a driver for each function. Where the cache is read-only and lacks one of them,
// all are compiled without it.
func (r *Runtime) Load(ctx context.Context, m udf.Module, funcs []*udf.Function) (udf.Program, error) {
	code, err := inspect(m.Code, r.opts.MaxModule, r.pages())
	if err != nil {
		return nil, err
	}
	if r.cache != nil && !r.readOnly.Load() {
		p, err := r.load(ctx, true, code, funcs)
		var pathErr *fs.PathError
		var linkErr *os.LinkError
		if !errors.As(err, &pathErr) && !errors.As(err, &linkErr) {
			return p, err
		}
		r.readOnly.Store(true) // trying again would compile everything twice
	}
	return r.load(ctx, false, code, funcs)
}

func (r *Runtime) load(ctx context.Context, cached bool, code []byte, funcs []*udf.Function) (udf.Program, error) {
	engine, err := r.engine(ctx, cached)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	user, err := engine.CompileModule(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("the module is not valid WebAssembly: %w", err)
	}
	if err := checkHost(engine, user); err != nil {
		return nil, errors.Join(err, user.Close(ctx))
	}
	p := &program{runtime: r, engine: engine, user: user, sections: readSections(code), routines: map[string]*routine{}, tables: map[string]*tableRoutine{}}
	for _, f := range funcs {
		if err := p.add(ctx, f); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", f.ID(), err), p.Close(ctx))
		}
	}
	p.made = udf.Made{Compile: time.Since(began)}
	return p, nil
}

// Close frees everything, instances that are still open included.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	for _, e := range r.engines {
		if e != nil {
			err = errors.Join(err, e.Close(ctx))
		}
	}
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(ctx))
	}
	return err
}
