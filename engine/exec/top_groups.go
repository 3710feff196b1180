package exec

import (
	"context"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// topGroups keeps the first rows of each group. A thread sorts what it has by group and order when that has become much, and goes on with
// the first rows of each; in the end all do so together. Behind the columns of a batch are its keys, and the place of each row in
// the input, by which equal rows are told apart.
type topGroups struct {
	r       *runner
	op      *physical.Op
	batches []numbered
}

type topGroupsLocal struct {
	t       *topGroups
	w       *thread
	k       keyed
	added   []scalar
	batches []numbered
	marks   []topMarks // of the first of them
	filter  *topFilter // nil where it is of no use
	held    holding
	rows    int
	enough  int // rows at which the thread looks for the best
	// tightenAt is at how many rows those are asked for again that were let through.
	tightenAt int
}

// groupRows is how many rows a thread collects before it looks for the best of each group.
const groupRows = 1 << 20

const tightenRows = 128 << 10

func (t *topGroups) columns(w *thread) (keyed, []scalar, error) {
	k, added, err := keyColumns(w, t.op.Columns, append(slices.Clone(t.op.TopN.By), keyExprs(t.op.TopN.Keys)...))
	k.columns = append(k.columns, len(k.fields))
	k.fields = append(k.fields, types.Field{Type: types.Of(types.Int)})
	return k, added, err
}

func (t *topGroups) local(w *thread) (local, error) {
	k, added, err := t.columns(w)
	return &topGroupsLocal{t: t, w: w, k: k, added: added, enough: groupRows, tightenAt: tightenRows,
		filter: newTopFilter(len(t.op.TopN.By), t.op.TopN.N), held: holding{b: w.run.mem}}, err
}

func (l *topGroupsLocal) push(seq int, b *batch) error {
	b, err := withColumns(l.w, b, l.added)
	if err != nil {
		return err
	}
	if b = l.promising(b, seq); b.n == 0 {
		b.release()
		return nil
	}
	l.batches = append(l.batches, numbered{seq, b})
	l.rows += b.n
	if l.rows >= l.tightenAt {
		l.tighten()
		l.tightenAt = max(2*l.rows, tightenRows)
	}
	if l.rows < l.enough && !(l.w.run.mem.tight() && l.rows >= maxBatch) {
		return nil
	}
	l.marks = nil
	p, err := newPileOf(l.w, inOrder(l.batches), l.k.fields, nil)
	l.batches = nil
	if err != nil {
		return err
	}
	defer p.release()
	refs, err := l.t.best(l.w.ctx, p, l.k)
	if err != nil {
		return err
	}
	l.rows = len(refs)
	l.enough = max(groupRows, 4*len(refs))
	for from := 0; from < len(refs); from += maxBatch {
		l.batches = append(l.batches, numbered{seq, p.take(len(l.k.fields), refs[from:min(from+maxBatch, len(refs))])})
	}
	return nil
}

// promising leaves out rows of a batch that cannot be among the first of their group, and adds the places of the others.
func (l *topGroupsLocal) promising(b *batch, seq int) *batch {
	if l.filter == nil || !l.filter.worth() || len(l.t.op.TopN.Keys) == 0 {
		l.unfiltered()
		return addPlaces(l.w.run.mem, b, seq, nil)
	}
	n := len(l.t.op.TopN.By)
	by := make([]arrow.Array, n)
	for i, c := range l.k.columns[:n] {
		by[i] = b.cols[c]
	}
	rows, marks := l.filter.rows(l.w.run.mem, by, b.cols[l.k.columns[n]], l.t.op.TopN.Keys[0].Desc)
	if len(l.marks) == len(l.batches) && len(rows) > 0 {
		l.marks = append(l.marks, marks)
	}
	l.held.set(l.filter.bytes() + 12*int64(l.rows+len(rows)))
	if len(rows) == b.n {
		return addPlaces(l.w.run.mem, b, seq, nil)
	}
	defer b.release()
	return addPlaces(l.w.run.mem, takeBatch(l.w.run.mem, b, rows), seq, rows)
}

// addPlaces adds the place of each row in the input: which row of its batch it was, if not all of them are there, and the number of
// the batch before that. It takes the batch over.
func addPlaces(mem *budget, b *batch, seq int, rows []int32) *batch {
	buf := allocate(mem, 8*b.n)
	out := arrow.Int64Traits.CastFromBytes(buf.Bytes())
	for i := range out {
		if out[i] = int64(seq)<<32 | int64(i); rows != nil {
			out[i] = int64(seq)<<32 | int64(rows[i])
		}
	}
	data := array.NewData(arrow.PrimitiveTypes.Int64, b.n, []*memory.Buffer{nil, buf}, nil, 0, 0)
	buf.Release()
	defer data.Release()
	return &batch{n: b.n, cols: append(b.cols[:len(b.cols):len(b.cols)], arrow.Array(array.NewInt64Data(data))), lineage: b.lineage}
}

// tighten leaves out rows that others have turned out to come before.
func (l *topGroupsLocal) tighten() {
	kept, marks := l.batches[:0], l.marks[:0]
	for i, n := range l.batches {
		if i >= len(l.marks) {
			kept = append(kept, n)
			continue
		}
		m := l.marks[i]
		rows := l.filter.still(&m)
		l.rows -= n.b.n - len(rows)
		if len(rows) < n.b.n {
			all := n.b
			if len(rows) > 0 {
				n.b = takeBatch(l.w.run.mem, all, rows)
			}
			all.release()
		}
		if len(rows) > 0 {
			kept, marks = append(kept, n), append(marks, m)
		}
	}
	l.batches, l.marks = kept, marks
}

// unfiltered goes on without the filter.
func (l *topGroupsLocal) unfiltered() {
	if l.filter != nil {
		l.filter.keys.release()
	}
	l.filter, l.marks = nil, nil
	l.held.set(0)
}

// end leaves out what the thread can, so that all together have less to look at.
func (l *topGroupsLocal) end() error {
	l.tighten()
	l.unfiltered()
	return nil
}

func (l *topGroupsLocal) close() error {
	if err := l.end(); err != nil { // where rows came in order, by way of one thread
		return err
	}
	l.t.batches = append(l.t.batches, l.batches...)
	return nil
}

// best returns the first rows of each group, in the order of the pile.
func (t *topGroups) best(ctx context.Context, p *pile, k keyed) ([]uint32, error) {
	held := holding{b: p.r.mem}
	held.set(2 * 8 * int64(p.n))
	defer held.set(0)
	by := len(t.op.TopN.By)
	o := &sortOrder{p: p}
	keys := slices.Concat(make([]logical.SortKey, by), t.op.TopN.Keys, make([]logical.SortKey, 1))
	fields := 0
	for i, c := range k.columns {
		fs, err := p.sortFields(ctx, &p.cols[c], keys[i].Desc, i < by)
		if err != nil {
			return nil, err
		}
		if o.fields = append(o.fields, fs...); i < by {
			fields = len(o.fields)
		}
	}
	es, after, used, err := o.sort(ctx)
	if err != nil {
		return nil, err
	}
	first, _, err := o.changes(ctx, es, after, used, fields, false)
	if err != nil {
		return nil, err
	}
	n, mask := int(min(t.op.TopN.N, math.MaxInt32)), uint64(1)<<p.refBits-1
	kept := es[:0]
	for i, have := 0, 0; i < len(es); i++ {
		if have++; first[i] {
			have = 1
		}
		if have <= n {
			kept = append(kept, es[i]&mask)
		}
	}
	if kept, err = p.sortEntries(ctx, kept, 0, p.refBits); err != nil {
		return nil, err
	}
	return p.refs(ctx, kept)
}

func (t *topGroups) rows(ctx context.Context) (origin, error) {
	w := t.r.thread(ctx)
	k, _, err := t.columns(w)
	t.r.collect([]*thread{w})
	if err != nil {
		return nil, err
	}
	p, err := newPile(ctx, t.r, inOrder(t.batches), k.fields, nil)
	if err != nil {
		return nil, err
	}
	refs, err := t.best(ctx, p, k)
	if err != nil {
		p.release()
		return nil, err
	}
	kept := make([]*batch, (len(refs)+maxBatch-1)/maxBatch)
	err = p.each(ctx, len(kept), func(_ *thread, i int) error {
		kept[i] = p.take(len(k.fields), refs[i*maxBatch:min((i+1)*maxBatch, len(refs))])
		return nil
	})
	p.release()
	if err != nil {
		for _, b := range kept {
			if b != nil {
				b.release()
			}
		}
		return nil, err
	}
	by := len(t.op.TopN.By)
	k.columns = k.columns[by:]
	return sorted(ctx, t.r, kept, k, len(t.op.Columns), append(slices.Clone(t.op.TopN.Keys), logical.SortKey{}))
}
