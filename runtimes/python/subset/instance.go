package subset

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

const (
	textShare = 16       // text arguments of one call of compiled code take this part of the memory at most, unless one row has more
	maxKept   = 32 << 20 // bytes of memory that an instance may have before it is replaced
)

// Instance calls compiled functions, for one goroutine.
type Instance struct {
	program   *Program
	module    api.Module // nil until the first call, and after a trap
	functions map[string]api.Function
	rows      []int // 0, 1, 2, …, for calls of all rows
}

// Instance returns an instance; nothing is started before it is called.
func (p *Program) Instance() *Instance { return &Instance{program: p} }

// Close frees the instance, which can be used again.
func (in *Instance) Close(ctx context.Context) error {
	if in.module == nil {
		return nil
	}
	m := in.module
	in.module, in.functions = nil, nil
	return m.Close(context.WithoutCancel(ctx))
}

// noChance is the random source of modules that take nothing from one; the engine's own would be seeded anew for each instance.
var noChance = bytes.NewReader(nil)

func (in *Instance) start(ctx context.Context) error {
	if in.module != nil {
		return nil
	}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(noChance)
	m, err := in.program.engine.runtime.InstantiateModule(ctx, in.program.code, config)
	if err != nil {
		return fmt.Errorf("compiled Python cannot be started: %w", err)
	}
	in.module, in.functions = m, map[string]api.Function{}
	return nil
}

// Decide returns the results of some rows of a call, that compiled code declined.
type Decide func(rows []int) (arrow.Array, error)

// Call is Fill without memory for the results.
func (in *Instance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int, decide Decide) (out arrow.Array, declined int, err error) {
	return in.Fill(ctx, f, args, n, nil, decide)
}

// Fill evaluates f over n rows; results of fixed width are written into values where it is long enough (udf.Filler). The rows that compiled code cannot vouch for, an exception among them, are left to decide; its error
// is returned, with the results where it gives both.
func (in *Instance) Fill(ctx context.Context, f *udf.Function, args []arrow.Array, n int, values []byte, decide Decide) (out arrow.Array, declined int, err error) {
	e := in.program.functions[f.ID()]
	if e == nil {
		return nil, 0, fmt.Errorf("%s is not compiled", f.ID())
	}
	for len(in.rows) < n {
		in.rows = append(in.rows, len(in.rows))
	}
	b := newBatch(e.layout, f, args, in.rows[:n:n])
	results := newResults(e.layout.result, n, values)
	var left []int
	for lo := 0; lo < len(b.rows); {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		hi, err := in.chunk(ctx, e, b, results, lo, &left)
		if err != nil {
			return nil, 0, err
		}
		lo = hi
	}
	if in.module != nil && in.module.Memory().Size() > maxKept {
		if err := in.Close(ctx); err != nil {
			return nil, 0, err
		}
	}
	if len(left) == 0 {
		out, err := results.array(f, b.skipped)
		return out, 0, err
	}
	decided, failure := decide(left)
	if decided == nil {
		return nil, len(left), failure
	}
	defer decided.Release()
	results.fill(left, decided)
	if out, err = results.array(f, b.skipped); err != nil {
		return nil, len(left), err
	}
	return out, len(left), failure
}

// chunk runs compiled code over rows from lo on, and returns where it stopped.
func (in *Instance) chunk(ctx context.Context, e *entry, b *batch, out *results, lo int, left *[]int) (int, error) {
	if err := in.start(ctx); err != nil {
		return 0, err
	}
	run := in.functions[e.export]
	if run == nil {
		run = in.module.ExportedFunction(e.export)
		in.functions[e.export] = run
	}
	hi, size := b.chunk(lo, int(in.program.engine.pages)<<16/textShare)
	memory := in.module.Memory()
	if missing := int64(e.heap) + int64(size) - int64(memory.Size()); missing > 0 {
		if _, ok := memory.Grow(uint32((missing + 65535) >> 16)); !ok {
			// One row has more text than the memory can hold.
			*left = append(*left, b.rows[lo:hi]...)
			return hi, nil
		}
	}
	whole, _ := memory.Read(0, memory.Size())
	b.write(whole, e, lo, hi)
	for from := 0; from < hi-lo; {
		memory.WriteUint32Le(cellHeap, e.heap+uint32(size))
		stack := [2]uint64{uint64(from), uint64(hi - lo)}
		if err := run.CallWithStack(ctx, stack[:]); err != nil {
			if cerr := in.Close(ctx); cerr != nil {
				return 0, cerr
			}
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			// Deep recursion with large frames ends here: CPython decides, as it does for everything that is not certain.
			*left = append(*left, b.rows[lo+from:hi]...)
			return hi, nil
		}
		to, declines := int(uint32(stack[0])), int(stack[0]>>32)
		whole, _ = memory.Read(0, memory.Size())
		out.read(whole, e.layout, b.rows[lo:hi], from, to, declines > 0, left)
		from = to
	}
	return hi, nil
}

// batch is the arguments of a call.
type batch struct {
	params  []column
	args    []columns.Source
	rows    []int // that are called
	skipped []bool
}

func newBatch(l layout, f *udf.Function, args []arrow.Array, all []int) *batch {
	b := &batch{params: l.params, skipped: columns.Skipped(f, args, len(all)), rows: all}
	for _, a := range args {
		b.args = append(b.args, columns.Open(a))
	}
	if b.skipped == nil {
		return b
	}
	b.rows = make([]int, 0, len(all))
	for _, row := range all {
		if !b.skipped[row] {
			b.rows = append(b.rows, row)
		}
	}
	return b
}

// chunk returns where the rows from lo end that one call takes, and how many bytes of text they have.
func (b *batch) chunk(lo, most int) (hi, size int) {
	hi = min(len(b.rows), lo+batchRows)
	var texts []columns.Source
	for i, p := range b.params {
		if p.typ.kind == text {
			texts = append(texts, b.args[i])
		}
	}
	if texts == nil {
		return hi, 0
	}
	for k, row := range b.rows[lo:hi] {
		one := 0
		for _, s := range texts {
			if !s.Absent(row) {
				one += len(s.Text(row))
			}
		}
		if size+one > most && k > 0 {
			return lo + k, size
		}
		size += one
	}
	return hi, size
}

// write puts rows [lo, hi) into memory, none of them declined: where their status is, another function may have had its arguments.
func (b *batch) write(memory []byte, e *entry, lo, hi int) {
	rows := b.rows[lo:hi]
	clear(memory[e.layout.status:][:len(rows)])
	used := e.heap
	for i, p := range b.params {
		s, values := b.args[i], memory[p.value:]
		switch {
		case p.typ.kind == text:
			for k, row := range rows {
				v := uint64(asciiFlag)
				if !s.Absent(row) {
					t := s.Text(row)
					copy(memory[used:], t)
					v = packText(used, uint32(len(t)), isASCII(t))
					used += uint32(len(t))
				}
				binary.LittleEndian.PutUint64(values[8*k:], v)
			}
		case p.typ.kind == boolean:
			writeBools(values, s, rows)
		default:
			writeWords(values, s, rows)
		}
		if p.typ.optional {
			for k, row := range rows {
				memory[int(p.present)+k] = byte(truth(!s.Absent(row)))
			}
		}
	}
}
