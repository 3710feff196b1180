package exec

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

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
	case t == nil:
	case name != "" && err == nil:
		b.r.lasting.tables[name] = t
	default:
		b.tables = append(b.tables, t)
	}
	return t, err
}

// buildTable reads the build side and indexes it. What it has made beside an error is closed with the table.
func (b *builder) buildTable(op *physical.Op) (*joinTable, error) {
	j := op.HashJoin
	bs, err := b.gather(j.Build)
	defer func() {
		for _, p := range bs {
			p.release()
		}
	}()
	if err != nil {
		return nil, err
	}
	side := &buildSide{b: b, op: op, j: j, bs: bs, keys: make([][]arrow.Array, len(bs)), kept: make([][]int32, len(bs))}
	defer side.close()
	if err := side.evaluate(); err != nil {
		return nil, err
	}
	t := &joinTable{held: holding{b: b.r.mem}}
	n := 0
	for _, p := range bs {
		n += p.n
	}
	if n > math.MaxInt32-1 {
		return nil, source.Diagnostics{{
			Code: tooLong[0].Code, Severity: source.Error, Span: j.Span,
			Message: fmt.Sprintf("the right side of %s has %s rows, and 2,147,483,646 are the most", j.Kind, grouped(int64(n))),
			Help:    "filter or group the right side first, or make it the left side",
		}}
	}
	words := make([]uint64, n)
	t.hold(int64(n) * 8)
	var parts [][]uint64
	for _, p := range bs {
		at := len(words) - n
		parts = append(parts, words[at:at+p.n:at+p.n])
		n -= p.n
	}
	if t.keys, err = newJoinKeys(b.r.threads, len(j.On), side.keys, parts); err != nil {
		return t, err
	}
	t.hold(t.keys.bytes())
	t.kept = len(words)
	if j.Keep != nil {
		words, t.kept = side.keptFirst(words, parts)
	}
	for i, f := range j.BuildColumns {
		c := &builtColumn{t: f.Type, rows: side.kept}
		for _, p := range bs {
			p.cols[i].Retain()
			c.parts = append(c.parts, p.cols[i])
		}
		t.columns = append(t.columns, c)
	}
	if err := t.index(b.r.threads, words, onlyExists(j)); err != nil {
		return t, err
	}
	t.hold(-int64(len(words)) * 8)
	if j.Unique {
		err = b.unique(t, j, bs)
	}
	return t, err
}

// onlyExists reports whether a join asks only whether there is a row.
func onlyExists(j *physical.HashJoin) bool {
	return (j.Kind == logical.Semi || j.Kind == logical.Anti) && j.Residual == nil && !j.Unique && len(j.On) > 0
}

// rightColumns are the build columns as they are in the output, where those of some joins are options.
func rightColumns(op *physical.Op) []types.Field {
	return op.Columns[len(op.Columns)-len(op.HashJoin.BuildColumns):]
}

// gather reads a stage's output; the caller releases the batches, beside an error too.
func (b *builder) gather(stage int) ([]*batch, error) {
	in, err := b.r.input(b.ctx, stage)
	if err != nil {
		return nil, err
	}
	var bs []*batch
	for rec, err := range in {
		if err == nil {
			err = b.ctx.Err()
		}
		if err != nil {
			return bs, err
		}
		if rec.NumRows() > 0 {
			bs = append(bs, fromRecord(rec))
		}
	}
	return bs, nil
}

// buildSide is the rows that a table is made of, on their way.
type buildSide struct {
	b    *builder
	op   *physical.Op
	j    *physical.HashJoin
	bs   []*batch
	keys [][]arrow.Array // of each batch
	kept [][]int32       // of each batch, the rows that Keep lets through; nil for all
}

func (s *buildSide) close() {
	for _, cols := range s.keys {
		releaseAll(cols)
	}
}

// evaluate computes the keys, and which rows are kept.
func (s *buildSide) evaluate() error {
	r := s.b.r
	exprs := make([]*logical.Expr, len(s.j.On))
	for i, k := range s.j.On {
		exprs[i] = k.Right
	}
	threads := make([]*thread, max(1, min(r.threads, len(s.bs))))
	keys, keep := make([][]scalar, len(threads)), make([]scalar, len(threads))
	for i := range threads {
		threads[i] = r.thread(s.b.ctx)
	}
	defer r.collect(threads)
	for i, w := range threads {
		var err error
		if keys[i], err = compileAll(w, exprs, s.j.BuildColumns); err != nil {
			return err
		}
		if s.j.Keep != nil {
			if keep[i], err = w.compile(s.j.Keep, rightColumns(s.op)); err != nil {
				return err
			}
		}
	}
	return spread(len(threads), len(s.bs), func(worker, i int) error {
		w := threads[worker]
		if err := w.ctx.Err(); err != nil {
			return err
		}
		var err error
		if s.keys[i], err = evalAll(w, keys[worker], s.bs[i]); err != nil || s.j.Keep == nil {
			return err
		}
		s.kept[i], err = keep[worker].rows(w, s.bs[i])
		return err
	})
}

// keptFirst orders words as the table numbers its rows.
func (s *buildSide) keptFirst(words []uint64, parts [][]uint64) (sorted []uint64, kept int) {
	for i, p := range parts {
		if s.kept[i] == nil {
			kept += len(p)
		} else {
			kept += len(s.kept[i])
		}
	}
	sorted = make([]uint64, len(words))
	in, out := 0, kept
	for i, p := range parts {
		if s.kept[i] == nil {
			in += copy(sorted[in:], p)
			continue
		}
		rest := s.kept[i]
		for row, w := range p {
			if len(rest) > 0 && int(rest[0]) == row {
				rest = rest[1:]
				sorted[in] = w
				in++
			} else {
				sorted[out] = w
				out++
			}
		}
	}
	return sorted, kept
}
