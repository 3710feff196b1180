package wasm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// The exports of a table function, as their names end.
const (
	partOpen  = "_open"  // (arguments) -> cursor
	partNext  = "_next"  // (cursor, out) -> 1 where a row was written at out, 0 at the end
	partClose = "_close" // (cursor)
)

const (
	tableRows   = 2048        // rows that one call of the driver takes
	tableText   = 256 << 10   // bytes of their text
	maxGiven    = 100_000_000 // rows that a function may give for one row
	maxRowSlots = 512
)

// tableRoutine is a table function with the driver that opens, reads and closes its cursors.
type tableRoutine struct {
	open   *routine // its arguments
	fields []value
	slots  []uint32 // of 8 bytes, where each field begins
	row    uint32   // bytes of a row
	driver wazero.CompiledModule
}

func (p *program) addTable(ctx context.Context, f *udf.Function) error {
	if f.Result.Kind != types.List {
		return fmt.Errorf("a table function gives a list, as in (text: string) => [{word: string}], and not %s", f.Result)
	}
	element := *f.Result.Elem
	fields := []types.Field{{Name: "element", Type: element}}
	if element.Kind == types.Record {
		fields = element.Fields
	}
	t := &tableRoutine{}
	for _, field := range fields {
		v, err := valueOf("the field "+field.Name+" of the result", field.Type)
		if err != nil {
			return err
		}
		t.fields = append(t.fields, v)
		t.slots = append(t.slots, t.row)
		t.row += slot(v)
	}
	if len(fields) == 0 || t.row > 8*maxRowSlots {
		return fmt.Errorf("a row of the result has %d fields in %d bytes; it takes one field and at most %d bytes", len(fields), t.row, 8*maxRowSlots)
	}
	a, err := convention(&udf.Function{Params: f.Params, Result: types.Of(types.Int)})
	if err != nil {
		return err
	}
	a.result = stateValue
	entry := entryOf(f)
	conventions := map[string]*abi{partOpen: a, partNext: {params: []value{stateValue, stateValue}, result: stateValue}, partClose: {params: []value{stateValue}}}
	for part, c := range conventions {
		def, ok := p.user.ExportedFunctions()[entry+part]
		if !ok {
			return fmt.Errorf("a table function needs the export %q; the module exports %s", entry+part, exports(p.user))
		}
		if err := c.bind(entry+part, part[1:]+" of the table function "+spelled(f), def); err != nil {
			return err
		}
	}
	if err := needsMemory(p.user); err != nil {
		return err
	}
	t.open = &routine{entry: entry, abi: a, layout: place(a)}
	if t.driver, err = p.runtime.compileModule(ctx, p.engine, tableDriver(t)); err != nil {
		return fmt.Errorf("its driver: %w", err)
	}
	p.tables[f.ID()] = t
	return nil
}

// slot is the bytes of a field in a row.
func slot(v value) uint32 {
	n := uint32(8)
	if v.form == wide || v.form == block {
		n = 16
	}
	if v.optional {
		n += 8
	}
	return n
}

// bytes of what the driver writes: rows, for each the row of the call, and text.
func (t *tableRoutine) outBytes() uint32 { return tableRows*(t.row+4) + tableText }

// boundTable is a table function bound to an instance.
type boundTable struct {
	*tableRoutine
	fill, closing api.Function
	row, cursor   api.Global
	open          api.MutableGlobal
}

func (in *instance) bindTable(ctx context.Context, t *tableRoutine) (*boundTable, error) {
	key := t.open.entry + partOpen
	d := in.drivers[key]
	if d == nil {
		m, err := in.attach(ctx, t.driver)
		if err != nil {
			return nil, fmt.Errorf("the driver of %s: %w", t.open.entry, err)
		}
		d = &bound{routine: t.open, module: m}
		in.drivers[key] = d
	}
	open, _ := d.module.ExportedGlobal(exportOpen).(api.MutableGlobal)
	return &boundTable{t, d.module.ExportedFunction(exportFill), in.user.ExportedFunction(t.open.entry + partClose),
		d.module.ExportedGlobal(exportRow), d.module.ExportedGlobal(exportCursor), open}, nil
}

// tableCall is a udf.Rows.
type tableCall struct {
	ctx   context.Context
	in    *instance
	t     *boundTable
	b     *batch
	epoch int
	base  uint32 // of the arguments
	lo    int    // the rows of the call that have been handed over are [lo, hi), and the driver is at lo + at
	hi    int
	at    int
	given int // rows that the row lo + at has given
	err   error
}

// Rows implements udf.TableInstance.
func (in *instance) Rows(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (udf.Rows, error) {
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	if in.reading {
		return nil, fmt.Errorf("%s is called while rows of a table function are open in the same instance", f.ID())
	}
	if err := in.advance(ctx); err != nil {
		return nil, err
	}
	t := in.program.tables[f.ID()]
	if t == nil {
		return nil, fmt.Errorf("%s was not loaded with its module as a table function", f.ID())
	}
	in.host.enter(f)
	ctx = in.host.in(ctx)
	if in.user == nil {
		if err := in.start(ctx); err != nil {
			return nil, err
		}
		in.host.enter(f)
	}
	bt, err := in.bindTable(ctx, t)
	if err != nil {
		return nil, err
	}
	r := &tableCall{ctx: ctx, in: in, t: bt, epoch: in.epoch,
		b: &batch{f: f, r: t.open, key: f.ID(), show: args, n: n, skip: columns.Skipped(f, args, n)}}
	for _, a := range args {
		r.b.args = append(r.b.args, columns.Open(a))
	}
	if err := in.reserve(ctx, &in.out, t.outBytes()); err != nil {
		return nil, r.stop(-1, err)
	}
	in.holders++
	in.reading = true
	return r, nil
}

// stop ends the rows with a failure of the function.
func (r *tableCall) stop(row int, err error) error {
	ctx := r.ctx
	if err == nil {
		return nil
	}
	if derr := r.in.discard(ctx); derr != nil {
		err = derr
	} else if ctx.Err() != nil {
		err = ctx.Err()
	} else {
		err = r.b.callError(row, err)
	}
	r.err = err
	return err
}

// Next implements udf.Rows.
func (r *tableCall) Next(most int) (arrow.Array, []int32, error) {
	for r.err == nil {
		if err := r.ctx.Err(); err != nil {
			return nil, nil, r.stop(-1, err)
		}
		if r.epoch != r.in.epoch {
			return nil, nil, fmt.Errorf("%s: its rows are gone, because a call in the same instance failed", r.b.f.ID())
		}
		if r.lo+r.at == r.hi {
			if r.hi == r.b.n {
				r.err = io.EOF
				break
			}
			if row, err := r.hand(); err != nil {
				return nil, nil, r.stop(row, err)
			}
		}
		elements, of, err := r.fill(max(1, min(most, tableRows)))
		if err != nil || len(of) > 0 {
			return elements, of, err
		}
	}
	return nil, nil, r.err
}

// hand hands the next rows of the call over to the driver.
func (r *tableCall) hand() (int, error) {
	r.lo, r.at = r.hi, 0
	hi, textBytes := r.b.chunk(r.lo, batchRows)
	base, err := r.in.room(r.ctx, r.t.tableRoutine.open, textBytes)
	if err != nil {
		return -1, err
	}
	r.base, r.hi = base, hi
	if r.b.skip == nil {
		r.b.skip = make([]bool, r.b.n) // the driver always looks at the mask
	}
	return r.b.write(r.t.tableRoutine.open.abi, r.in.user.Memory(), base, r.in.text, r.lo, hi)
}

// fill runs the driver once and reads what it wrote.
func (r *tableCall) fill(most int) (arrow.Array, []int32, error) {
	running := func() int { return r.lo + int(min(uint32(r.t.row.Get()), uint32(r.hi-r.lo-1))) }
	r.in.host.watch(running)
	row := uint64(r.at)
	stack := []uint64{uint64(r.base), uint64(r.hi - r.lo), row, uint64(r.base) + 8*row, uint64(r.base) + 4*row, uint64(r.in.out.ptr), uint64(most)}
	if err := r.t.fill.CallWithStack(r.ctx, stack); err != nil {
		return nil, nil, r.stop(running(), r.in.host.failed(running(), err))
	}
	if said := r.in.host.take(r.hi); len(said) > 0 {
		return nil, nil, r.stop(said[0].row, said[0].err)
	}
	count, before := int(min(uint32(stack[0]), tableRows)), r.at
	r.at = min(int(uint32(r.t.row.Get())), r.hi-r.lo)
	memory := r.in.user.Memory()
	which, ok := memory.Read(r.in.out.ptr+tableRows*r.t.tableRoutine.row, uint32(4*count))
	if !ok {
		return nil, nil, r.stop(-1, errLost)
	}
	of := make([]int32, count)
	for k := range of {
		of[k] = int32(r.lo) + int32(binary.LittleEndian.Uint32(which[4*k:]))
	}
	if r.at > before {
		r.given = 0
	}
	for k := count - 1; k >= 0 && int(of[k]) == r.lo+r.at; k-- {
		r.given++
	}
	if r.given > maxGiven {
		return nil, nil, r.stop(r.lo+r.at, fmt.Errorf("the function gave more than %d rows for one row", maxGiven))
	}
	if count == 0 {
		return nil, nil, nil
	}
	elements, k, err := r.read(memory, count)
	if err != nil {
		return nil, nil, r.stop(int(of[k]), err)
	}
	return elements, of, nil
}

// read makes a column of count rows that the driver wrote. Where one is no row, it returns which.
func (r *tableCall) read(memory api.Memory, count int) (arrow.Array, int, error) {
	bytes, ok := memory.Read(r.in.out.ptr, uint32(count)*r.t.tableRoutine.row)
	if !ok {
		return nil, 0, errLost
	}
	element := *r.b.f.Result.Elem
	dt, err := types.ToArrow(element)
	if err != nil {
		return nil, 0, err
	}
	fields := []arrow.DataType{dt}
	record, isRecord := dt.(*arrow.StructType)
	if isRecord && element.Kind == types.Record {
		fields = fields[:0]
		for i := range record.NumFields() {
			fields = append(fields, record.Field(i).Type)
		}
	}
	var children []arrow.ArrayData
	defer func() {
		for _, c := range children {
			c.Release()
		}
	}()
	for i, v := range r.t.fields {
		out := newOutput(v, count, nil)
		if k, err := out.readSlots(memory, bytes[r.t.slots[i]:], int(r.t.tableRoutine.row)); err != nil {
			if element.Kind == types.Record {
				err = fmt.Errorf("the field %s: %w", element.Fields[i].Name, err)
			}
			return nil, k, err
		}
		a := out.array(fields[i])
		if element.Kind != types.Record {
			return a, 0, nil
		}
		a.Data().Retain()
		children = append(children, a.Data())
		a.Release()
	}
	data := array.NewData(dt, count, nil, children, 0, 0)
	defer data.Release()
	return array.MakeFromData(data), 0, nil
}

// Close implements udf.Rows.
func (r *tableCall) Close() error {
	if r.in == nil {
		return nil
	}
	in := r.in
	r.in = nil
	in.holders--
	in.reading = false
	var err error
	if in.user != nil && r.epoch == in.epoch {
		if r.t.open.Get() != 0 && r.ctx.Err() == nil {
			in.host.watch(nil)
			if _, cerr := r.t.closing.Call(r.ctx, r.t.cursor.Get()); cerr != nil {
				err = errors.Join(r.b.callError(-1, in.host.explain(cerr)), in.discard(r.ctx))
			}
		}
		r.t.open.Set(0)
	}
	return errors.Join(err, in.refresh(r.ctx))
}
