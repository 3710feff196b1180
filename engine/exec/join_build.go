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

// table builds the table, unless it is one that lasts over the rounds of a fix and is there already. Where the build side does not
// fit into memory it is dealt to disk instead, and there is no table.
func (b *builder) table(op *physical.Op) (*joinTable, *dealt, error) {
	name := ""
	if b.r.lasting != nil {
		name = b.r.lasting.names[op]
	}
	if name != "" && b.r.lasting.tables[name] != nil {
		return b.r.lasting.tables[name], nil, nil
	}
	bs, parts, err := b.gather(op)
	if err != nil || parts != nil {
		return nil, parts, err
	}
	t, err := b.tableOf(op, bs)
	switch {
	case t == nil:
	case name != "" && err == nil:
		b.r.lasting.tables[name] = t
	default:
		b.tables = append(b.tables, t)
	}
	return t, nil, err
}

// tableOf indexes the rows of the build side, and releases the batches. What it has made beside an error is closed with the table.
func (b *builder) tableOf(op *physical.Op, bs []*batch) (*joinTable, error) {
	j := op.HashJoin
	defer releaseBatches(bs)
	side := &buildSide{b: b, op: op, j: j, bs: bs, keys: make([][]arrow.Array, len(bs)), kept: make([][]int32, len(bs))}
	defer side.close()
	err := side.evaluate()
	if err != nil {
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
	if done, err := t.marked(b.r.threads, side); done || err != nil {
		return t, err
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
		if words, t.kept, err = side.keptFirst(words, parts); err != nil {
			return t, err
		}
	}
	rows, err := side.rows()
	if err != nil {
		return t, err
	}
	t.hold(int64(len(rows.refs)) * 4)
	for i, f := range j.BuildColumns {
		c := &builtColumn{t: f.Type, rows: rows}
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
	return j.Kind.LeftOnly() && j.Residual == nil && !j.Unique && len(j.On) > 0
}

// rightColumns are the build columns as they are in the output, where those of some joins are options.
func rightColumns(op *physical.Op) []types.Field {
	return op.Columns[len(op.Columns)-len(op.HashJoin.BuildColumns):]
}

// gather reads the build side, to memory if it fits there.
func (b *builder) gather(op *physical.Op) ([]*batch, *dealt, error) {
	in, err := b.r.input(b.ctx, op.HashJoin.Build)
	if err != nil {
		return nil, nil, err
	}
	var bs []*batch
	var parts *dealt
	var need int64 // of the table
	spills := b.r.spill != nil && len(op.HashJoin.On) > 0 && b.r.lasting == nil
	deal := func() error {
		if parts, err = b.dealt(op, op.HashJoin.BuildColumns, right, 0); err != nil {
			return err
		}
		for len(bs) > 0 {
			p := bs[0]
			bs = bs[1:]
			if err := parts.push(p); err != nil {
				return err
			}
		}
		return nil
	}
	read := func() error {
		for rec, err := range in {
			if err == nil {
				err = b.ctx.Err()
			}
			if err != nil {
				return err
			}
			if rec.NumRows() == 0 {
				continue
			}
			p := fromRecord(rec).marked(op.HashJoin.BuildColumns)
			if parts != nil {
				if err := parts.push(p); err != nil {
					return err
				}
				continue
			}
			bs = append(bs, p)
			need += tableNeeds(op.HashJoin, p)
			if spills && b.r.mem.tight() && (b.r.mem.always || need > b.r.mem.limit/16) || spills && !b.r.mem.fits(need) {
				if err := deal(); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := read(); err != nil {
		releaseBatches(bs)
		parts.drop()
		return nil, nil, err
	}
	parts.done()
	return bs, parts, nil
}

// tableNeeds estimates the bytes of a table of a batch, where its columns are copied.
func tableNeeds(j *physical.HashJoin, b *batch) int64 {
	if onlyExists(j) {
		n := int64(b.n) * 16
		for _, c := range b.cols { // keys of text are kept
			if _, fixed := c.DataType().(arrow.FixedWidthDataType); !fixed {
				n += columnBytes(c)
			}
		}
		return n
	}
	n := int64(b.n) * 44
	for _, c := range b.cols {
		n += columnBytes(c)
	}
	return n
}

func releaseBatches(bs []*batch) {
	for _, b := range bs {
		b.release()
	}
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

// rows says where the rows that are kept are; nobody asks that of a table that only says which keys there are.
func (s *buildSide) rows() (*builtRows, error) {
	if onlyExists(s.j) {
		return &builtRows{}, nil
	}
	sizes := make([]int, len(s.bs))
	for i, b := range s.bs {
		sizes[i] = b.n
	}
	return newBuiltRows(s.b.r.threads, sizes, s.kept)
}

// keptFirst orders words as the table numbers its rows.
func (s *buildSide) keptFirst(words []uint64, parts [][]uint64) (sorted []uint64, kept int, err error) {
	in, out := make([]int, len(parts)), make([]int, len(parts)) // where the rows of each batch go that are kept, and the others
	for i, p := range parts {
		in[i] = kept
		if s.kept[i] == nil {
			kept += len(p)
		} else {
			kept += len(s.kept[i])
		}
	}
	at := 0
	for i, p := range parts {
		out[i] = kept + at - in[i]
		at += len(p)
	}
	sorted = make([]uint64, len(words))
	return sorted, kept, spread(s.b.r.threads, len(parts), func(_, i int) error {
		p, in, out, rest := parts[i], in[i], out[i], s.kept[i]
		if rest == nil {
			copy(sorted[in:], p)
			return nil
		}
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
		return nil
	})
}
