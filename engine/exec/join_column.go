package exec

import (
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// builtRows says where the rows of a join table are among the batches that it was made of, which are not copied.
type builtRows struct {
	refs  []uint32 // of each row that the output may have; nil where the number of a row is its ref
	whole bool     // the batches are too many or too large for refs, and are made one
}

// newBuiltRows numbers the rows of batches of so many; of some only those to keep.
func newBuiltRows(threads int, sizes []int, kept [][]int32) (*builtRows, error) {
	r := &builtRows{whole: len(sizes) >= 1<<16}
	starts, even := make([]int, len(sizes)+1), true
	for i, n := range sizes {
		r.whole = r.whole || n > maxBatch
		even = even && kept[i] == nil && (n == maxBatch || i == len(sizes)-1)
		if kept[i] != nil {
			n = len(kept[i])
		}
		starts[i+1] = starts[i] + n
	}
	if even && !r.whole {
		return r, nil
	}
	r.refs = make([]uint32, starts[len(sizes)])
	at := 0 // of the part in the whole
	before := make([]int, len(sizes))
	for i, n := range sizes {
		before[i] = at
		at += n
	}
	return r, spread(threads, len(sizes), func(_, i int) error {
		out, first := r.refs[starts[i]:starts[i+1]], ref(i, 0)
		if r.whole {
			first = uint32(before[i])
		}
		if kept[i] == nil {
			for k := range out {
				out[k] = first + uint32(k)
			}
			return nil
		}
		for k, row := range kept[i] {
			out[k] = first + uint32(row)
		}
		return nil
	})
}

// of are the refs of rows; a negative one is absent.
func (r *builtRows) of(rows []int32) []uint32 {
	if r.refs == nil {
		return arrow.Uint32Traits.CastFromBytes(arrow.Int32Traits.CastToBytes(rows))
	}
	out := make([]uint32, len(rows))
	for i, row := range rows {
		if out[i] = absent; row >= 0 {
			out[i] = r.refs[row]
		}
	}
	return out
}

// builtColumn is a column of the rows of a join table. Its values are looked up in the batches that it came in.
type builtColumn struct {
	once  sync.Once
	rows  *builtRows
	parts []arrow.Array // of each batch
	t     types.Type
	pile  pileColumn
	err   error
}

// take makes a column of rows, which is narrow where the parts are (funcs.IsNarrow).
func (c *builtColumn) take(mem *budget, rows *picks) arrow.Array {
	c.once.Do(func() { c.err = guard(func() error { return c.prepare(mem) }) })
	if c.err != nil {
		panic(stopped{c.err})
	}
	if rows.refs == nil {
		rows.refs = c.rows.of(rows.rows)
	}
	return c.pile.takeAsItIs(mem, rows.refs)
}

func (c *builtColumn) prepare(mem *budget) error {
	parts := c.parts
	if c.rows.whole || len(parts) == 0 {
		all, err := concatColumn(mem, parts, c.t)
		if err != nil {
			return err
		}
		defer all.Release()
		parts = []arrow.Array{array.NewSlice(all, 0, int64(min(all.Len(), maxBatch)))}
		for at := maxBatch; at < all.Len(); at += maxBatch {
			parts = append(parts, array.NewSlice(all, int64(at), int64(min(all.Len(), at+maxBatch))))
		}
		defer releaseAll(parts)
	}
	var err error
	c.pile, err = newPileColumn(mem, parts, c.t)
	return err
}

func (c *builtColumn) close() {
	releaseAll(c.parts)
	c.pile.release()
	c.parts = nil
}
