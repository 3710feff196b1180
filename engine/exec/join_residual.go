package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// withResidual is push where equal keys are not enough: candidate pairs are made, the residual picks among them, and only
// then it is known how many matches each left row has.
func (p *probe) withResidual(b *batch, keys []arrow.Array, out emit) error {
	var left, right []int32
	from := 0
	matched := make([][]int32, b.n)
	test := func() error {
		if len(left) == 0 {
			return nil
		}
		if err := p.w.ctx.Err(); err != nil {
			return err
		}
		pairs := &batch{n: len(left), cols: takeBatch(p.w.run.mem, b, left).cols}
		for _, c := range p.t.rows.cols {
			pairs.cols = append(pairs.cols, take(p.w.run.mem, c, right))
		}
		rows, err := p.residual.pred.rows(p.w, pairs)
		if rows == nil {
			rows = allRows(pairs.n)
		}
		pairs.release()
		if err != nil {
			return err
		}
		for _, r := range rows {
			matched[left[r]] = append(matched[left[r]], right[r])
		}
		left, right = left[:0], right[:0]
		return nil
	}
	// settle emits the rows before `to`, all of whose pairs have been tested.
	settle := func(to int) error {
		for ; from < to; from++ {
			if err := p.guard(len(matched[from]), keys, from); err != nil {
				return err
			}
			if err := p.pair(b, int32(from), matched[from], out); err != nil {
				return err
			}
			matched[from] = nil
		}
		return nil
	}
	for i, c := range p.codes {
		for m := p.t.matches(c); len(m) > 0; {
			n := min(len(m), maxBatch-len(left))
			left = append(left, slices.Repeat([]int32{int32(i)}, n)...)
			right = append(right, m[:n]...)
			m = m[n:]
			if len(left) == maxBatch {
				if err := test(); err != nil {
					return err
				}
				if err := settle(i); err != nil { // so that matches are kept of one row, not of all
					return err
				}
			}
		}
		if len(left) == 0 {
			if err := settle(i + 1); err != nil {
				return err
			}
		}
	}
	if err := test(); err != nil {
		return err
	}
	if err := settle(b.n); err != nil {
		return err
	}
	return p.flush(b, out)
}
