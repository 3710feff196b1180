package exec

import (
	"cmp"
	"context"
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// shrinkRows is how many rows a thread lets wait before it drops those that cannot be among the first.
const shrinkRows = maxBatch / 4

// topN keeps the first rows by an order, of everything or of each group. A thread collects rows and from time to time
// keeps the best; equal rows are told apart by where they came in, so that the result does not depend on threads.
type topN struct {
	r      *runner
	op     *physical.Op
	locals []*topNLocal
}

func newTopN(r *runner, op *physical.Op) breaker { return &topN{r: r, op: op} }

type topNLocal struct {
	t     *topN
	w     *thread
	by    []scalar
	keys  []scalar
	bs    []*batch
	at    []int64 // place of each row of bs
	rows  int
	worst uint64 // the prefix beyond which no row is among the first; only without groups
	full  bool
}

func (t *topN) local(w *thread) (local, error) {
	l := &topNLocal{t: t, w: w}
	var err error
	if l.by, err = compileAll(w, t.op.TopN.By, t.op.Input.Columns); err != nil {
		return nil, err
	}
	exprs := make([]*logical.Expr, len(t.op.TopN.Keys))
	for i, k := range t.op.TopN.Keys {
		exprs[i] = k.Expr
	}
	l.keys, err = compileAll(w, exprs, t.op.Input.Columns)
	return l, err
}

func (l *topNLocal) push(seq int, b *batch) error {
	rows := allRows(b.n)
	if l.full && len(l.keys) > 0 {
		k, err := l.keys[0].eval(l.w, b)
		if err != nil {
			b.release()
			return err
		}
		rows = rows[:0]
		for i, p := range prefixes(k, l.t.op.TopN.Keys[0].Desc) {
			if p <= l.worst {
				rows = append(rows, int32(i))
			}
		}
		k.Release()
		kept := takeBatch(l.w.run.mem, b, rows)
		b.release()
		b = kept
	}
	if b.n == 0 {
		b.release()
		return nil
	}
	for _, r := range rows {
		l.at = append(l.at, int64(seq)<<32|int64(r))
	}
	l.bs = append(l.bs, b)
	if l.rows += b.n; l.rows >= shrinkRows && l.rows >= 2*int(min(l.t.op.TopN.N, 1<<40)) {
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
	o, err := orderingOfScalars(l.w, l.keys, b, l.t.op.TopN.Keys)
	if err != nil {
		return err
	}
	defer o.release()
	at := l.at
	o.compare = append(o.compare, func(i, j int32) int { return cmp.Compare(at[i], at[j]) })
	rows := allRows(b.n)
	if err := o.sort(ctx, rows); err != nil {
		return err
	}
	if rows, err = l.first(b, rows); err != nil {
		return err
	}
	if l.full = len(l.by) == 0 && int64(len(rows)) == l.t.op.TopN.N && len(rows) > 0 && o.prefix != nil; l.full {
		l.worst = o.prefix[rows[len(rows)-1]]
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

func orderingOfScalars(w *thread, ss []scalar, b *batch, keys []logical.SortKey) (*ordering, error) {
	cols, err := evalAll(w, ss, b)
	if err != nil {
		return nil, err
	}
	return newOrdering(cols, keys), nil
}

// first cuts sorted rows to N, of each group where there are groups.
func (l *topNLocal) first(b *batch, rows []int32) ([]int32, error) {
	n := l.t.op.TopN.N
	if len(l.by) == 0 {
		return rows[:min(int64(len(rows)), max(n, 0))], nil
	}
	by, err := evalAll(l.w, l.by, b)
	if err != nil {
		return nil, err
	}
	defer releaseAll(by)
	keys := newKeyCodes(len(by))
	codes := make([]uint32, b.n)
	keys.insert(by, newKeyCache(len(by)), codes)
	have := make([]int64, keys.len())
	return slices.DeleteFunc(rows, func(r int32) bool {
		have[codes[r]]++
		return have[codes[r]] > n
	}), nil
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
