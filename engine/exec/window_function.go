package exec

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// windowColumn is what one function gives, by position: numbers, rows of a column to take values from, or a column.
type windowColumn struct {
	dt    arrow.DataType
	words []uint64 // ints and floats
	valid []bool   // of words; nil: all present

	from *pileColumn
	refs []uint32 // rows of from

	whole *pileColumn // owned; its refs are positions
}

// of is the results at some positions.
func (c *windowColumn) of(mem memory.Allocator, place []uint32) arrow.Array {
	switch {
	case c.whole != nil:
		return c.whole.take(mem, place)
	case c.from != nil:
		refs := make([]uint32, len(place))
		for i, s := range place {
			refs[i] = c.refs[s]
		}
		return c.from.take(mem, refs)
	}
	buf := allocate(mem, 8*len(place))
	out := arrow.Uint64Traits.CastFromBytes(buf.Bytes())
	for i, s := range place {
		out[i] = c.words[s]
	}
	bufs := []*memory.Buffer{nil, buf}
	nulls := 0
	if c.valid != nil {
		bufs[0] = allocate(mem, int(bitutil.BytesForBits(int64(len(place)))))
		clear(bufs[0].Bytes())
		for i, s := range place {
			if c.valid[s] {
				bitutil.SetBit(bufs[0].Bytes(), i)
			} else {
				nulls++
			}
		}
		defer bufs[0].Release()
	}
	data := array.NewData(c.dt, len(place), bufs, nil, nulls, 0)
	buf.Release()
	defer data.Release()
	return array.MakeFromData(data)
}

func (c *windowColumn) release() {
	if c.whole != nil {
		c.whole.release()
	}
}

// windowSpec is how a function that is none of aggregates is computed; nil for an aggregate.
func windowSpec(f *logical.WindowFunc) *funcs.WindowSpec {
	if f.User != nil {
		return nil
	}
	r, err := funcs.Resolve(f.Func, argTypes(f.Args))
	if err != nil {
		return nil
	}
	return r.Overload.Window
}

// column computes one function; args are columns of the pile.
func (s *partitions) column(ctx context.Context, f *logical.WindowFunc, args []int) (windowColumn, error) {
	cols := make([]*pileColumn, len(args))
	for i, a := range args {
		cols[i] = &s.p.cols[a]
	}
	dt, err := types.ToArrow(f.Type)
	if err != nil {
		return windowColumn{}, err
	}
	n := s.p.n
	spec := windowSpec(f)
	switch {
	case n == 0:
		return windowColumn{dt: dt}, nil
	case spec == nil:
		if c, ok, err := s.sliding(ctx, f, dt, cols); ok || err != nil {
			return c, err
		}
		return s.aggregated(ctx, f, cols)
	case spec.Number != nil:
		out, k := make([]int64, n), constant(cols, 0)
		err = s.each(ctx, func(_ *thread, _, from, _ int, start []int) error {
			for i := range len(start) - 1 {
				a, b := from+start[i], from+start[i+1]
				spec.Number(s.peer[a:b], k, out[a:b])
			}
			return nil
		})
		return windowColumn{dt: dt, words: arrow.Uint64Traits.CastFromBytes(arrow.Int64Traits.CastToBytes(out))}, err
	case spec.Share != nil:
		out := make([]float64, n)
		err = s.each(ctx, func(_ *thread, _, from, _ int, start []int) error {
			for i := range len(start) - 1 {
				a, b := from+start[i], from+start[i+1]
				spec.Share(s.peer[a:b], out[a:b])
			}
			return nil
		})
		return windowColumn{dt: dt, words: arrow.Uint64Traits.CastFromBytes(arrow.Float64Traits.CastToBytes(out))}, err
	}
	out, k := make([]uint32, n), constant(cols, 1)
	err = s.each(ctx, func(w *thread, _, from, _ int, start []int) error {
		for i := range len(start) - 1 {
			a, size := from+start[i], start[i+1]-start[i]
			for r := range size {
				if r&0xffff == 0xffff && w.ctx.Err() != nil {
					return w.ctx.Err()
				}
				lo, hi := frame(f, r, size)
				out[a+r] = absent
				if at := spec.Pick(r, size, k, lo, hi); at >= 0 && at < size {
					out[a+r] = s.refs[a+at]
				}
			}
		}
		return nil
	})
	return windowColumn{from: cols[0], refs: out}, err
}

// constant is the value of an integer argument that is the same for all rows; 1 where there is none.
func constant(args []*pileColumn, i int) int64 {
	if i < len(args) && len(args[i].parts) > 0 {
		if a, ok := args[i].parts[0].(*array.Int64); ok && a.Len() > 0 && a.IsValid(0) {
			return a.Value(0)
		}
	}
	return 1
}

// aggregated computes any aggregate, morsel by morsel.
func (s *partitions) aggregated(ctx context.Context, f *logical.WindowFunc, cols []*pileColumn) (windowColumn, error) {
	parts := make([]arrow.Array, len(s.morsels)-1)
	defer func() { releaseAll(parts) }()
	err := s.each(ctx, func(w *thread, i, from, to int, start []int) error {
		m := &frames{w: w, n: to - from, start: start}
		args := make([]arrow.Array, len(cols))
		defer func() { releaseAll(args) }()
		for j, c := range cols {
			args[j] = c.take(w.run.mem, s.refs[from:to])
		}
		var err error
		parts[i], err = m.aggregateOf(f, args)
		if err != nil {
			err = s.located(err, from)
		}
		return err
	})
	if err != nil {
		return windowColumn{}, err
	}
	whole, err := concatColumn(s.p.r.mem, parts, f.Type)
	if err != nil {
		return windowColumn{}, err
	}
	defer whole.Release()
	var pieces []arrow.Array
	defer func() { releaseAll(pieces) }()
	for from := 0; from < whole.Len(); from += maxBatch {
		pieces = append(pieces, array.NewSlice(whole, int64(from), int64(min(from+maxBatch, whole.Len()))))
	}
	c, err := newPileColumn(s.p.r.mem, pieces, f.Type)
	return windowColumn{whole: &c}, err
}

// located tells an error of a row of a morsel which row of a table it is.
func (s *partitions) located(err error, from int) error {
	var e *expr.RunError
	if !errors.As(err, &e) || e.Row < 0 || from+e.Row >= len(s.refs) {
		return err
	}
	b, k := at(s.refs[from+e.Row])
	there := *e
	there.Row = k
	return s.p.bs[b].located(&there)
}

func (m *frames) aggregateOf(f *logical.WindowFunc, args []arrow.Array) (arrow.Array, error) {
	if f.User != nil {
		c, err := m.aggregate(f, func() (funcs.Accumulator, error) { return newUserAggregate(m.w.ctx, m.w.calls, f.User) }, args)
		if len(f.Args) > 0 {
			err = calledForGroup(err, f.Args[0].Span)
		}
		return c, err
	}
	r, err := funcs.Resolve(f.Func, argTypes(f.Args))
	if err != nil {
		return nil, err
	}
	c, err := m.aggregate(f, func() (funcs.Accumulator, error) { return r.Overload.Agg.New(argTypes(f.Args), f.Type) }, args)
	if len(f.Args) > 0 {
		err = placedAt(err, f.Args[0].Span)
	}
	return c, err
}
