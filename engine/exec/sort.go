package exec

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// numbered is a batch with its place in the order of the input.
type numbered struct {
	seq int
	b   *batch
}

// gathered collects every batch of its input, in any order, and gives them as one, in order.
type gathered struct {
	r      *runner
	fields []types.Field
	bs     []numbered
}

type gatheredLocal struct {
	g  *gathered
	bs []numbered
}

func (g *gathered) local(*thread) (local, error) { return &gatheredLocal{g: g}, nil }

func (l *gatheredLocal) push(seq int, b *batch) error {
	l.bs = append(l.bs, numbered{seq, b})
	return nil
}

func (l *gatheredLocal) close() error {
	l.g.bs = append(l.g.bs, l.bs...)
	return nil
}

// all returns nil where there are no rows.
func (g *gathered) all() (*batch, error) {
	if len(g.bs) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(g.bs, func(x, y numbered) int { return cmp.Compare(x.seq, y.seq) })
	bs := make([]*batch, len(g.bs))
	for i, n := range g.bs {
		bs[i] = n.b
	}
	g.bs = nil
	return concat(g.r.mem, bs, g.fields)
}

// sorter orders all rows.
type sorter struct {
	gathered
	keys []logical.SortKey
}

func newSort(r *runner, op *physical.Op) breaker {
	return &sorter{gathered{r: r, fields: op.Columns}, op.Sort.Keys}
}

func (s *sorter) rows(ctx context.Context) (origin, error) {
	b, err := s.all()
	if b == nil || err != nil {
		return &list{}, err
	}
	w := s.r.thread(ctx)
	defer func() { s.r.collect([]*thread{w}) }()
	o, err := orderingOf(w, b, s.keys, s.fields)
	if err != nil {
		return nil, err
	}
	defer o.release()
	rows := allRows(b.n)
	if err := o.sort(ctx, rows); err != nil {
		return nil, err
	}
	return &taken{mem: s.r.mem, b: b, rows: rows}, nil
}

func allRows(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// orderingOf evaluates sort keys over a batch.
func orderingOf(w *thread, b *batch, keys []logical.SortKey, fields []types.Field) (*ordering, error) {
	exprs := make([]*logical.Expr, len(keys))
	for i, k := range keys {
		exprs[i] = k.Expr
	}
	ss, err := compileAll(w, exprs, fields)
	if err != nil {
		return nil, err
	}
	cols, err := evalAll(w, ss, b)
	if err != nil {
		return nil, err
	}
	return newOrdering(cols, keys), nil
}

// taken is an origin of chosen rows of one batch, which it owns, copied as they are asked for.
type taken struct {
	mem *budget
	b   *batch

	mu   sync.Mutex
	seq  int
	rows []int32
}

func (t *taken) next(*thread) (int, *batch, error) {
	t.mu.Lock()
	n := min(maxBatch, len(t.rows))
	rows, seq := t.rows[:n], t.seq
	t.rows = t.rows[n:]
	t.seq++
	t.mu.Unlock()
	if n == 0 {
		return 0, nil, nil
	}
	return seq, takeBatch(t.mem, t.b, rows), nil
}

func (t *taken) close() { t.b.release() }
