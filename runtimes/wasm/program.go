package wasm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// routine is one export of a module with what calls it over many rows.
type routine struct {
	entry  string
	abi    *abi
	layout layout
	driver wazero.CompiledModule // nil where there is only a batch
	batch  *abi                  // of the export entry_batch, nil where there is none
}

type program struct {
	runtime  *Runtime
	engine   wazero.Runtime
	user     wazero.CompiledModule
	sections *sections           // of user
	routines map[string]*routine // by udf.Function.ID, and part of an aggregate: see aggregate.go
	tables   map[string]*tableRoutine
	made     udf.Made
	peak     atomic.Int64 // bytes of the largest memory of an instance
	granted  []string     // capabilities of any of the functions, which hold while the module starts

	interpreted bool
	next        atomic.Pointer[program] // the compiled form of one that is interpreted, when it is there

	mu   sync.Mutex
	idle []*instance // to be used again
	gone bool
}

// maxIdle is how many instances of a program are kept for the next who needs one.
const maxIdle = 4

func (p *program) add(ctx context.Context, f *udf.Function) error {
	for _, c := range f.Capabilities {
		if !slices.Contains(p.granted, c) {
			p.granted = append(p.granted, c)
		}
	}
	switch f.Shape {
	case udf.Aggregate:
		return p.addAggregate(ctx, f)
	case udf.Table:
		return p.addTable(ctx, f)
	}
	a, err := convention(f)
	if err != nil {
		return err
	}
	if _, ok := p.user.ExportedFunctions()[entryOf(f)]; !ok && f.RowErrors && p.user.ExportedFunctions()[entryOf(f)+batchSuffix] != nil {
		return fmt.Errorf("the module exports %q alone; a function with row_errors needs %q too, to find the row at fault", entryOf(f)+batchSuffix, entryOf(f))
	}
	return p.addRoutine(ctx, f.ID(), entryOf(f), spelled(f), a)
}

func entryOf(f *udf.Function) string {
	if f.Entry == "" {
		return f.Name
	}
	return f.Entry
}

// addRoutine binds an export to a convention and makes its driver. Where the export has a batch, it alone may be there.
func (p *program) addRoutine(ctx context.Context, key, entry, signature string, a *abi) error {
	r := &routine{entry: entry, abi: a, layout: place(a)}
	if def, ok := p.user.ExportedFunctions()[entry+batchSuffix]; ok {
		b := a.usual()
		if err := b.bindBatch(def, entry, signature); err != nil {
			return err
		}
		r.batch = b
	}
	def, ok := p.user.ExportedFunctions()[entry]
	if !ok && r.batch == nil {
		return fmt.Errorf("the module exports no function %q; it exports %s", entry, exports(p.user))
	}
	if ok {
		if err := a.bind(entry, signature, def); err != nil {
			return err
		}
	}
	if a.inGuest() || r.batch != nil {
		if err := needsMemory(p.user); err != nil {
			return err
		}
	}
	if ok {
		var err error
		if r.driver, err = p.runtime.compileModule(ctx, p.engine, driver(a, r.layout, entry, p.sections)); err != nil {
			return fmt.Errorf("its driver: %w", err)
		}
	}
	p.routines[key] = r
	return nil
}

// needsMemory checks what modules must export whose arguments lie in their own memory.
func needsMemory(m wazero.CompiledModule) error {
	const who = "functions with strings, bytes, values of 16 bytes, an optional result or a batch"
	if _, ok := m.ExportedMemories()[exportTable]; !ok {
		return errors.New(who + ` need the module to export its memory as "memory"`)
	}
	def, ok := m.ExportedFunctions()["alloc"]
	if !ok || !hasType(def, []assemble.Value{assemble.I32}, []assemble.Value{assemble.I32}) {
		return errors.New(who + " need the module to export alloc(size: i32) -> pointer: i32")
	}
	return nil
}

// Instance gives an instance that somebody has closed, or a new one.
func (p *program) Instance(ctx context.Context) (udf.Instance, error) {
	if next := p.next.Load(); next != nil {
		return next.Instance(ctx)
	}
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		in := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		in.lent = true
		return in, nil
	}
	p.mu.Unlock()
	in := &instance{program: p, lent: true}
	return in, in.start(ctx)
}

// keep takes an instance back, and reports whether it did.
func (p *program) keep(in *instance) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone || p.next.Load() != nil || len(p.idle) >= maxIdle {
		return false
	}
	p.idle = append(p.idle, in)
	return true
}

func (p *program) Close(ctx context.Context) error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.gone = nil, true
	p.mu.Unlock()
	var err error
	if next := p.next.Load(); next != nil {
		err = next.Close(ctx)
	}
	for _, in := range idle {
		err = errors.Join(err, in.discard(ctx))
	}
	err = errors.Join(err, p.user.Close(ctx))
	for _, r := range p.routines {
		if r.driver != nil {
			err = errors.Join(err, r.driver.Close(ctx))
		}
	}
	for _, t := range p.tables {
		err = errors.Join(err, t.driver.Close(ctx))
	}
	return err
}

// exports lists the exported functions for a message.
func exports(m wazero.CompiledModule) string {
	var names []string
	for n := range m.ExportedFunctions() {
		names = append(names, n)
	}
	if len(names) == 0 {
		return "none"
	}
	slices.Sort(names)
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	return strings.Join(names, ", ")
}
