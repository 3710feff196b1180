package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
)

// withResidual is push where equal keys are not enough: candidate pairs are made, the residual picks among them, and only
// then it is known how many matches each left row has.
func (p *probe) withResidual(b *batch, keys []arrow.Array, out emit) error {
	c := &candidates{p: p, b: b, keys: keys, out: out, matched: make([][]int32, b.n)}
	once := p.kind == logical.Semi || p.kind == logical.Anti // the first match decides
	for i, head := range p.heads {
		for r := head; r >= 0; r = p.t.after(r) {
			c.left, c.right = append(c.left, int32(i)), append(c.right, r)
			if len(c.left) < maxBatch {
				continue
			}
			if err := c.test(); err != nil {
				return err
			}
			if err := c.settle(i); err != nil { // so that matches are kept of one row, not of all
				return err
			}
			if once && len(c.matched[i]) > 0 {
				break
			}
		}
	}
	if err := c.test(); err != nil {
		return err
	}
	if err := c.settle(b.n); err != nil {
		return err
	}
	return p.flush(b, out)
}

// candidates are pairs of rows of one left batch that have equal keys.
type candidates struct {
	p           *probe
	b           *batch
	keys        []arrow.Array
	out         emit
	left, right []int32
	matched     [][]int32 // by left row
	settled     int       // left rows that are done
}

// test finds out which pairs match.
func (c *candidates) test() error {
	if len(c.left) == 0 {
		return nil
	}
	w := c.p.w
	if err := w.ctx.Err(); err != nil {
		return err
	}
	pairs := c.p.pairs(c.b, c.left, c.right)
	rows, err := c.p.residual.pred.rows(w, pairs)
	if rows == nil {
		rows = allRows(pairs.n)
	}
	pairs.release()
	if err != nil {
		return err
	}
	for _, r := range rows {
		c.matched[c.left[r]] = append(c.matched[c.left[r]], c.right[r])
	}
	c.left, c.right = c.left[:0], c.right[:0]
	return nil
}

// settle emits the rows before `to`, all of whose pairs have been tested.
func (c *candidates) settle(to int) error {
	p := c.p
	for ; c.settled < to; c.settled++ {
		i, m := c.settled, c.matched[c.settled]
		if err := p.guard(len(m), c.keys, i); err != nil {
			return err
		}
		if err := c.row(int32(i), m); err != nil {
			return err
		}
		c.matched[i] = nil
	}
	return nil
}

// row adds the output of left row i, which matches m.
func (c *candidates) row(i int32, m []int32) error {
	p := c.p
	if len(m) == 0 || p.kind == logical.Semi || p.kind == logical.Anti {
		head := int32(-1)
		if len(m) > 0 {
			head = m[0]
		}
		return p.chain(c.b, i, head, c.out)
	}
	for len(m) > 0 {
		n := min(len(m), maxBatch-len(p.left))
		p.left, p.right = append(p.left, slices.Repeat([]int32{i}, n)...), append(p.right, m[:n]...)
		if m = m[n:]; len(p.left) == maxBatch {
			if err := p.flush(c.b, c.out); err != nil {
				return err
			}
		}
	}
	return nil
}
