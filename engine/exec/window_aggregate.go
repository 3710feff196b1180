package exec

import (
	"io"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
)

// frames are the sorted rows of some partitions: partition i is rows start[i] to start[i+1].
type frames struct {
	w     *thread
	n     int
	start []int
}

// aggregate computes an aggregate over every row's frame. States of blocks of 1, 2, 4, … rows from each row on are made by
// merging pairs of smaller ones; a frame is then a few blocks, one for each bit of its length, from left to right. That is
// n log n merges for any frame, and asks nothing of an aggregate but that its states merge.
func (p *frames) aggregate(f *logical.WindowFunc, empty func() (funcs.Accumulator, error), args []arrow.Array) (arrow.Array, error) {
	n := p.n
	if f.From == nil && f.To == nil {
		return p.wholes(empty, args)
	}
	at, length := make([]int, n), make([]int, n)
	longest := 0
	for i := range len(p.start) - 1 {
		start, size := p.start[i], p.start[i+1]-p.start[i]
		for r := range size {
			from, to := frame(f, r, size)
			at[start+r], length[start+r] = start+from, max(0, to-from+1)
			longest = max(longest, length[start+r])
		}
	}
	newAcc := func() (funcs.Accumulator, error) {
		acc, err := empty()
		if err == nil {
			acc.Resize(n)
		}
		return acc, err
	}
	end := func(acc funcs.Accumulator) {
		if c, ok := acc.(io.Closer); ok { // one of a package
			c.Close()
		}
	}
	level, err := newAcc()
	if err != nil {
		return nil, err
	}
	if err := level.Update(n, identity(n), args); err != nil {
		return nil, err
	}
	var blocks [][]arrow.Array
	defer func() {
		for _, b := range blocks {
			releaseAll(b)
		}
	}()
	for k := 0; k < bits.Len(uint(longest)); k++ {
		if err := p.w.ctx.Err(); err != nil {
			return nil, err
		}
		if k > 0 {
			if level, err = newAcc(); err != nil {
				return nil, err
			}
			if err := p.merge(level, identity(n), allRows(n), blocks[k-1]); err != nil {
				return nil, err
			}
			if half := 1 << (k - 1); half < n { // the block that starts half a block later
				if err := p.merge(level, identity(n-half), allRows(n)[half:], blocks[k-1]); err != nil {
					return nil, err
				}
			}
		}
		state, err := level.State()
		end(level)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, state)
	}
	whole, err := newAcc()
	if err != nil {
		return nil, err
	}
	for k := len(blocks) - 1; k >= 0; k-- {
		var groups []uint32
		var rows []int32
		for i := range n {
			if length[i]&(1<<k) != 0 {
				groups, rows = append(groups, uint32(i)), append(rows, int32(at[i]))
				at[i] += 1 << k
			}
		}
		if err := p.merge(whole, groups, rows, blocks[k]); err != nil {
			return nil, err
		}
	}
	return whole.Finish()
}

// wholes computes an aggregate over frames that are whole partitions: once for each, and not once for each row.
func (p *frames) wholes(empty func() (funcs.Accumulator, error), args []arrow.Array) (arrow.Array, error) {
	acc, err := empty()
	if err != nil {
		return nil, err
	}
	acc.Resize(len(p.start) - 1)
	groups, rows := make([]uint32, p.n), make([]int32, p.n)
	for i := range len(p.start) - 1 {
		for r := p.start[i]; r < p.start[i+1]; r++ {
			groups[r], rows[r] = uint32(i), int32(i)
		}
	}
	if err := acc.Update(p.n, groups, args); err != nil {
		return nil, err
	}
	results, err := acc.Finish()
	if err != nil {
		return nil, err
	}
	defer results.Release()
	return take(p.w.run.mem, results, rows), nil
}

// merge adds the states at rows to groups.
func (p *frames) merge(acc funcs.Accumulator, groups []uint32, rows []int32, state []arrow.Array) error {
	part := takeBatch(p.w.run.mem, &batch{cols: state}, rows)
	defer part.release()
	return acc.Merge(len(rows), groups, part.cols)
}

func identity(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}
