package exec

import (
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// window adds a column for each of its functions. It sorts small entries by partition and order, as sort does, computes the functions
// over runs of partitions on all threads, and gives every batch back as it came, with the results for its rows beside it.
type window struct {
	r       *runner
	op      *physical.Op
	batches []numbered
	disk    []*partedRows
}

type windowLocal struct {
	x       *window
	w       *thread
	k       keyed
	added   []scalar
	batches []numbered
	rows    int
	disk    *partedRows // nil while all is in memory
}

func newWindow(r *runner, op *physical.Op) breaker { return &window{r: r, op: op} }

// exprs are what is computed for every row: partition, order, and arguments function by function.
func (x *window) exprs() []*logical.Expr {
	out := append([]*logical.Expr(nil), x.op.Window.By...)
	out = append(out, keyExprs(x.op.Window.Order)...)
	for _, f := range x.op.Window.Funcs {
		out = append(out, f.Args...)
	}
	return out
}

func (x *window) local(w *thread) (local, error) {
	k, added, err := keyColumns(w, x.op.Input.Columns, x.exprs())
	return &windowLocal{x: x, w: w, k: k, added: added}, err
}

func (l *windowLocal) push(seq int, b *batch) error {
	b, err := withColumns(l.w, b, l.added)
	if err != nil {
		return err
	}
	l.batches = append(l.batches, numbered{seq, b})
	mem := l.w.run.mem
	if l.rows += b.n; len(l.x.op.Window.By) == 0 || !mem.tight() || l.rows < leastRun && !mem.always {
		return nil
	}
	if l.disk == nil {
		l.disk = newPartedRows()
	}
	bs := l.batches
	l.batches, l.rows = nil, 0
	return l.disk.add(l.w, l.x, l.k, bs)
}

func (l *windowLocal) close() error {
	if l.disk != nil {
		l.x.disk = append(l.x.disk, l.disk)
	}
	l.x.batches = append(l.x.batches, l.batches...)
	return nil
}

func (x *window) rows(ctx context.Context) (origin, error) {
	w := x.r.thread(ctx)
	defer func() { x.r.collect([]*thread{w}) }()
	k, _, err := keyColumns(w, x.op.Input.Columns, x.exprs())
	if err != nil {
		return nil, err
	}
	if len(x.disk) > 0 || len(x.op.Window.By) > 0 && !x.r.mem.roomFor(windowBytes*rowsOf(x.batches)) {
		rest := newPartedRows()
		d := &windowDisk{x: x, k: k, rows: append(x.disk, rest)}
		if err := rest.add(w, x, k, x.batches); err != nil {
			d.close()
			return nil, err
		}
		return d, nil
	}
	return windowed(ctx, x.r, inOrder(x.batches), k, x.op)
}

// windowBytes is what a row takes while windows are computed, beside the row.
const windowBytes = 48

// windowed is an origin of the rows of batches, which it owns, with the results.
func windowed(ctx context.Context, r *runner, bs []*batch, k keyed, op *physical.Op) (origin, error) {
	p, err := newPile(ctx, r, bs, k.fields, k.columns)
	if err != nil {
		return nil, err
	}
	s, err := newPartitions(ctx, p, k, op.Window)
	if err != nil {
		p.release()
		return nil, err
	}
	out := &windowOrigin{s: s, columns: len(op.Input.Columns)}
	args := k.columns[len(op.Window.By)+len(op.Window.Order):]
	for i := range op.Window.Funcs {
		f := &op.Window.Funcs[i]
		c, err := s.column(ctx, f, args[:len(f.Args)])
		if err != nil {
			out.close()
			return nil, err
		}
		args = args[len(f.Args):]
		out.results = append(out.results, c)
	}
	return out, nil
}

// windowOrigin gives the batches of a pile with results beside them.
type windowOrigin struct {
	s       *partitions
	columns int
	results []windowColumn
	given   atomic.Int64
}

func (o *windowOrigin) next(*thread) (int, *batch, error) {
	i := int(o.given.Add(1)) - 1
	if i >= len(o.s.p.bs) {
		return 0, nil, nil
	}
	in := o.s.p.bs[i]
	out := &batch{n: in.n, cols: make([]arrow.Array, 0, o.columns+len(o.results)), lineage: in.lineage}
	for _, c := range in.cols[:o.columns] {
		c.Retain()
		out.cols = append(out.cols, c)
	}
	for _, c := range o.results {
		out.cols = append(out.cols, c.of(o.s.p.r.mem, o.s.place[i]))
	}
	return i, out, nil
}

func (o *windowOrigin) close() {
	for i := range o.results {
		o.results[i].release()
	}
	o.s.release()
	o.s.p.release()
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

// ordersRows reports whether a function asks which rows are equal in the order.
func ordersRows(fs []logical.WindowFunc) bool {
	for _, f := range fs {
		if spec := windowSpec(&f); spec != nil && (spec.Number != nil || spec.Share != nil) {
			return true
		}
	}
	return false
}
