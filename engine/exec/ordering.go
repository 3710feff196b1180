package exec

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/logical"
)

// ordering compares rows by sort keys. It looks first at a number made of the first key, prefix, whose order is the order
// of the values as far as eight bytes tell, in this batch and any other.
type ordering struct {
	cols    []arrow.Array
	prefix  []uint64
	compare []func(i, j int32) int
}

// newOrdering owns the columns, until release.
func newOrdering(cols []arrow.Array, keys []logical.SortKey) *ordering {
	o := &ordering{cols: cols}
	for i, c := range cols {
		o.compare = append(o.compare, comparer(c, keys[i].Desc))
	}
	if len(cols) > 0 {
		o.prefix = prefixes(cols[0], keys[0].Desc)
	}
	return o
}

func (o *ordering) release() { releaseAll(o.cols) }

// rows compares two rows by every key.
func (o *ordering) rows(i, j int32) int {
	if o.prefix != nil {
		if c := cmp.Compare(o.prefix[i], o.prefix[j]); c != 0 {
			return c
		}
	}
	for _, f := range o.compare {
		if c := f(i, j); c != 0 {
			return c
		}
	}
	return 0
}

// sort orders row numbers; equal rows keep their order. It stops when ctx is done.
func (o *ordering) sort(ctx context.Context, rows []int32) error {
	type entry struct {
		prefix uint64
		row    int32
	}
	es := make([]entry, len(rows))
	for i, r := range rows {
		es[i].row = r
		if o.prefix != nil {
			es[i].prefix = o.prefix[r]
		}
	}
	steps := 0
	err := guard(func() error {
		slices.SortFunc(es, func(x, y entry) int {
			if steps++; steps&0xffff == 0 && ctx.Err() != nil {
				panic(stopped{ctx.Err()})
			}
			if x.prefix != y.prefix {
				return cmp.Compare(x.prefix, y.prefix)
			}
			for _, f := range o.compare {
				if c := f(x.row, y.row); c != 0 {
					return c
				}
			}
			return cmp.Compare(x.row, y.row)
		})
		return nil
	})
	for i, e := range es {
		rows[i] = e.row
	}
	return err
}

// prefixes maps values to numbers in their order: absent last, in both directions.
func prefixes(a arrow.Array, desc bool) []uint64 {
	out := make([]uint64, a.Len())
	value := prefixOf(a)
	if d, ok := a.(*array.Dictionary); ok {
		of := prefixOf(d.Dictionary())
		all := make([]uint64, d.Dictionary().Len())
		for i := range all {
			all[i] = of(i)
		}
		value = func(i int) uint64 { return all[d.GetValueIndex(i)] }
	}
	for i := range out {
		switch {
		case a.IsNull(i):
			out[i] = math.MaxUint64
		case desc:
			out[i] = ^value(i)
		default:
			out[i] = value(i)
		}
	}
	return out
}

func signed(v int64) uint64 { return uint64(v) ^ 1<<63 }

func prefixOf(a arrow.Array) func(i int) uint64 {
	switch a := a.(type) {
	case *array.Int64:
		return func(i int) uint64 { return signed(a.Value(i)) }
	case *array.Float64:
		return func(i int) uint64 { return floatNumber(a.Value(i)) }
	case *array.Date32:
		return func(i int) uint64 { return signed(int64(a.Value(i))) }
	case *array.Timestamp:
		return func(i int) uint64 { return signed(int64(a.Value(i))) }
	case *array.Time64:
		return func(i int) uint64 { return signed(int64(a.Value(i))) }
	case *array.Decimal128:
		return func(i int) uint64 { return signed(nearest(a.Value(i))) }
	case *array.String:
		return func(i int) uint64 { return textPrefix(a.Value(i)) }
	case *array.Binary:
		return func(i int) uint64 { return textPrefix(string(a.Value(i))) }
	}
	return func(int) uint64 { return 0 }
}

// nearest is the 64-bit number that is nearest to a decimal's units.
func nearest(d decimal128.Num) int64 {
	if v := int64(d.LowBits()); d.HighBits() == v>>63 {
		return v
	}
	return math.MaxInt64 ^ d.HighBits()>>63
}

func textPrefix(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// comparer orders two rows of a column, absent last in both directions.
func comparer(a arrow.Array, desc bool) func(i, j int32) int {
	values := valueComparer(a)
	sign := 1
	if desc {
		sign = -1
	}
	if a.NullN() == 0 {
		return func(i, j int32) int { return sign * values(i, j) }
	}
	return func(i, j int32) int {
		x, y := a.IsNull(int(i)), a.IsNull(int(j))
		switch {
		case x && y:
			return 0
		case x:
			return 1
		case y:
			return -1
		}
		return sign * values(i, j)
	}
}

func compareFloats(x, y float64) int {
	switch {
	case x != x && y != y:
		return 0
	case x != x:
		return 1
	case y != y:
		return -1
	}
	return cmp.Compare(x, y)
}

func valueComparer(a arrow.Array) func(i, j int32) int {
	switch a := a.(type) {
	case *array.Int64:
		v := a.Int64Values()
		return func(i, j int32) int { return cmp.Compare(v[i], v[j]) }
	case *array.Float64:
		v := a.Float64Values()
		return func(i, j int32) int { return compareFloats(v[i], v[j]) }
	case *array.Date32:
		v := a.Date32Values()
		return func(i, j int32) int { return cmp.Compare(v[i], v[j]) }
	case *array.Timestamp:
		v := a.TimestampValues()
		return func(i, j int32) int { return cmp.Compare(v[i], v[j]) }
	case *array.Time64:
		v := a.Time64Values()
		return func(i, j int32) int { return cmp.Compare(v[i], v[j]) }
	case *array.Decimal128:
		return func(i, j int32) int { return a.Value(int(i)).Cmp(a.Value(int(j))) }
	case *array.String:
		return func(i, j int32) int { return strings.Compare(a.Value(int(i)), a.Value(int(j))) }
	case *array.Binary:
		return func(i, j int32) int { return bytes.Compare(a.Value(int(i)), a.Value(int(j))) }
	case *array.FixedSizeBinary:
		return func(i, j int32) int { return bytes.Compare(a.Value(int(i)), a.Value(int(j))) }
	case *array.Boolean:
		return func(i, j int32) int { return boolInt(a.Value(int(i))) - boolInt(a.Value(int(j))) }
	case *array.MonthDayNanoInterval:
		return func(i, j int32) int { return compareIntervals(a.Value(int(i)), a.Value(int(j))) }
	case *array.Dictionary:
		values := valueComparer(a.Dictionary())
		return func(i, j int32) int {
			x, y := a.GetValueIndex(int(i)), a.GetValueIndex(int(j))
			if x == y {
				return 0
			}
			return values(int32(x), int32(y))
		}
	}
	return func(i, j int32) int {
		return bytes.Compare(appendValue(nil, a, int(i)), appendValue(nil, a, int(j)))
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareIntervals takes a month as 30 days and a day as 24 hours, then the fields in turn.
func compareIntervals(x, y arrow.MonthDayNanoInterval) int {
	days := func(v arrow.MonthDayNanoInterval) float64 {
		return float64(v.Months)*30 + float64(v.Days) + float64(v.Nanoseconds)/86400e9
	}
	return cmp.Or(cmp.Compare(days(x), days(y)), cmp.Compare(x.Months, y.Months), cmp.Compare(x.Days, y.Days), cmp.Compare(x.Nanoseconds, y.Nanoseconds))
}
