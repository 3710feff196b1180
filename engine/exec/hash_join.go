package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// joinTable is the build side: its rows, and which of them have each key. It does not change while it is probed.
type joinTable struct {
	rows  *batch
	keys  *keyCodes
	start []int32 // rows of key k: order[start[k]:start[k+1]]
	order []int32
	held  holding
}

// join builds the table and adds the probe to the pipeline. A full join also has to see which build rows nobody matched, so
// it ends the pipeline.
func (b *builder) join(op *physical.Op) error {
	t, err := b.table(op)
	if err != nil {
		return err
	}
	if op.HashJoin.Kind == logical.JoinFull {
		return b.breaker(op, &fullJoin{op: op, t: t, seen: make([]bool, t.rows.n)}, true)
	}
	b.stream(op, func(w *thread, op *physical.Op) (stream, error) { return newProbe(w, op, t) })
	return nil
}

// table builds the table, unless it is one that lasts over the rounds of a fix and is there already.
func (b *builder) table(op *physical.Op) (*joinTable, error) {
	name := ""
	if b.r.lasting != nil {
		name = b.r.lasting.names[op]
	}
	if name != "" && b.r.lasting.tables[name] != nil {
		return b.r.lasting.tables[name], nil
	}
	t, err := b.buildTable(op)
	switch {
	case err != nil:
	case name != "":
		b.r.lasting.tables[name] = t
	default:
		b.tables = append(b.tables, t)
	}
	return t, err
}

func (b *builder) buildTable(op *physical.Op) (*joinTable, error) {
	j := op.HashJoin
	t := &joinTable{keys: newKeyCodes(len(j.On)), held: holding{b: b.r.mem}}
	w := b.r.thread(b.ctx)
	defer func() { b.r.collect([]*thread{w}) }()
	exprs := make([]*logical.Expr, len(j.On))
	for i, k := range j.On {
		exprs[i] = k.Right
	}
	keys, err := compileAll(w, exprs, j.BuildColumns)
	if err != nil {
		return nil, err
	}
	in, err := b.r.input(b.ctx, j.Build)
	if err != nil {
		return nil, err
	}
	var bs []*batch
	var codes []uint32
	cache := newKeyCache(len(keys))
	for rec, err := range in {
		if err == nil {
			err = b.ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		p := fromRecord(rec)
		cols, err := evalAll(w, keys, p)
		if err != nil {
			return nil, err
		}
		at := len(codes)
		codes = slices.Grow(codes, p.n)[:at+p.n]
		t.keys.insert(cols, cache, codes[at:])
		releaseAll(cols)
		bs = append(bs, p)
		t.held.set(t.keys.bytes() + int64(cap(codes))*8)
	}
	if t.rows, err = concat(b.r.mem, bs, j.BuildColumns); err != nil {
		return nil, err
	}
	t.sortByKey(codes)
	if j.Unique {
		if err := t.unique(w, j, keys); err != nil {
			return nil, err
		}
	}
	t.held.set(t.keys.bytes() + int64(len(t.start)+len(t.order))*4)
	return t, nil
}

// sortByKey groups row numbers by key, keeping their order within one.
func (t *joinTable) sortByKey(codes []uint32) {
	t.start = make([]int32, t.keys.len()+1)
	for _, c := range codes {
		t.start[c+1]++
	}
	for i := 1; i < len(t.start); i++ {
		t.start[i] += t.start[i-1]
	}
	t.order = make([]int32, len(codes))
	at := slices.Clone(t.start)
	for i, c := range codes {
		t.order[at[c]] = int32(i)
		at[c]++
	}
}

func (t *joinTable) matches(code uint32) []int32 {
	if code == none {
		return nil
	}
	return t.order[t.start[code]:t.start[code+1]]
}

func (t *joinTable) close() {
	t.rows.release()
	t.held.set(0)
}

// probe finds the matches of left rows, in one thread.
type probe struct {
	w        *thread
	join     *physical.HashJoin
	t        *joinTable
	kind     logical.JoinKind
	keys     []scalar
	residual *rowFilter
	cache    *keyCache
	codes    []uint32
	left     []int32 // pairs of rows; -1 for no match
	right    []int32
	seen     []bool // by build row, for a full join
}

func newProbe(w *thread, op *physical.Op, t *joinTable) (*probe, error) {
	j := op.HashJoin
	p := &probe{w: w, join: j, t: t, kind: j.Kind, cache: newKeyCache(len(j.On))}
	exprs := make([]*logical.Expr, len(j.On))
	for i, k := range j.On {
		exprs[i] = k.Left
	}
	var err error
	if p.keys, err = compileAll(w, exprs, op.Input.Columns); err != nil {
		return nil, err
	}
	if j.Residual != nil {
		p.residual, err = newRowFilter(w, j.Residual, append(slices.Clone(op.Input.Columns), j.BuildColumns...))
	}
	return p, err
}

func (p *probe) push(b *batch, out emit) error {
	defer b.release()
	keys, err := evalAll(p.w, p.keys, b)
	if err != nil {
		return err
	}
	defer releaseAll(keys)
	p.codes = slices.Grow(p.codes[:0], b.n)[:b.n]
	p.t.keys.find(keys, p.cache, p.codes)
	if p.residual != nil {
		return p.withResidual(b, keys, out)
	}
	for i, c := range p.codes {
		m := p.t.matches(c)
		if err := p.guard(len(m), keys, i); err != nil {
			return err
		}
		if err := p.pair(b, int32(i), m, out); err != nil {
			return err
		}
	}
	return p.flush(b, out)
}

// pair adds the output rows of left row i, which matches m.
func (p *probe) pair(b *batch, i int32, m []int32, out emit) error {
	switch p.kind {
	case logical.Semi, logical.Anti:
		if (len(m) > 0) == (p.kind == logical.Semi) {
			p.left = append(p.left, i)
		}
		return nil
	case logical.JoinMaybe, logical.JoinLeft, logical.JoinFull:
		if len(m) == 0 {
			p.left, p.right = append(p.left, i), append(p.right, -1)
			return nil
		}
	}
	for _, r := range m {
		p.left, p.right = append(p.left, i), append(p.right, r)
		if p.seen != nil {
			p.seen[r] = true
		}
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
	o := &batch{n: len(p.left), cols: p.leftColumns(b)}
	if p.kind != logical.Semi && p.kind != logical.Anti {
		for _, c := range p.t.rows.cols {
			o.cols = append(o.cols, take(p.w.run.mem, c, p.right))
		}
	}
	p.left, p.right = p.left[:0], p.right[:0]
	return out(o)
}

// leftColumns shares the columns where every row has just one match.
func (p *probe) leftColumns(b *batch) []arrow.Array {
	all := len(p.left) == b.n
	for i := 0; all && i < len(p.left); i++ {
		all = p.left[i] == int32(i)
	}
	if !all {
		return takeBatch(p.w.run.mem, b, p.left).cols
	}
	out := slices.Clone(b.cols)
	for _, c := range out {
		c.Retain()
	}
	return out
}

// fullJoin is a probe that remembers which build rows had a match, and adds the others at the end.
type fullJoin struct {
	op   *physical.Op
	t    *joinTable
	seen []bool
	bs   []*batch
	r    *runner
}

func (f *fullJoin) local(w *thread) (local, error) {
	p, err := newProbe(w, f.op, f.t)
	if err != nil {
		return nil, err
	}
	p.seen = f.seen
	f.r = w.run
	return &fullJoinLocal{f, p}, nil
}

type fullJoinLocal struct {
	f *fullJoin
	p *probe
}

func (l *fullJoinLocal) push(_ int, b *batch) error {
	return l.p.push(b, func(o *batch) error {
		l.f.bs = append(l.f.bs, o)
		return nil
	})
}

func (l *fullJoinLocal) close() error { return nil }

func (f *fullJoin) rows(context.Context) (origin, error) {
	var rest []int32
	for i, s := range f.seen {
		if !s {
			rest = append(rest, int32(i))
		}
	}
	if len(rest) > 0 {
		o := &batch{n: len(rest)}
		nowhere := slices.Repeat([]int32{-1}, len(rest))
		for _, c := range f.op.Input.Columns {
			a, err := concatColumn(f.r.mem, nil, c.Type)
			if err != nil {
				return nil, err
			}
			o.cols = append(o.cols, take(f.r.mem, a, nowhere))
			a.Release()
		}
		for _, c := range f.t.rows.cols {
			o.cols = append(o.cols, take(f.r.mem, c, rest))
		}
		f.bs = append(f.bs, o)
	}
	return &list{bs: f.bs}, nil
}
