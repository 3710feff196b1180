package wasm

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// The parts of an aggregate function, as the names of its exports end. Each is a routine of its own, whose driver loops over rows or
// groups.
const (
	partInit   = "_init"   // () -> state
	partStep   = "_step"   // (state, arguments)
	partMerge  = "_merge"  // (state, other)
	partFinish = "_finish" // (state) -> result
	partSave   = "_save"   // (state) -> i64 pointer << 32 | length
	partLoad   = "_load"   // (pointer, length) -> state
	partDrop   = "_drop"   // (state), optional
)

const (
	maxStateBytes = 1 << 20 // of a flat state
	maxScratch    = 1 << 20 // bytes of flat states that are merged in one call
)

// stateValue is a state as a parameter or a result.
var stateValue = value{form: handle, wasm: assemble.I32}

func (p *program) addAggregate(ctx context.Context, f *udf.Function) error {
	step, err := convention(f)
	if err != nil {
		return err
	}
	result := step.result
	step.params, step.result = append([]value{stateValue}, step.params...), value{}
	saved := value{form: text, kind: types.Bytes}
	parts := map[string]*abi{
		partInit:   {result: stateValue},
		partStep:   step,
		partMerge:  {params: []value{stateValue, stateValue}},
		partFinish: {params: []value{stateValue}, result: result},
	}
	entry := entryOf(f)
	switch {
	case f.StateBytes == 0:
		parts[partSave], parts[partLoad] = &abi{params: []value{stateValue}, result: saved}, &abi{params: []value{saved}, result: stateValue}
	case f.StateBytes < 0 || f.StateBytes > maxStateBytes:
		return fmt.Errorf("state_bytes = %d; a flat state has 1 to %d bytes", f.StateBytes, maxStateBytes)
	default:
		if _, ok := p.user.ExportedMemories()[exportTable]; !ok {
			return errors.New(`an aggregate with state_bytes needs the module to export its memory as "memory"`)
		}
	}
	if _, ok := p.user.ExportedFunctions()[entry+partDrop]; ok {
		parts[partDrop] = &abi{params: []value{stateValue}}
	}
	for part, a := range parts {
		if _, ok := p.user.ExportedFunctions()[entry+part]; !ok {
			hint := ""
			if part == partSave || part == partLoad {
				hint = "; where the state is one flat piece of memory, state_bytes in dreamql.toml does as well"
			}
			return fmt.Errorf("an aggregate function needs the export %q; the module exports %s%s", entry+part, exports(p.user), hint)
		}
		signature := fmt.Sprintf("%s of the aggregate %s", part[1:], spelled(f))
		if err := p.addRoutine(ctx, f.ID()+part, entry+part, signature, a); err != nil {
			return err
		}
	}
	return nil
}

// accumulator is a udf.Accumulator whose states lie in the memory of an instance.
type accumulator struct {
	ctx    context.Context
	in     *instance
	f      *udf.Function
	epoch  int      // of the instance, once there is a state
	states []uint32 // pointers, one a group
	free   []uint32 // flat states to write saved ones into
}

// Accumulate implements udf.AggregateInstance.
func (in *instance) Accumulate(ctx context.Context, f *udf.Function) (udf.Accumulator, error) {
	if in.program.routines[f.ID()+partStep] == nil {
		return nil, fmt.Errorf("%s was not loaded with its module as an aggregate function", f.ID())
	}
	if err := in.advance(ctx); err != nil {
		return nil, err
	}
	in.holders++
	return &accumulator{ctx: ctx, in: in, f: f, epoch: in.epoch}, nil
}

// routine calls a part of the function for n rows.
func (a *accumulator) routine(part string, n int, skip []bool, show []arrow.Array, args ...columns.Source) (*output, error) {
	if err := a.alive(); err != nil {
		return nil, err
	}
	r := a.in.program.routines[a.f.ID()+part]
	b := &batch{f: a.f, r: r, key: a.f.ID() + part, args: args, show: show, n: n, skip: skip}
	out := newOutput(r.abi.result, n, nil)
	if err := a.in.run(a.ctx, b, out); err != nil {
		return nil, err
	}
	if b.failed != nil {
		return nil, b.rowErrors().Failed[0]
	}
	return out, a.alive()
}

// alive reports states that are gone with the instance that held them.
func (a *accumulator) alive() error {
	if len(a.states)+len(a.free) == 0 {
		a.epoch = a.in.epoch // there is nothing to lose
	}
	if a.epoch != a.in.epoch {
		return fmt.Errorf("%s: its states are gone, because a call in the same instance failed", a.f.ID())
	}
	return nil
}

// Resize implements udf.Accumulator.
func (a *accumulator) Resize(n int) error {
	if n <= len(a.states) {
		return nil
	}
	fresh, err := a.fresh(n - len(a.states))
	if err != nil {
		return err
	}
	a.states = append(a.states, fresh...)
	return nil
}

// fresh makes n states.
func (a *accumulator) fresh(n int) ([]uint32, error) {
	out, err := a.routine(partInit, n, nil, nil)
	if err != nil {
		return nil, a.memory(err, len(a.states)+n)
	}
	states := arrow.Uint32Traits.CastFromBytes(out.fixed)
	for _, s := range states {
		if a.f.StateBytes > 0 && uint64(s)+uint64(a.f.StateBytes) > uint64(a.in.user.Memory().Size()) {
			return nil, a.lost(s)
		}
	}
	return states, nil
}

func (a *accumulator) lost(state uint32) error {
	return &udf.CallError{Function: a.f.ID(), Row: -1, Message: fmt.Sprintf("its %s gave %d, where there are no %d bytes of its memory", entryOf(a.f)+partInit, state, a.f.StateBytes)}
}

// memory adds what a failure probably means, where the module's memory is nearly full.
func (a *accumulator) memory(err error, groups int) error {
	var failed *udf.CallError
	if errors.As(err, &failed) && a.in.peak > 3*(uint64(a.in.program.runtime.pages())<<16)/4 {
		failed.Message = fmt.Sprintf("the states of %d groups do not fit the %d MiB of memory that a module has: %s",
			groups, a.in.program.runtime.pages()/16, failed.Message)
	}
	return err
}

// Update implements udf.Accumulator.
func (a *accumulator) Update(n int, groups []uint32, args []arrow.Array) error {
	if err := columns.Check(a.f, args, n); err != nil {
		return err
	}
	handles, skip, err := a.handles(n, groups, columns.Skipped(a.f, args, n))
	if err != nil {
		return err
	}
	sources := []columns.Source{handles}
	for _, arg := range args {
		sources = append(sources, columns.Open(arg))
	}
	_, err = a.routine(partStep, n, skip, args, sources...)
	return a.memory(err, len(a.states))
}

// handles is the state of each row's group, and which rows to leave out.
func (a *accumulator) handles(n int, groups []uint32, skip []bool) (columns.Source, []bool, error) {
	states := make([]uint32, n)
	for row := range states {
		g := uint32(0)
		if groups != nil {
			g = groups[row]
		}
		switch {
		case g == udf.NoGroup:
			if skip == nil {
				skip = make([]bool, n)
			}
			skip[row] = true
		case int(g) >= len(a.states):
			return columns.Source{}, nil, fmt.Errorf("%s: row %d belongs to group %d of %d", a.f.ID(), row, g, len(a.states))
		default:
			states[row] = a.states[g]
		}
	}
	return handlesOf(states), skip, nil
}

func handlesOf(states []uint32) columns.Source {
	data := array.NewData(arrow.PrimitiveTypes.Uint32, len(states), []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Uint32Traits.CastToBytes(states))}, nil, 0, 0)
	return columns.Open(array.NewUint32Data(data))
}

// Merge implements udf.Accumulator.
func (a *accumulator) Merge(n int, groups []uint32, states arrow.Array) error {
	saved, ok := states.(*array.Binary)
	if !ok || saved.Len() != n {
		return fmt.Errorf("%s: %d rows of %s are no states of %d groups", a.f.ID(), states.Len(), states.DataType(), n)
	}
	into, skip, err := a.handles(n, groups, nil)
	if err != nil {
		return err
	}
	if a.f.StateBytes > 0 {
		return a.mergeFlat(n, saved, into.Values.(*array.Uint32).Uint32Values(), skip)
	}
	out, err := a.routine(partLoad, n, skip, nil, columns.Open(saved))
	if err != nil {
		return a.memory(err, len(a.states)+n)
	}
	loaded := handlesOf(arrow.Uint32Traits.CastFromBytes(out.fixed))
	if _, err := a.routine(partMerge, n, skip, nil, into, loaded); err != nil {
		return a.memory(err, len(a.states))
	}
	return a.drop(n, skip, loaded)
}

// mergeFlat writes saved states over states of its own, a piece at a time, and merges those.
func (a *accumulator) mergeFlat(n int, saved *array.Binary, into []uint32, skip []bool) error {
	size := a.f.StateBytes
	piece := min(n, max(1, maxScratch/size))
	if len(a.free) < piece {
		more, err := a.fresh(piece - len(a.free))
		if err != nil {
			return err
		}
		a.free = append(a.free, more...)
	}
	for lo := 0; lo < n; lo += piece {
		hi := min(n, lo+piece)
		for row := lo; row < hi; row++ {
			if skip != nil && skip[row] {
				continue
			}
			v := saved.Value(row)
			if len(v) != size {
				return fmt.Errorf("%s: a state of %d bytes was to be merged, but it has %d", a.f.ID(), len(v), size)
			}
			if !a.in.user.Memory().Write(a.free[row-lo], v) {
				return a.lost(a.free[row-lo])
			}
		}
		var left []bool
		if skip != nil {
			left = skip[lo:hi]
		}
		if _, err := a.routine(partMerge, hi-lo, left, nil, handlesOf(into[lo:hi]), handlesOf(a.free[:hi-lo])); err != nil {
			return err
		}
	}
	return nil
}

// State implements udf.Accumulator.
func (a *accumulator) State() (arrow.Array, error) {
	if a.f.StateBytes == 0 {
		out, err := a.routine(partSave, len(a.states), nil, nil, handlesOf(a.states))
		if err != nil {
			return nil, err
		}
		return out.array(arrow.BinaryTypes.Binary), nil
	}
	if err := a.alive(); err != nil {
		return nil, err
	}
	if len(a.states)*a.f.StateBytes > maxResultText {
		return nil, fmt.Errorf("%s: the states of %d groups of %d bytes are more than %d MiB", a.f.ID(), len(a.states), a.f.StateBytes, maxResultText>>20)
	}
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	defer b.Release()
	b.Reserve(len(a.states))
	b.ReserveData(len(a.states) * a.f.StateBytes)
	for _, s := range a.states {
		v, ok := a.in.user.Memory().Read(s, uint32(a.f.StateBytes))
		if !ok {
			return nil, a.lost(s)
		}
		b.Append(v)
	}
	return b.NewArray(), nil
}

// Finish implements udf.Accumulator.
func (a *accumulator) Finish() (arrow.Array, error) {
	dt, err := types.ToArrow(a.f.Result)
	if err != nil {
		return nil, err
	}
	out, err := a.routine(partFinish, len(a.states), nil, nil, handlesOf(a.states))
	if err != nil {
		return nil, a.memory(err, len(a.states))
	}
	return out.array(dt), nil
}

// Bytes implements udf.Accumulator. Accumulators of one instance share what its memory has grown by.
func (a *accumulator) Bytes() int64 {
	held := int64(4 * len(a.states))
	if a.in.user != nil && memoryOf(a.in.user) != nil {
		held += int64(a.in.user.Memory().Size()-a.in.atStart) / int64(max(1, a.in.holders))
	}
	return held
}

// Close implements udf.Accumulator.
func (a *accumulator) Close() error {
	if a.in == nil {
		return nil
	}
	var err error
	if a.in.user != nil && a.epoch == a.in.epoch && a.ctx.Err() == nil {
		err = a.drop(len(a.states), nil, handlesOf(a.states))
		if err == nil {
			err = a.drop(len(a.free), nil, handlesOf(a.free))
		}
	}
	a.in.holders--
	err = errors.Join(err, a.in.refresh(a.ctx))
	a.in = nil
	return err
}

// drop tells the module that states are not needed any more, if it wants to know.
func (a *accumulator) drop(n int, skip []bool, states columns.Source) error {
	if n == 0 || a.in.program.routines[a.f.ID()+partDrop] == nil {
		return nil
	}
	_, err := a.routine(partDrop, n, skip, nil, states)
	return err
}
