package exec

import (
	"context"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// window sorts all rows by partition and order, and adds a column for each function.
type window struct {
	gathered
	op *physical.Op
}

func newWindow(r *runner, op *physical.Op) breaker {
	return &window{gathered{r: r, fields: op.Input.Columns}, op}
}

// partitions are sorted rows: partition p is rows start[p] to start[p+1].
type partitions struct {
	w     *thread
	b     *batch // sorted
	start []int
	peer  []bool // the row has the order keys of the row before
}

func (x *window) rows(ctx context.Context) (origin, error) {
	b, err := x.all()
	if b == nil || err != nil {
		return &list{}, err
	}
	w := x.r.thread(ctx)
	defer func() { x.r.collect([]*thread{w}) }()
	p, err := x.partition(ctx, w, b)
	if err != nil {
		return nil, err
	}
	out := &batch{n: p.b.n, cols: p.b.cols}
	for i := range x.op.Window.Funcs {
		c, err := p.column(&x.op.Window.Funcs[i], x.fields)
		if err != nil {
			return nil, err
		}
		out.cols = append(out.cols[:len(out.cols):len(out.cols)], c)
	}
	return sliced(out), nil
}

func (x *window) partition(ctx context.Context, w *thread, b *batch) (*partitions, error) {
	defer b.release()
	by, err := compileAll(w, x.op.Window.By, x.fields)
	if err != nil {
		return nil, err
	}
	cols, err := evalAll(w, by, b)
	if err != nil {
		return nil, err
	}
	codes := make([]uint32, b.n)
	newKeyCodes(len(cols)).insert(cols, newKeyCache(len(cols)), codes)
	releaseAll(cols)
	o, err := orderingOf(w, b, x.op.Window.Order, x.fields)
	if err != nil {
		return nil, err
	}
	defer o.release()
	// Partitions come first, and in the order in which they came in; codes count in that order.
	rows := bucketed(codes)
	p := &partitions{w: w, peer: make([]bool, b.n)}
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && codes[rows[to]] == codes[rows[from]] {
			to++
		}
		p.start = append(p.start, from)
		if err := o.sort(ctx, rows[from:to]); err != nil {
			return nil, err
		}
		for i := from + 1; i < to; i++ {
			p.peer[i] = o.rows(rows[i-1], rows[i]) == 0
		}
		from = to
	}
	p.start = append(p.start, len(rows))
	p.b = takeBatch(w.run.mem, b, rows)
	return p, nil
}

// bucketed lists row numbers by code, keeping their order within one.
func bucketed(codes []uint32) []int32 {
	var n uint32
	for _, c := range codes {
		n = max(n, c+1)
	}
	at := make([]int32, n+1)
	for _, c := range codes {
		at[c+1]++
	}
	for i := uint32(1); i < n; i++ {
		at[i] += at[i-1]
	}
	rows := make([]int32, len(codes))
	for i, c := range codes {
		rows[at[c]] = int32(i)
		at[c]++
	}
	return rows
}

// column computes one function.
func (p *partitions) column(f *logical.WindowFunc, fields []types.Field) (arrow.Array, error) {
	ss, err := compileAll(p.w, f.Args, fields)
	if err != nil {
		return nil, err
	}
	args, err := evalAll(p.w, ss, p.b)
	if err != nil {
		return nil, err
	}
	defer releaseAll(args)
	if f.User != nil {
		c, err := p.aggregate(f, func() (funcs.Accumulator, error) { return newUserAggregate(p.w.ctx, p.w.calls, f.User) }, args)
		if len(f.Args) > 0 {
			err = calledForGroup(err, f.Args[0].Span)
		}
		return c, p.b.located(err)
	}
	r, err := funcs.Resolve(f.Func, argTypes(f.Args))
	if err != nil {
		return nil, err
	}
	switch spec := r.Overload.Window; {
	case spec == nil:
		c, err := p.aggregate(f, func() (funcs.Accumulator, error) { return r.Overload.Agg.New(argTypes(f.Args), f.Type) }, args)
		if len(f.Args) > 0 {
			err = placedAt(err, f.Args[0].Span)
		}
		return c, err
	case spec.Number != nil:
		return p.number(spec, args), nil
	case spec.Share != nil:
		return p.share(spec), nil
	default:
		return p.pick(f, spec, args), nil
	}
}

func (p *partitions) number(spec *funcs.WindowSpec, args []arrow.Array) arrow.Array {
	out := make([]int64, p.b.n)
	for i := range len(p.start) - 1 {
		from, to := p.start[i], p.start[i+1]
		spec.Number(p.peer[from:to], constant(args, 0), out[from:to])
	}
	b := array.NewInt64Builder(p.w.run.mem)
	defer b.Release()
	b.AppendValues(out, nil)
	return b.NewArray()
}

// constant is the value of an integer argument that is the same for all rows; 1 where there is none.
func constant(args []arrow.Array, i int) int64 {
	if i < len(args) && args[i].Len() > 0 {
		if a, ok := args[i].(*array.Int64); ok && a.IsValid(0) {
			return a.Value(0)
		}
	}
	return 1
}

func (p *partitions) share(spec *funcs.WindowSpec) arrow.Array {
	out := make([]float64, p.b.n)
	for i := range len(p.start) - 1 {
		from, to := p.start[i], p.start[i+1]
		spec.Share(p.peer[from:to], out[from:to])
	}
	b := array.NewFloat64Builder(p.w.run.mem)
	defer b.Release()
	b.AppendValues(out, nil)
	return b.NewArray()
}

func (p *partitions) pick(f *logical.WindowFunc, spec *funcs.WindowSpec, args []arrow.Array) arrow.Array {
	rows := make([]int32, p.b.n)
	k := constant(args, 1)
	for i := range len(p.start) - 1 {
		start, n := p.start[i], p.start[i+1]-p.start[i]
		for r := range n {
			from, to := frame(f, r, n)
			rows[start+r] = -1
			if at := spec.Pick(r, n, k, from, to); at >= 0 && at < n {
				rows[start+r] = int32(start + at)
			}
		}
	}
	return take(p.w.run.mem, args[0], rows)
}

// frame is the rows of a partition of n that row r sees, cut to the partition; from > to where it sees none.
func frame(f *logical.WindowFunc, r, n int) (from, to int) {
	to = n - 1
	if f.From != nil {
		from = max(0, r+int(max(min(*f.From, int64(n)), -int64(n))))
	}
	if f.To != nil {
		to = min(n-1, r+int(max(min(*f.To, int64(n)), -int64(n))))
	}
	return from, to
}

// orderingOf evaluates sort keys over a batch.
func orderingOf(w *thread, b *batch, keys []logical.SortKey, fields []types.Field) (*ordering, error) {
	ss, err := compileAll(w, keyExprs(keys), fields)
	if err != nil {
		return nil, err
	}
	cols, err := evalAll(w, ss, b)
	if err != nil {
		return nil, err
	}
	return newOrdering(cols, keys), nil
}
