package exec

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/physical"
)

// shrinkRows is how many rows a thread lets wait at least before it drops those that cannot be among the first. It is small, because
// each time the border comes nearer: of a million rows, in any order, a few thousand are ever looked at.
const shrinkRows = 1 << 10

// topN keeps the first rows by an order. A thread collects rows and from time to time keeps the best; the number of the worst of those
// (ordering.prefix) is a border for all threads, beyond which no row is looked at any more. Equal rows are told apart by where
// they came in, so that the result does not depend on threads.
type topN struct {
	r      *runner
	op     *physical.Op
	locals []*topNLocal
	border atomic.Uint64
}

func newTopN(r *runner, op *physical.Op) breaker {
	if len(op.TopN.By) > 0 {
		return &topGroups{r: r, op: op}
	}
	t := &topN{r: r, op: op}
	t.border.Store(math.MaxUint64)
	return t
}

type topNLocal struct {
	t    *topN
	w    *thread
	keys []scalar
	bs   []*batch
	at   []int64 // place of each row of bs
	rows int
	// shrunk says that the border is known by rows that were compared by all keys.
	shrunk bool
}

func (t *topN) local(w *thread) (local, error) {
	keys, err := compileAll(w, keyExprs(t.op.TopN.Keys), t.op.Input.Columns)
	return &topNLocal{t: t, w: w, keys: keys}, err
}

func (l *topNLocal) push(seq int, b *batch) error {
	defer b.release()
	if err := l.learn(b); err != nil {
		return err
	}
	for from := 0; from < b.n; {
		to := b.n
		if l.t.border.Load() == math.MaxUint64 {
			to = min(to, from+max(shrinkRows, int(min(2*l.t.op.TopN.N, maxBatch))))
		}
		if err := l.take(int64(seq)<<32, b, from, to); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// learnRows are enough for a border beyond which nearly all others are, and earlyRows for one that is nearer.
const (
	learnRows = 1 << 12
	earlyRows = 1 << 8
)

// learn finds a border in the first batch of many rows, by the first key alone.
func (l *topNLocal) learn(b *batch) error {
	n := l.t.op.TopN.N
	if len(l.keys) == 0 || n < 1 || n > int64(b.n)/8 || l.t.border.Load() != math.MaxUint64 {
		return nil
	}
	k, err := l.keys[0].evalNarrow(l.w, b)
	if err != nil {
		return err
	}
	defer k.Release()
	some := array.NewSlice(k, 0, min(int64(b.n), max(learnRows, n*8)))
	defer some.Release()
	wide, err := funcs.Widened(l.w.run.mem, some, l.t.op.TopN.Keys[0].Expr.T)
	if err != nil {
		return err
	}
	defer wide.Release()
	numbers := l.w.words(wide.Len())
	numbersOf(wide, l.t.op.TopN.Keys[0].Desc, numbers)
	l.t.lower(nthLeast(numbers, int(n)))
	return nil
}

// nthLeast is the n-th of numbers by size, from 1. It changes their order.
func nthLeast(numbers []uint64, n int) uint64 {
	best := mostFirst(numbers[:n])
	heap.Init(&best)
	for _, v := range numbers[n:] {
		if v < best[0] {
			best[0] = v
			heap.Fix(&best, 0)
		}
	}
	return best[0]
}

// mostFirst is a heap.Interface of a fixed size.
type mostFirst []uint64

func (h mostFirst) Len() int           { return len(h) }
func (h mostFirst) Less(i, j int) bool { return h[i] > h[j] }
func (h mostFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h mostFirst) Push(any)           {}
func (h mostFirst) Pop() any           { return nil }

// take collects the rows of a part of a batch that are not beyond the border, and only those are made whole. place is that of the
// batch's first row.
func (l *topNLocal) take(place int64, b *batch, from, to int) error {
	var rows []int32 // nil for all
	border := l.t.border.Load()
	known := border != math.MaxUint64
	switch {
	case known && len(l.keys) > 0:
		k, err := l.keys[0].evalNarrow(l.w, b)
		if err != nil {
			return err
		}
		part := array.NewSlice(k, int64(from), int64(to))
		rows = within(part, l.t.op.TopN.Keys[0].Desc, border)
		part.Release()
		k.Release()
		for i := range rows {
			rows[i] += int32(from)
		}
		if len(rows) == 0 {
			return nil
		}
	case from > 0 || to < b.n:
		rows = allRows(to)[from:]
	}
	for r := from; rows == nil && r < to; r++ {
		l.at = append(l.at, place+int64(r))
	}
	for _, r := range rows {
		l.at = append(l.at, place+int64(r))
	}
	b = b.picked(rows, len(b.cols)).flatten(l.w.run.mem)
	l.bs = append(l.bs, b)
	l.rows += b.n
	most := shrinkRows
	if !l.shrunk {
		most = earlyRows
	}
	if n := int(min(l.t.op.TopN.N, 1<<40)); l.rows >= max(2*n, most) {
		l.shrunk = true
		return l.shrink(l.w.ctx)
	}
	return nil
}

// shrink keeps the best rows, in order.
func (l *topNLocal) shrink(ctx context.Context) error {
	if len(l.bs) == 0 {
		return nil
	}
	b, err := concat(l.w.run.mem, l.bs, l.t.op.Columns)
	l.bs = nil
	if err != nil {
		return err
	}
	defer b.release()
	cols, err := evalAll(l.w, l.keys, b)
	if err != nil {
		return err
	}
	o := newOrdering(cols, l.t.op.TopN.Keys)
	defer o.release()
	at := l.at
	o.compare = append(o.compare, func(i, j int32) int { return cmp.Compare(at[i], at[j]) })
	rows := allRows(b.n)
	if err := o.sort(ctx, rows); err != nil {
		return err
	}
	rows = rows[:min(int64(len(rows)), max(l.t.op.TopN.N, 0))]
	if int64(len(rows)) == l.t.op.TopN.N && len(rows) > 0 && o.prefix != nil {
		l.t.lower(o.prefix[rows[len(rows)-1]])
	}
	l.at = make([]int64, len(rows))
	for i, r := range rows {
		l.at[i] = at[r]
	}
	l.rows = len(rows)
	if len(rows) > 0 {
		l.bs = []*batch{takeBatch(l.w.run.mem, b, rows)}
	}
	return nil
}

// lower tells all threads of a border.
func (t *topN) lower(border uint64) {
	for old := t.border.Load(); border < old && !t.border.CompareAndSwap(old, border); old = t.border.Load() {
	}
}

// end leaves all threads together as few rows as this one can.
func (l *topNLocal) end() error {
	if int64(l.rows) <= l.t.op.TopN.N {
		return nil
	}
	return l.shrink(l.w.ctx)
}

func (l *topNLocal) close() error {
	l.t.locals = append(l.t.locals, l)
	return nil
}

func (t *topN) rows(ctx context.Context) (origin, error) {
	w := t.r.thread(ctx)
	defer func() { t.r.collect([]*thread{w}) }()
	made, err := t.local(w)
	if err != nil {
		return nil, err
	}
	all := made.(*topNLocal)
	for _, l := range t.locals {
		all.bs, all.at = append(all.bs, l.bs...), append(all.at, l.at...)
	}
	if err := all.shrink(ctx); err != nil {
		return nil, err
	}
	out := &list{}
	for _, b := range all.bs {
		out.bs = append(out.bs, sliced(b).(*list).bs...)
	}
	return out, nil
}
