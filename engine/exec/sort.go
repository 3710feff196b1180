package exec

import (
	"context"
	"sync"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// sorter orders all rows. Threads keep batches as they come, with the keys beside them; then entries, which are as small as they can be,
// are sorted (sort_order.go), and the rows are copied in their order as they are asked for.
type sorter struct {
	r       *runner
	op      *physical.Op
	batches []numbered
	runs    []*spilled
}

// keyed says where in a batch the values of sort keys are: in a column that is there anyway, or in one behind them.
type keyed struct {
	fields  []types.Field // of the batch, with those that are added
	columns []int         // one a key
}

type sorterLocal struct {
	s       *sorter
	w       *thread
	k       keyed
	added   []scalar
	batches []numbered
	rows    int
	runs    []*spilled
}

func newSort(r *runner, op *physical.Op) breaker { return &sorter{r: r, op: op} }

// keyColumns compiles expressions over batches of fields: those that are not columns yet are to be added.
func keyColumns(w *thread, fields []types.Field, exprs []*logical.Expr) (k keyed, added []scalar, err error) {
	k.fields = fields[:len(fields):len(fields)]
	for _, e := range exprs {
		s, err := w.compile(e, fields)
		if err != nil {
			return k, nil, err
		}
		if c := s.p.Column(); c >= 0 {
			k.columns = append(k.columns, c)
			continue
		}
		k.columns = append(k.columns, len(k.fields))
		k.fields = append(k.fields, types.Field{Type: e.T})
		added = append(added, s)
	}
	return k, added, nil
}

// withColumns adds computed columns to a batch, or releases it.
func withColumns(w *thread, b *batch, added []scalar) (*batch, error) {
	if len(added) == 0 {
		return b, nil
	}
	cols, err := evalAll(w, added, b)
	if err != nil {
		b.release()
		return nil, err
	}
	return &batch{n: b.n, cols: append(b.cols[:len(b.cols):len(b.cols)], cols...), late: grownLate(b.late, len(cols)), lineage: b.lineage}, nil
}

func keyExprs(keys []logical.SortKey) []*logical.Expr {
	var out []*logical.Expr
	for _, k := range keys {
		out = append(out, k.Expr)
	}
	return out
}

func (s *sorter) local(w *thread) (local, error) {
	k, added, err := keyColumns(w, s.op.Columns, keyExprs(s.op.Sort.Keys))
	return &sorterLocal{s: s, w: w, k: k, added: added}, err
}

func (l *sorterLocal) push(seq int, b *batch) error {
	b, err := withColumns(l.w, b, l.added)
	if err != nil {
		return err
	}
	l.batches = append(l.batches, numbered{seq, b})
	if l.rows += b.n; l.w.run.mem.tight() && (l.rows >= leastRun || l.w.run.mem.always) {
		return l.spill()
	}
	return nil
}

// spill sorts what the thread has, and puts it on disk.
func (l *sorterLocal) spill() error {
	f, err := writeRun(l.w, l.s.op, l.batches, l.k, l.s.op.Sort.Keys)
	if f != nil {
		l.runs = append(l.runs, f)
	}
	l.batches, l.rows = nil, 0
	return err
}

func (l *sorterLocal) close() error {
	l.s.runs = append(l.s.runs, l.runs...)
	l.s.batches = append(l.s.batches, l.batches...)
	return nil
}

func (s *sorter) rows(ctx context.Context) (origin, error) {
	w := s.r.thread(ctx)
	defer func() { s.r.collect([]*thread{w}) }()
	k, _, err := keyColumns(w, s.op.Columns, keyExprs(s.op.Sort.Keys))
	if err != nil {
		return nil, err
	}
	if len(s.runs) > 0 || !s.r.mem.roomFor(sortBytes*rowsOf(s.batches)) {
		if err := s.spillRest(w, k); err != nil {
			return nil, err
		}
		return newSortRuns(ctx, s.r, s.op, s.runs, k, s.op.Sort.Keys)
	}
	return sorted(ctx, s.r, inOrder(s.batches), k, len(s.op.Columns), s.op.Sort.Keys)
}

// sortBytes is what it takes to sort a row, beside the row: entries, and a copy of small batches.
const sortBytes = 32

func rowsOf(ns []numbered) (rows int64) {
	for _, n := range ns {
		rows += int64(n.b.n)
	}
	return rows
}

// spillRest puts what is still in memory on disk, in runs that are sorted in an eighth of the memory.
func (s *sorter) spillRest(w *thread, k keyed) error {
	for len(s.batches) > 0 {
		n, rows := 0, int64(0)
		for n == 0 || n < len(s.batches) && (rows+int64(s.batches[n].b.n))*sortBytes < s.r.mem.limit/8 {
			rows += int64(s.batches[n].b.n)
			n++
		}
		f, err := writeRun(w, s.op, s.batches[:n:n], k, s.op.Sort.Keys)
		if f != nil {
			s.runs = append(s.runs, f)
		}
		if err != nil {
			return err
		}
		s.batches = s.batches[n:]
	}
	return nil
}

// sorted is an origin of the rows of batches, which it owns, in order, and of the first columns.
func sorted(ctx context.Context, r *runner, bs []*batch, k keyed, columns int, keys []logical.SortKey) (origin, error) {
	p, err := newPile(ctx, r, bs, k.fields, nil)
	if err != nil {
		return nil, err
	}
	refs, err := sortedRefs(ctx, p, k.columns, keys)
	if err != nil {
		p.release()
		return nil, err
	}
	return &taken{p: p, columns: columns, refs: refs}, nil
}

func sortedRefs(ctx context.Context, p *pile, columns []int, keys []logical.SortKey) ([]uint32, error) {
	held := holding{b: p.r.mem}
	held.set(2 * 8 * int64(p.n))
	defer held.set(0)
	for _, c := range columns {
		if err := p.cols[c].widen(p.r.mem); err != nil {
			return nil, err
		}
	}
	o, err := newSortOrder(ctx, p, columns, keys)
	if err != nil {
		return nil, err
	}
	es, _, _, err := o.sort(ctx)
	if err != nil {
		return nil, err
	}
	return p.refs(ctx, es)
}

// taken is an origin of rows of a pile, which it owns, copied as they are asked for.
type taken struct {
	p       *pile
	columns int

	mu   sync.Mutex
	seq  int
	refs []uint32
}

func (t *taken) next(*thread) (int, *batch, error) {
	t.mu.Lock()
	n := min(maxBatch, len(t.refs))
	refs, seq := t.refs[:n], t.seq
	t.refs = t.refs[n:]
	t.seq++
	t.mu.Unlock()
	if n == 0 {
		return 0, nil, nil
	}
	return seq, t.p.take(t.columns, refs), nil
}

func (t *taken) close() { t.p.release() }
