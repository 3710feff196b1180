package python

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/atonce"
	"github.com/dreamql/dreamql/runtimes/python/subset"
)

// Options of a runtime. The zero value is ready to use.
type Options struct {
	Path        string // of python.wasm; default: Locate
	CacheDir    string // holds the compiled interpreter (Warm); "" compiles it in each process, which takes seconds
	MemoryBytes uint64 // of one interpreter; default 256 MiB
	Stock       int    // started interpreters to keep ready beyond those in use
	// Interruptible lets a cancelled context stop a function that loops for ever. It slows Python down, so executors,
	// which are killed instead, leave it off.
	Interruptible bool
	// InterpreterOnly leaves out the compiler, and gpython.
	InterpreterOnly bool
}

// Runtime is the udf.Runtime of Python.
type Runtime struct {
	opts Options

	compiling sync.Mutex // held for seconds; guards the next three
	engine    wazero.Runtime
	cache     wazero.CompilationCache
	code      wazero.CompiledModule // nil until compiled

	mu     sync.Mutex
	subset *subset.Engine // nil until a function was to be compiled
	stock  []*interpreter
	loaded []loaded // idle, the longest idle first
	filler sync.WaitGroup
	alive  sync.WaitGroup // interpreters that have not ended
	closed bool
	made   udf.Made // compiling the interpreter
}

// New returns a runtime. The interpreter's file is read and compiled when first needed; where it is missing, Load says so.
func New(opts Options) *Runtime {
	if opts.MemoryBytes == 0 {
		opts.MemoryBytes = 256 << 20
	}
	return &Runtime{opts: opts}
}

func (r *Runtime) Kind() udf.Kind { return udf.Python }

// Warm compiles the interpreter into a cache that other processes, of other users too, can then read. What they read is
// run without a further check, so only the owner may write there.
func Warm(ctx context.Context, opts Options) error {
	r := New(opts)
	err := r.compile(ctx)
	if err == nil {
		_, err = r.library()
	}
	if cerr := r.Close(ctx); err != nil || cerr != nil {
		return errors.Join(err, cerr)
	}
	return filepath.WalkDir(opts.CacheDir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // another process was just writing it, under a name for the moment
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return os.Chmod(path, 0o755)
		case d.Type().IsRegular(): // a link's mode is that of what it points at
			if err := os.Chmod(path, 0o644); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}

// Prewarm compiles the interpreter and starts the stock, so that the first call does not pay for it.
func (r *Runtime) Prewarm(ctx context.Context) error {
	if err := r.compile(ctx); err != nil {
		return err
	}
	if _, err := r.library(); err != nil {
		return err
	}
	for {
		r.mu.Lock()
		full := len(r.stock) >= r.opts.Stock
		r.mu.Unlock()
		if full {
			return nil
		}
		p, err := r.launch(ctx)
		if err != nil {
			return err
		}
		r.put(p)
	}
}

// compiled tells how long compiling the interpreter took, and whether it came from the cache.
func (r *Runtime) compiled() (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made.Compile, r.made.CacheHit
}

func (r *Runtime) compile(ctx context.Context) error {
	r.compiling.Lock()
	defer r.compiling.Unlock()
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return errors.New("the Python runtime is closed")
	}
	if r.code != nil {
		return nil
	}
	path, err := r.path()
	if err != nil {
		return err
	}
	began, cached := time.Now(), r.cached()
	defer func() {
		hit := cached > 0 && r.cached() == cached
		r.mu.Lock()
		defer r.mu.Unlock()
		r.made.Compile, r.made.CacheHit = time.Since(began), hit
	}()
	wasm, err := interpreterCode(path, r.opts.CacheDir)
	if err != nil {
		return fmt.Errorf("the Python interpreter: %w", err)
	}
	ctx = experimental.WithCompilationWorkers(context.WithoutCancel(ctx), runtime.GOMAXPROCS(0))
	if r.opts.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(r.opts.CacheDir)
		if err == nil {
			if err = r.compileWith(ctx, wasm, cache); err == nil {
				return nil
			}
			err = errors.Join(err, cache.Close(ctx))
		}
		// A cache that is read-only and empty, or gone, costs time only.
		var pathErr *fs.PathError
		if !errors.As(err, &pathErr) {
			return fmt.Errorf("compiling %s: %w", path, err)
		}
	}
	if err := r.compileWith(ctx, wasm, nil); err != nil {
		return fmt.Errorf("compiling %s: %w", path, err)
	}
	return nil
}

// cached is how many modules the cache holds.
func (r *Runtime) cached() int {
	found, _ := filepath.Glob(filepath.Join(r.opts.CacheDir, "*", "*"))
	return len(found)
}

func (r *Runtime) compileWith(ctx context.Context, wasm []byte, cache wazero.CompilationCache) error {
	// Reading debug information for a stack trace takes seconds where there is much of it.
	cfg := wazero.NewRuntimeConfig().WithDebugInfoEnabled(false).WithMemoryLimitPages(uint32(min(r.opts.MemoryBytes>>16, 65536))).
		WithCloseOnContextDone(r.opts.Interruptible)
	if cache != nil {
		cfg = cfg.WithCompilationCache(cache)
	}
	engine := wazero.NewRuntimeWithConfig(ctx, cfg)
	_, err := wasi_snapshot_preview1.Instantiate(ctx, engine)
	if err == nil {
		r.code, err = engine.CompileModule(ctx, wasm)
	}
	if err != nil {
		r.code = nil
		return errors.Join(err, engine.Close(ctx))
	}
	r.engine, r.cache = engine, cache
	return nil
}

// launch starts an interpreter that Close waits for.
func (r *Runtime) launch(ctx context.Context) (*interpreter, error) {
	p, err := launch(ctx, r.engine, r.code)
	if err == nil {
		r.alive.Go(func() { <-p.ended })
	}
	return p, err
}

// put adds a started interpreter to the stock.
func (r *Runtime) put(p *interpreter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.stock) >= r.opts.Stock {
		p.kill()
		return
	}
	r.stock = append(r.stock, p)
}

// take returns a started interpreter, from the stock where there is one, and has the stock filled up.
func (r *Runtime) take(ctx context.Context) (*interpreter, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	var p *interpreter
	if n := len(r.stock); n > 0 {
		p, r.stock = r.stock[n-1], r.stock[:n-1]
	}
	refill := p != nil && !r.closed
	if refill {
		r.filler.Add(1)
	}
	r.mu.Unlock()
	if p == nil {
		return r.launch(ctx)
	}
	go func() {
		defer r.filler.Done()
		// A failure shows again where an interpreter is needed.
		if next, err := r.launch(context.WithoutCancel(ctx)); err == nil {
			r.put(next)
		}
	}()
	return p, nil
}

// loaded is an interpreter that has run a package's source and waits for the next program that wants the same.
type loaded struct {
	request string
	python  *interpreter
}

// maxLoaded is how many are kept. What a package keeps in its module lives on with them, which is why a runtime must belong to one
// tenant.
const maxLoaded = 2

// keep takes an interpreter that is done with a program.
func (r *Runtime) keep(request []byte, p *interpreter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		p.kill()
		return
	}
	r.loaded = append(r.loaded, loaded{string(request), p})
	if len(r.loaded) > maxLoaded {
		r.loaded[0].python.kill()
		r.loaded = slices.Delete(r.loaded, 0, 1)
	}
}

// reuse returns an idle interpreter that has loaded the request, or nil.
func (r *Runtime) reuse(request []byte) *interpreter {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.loaded) - 1; i >= 0; i-- {
		if l := r.loaded[i]; l.request == string(request) {
			r.loaded = slices.Delete(r.loaded, i, i+1)
			select {
			case <-l.python.ended:
				continue
			default:
				return l.python
			}
		}
	}
	return nil
}

// Load implements udf.Runtime. Functions of the subset are compiled, and need no interpreter until one of their rows does; where
// there are others, CPython loads the module now.
func (r *Runtime) Load(ctx context.Context, m udf.Module, funcs []*udf.Function) (udf.Program, error) {
	if r.opts.InterpreterOnly {
		p, err := r.load(ctx, m, funcs)
		if err != nil {
			return nil, err // and no nil *program, which would be a udf.Program
		}
		return p, nil
	}
	engine, err := r.compiler(ctx)
	if err != nil {
		return nil, err
	}
	code, reasons, err := engine.Compile(ctx, string(m.Code), funcs)
	if err != nil {
		return nil, err
	}
	p := &compiledProgram{runtime: r, module: m, list: funcs, code: code, reasons: reasons, declined: map[string]bool{}}
	if len(reasons) > 0 {
		if p.interpreted, err = r.loadRest(ctx, m, funcs); err != nil {
			return nil, errors.Join(err, code.Close(ctx))
		}
	}
	return p, nil
}

// loadRest loads a module for functions that are not compiled: into CPython, or before it has come into gpython.
func (r *Runtime) loadRest(ctx context.Context, m udf.Module, funcs []*udf.Function) (udf.Program, error) {
	if !r.hasLoaded(m, funcs) {
		if functions, _ := atonce.Compile(string(m.Code), funcs); len(functions) > 0 && r.located() {
			return r.loadEarly(ctx, m, funcs, functions), nil
		}
	}
	p, err := r.load(ctx, m, funcs)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// located reports whether there is an interpreter that can be expected to take over from gpython.
func (r *Runtime) located() bool {
	path := r.opts.Path
	if path == "" {
		var err error
		if path, err = Locate(); err != nil {
			return false
		}
	}
	return isFile(path)
}

// hasLoaded reports whether an idle interpreter has run the source already.
func (r *Runtime) hasLoaded(m udf.Module, funcs []*udf.Function) bool {
	p, err := r.program(m, funcs)
	if err != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.loaded, func(l loaded) bool { return l.request == string(p.request) })
}

// compiler returns the engine of compiled functions.
func (r *Runtime) compiler(ctx context.Context) (*subset.Engine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.New("the Python runtime is closed")
	}
	if r.subset == nil {
		engine, err := subset.NewEngine(ctx, subset.Options{MemoryBytes: min(r.opts.MemoryBytes, 64<<20), Interruptible: r.opts.Interruptible,
			Library: sync.OnceValues(r.library)})
		if err != nil {
			return nil, err
		}
		r.subset = engine
	}
	return r.subset, nil
}

// load runs the source once, in an interpreter that the first instance then uses.
func (r *Runtime) load(ctx context.Context, m udf.Module, funcs []*udf.Function) (*program, error) {
	p, err := r.program(m, funcs)
	if err != nil {
		return nil, err
	}
	py, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	p.spare.Store(py)
	return p, nil
}

// program is the source with what is wanted of it, not yet in an interpreter.
func (r *Runtime) program(m udf.Module, funcs []*udf.Function) (*program, error) {
	p := &program{runtime: r, index: map[string]int{}}
	req := loadRequest{Name: "functions", Source: string(m.Code)}
	for i, f := range funcs {
		w, err := wireFunction(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.ID(), err)
		}
		req.Functions = append(req.Functions, w)
		p.index[f.ID()] = i
	}
	var err error
	p.request, err = json.Marshal(req)
	return p, err
}

// Close ends all interpreters.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	for _, p := range r.stock {
		p.kill()
	}
	for _, l := range r.loaded {
		l.python.kill()
	}
	r.stock, r.loaded = nil, nil
	r.mu.Unlock()
	r.filler.Wait()
	ended := r.interpretersEnd()
	r.compiling.Lock()
	defer r.compiling.Unlock()
	var err error
	if r.subset != nil {
		err = r.subset.Close(ctx)
	}
	if !ended {
		return err // what an interpreter still uses must not be taken from under it
	}
	if r.engine != nil {
		err = errors.Join(err, r.engine.Close(ctx))
	}
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(ctx))
	}
	return err
}

// closing is how long Close waits for interpreters, which end as soon as they read. One that is in a loop without end is left to
// the end of the process.
const closing = 2 * time.Second

func (r *Runtime) interpretersEnd() bool {
	ended := make(chan struct{})
	go func() { r.alive.Wait(); close(ended) }()
	select {
	case <-ended:
		return true
	case <-time.After(closing):
		return false
	}
}
