package wasm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

const (
	maxChunkText = 4 << 20  // bytes of text arguments in one call of a driver, unless one row has more
	maxGrowth    = 16 << 20 // bytes that an instance's memory may grow by before it is replaced
)

// instance is a module instance with the drivers bound to it.
type instance struct {
	program *program
	user    api.Module // nil after a trap, until the next call
	drivers map[string]*bound
	atStart uint32 // bytes of memory when the instance was new
	block   region // where batches lie
	text    region // where the bytes of text arguments lie
}

// region is memory that the module's alloc gave.
type region struct{ ptr, size uint32 }

// bound is a driver bound to an instance.
type bound struct {
	*compiled
	module      api.Module
	memory      api.Memory
	all, masked api.Function
	row         api.Global
}

func (p *program) Instance(ctx context.Context) (udf.Instance, error) {
	in := &instance{program: p}
	return in, in.start(ctx)
}

// start makes a fresh instance of the module.
func (in *instance) start(ctx context.Context) error {
	ctx = context.WithValue(ctx, callStateKey{}, &callState{})
	cfg := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	user, err := in.program.engine.InstantiateModule(ctx, in.program.user, cfg)
	if err != nil {
		return fmt.Errorf("the module cannot be started: %w", err)
	}
	if init := user.ExportedFunction("_initialize"); init != nil {
		if _, err := init.Call(ctx); err != nil {
			return errors.Join(fmt.Errorf("the module's _initialize failed: %w", err), user.Close(ctx))
		}
	}
	*in = instance{program: in.program, user: user, drivers: map[string]*bound{}}
	if m := user.Memory(); m != nil {
		in.atStart = m.Size()
	}
	return nil
}

// discard drops an instance whose state is not to be trusted any more.
func (in *instance) discard(ctx context.Context) error {
	if in.user == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := in.user.Close(ctx)
	for _, d := range in.drivers {
		err = errors.Join(err, d.module.Close(ctx))
	}
	in.user, in.drivers = nil, nil
	return err
}

func (in *instance) Close(ctx context.Context) error { return in.discard(ctx) }

// bind returns the driver of f in this instance.
func (in *instance) bind(ctx context.Context, f *udf.Function) (*bound, error) {
	id := f.ID()
	if d, ok := in.drivers[id]; ok {
		return d, nil
	}
	c, ok := in.program.drivers[id]
	if !ok {
		return nil, fmt.Errorf("%s was not loaded with its module", id)
	}
	resolve := func(name string) api.Module {
		if name == userModule {
			return in.user
		}
		return nil
	}
	m, err := in.program.engine.InstantiateModule(experimental.WithImportResolver(ctx, resolve), c.driver,
		wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, fmt.Errorf("%s: its driver: %w", id, err)
	}
	d := &bound{compiled: c, module: m, memory: m.ExportedMemory(exportTable), all: m.ExportedFunction(exportRun),
		masked: m.ExportedFunction(exportMask), row: m.ExportedGlobal(exportRow)}
	in.drivers[id] = d
	return d, nil
}

// Call implements udf.Instance.
func (in *instance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	c, ok := in.program.drivers[f.ID()]
	if !ok {
		return nil, fmt.Errorf("%s was not loaded with its module", f.ID())
	}
	b := &batch{f: f, abi: c.abi, layout: c.layout, n: n, skip: columns.Skipped(f, args, n)}
	for _, a := range args {
		b.args = append(b.args, columns.Open(a))
	}
	out := newOutput(f, c.abi.result, n)
	ctx = context.WithValue(ctx, callStateKey{}, &callState{})
	for lo := 0; lo < n; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hi, textBytes := b.chunk(lo)
		row, err := in.chunk(ctx, b, out, lo, hi, textBytes)
		if err != nil {
			if ctx.Err() != nil {
				return nil, errors.Join(ctx.Err(), in.discard(ctx))
			}
			if derr := in.discard(ctx); derr != nil {
				return nil, derr
			}
			return nil, callError(f, args, row, err)
		}
		lo = hi
	}
	if in.user == nil {
		return out.array()
	}
	if m := in.user.Memory(); m != nil && m.Size() > in.atStart+in.block.size+in.text.size+maxGrowth {
		if err := in.discard(ctx); err != nil {
			return nil, err
		}
	}
	return out.array()
}

// chunk calls the function for rows [lo, hi). Where it fails, it returns the row at fault.
func (in *instance) chunk(ctx context.Context, b *batch, out *output, lo, hi, textBytes int) (int, error) {
	if in.user == nil {
		if err := in.start(ctx); err != nil {
			return lo, err
		}
	}
	d, err := in.bind(ctx, b.f)
	if err != nil {
		return lo, err
	}
	base, text := uint32(0), region{}
	if b.abi.inGuest() {
		if err := in.reserve(ctx, &in.block, b.layout.size); err != nil {
			return lo, err
		}
		if err := in.reserve(ctx, &in.text, uint32(textBytes)); err != nil {
			return lo, err
		}
		base, text = in.block.ptr, in.text
	}
	if row, err := b.write(d.memory, base, text, lo, hi); err != nil {
		return row, err
	}
	run := d.all
	if b.skip != nil {
		run = d.masked
	}
	stack := [2]uint64{uint64(base), uint64(hi - lo)}
	if err := run.CallWithStack(ctx, stack[:]); err != nil {
		return lo + int(min(uint32(d.row.Get()), uint32(hi-lo-1))), err
	}
	return out.read(b, d.memory, base, lo, hi)
}

// reserve makes r at least size bytes long.
func (in *instance) reserve(ctx context.Context, r *region, size uint32) error {
	if r.ptr != 0 && r.size >= size {
		return nil
	}
	size = max(size, min(2*r.size, maxChunkText), 64)
	res, err := in.user.ExportedFunction("alloc").Call(ctx, uint64(size))
	if err != nil {
		return fmt.Errorf("the module's alloc(%d) failed: %w", size, err)
	}
	ptr := uint32(res[0])
	if ptr == 0 || uint64(ptr)+uint64(size) > uint64(in.user.Memory().Size()) {
		return fmt.Errorf("the module's alloc(%d) returned %d, which is not a place in its memory with so much room", size, ptr)
	}
	*r = region{ptr, size}
	return nil
}

// callError makes an error of the guest one for the person who called it.
func callError(f *udf.Function, args []arrow.Array, row int, err error) error {
	msg := err.Error()
	var abort *abortError
	if errors.As(err, &abort) {
		msg = abort.Error()
	}
	msg = strings.Replace(msg, " (recovered by wazero)", "", 1)
	return &udf.CallError{Function: f.ID(), Row: row, Args: columns.Describe(f, args, row), Message: columns.Clip(msg, 4096)}
}
