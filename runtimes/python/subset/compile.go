package subset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/promote"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// Options of an engine.
type Options struct {
	MemoryBytes uint64 // of one instance; default 64 MiB, at most 1 GiB
	// Interruptible lets a cancelled context stop a loop. It slows loops down, so executors, which are killed instead, leave it off.
	Interruptible bool
	// Library gives CPython's functions of math that depend on the C library, to be linked in; nil where they are not to be had.
	Library func() (*promote.Library, error)
}

// Engine runs compiled functions. Safe for concurrent use.
type Engine struct {
	runtime wazero.Runtime
	pages   uint32
	library func() (*promote.Library, error)
}

// NewEngine returns an engine, to be closed.
func NewEngine(ctx context.Context, opts Options) (*Engine, error) {
	if opts.MemoryBytes == 0 {
		opts.MemoryBytes = 64 << 20
	}
	e := &Engine{pages: uint32(min(opts.MemoryBytes, 1<<30) >> 16), library: opts.Library}
	ctx = context.WithoutCancel(ctx)
	cfg := wazero.NewRuntimeConfig().WithDebugInfoEnabled(false).WithMemoryLimitPages(e.pages).WithCloseOnContextDone(opts.Interruptible)
	e.runtime = wazero.NewRuntimeWithConfig(ctx, cfg)
	if err := installHost(ctx, e.runtime); err != nil {
		return nil, fmt.Errorf("the host of compiled Python: %w", err)
	}
	return e, nil
}

// Close ends everything that runs.
func (e *Engine) Close(ctx context.Context) error { return e.runtime.Close(ctx) }

// Program is the functions of a module that are compiled.
type Program struct {
	engine    *Engine
	code      wazero.CompiledModule // nil where there are none
	functions map[string]*entry     // by udf.Function.ID
	Took      time.Duration
}

type entry struct {
	layout layout
	export string
	heap   uint32 // where free memory begins
}

// Compile compiles the functions that are in the subset, and gives for each other the reason why it is not.
func (e *Engine) Compile(ctx context.Context, source string, funcs []*udf.Function) (*Program, map[string]*Reason, error) {
	began := time.Now()
	p := &Program{engine: e}
	var library *promote.Library
	if e.library != nil && needsLibrary(source) {
		var err error
		if library, err = e.library(); err != nil {
			return nil, nil, fmt.Errorf("compiled Python: %w", err)
		}
	}
	code, functions, reasons := emitModule(source, funcs, e.pages, library)
	if p.functions = functions; len(functions) == 0 {
		return p, reasons, nil
	}
	var err error
	if p.code, err = e.runtime.CompileModule(ctx, code); err != nil {
		return nil, nil, fmt.Errorf("compiled Python: %w", err)
	}
	p.Took = time.Since(began)
	return p, reasons, nil
}

// needsLibrary reports whether a source may use a function of the library, or a power of floats.
func needsLibrary(source string) bool {
	return strings.Contains(source, "math") || strings.Contains(source, "**")
}

// Has reports whether a function is compiled.
func (p *Program) Has(f *udf.Function) bool { return p.functions[f.ID()] != nil }

// Close frees the program; its instances must be closed.
func (p *Program) Close(ctx context.Context) error {
	if p.code == nil {
		return nil
	}
	return p.code.Close(ctx)
}

// typed is a function with its types, ready to be emitted.
type typed struct {
	f      *udf.Function
	body   *body
	layout layout
}

// emitModule makes one WebAssembly module of all functions that can be compiled.
func emitModule(source string, funcs []*udf.Function, pages uint32, library *promote.Library) ([]byte, map[string]*entry, map[string]*Reason) {
	reasons := map[string]*Reason{}
	var m *module
	if reason := try(func() { m = parseModule(source) }); reason != nil {
		for _, f := range funcs {
			reasons[f.ID()] = reason
		}
		return nil, nil, reasons
	}
	var list []typed
	m.library, m.base = library, cellsEnd
	if library != nil {
		m.base = library.End()
	}
	end := m.base
	size := 0
	for _, f := range funcs {
		t := typed{f: f}
		if reason := try(func() { t.body, t.layout = m.typed(f) }); reason != nil {
			reasons[f.ID()] = reason
			continue
		}
		// Each is emitted alone first, so that one that is refused leaves nothing of it behind.
		alone := newBuild(end, library)
		if reason := try(func() { alone.all(m, []typed{t}) }); reason != nil {
			reasons[f.ID()] = reason
			continue
		}
		if size += alone.size; size > maxModule {
			reasons[f.ID()] = &Reason{0, "the functions before it are all that is compiled of a module"}
			continue
		}
		list = append(list, t)
		end = max(end, t.layout.end)
	}
	w := newBuild(end, library)
	functions := map[string]*entry{}
	w.limit = 2 * maxModule
	w.all(m, list)
	heap := (end + uint32(len(w.data)) + 63) &^ 63
	for i, t := range list {
		functions[t.f.ID()] = &entry{t.layout, exportName(i), heap}
	}
	least := heap>>16 + 1
	if least > pages {
		pages = least
	}
	w.module.Memory(least, pages)
	if len(w.data) > 0 {
		w.module.Data(w.dataAt, w.data)
	}
	if w.linker != nil {
		w.linker.Finish()
	}
	return w.module.Bytes(), functions, reasons
}

func exportName(i int) string { return fmt.Sprint("rows ", i) }

func newBuild(dataAt uint32, library *promote.Library) *build {
	w := &build{module: &assemble.Module{}, hosts: map[string]uint32{}, bodies: map[*body]*assemble.Code{}, routines: map[string]*assemble.Code{},
		constants: map[string]uint64{}, dataAt: dataAt, limit: maxCode}
	for _, h := range hostFunctions() {
		params := make([]assemble.Value, h.args)
		for i := range params {
			params[i] = i64
		}
		w.hosts[h.name] = w.module.Import(hostModule, h.name, params, []assemble.Value{i64})
	}
	if library != nil {
		w.linker = library.Link(w.module)
	}
	return w
}

// all emits the loops of functions, and what they call.
func (w *build) all(m *module, list []typed) {
	for i, t := range list {
		w.module.Export(exportName(i), w.rows(m, t.body, t.layout))
		for len(w.queue) > 0 {
			b := w.queue[0]
			w.queue = w.queue[1:]
			w.function(m, b)
		}
	}
}

// typed finds the types of a function for its signature, and checks that it fits.
func (m *module) typed(f *udf.Function) (*body, layout) {
	name := f.Entry
	if name == "" {
		name = f.Name
	}
	if f.Shape != udf.Scalar && f.Shape != "" {
		refuse(0, "a function of shape %s is not compiled", f.Shape)
	}
	l, reason := place(f, m.base)
	if reason != nil {
		panic(reason)
	}
	if r := m.other[name]; r != nil {
		panic(r)
	}
	d := m.functions[name]
	if d == nil {
		refuse(0, "the source defines no function %s", name)
	}
	if d.reason != nil {
		panic(d.reason)
	}
	agree := func(note string, t types.Type, what string) {
		class := map[types.Kind]string{types.Bool: "bool", types.Int: "int", types.Float: "float", types.String: "str", types.JSON: "str"}[t.Required().Kind]
		if note != "" && note != class && note != "None" {
			refuse(d.at(), "%s is annotated %s, but the signature says %s", what, note, t)
		}
	}
	agree(d.note, f.Result, "the result")
	var params []typ
	for i, p := range d.params {
		switch {
		case i < len(f.Params):
			agree(p.note, f.Params[i].Type, "the parameter "+p.name)
			params = append(params, l.params[i].typ)
		case p.or == nil:
			refuse(d.at(), "%s has more parameters than its signature", name)
		default:
			in := &inferrer{module: m, body: &body{types: map[expr]typ{}}}
			params = append(params, in.expression(p.or))
		}
	}
	if len(f.Params) > len(d.params) {
		refuse(d.at(), "%s has fewer parameters than its signature", name)
	}
	in := &inferrer{module: m, bodies: map[string]*body{}}
	b := in.infer(d, params)
	for _, p := range d.params[len(f.Params):] {
		in.body = b
		in.expression(p.or)
	}
	have, want := b.result, l.result.typ
	fits := have.kind == want.kind || have.kind == none || have.kind == unseen || want.kind == float && (have.kind == integer || have.kind == number)
	if !fits || have.kind == none && !want.optional {
		refuse(d.at(), "its result is %s, but the signature says %s", have, f.Result)
	}
	return b, l
}
