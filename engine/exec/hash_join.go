package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// join builds the table and adds the probe to the pipeline.
func (b *builder) join(op *physical.Op) error {
	t, parts, err := b.table(op)
	if err != nil {
		return err
	}
	if parts != nil {
		return b.breaker(op, &spilledJoin{b: b, op: op, build: parts}, true)
	}
	b.prune(op.HashJoin, t)
	if op.HashJoin.Kind == logical.JoinFull {
		return b.fullJoin(op, t)
	}
	b.stream(op, func(w *thread, op *physical.Op) (stream, error) { return newProbe(w, op, t) })
	return nil
}

// probe finds the matches of left rows, in one thread.
type probe struct {
	w        *thread
	join     *physical.HashJoin
	t        *joinTable
	kind     logical.JoinKind
	lonely   bool // a left row without a match is in the output, with an absent right side
	keys     []scalar
	residual *rowFilter
	scratch  *keyScratch
	known    dictionaryHeads
	words    []uint64
	heads    []int32
	left     []int32 // pairs of rows; -1 for no match
	right    []int32
	seen     *seen   // for a full join
	given    []int32 // left rows of the batch that is emitted; nil for all
	broken   int     // the left row that broke the guard
}

func newProbe(w *thread, op *physical.Op, t *joinTable) (*probe, error) {
	j := op.HashJoin
	p := &probe{w: w, join: j, t: t, kind: j.Kind, scratch: newKeyScratch(len(j.On))}
	exprs := make([]*logical.Expr, len(j.On))
	for i, k := range j.On {
		exprs[i] = k.Left
	}
	var err error
	if p.keys, err = compileAll(w, exprs, op.Input.Columns); err != nil {
		return nil, err
	}
	switch j.Kind {
	case logical.JoinMaybe, logical.JoinLeft, logical.JoinFull:
		if p.lonely, err = keepsAbsent(w, op); err != nil {
			return nil, err
		}
	}
	if j.Residual != nil {
		p.residual, err = newRowFilter(w, j.Residual, append(slices.Clone(op.Input.Columns), j.BuildColumns...))
	}
	return p, err
}

// keepsAbsent is whether Keep lets a right side through of which every column is absent.
func keepsAbsent(w *thread, op *physical.Op) (bool, error) {
	j := op.HashJoin
	if j.Keep == nil {
		return true, nil
	}
	s, err := w.compile(j.Keep, rightColumns(op))
	if err != nil {
		return false, err
	}
	b := &batch{n: 1}
	defer b.release()
	for _, f := range j.BuildColumns {
		none, err := concatColumn(w.run.mem, nil, f.Type)
		if err != nil {
			return false, err
		}
		b.cols = append(b.cols, take(w.run.mem, none, []int32{-1}))
		none.Release()
	}
	n, err := s.count(w, b)
	return n == 1, err
}

func (p *probe) push(b *batch, out emit) error {
	defer b.release()
	keys, err := evalAllBriefly(p.w, p.keys, b)
	if err != nil {
		return err
	}
	defer releaseAll(keys)
	if p.kind == logical.Check {
		return p.check(b, keys, out)
	}
	p.find(keys, b.n)
	switch {
	case p.residual != nil:
		return p.withResidual(b, keys, out)
	case p.t.next == nil:
		return p.single(b, keys, out)
	}
	for i, head := range p.heads {
		if p.guarded() {
			if err := p.guard(p.t.count(head), keys, i); err != nil {
				return err
			}
		}
		if err := p.chain(b, int32(i), head, out); err != nil {
			return err
		}
	}
	return p.flush(b, out)
}

// find looks up the first match of each row.
func (p *probe) find(keys []arrow.Array, n int) {
	p.heads = slices.Grow(p.heads[:0], n)[:n]
	if len(keys) == 1 {
		if d, ok := keys[0].(*array.Dictionary); ok && d.NullN() == 0 {
			p.findValues(d)
			return
		}
	}
	p.words = slices.Grow(p.words[:0], n)[:n]
	p.t.keys.find(keys, p.scratch, p.words)
	p.t.find(p.words, p.heads)
}

// findValues looks up each value of a dictionary once, and then each row by the number of its value.
func (p *probe) findValues(d *array.Dictionary) {
	if of := d.Data().Dictionary(); p.known.of != of {
		n := of.Len()
		p.words, p.known.heads = slices.Grow(p.words[:0], n)[:n], make([]int32, n)
		p.t.keys.find([]arrow.Array{d.Dictionary()}, p.scratch, p.words)
		p.t.find(p.words, p.known.heads)
		p.known.of = of
	}
	for i, v := range dictionaryIndex(d) {
		p.heads[i] = p.known.heads[v]
	}
}

// dictionaryHeads are the first matches of a dictionary's values.
type dictionaryHeads struct {
	of    arrow.ArrayData
	heads []int32
}

// single is for tables in which each key has one row: it gives at most one row for each left one.
func (p *probe) single(b *batch, keys []arrow.Array, out emit) error {
	kept := int32(p.t.kept)
	switch p.kind {
	case logical.JoinOne, logical.JoinSome:
		for i, r := range p.heads {
			if r < 0 {
				return p.guard(0, keys, i)
			}
		}
	case logical.Semi, logical.Anti:
		return p.exists(b, out)
	}
	if p.seen != nil {
		p.seen.add(p.heads)
	}
	// Rows are written whether they are kept or not, and only the place of the next one depends on that: nothing has to be guessed.
	left, right := grown(p.left, b.n), grown(p.right, b.n)
	p.left, p.right = left[:0], right[:0]
	n := 0
	least := int32(0) // of the rows that come out
	if p.lonely {
		least = -1
	}
	for i, r := range p.heads {
		left[n], right[n] = int32(i), r
		more := n + 1
		if r >= kept || r < least {
			more = n
		}
		n = more
	}
	if n == b.n {
		return p.emit(b, nil, slices.Clone(right), out)
	}
	return p.emit(b, slices.Clone(left[:n]), slices.Clone(right[:n]), out)
}

// grown is a slice of so many, with whatever is in it.
func grown(s []int32, n int) []int32 { return slices.Grow(s[:0], n)[:n] }

// exists is semi and anti without a residual.
func (p *probe) exists(b *batch, out emit) error {
	semi := p.kind == logical.Semi
	rows := grown(p.left, b.n)
	p.left = rows[:0]
	n := 0
	for i, r := range p.heads {
		rows[n] = int32(i)
		more := n + 1
		if r >= 0 != semi {
			more = n
		}
		n = more
	}
	var left []int32
	if n < b.n {
		left = slices.Clone(rows[:n])
	}
	p.given = left
	return out(b.picked(left, len(b.cols)))
}

// chain adds the output rows of left row i, whose matches begin at head.
func (p *probe) chain(b *batch, i, head int32, out emit) error {
	switch {
	case p.kind == logical.Semi || p.kind == logical.Anti:
		if head >= 0 == (p.kind == logical.Semi) {
			p.left = append(p.left, i)
		}
		return nil
	case head < 0:
		if p.lonely {
			p.left, p.right = append(p.left, i), append(p.right, -1)
		}
		return nil
	}
	for r := head; r >= 0 && int(r) < p.t.kept; r = p.t.after(r) {
		p.left, p.right = append(p.left, i), append(p.right, r)
		if len(p.left) == maxBatch {
			if err := p.flush(b, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush emits the pairs so far.
func (p *probe) flush(b *batch, out emit) error {
	if len(p.left) == 0 {
		return nil
	}
	if err := p.w.ctx.Err(); err != nil { // one batch can have more matches than anybody waits for
		return err
	}
	left, right := slices.Clone(p.left), slices.Clone(p.right)
	p.left, p.right = p.left[:0], p.right[:0]
	if p.kind == logical.Semi || p.kind == logical.Anti {
		p.given = left
		return out(b.picked(left, len(b.cols)))
	}
	if p.seen != nil {
		p.seen.add(right)
	}
	return p.emit(b, left, right, out)
}

// emit gives pairs of rows, whose values are copied when they are needed; nil left rows are all.
func (p *probe) emit(b *batch, left, right []int32, out emit) error {
	if len(right) == 0 {
		return nil
	}
	p.given = left
	return out(p.pairs(b, left, right))
}

func (p *probe) pairs(b *batch, left, right []int32) *batch {
	o := b.picked(left, len(b.cols))
	if o.late == nil {
		o.late = make([]late, len(o.cols))
	}
	rows := &picks{rows: right, n: len(right)}
	for _, c := range p.t.columns {
		o.cols, o.late = append(o.cols, nil), append(o.late, late{rows: rows, of: c})
	}
	return o
}
