package exec

import (
	"context"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// pile is batches in an order whose rows can be asked for in any other, without first making one batch of them. A row is
// named by a ref: its batch in the upper half, its place there in the lower. Refs are in the order of the rows.
type pile struct {
	r       *runner
	one     *thread // does all the work where it is not nil
	bs      []*batch
	n       int
	refBits int // that refs take
	cols    []pileColumn
}

const (
	refRow = 16
	absent = ^uint32(0) // the ref of no row
)

var tooManyRows = source.Diagnostics{{
	Code: "DQL9002", Severity: source.Error,
	Message: "more than four thousand million rows would be sorted in memory at once",
	Help:    "filter or group before sorting",
}}

// newPile owns the batches, whatever happens. Rows of the given columns can be asked for; nil means all.
func newPile(ctx context.Context, r *runner, bs []*batch, fields []types.Field, columns []int) (*pile, error) {
	return (&pile{r: r}).fill(ctx, bs, fields, columns)
}

// newPileOf is newPile for one thread, in the midst of its work.
func newPileOf(w *thread, bs []*batch, fields []types.Field, columns []int) (*pile, error) {
	return (&pile{r: w.run, one: w}).fill(w.ctx, bs, fields, columns)
}

// each is the runner's, or one thread's.
func (p *pile) each(ctx context.Context, n int, f func(w *thread, i int) error) error {
	if p.one == nil {
		return p.r.each(ctx, n, f)
	}
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(p.one, i); err != nil {
			return err
		}
	}
	return nil
}

func (p *pile) fill(ctx context.Context, bs []*batch, fields []types.Field, columns []int) (*pile, error) {
	var err error
	if p.bs, err = p.evenSizes(ctx, bs, fields); err != nil {
		return nil, err
	}
	if len(p.bs) >= 1<<16 {
		p.release()
		return nil, tooManyRows
	}
	for _, b := range p.bs {
		p.n += b.n
	}
	p.refBits = refRow + bits.Len(uint(max(len(p.bs), 1)-1))
	p.cols = make([]pileColumn, len(fields))
	err = p.each(ctx, len(fields), func(_ *thread, i int) error {
		if columns != nil && !slices.Contains(columns, i) {
			return nil
		}
		parts := make([]arrow.Array, len(p.bs))
		for j, b := range p.bs {
			parts[j] = b.cols[i]
		}
		c, err := newPileColumn(p.r.mem, parts, fields[i].Type)
		p.cols[i] = c
		return err
	})
	if err != nil {
		p.release()
		return nil, err
	}
	return p, nil
}

// evenSizes cuts batches that are too large for a ref, and joins neighbours while they are small.
func (p *pile) evenSizes(ctx context.Context, bs []*batch, fields []types.Field) ([]*batch, error) {
	var groups [][]*batch
	rows := 0
	for _, b := range bs {
		for from := 0; b.n > maxBatch && from < b.n; from += maxBatch {
			groups = append(groups, []*batch{b.slice(from, min(b.n, from+maxBatch))})
		}
		if b.n > maxBatch {
			rows = maxBatch
			b.release()
			continue
		}
		if len(groups) == 0 || rows+b.n > maxBatch {
			groups, rows = append(groups, nil), 0
		}
		last := len(groups) - 1
		groups[last], rows = append(groups[last], b), rows+b.n
	}
	out := make([]*batch, len(groups))
	err := p.each(ctx, len(groups), func(_ *thread, i int) (err error) {
		g := groups[i]
		groups[i] = nil
		out[i], err = concat(p.r.mem, g, fields)
		return err
	})
	if err != nil {
		for i, g := range groups {
			for _, b := range g {
				b.release()
			}
			if out[i] != nil {
				out[i].release()
			}
		}
		return nil, err
	}
	return out, nil
}

func (p *pile) release() {
	for i := range p.cols {
		p.cols[i].release()
	}
	for _, b := range p.bs {
		b.release()
	}
	p.cols, p.bs = nil, nil
}

// ref names row i of batch b.
func ref(b, i int) uint32 { return uint32(b)<<refRow | uint32(i) }

func at(ref uint32) (b, i int) { return int(ref >> refRow), int(ref & (1<<refRow - 1)) }

// take makes a batch of rows, in the order of the refs, and of the first columns.
func (p *pile) take(columns int, refs []uint32) *batch {
	out := &batch{n: len(refs), cols: make([]arrow.Array, columns)}
	for i := range out.cols {
		out.cols[i] = p.cols[i].take(p.r.mem, refs)
	}
	return out
}
