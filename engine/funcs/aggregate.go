package funcs

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// AggregateSpec is how an aggregate is computed: in parts that merge.
type AggregateSpec struct {
	// State gives the column types of a partial result, for arguments of the given types (options kept).
	State func(args []types.Type, result types.Type) []types.Type
	// New makes an accumulator of no groups. args are the converted arguments' types, options kept.
	New func(args []types.Type, result types.Type) (Accumulator, error)
}

// NoGroup as a row's group leaves the row out.
const NoGroup = ^uint32(0)

// Accumulator is the state of one aggregate over many groups, numbered from zero. Absent arguments do not count. It is for
// one goroutine; partial results of several are merged by State and Merge, which gives the same result for the same
// division of rows.
type Accumulator interface {
	// Resize makes room for groups 0 ≤ g < n; it never shrinks.
	Resize(n int)
	// Update adds n rows; row i belongs to groups[i], or all to group 0 where groups is nil. args are columns of n rows and
	// may be dictionary-encoded. Those of values of fixed width are overwritten after the call: what is kept of them is copied.
	Update(n int, groups []uint32, args []arrow.Array) error
	// Merge adds partial results of n groups made by State; row i is added to groups[i] (nil: all to group 0).
	Merge(n int, groups []uint32, state []arrow.Array) error
	// State returns the partial results, one row a group.
	State() ([]arrow.Array, error)
	// Finish returns the results, one row a group.
	Finish() (arrow.Array, error)
	// Bytes estimates the memory held.
	Bytes() int64
}

// Absorber is an accumulator that takes over groups of another of its call, made in the same process, for less than State and
// Merge cost, and with the same result.
type Absorber interface {
	// Absorb adds the groups from of other to those that groups says. It changes nothing of other, which must stay as it is
	// until the end: several may absorb groups of it at a time, and refer to them.
	Absorb(other Accumulator, from []int32, groups []uint32) error
}

// Releaser is an accumulator whose memory others can use when it is not needed any more.
type Releaser interface{ Release() }

// WindowSpec is how a window function is computed over one sorted partition of rows. Exactly one field is set.
type WindowSpec struct {
	// Number writes one int for each row. peer[i] says that row i has the order keys of row i-1; k is the argument
	// (ntile's number of buckets).
	Number func(peer []bool, k int64, out []int64)
	// Share writes one float for each row.
	Share func(peer []bool, out []float64)
	// Pick returns which row of the partition (0 ≤ r < n) row i takes its value from, or -1 for an absent value. The frame
	// is the rows from ≤ r ≤ to, cut to the partition; k is the offset of lag and lead,
	// or which row of the frame nth takes.
	Pick func(i, n int, k int64, from, to int) int
}
