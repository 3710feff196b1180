package wasm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

const (
	maxChunkText = 4 << 20  // bytes of text arguments in one call of a driver, unless one row has more
	maxGrowth    = 16 << 20 // bytes that an instance's memory may grow by before it is replaced
	alignment    = 64       // of a batch's columns
)

// instance is a module instance with the drivers bound to it.
type instance struct {
	program *program
	user    api.Module // nil after a trap, until the next call
	drivers map[string]*bound
	memory  lender // of the module and its drivers
	atStart uint32 // bytes of memory when the instance was new
	block   region // where batches lie
	text    region // where the bytes of text arguments lie
	out     region // where table functions write
	host    *host  // what the module's imports work on
	epoch   int    // how many times the instance was replaced: what lies in its memory belongs to one of them
	reading bool   // rows of a table function are open: their arguments lie where a call would put its own
	holders int    // accumulators and rows that have something in its memory
	lent    bool   // not yet closed
	peak    uint64 // bytes of memory when it was last weighed
}

// region is memory that the module's alloc gave.
type region struct{ ptr, size uint32 }

// bound is a routine bound to an instance.
type bound struct {
	*routine
	module      api.Module
	memory      api.Memory
	all, masked api.Function
	row         api.Global
	batch       api.Function // nil where the routine has none
}

// start makes a fresh instance of the module.
func (in *instance) start(ctx context.Context) error {
	if in.host == nil {
		in.host = newHost(in.program)
	}
	in.host.enter(nil)
	ctx = in.host.in(ctx)
	in.memory.from = &spareMemories
	user, err := in.program.engine.InstantiateModule(experimental.WithMemoryAllocator(ctx, &in.memory), in.program.user, in.host.config())
	if err != nil {
		in.memory.end()
		return fmt.Errorf("the module cannot be started: %w", in.host.explain(err))
	}
	if err := initialize(ctx, user); err != nil {
		err = errors.Join(in.host.explain(err), user.Close(ctx))
		in.memory.end()
		return err
	}
	in.user, in.drivers, in.block, in.text, in.out = user, map[string]*bound{}, region{}, region{}, region{}
	if m := memoryOf(user); m != nil {
		in.atStart = m.Size()
	}
	return nil
}

// memoryOf is a module's memory, or nil: what the engine gives for a module without one is an interface that is not nil.
func memoryOf(m api.Module) api.Memory {
	if memory := m.Memory(); memory != nil && !reflect.ValueOf(memory).IsNil() {
		return memory
	}
	return nil
}

// discard drops an instance whose state is not to be trusted any more.
func (in *instance) discard(ctx context.Context) error {
	if in.user == nil {
		return nil
	}
	in.weigh()
	ctx = context.WithoutCancel(ctx)
	err := in.user.Close(ctx)
	for _, d := range in.drivers {
		if d.module != nil {
			err = errors.Join(err, d.module.Close(ctx))
		}
	}
	in.memory.end()
	in.user, in.drivers = nil, nil
	in.epoch++
	return err
}

// weigh notes how large the memory is; it never shrinks.
func (in *instance) weigh() {
	m := memoryOf(in.user)
	if m == nil {
		return
	}
	in.peak = uint64(m.Size())
	for {
		most := in.program.peak.Load()
		if int64(in.peak) <= most || in.program.peak.CompareAndSwap(most, int64(in.peak)) {
			return
		}
	}
}

// Close gives the instance to whoever needs one next, if it is as good as new.
func (in *instance) Close(ctx context.Context) error {
	if !in.lent {
		return nil
	}
	in.lent = false
	if in.user != nil {
		in.weigh()
	}
	if in.user != nil && in.holders == 0 && !in.grown() && in.program.keep(in) {
		return nil
	}
	return in.discard(ctx)
}

// grown reports whether calls have left so much in the memory that the instance is to be replaced.
func (in *instance) grown() bool {
	m := memoryOf(in.user)
	return m != nil && m.Size() > in.atStart+in.block.size+in.text.size+in.out.size+maxGrowth
}

// refresh drops an instance that has grown much, unless something in its memory is still needed.
func (in *instance) refresh(ctx context.Context) error {
	if in.user == nil {
		return nil
	}
	in.weigh()
	if in.holders == 0 && in.grown() {
		return in.discard(ctx)
	}
	return nil
}

// noChance is the random source of modules that take nothing from one; the engine's own would be seeded anew for each instance,
// which takes longer than the rest of its start.
var noChance = bytes.NewReader(nil)

// attach binds a module of ours to this instance.
func (in *instance) attach(ctx context.Context, driver wazero.CompiledModule) (api.Module, error) {
	resolve := func(name string) api.Module {
		if name == userModule {
			return in.user
		}
		return nil
	}
	ctx = experimental.WithMemoryAllocator(experimental.WithImportResolver(ctx, resolve), &in.memory)
	return in.program.engine.InstantiateModule(ctx, driver,
		wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(noChance))
}

// bind returns a routine in this instance.
func (in *instance) bind(ctx context.Context, key string) (*bound, error) {
	if d, ok := in.drivers[key]; ok {
		return d, nil
	}
	r := in.program.routines[key]
	d := &bound{routine: r}
	if r.batch != nil {
		d.batch = in.user.ExportedFunction(r.entry + batchSuffix)
	}
	if r.driver != nil {
		m, err := in.attach(ctx, r.driver)
		if err != nil {
			return nil, fmt.Errorf("the driver of %s: %w", r.entry, err)
		}
		d.module, d.memory, d.row = m, m.ExportedMemory(exportTable), m.ExportedGlobal(exportRow)
		d.all, d.masked = m.ExportedFunction(exportRun), m.ExportedFunction(exportMask)
	}
	in.drivers[key] = d
	return d, nil
}

// Call implements udf.Instance.
func (in *instance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	return in.Fill(ctx, f, args, n, nil)
}

// Fill implements udf.Filler.
func (in *instance) Fill(ctx context.Context, f *udf.Function, args []arrow.Array, n int, values []byte) (arrow.Array, error) {
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	r, ok := in.program.routines[f.ID()]
	if !ok {
		return nil, fmt.Errorf("%s was not loaded with its module as a scalar function", f.ID())
	}
	dt, err := types.ToArrow(f.Result)
	if err != nil {
		return nil, err
	}
	b := &batch{f: f, r: r, key: f.ID(), show: args, n: n, skip: columns.Skipped(f, args, n)}
	for _, a := range args {
		b.args = append(b.args, columns.Open(a))
	}
	out := newOutput(r.abi.result, n, values)
	if err := in.run(ctx, b, out); err != nil {
		return nil, err
	}
	if err := in.refresh(ctx); err != nil {
		return nil, err
	}
	if b.failed != nil {
		return out.array(dt), b.rowErrors()
	}
	return out.array(dt), nil
}

// failure is why a chunk ended before its end: the rows before row are done. It is -1 where no row is known.
type failure struct {
	row     int
	err     error
	trapped bool // the instance is not to be used again
}

// run calls a routine for all rows of a batch. After a failure that is not its row's alone the instance is replaced at the next call.
func (in *instance) run(ctx context.Context, b *batch, out *output) error {
	if in.reading {
		return fmt.Errorf("%s is called while rows of a table function are open in the same instance", b.f.ID())
	}
	in.host.enter(b.f)
	ctx = in.host.in(ctx)
	for lo := 0; lo < b.n; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := in.advance(ctx); err != nil {
			return err
		}
		rows := batchRows
		if in.program.interpreted {
			rows = interpretedRows
		}
		hi, textBytes := b.chunk(lo, rows)
		bad := in.chunk(ctx, b, out, lo, hi, textBytes)
		if bad == nil {
			lo = hi
			continue
		}
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), in.discard(ctx))
		}
		if bad.row < 0 && hi == lo+1 {
			bad.row = lo
		}
		if bad.trapped {
			if err := in.discard(ctx); err != nil {
				return err
			}
		}
		if !b.fail(bad.row, bad.err) {
			if err := in.discard(ctx); err != nil {
				return err
			}
			return b.callError(bad.row, bad.err)
		}
		out.none(bad.row)
		lo = bad.row + 1
	}
	return nil
}

// chunk calls the function for rows [lo, hi).
func (in *instance) chunk(ctx context.Context, b *batch, out *output, lo, hi, textBytes int) *failure {
	if in.user == nil {
		if err := in.start(ctx); err != nil {
			return &failure{-1, err, true}
		}
		in.host.enter(b.f)
	}
	in.host.watch(nil)
	d, err := in.bind(ctx, b.key)
	if err != nil {
		return &failure{-1, err, true}
	}
	if d.batch != nil {
		bad := in.whole(ctx, b, d, out, lo, hi, textBytes)
		if bad == nil || bad.row >= 0 || d.driver == nil || ctx.Err() != nil {
			return bad
		}
		// Row by row, to find the one at fault.
		if err := in.discard(ctx); err != nil {
			return &failure{-1, err, true}
		}
		if err := in.start(ctx); err != nil {
			return &failure{-1, err, true}
		}
		in.host.enter(b.f)
		if d, err = in.bind(ctx, b.key); err != nil {
			return &failure{-1, err, true}
		}
	}
	base, text := uint32(0), region{}
	if b.r.abi.inGuest() {
		if base, err = in.room(ctx, b.r, textBytes); err != nil {
			return &failure{-1, err, true}
		}
		text = in.text
	}
	if row, err := b.write(b.r.abi, d.memory, base, text, lo, hi); err != nil {
		return &failure{row: row, err: err}
	}
	run := d.all
	if b.skip != nil {
		run = d.masked
	}
	in.host.watch(func() int { return lo + int(min(uint32(d.row.Get()), uint32(hi-lo-1))) })
	stack := [2]uint64{uint64(base), uint64(hi - lo)}
	if err := run.CallWithStack(ctx, stack[:]); err != nil {
		at := in.host.row()
		// What the rows before it gave is still there, in the memory of the instance that is about to go.
		if bad := in.collect(b, out, d.memory, base, lo, at); bad != nil {
			bad.trapped = true
			return bad
		}
		return &failure{at, in.host.failed(at, err), true}
	}
	return in.collect(b, out, d.memory, base, lo, hi)
}

// whole calls the batch of a function, which takes rows [lo, hi) at once.
func (in *instance) whole(ctx context.Context, b *batch, d *bound, out *output, lo, hi, textBytes int) *failure {
	base, err := in.room(ctx, b.r, textBytes)
	if err != nil {
		return &failure{-1, err, true}
	}
	memory := in.user.Memory()
	if row, err := b.write(d.routine.batch, memory, base, in.text, lo, hi); err != nil {
		return &failure{row: row, err: err}
	}
	l := b.r.layout
	stack := []uint64{uint64(hi - lo)}
	for i, p := range b.r.abi.params {
		if stack = append(stack, uint64(base+l.params[i])); p.optional {
			stack = append(stack, uint64(base+l.present[i]))
		}
	}
	if stack = append(stack, uint64(base+l.result)); b.r.abi.result.optional {
		stack = append(stack, uint64(base+l.resultPresent))
	}
	in.host.watch(func() int { return -1 })
	if err := d.batch.CallWithStack(ctx, stack); err != nil {
		return &failure{-1, in.host.failed(-1, err), true}
	}
	return in.collect(b, out, memory, base, lo, hi)
}

// collect takes what the module said of rows that failed, and reads the results of rows [lo, hi).
func (in *instance) collect(b *batch, out *output, memory api.Memory, base uint32, lo, hi int) *failure {
	for _, said := range in.host.take(hi) {
		if b.fail(said.row, said.err) {
			continue
		}
		if bad := in.collectRange(b, out, memory, base, lo, lo, max(lo, said.row)); bad != nil {
			return bad
		}
		return &failure{row: said.row, err: said.err}
	}
	return in.collectRange(b, out, memory, base, lo, lo, hi)
}

func (in *instance) collectRange(b *batch, out *output, memory api.Memory, base uint32, lo, from, hi int) *failure {
	for from < hi {
		row, err := out.read(b, memory, base, lo, from, hi)
		if err == nil {
			return nil
		}
		if !b.fail(row, err) {
			return &failure{row: row, err: err}
		}
		out.none(row)
		from = row + 1
	}
	return nil
}

// room makes sure that a batch and its text have room in the module's memory, and returns where the batch goes.
func (in *instance) room(ctx context.Context, r *routine, textBytes int) (uint32, error) {
	if err := in.reserve(ctx, &in.block, r.layout.size+alignment); err != nil {
		return 0, err
	}
	if err := in.reserve(ctx, &in.text, uint32(textBytes)); err != nil {
		return 0, err
	}
	return (in.block.ptr + alignment - 1) &^ (alignment - 1), nil
}

// reserve makes r at least size bytes long.
func (in *instance) reserve(ctx context.Context, r *region, size uint32) error {
	if r.ptr != 0 && r.size >= size {
		return nil
	}
	size = max(size, min(2*r.size, maxChunkText), 64)
	res, err := in.user.ExportedFunction("alloc").Call(ctx, uint64(size))
	if err != nil {
		return fmt.Errorf("the module's alloc(%d) failed: %w", size, in.host.explain(err))
	}
	ptr := uint32(res[0])
	if ptr == 0 || uint64(ptr)+uint64(size) > uint64(in.user.Memory().Size()) {
		return fmt.Errorf("the module's alloc(%d) returned %d, which is not a place in its memory with so much room", size, ptr)
	}
	*r = region{ptr, size}
	return nil
}
