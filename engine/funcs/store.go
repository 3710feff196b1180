package funcs

import (
	"cmp"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/types"
)

// store keeps one value of any type for each group.
type store interface {
	resize(n int)
	has(g uint32) bool
	set(g uint32, v *Vec, i int)
	// compare orders row i of v against the value of g, which it has: negative if it comes before.
	compare(v *Vec, i int, g uint32) int
	// put gives g the value that group f of a store of the same type has, if it has one; against is compare with that.
	put(g uint32, from store, f uint32)
	against(from store, f, g uint32) int
	vec() *Vec // absent where a group has none
	bytes() int64
}

// cells is a store of values of Go type T.
type cells[T any] struct {
	of    types.Type
	vals  []T
	set1  []bool
	heap  int64
	read  func(v *Vec, i int) T
	order func(a, b T) int
	write func(v *Vec, vals []T)
}

func (c *cells[T]) resize(n int)      { c.vals, c.set1 = grow(c.vals, n), grow(c.set1, n) }
func (c *cells[T]) has(g uint32) bool { return c.set1[g] }
func (c *cells[T]) set(g uint32, v *Vec, i int) {
	c.vals[g] = c.read(v, i)
	c.set1[g] = true
}
func (c *cells[T]) compare(v *Vec, i int, g uint32) int { return c.order(c.read(v, i), c.vals[g]) }
func (c *cells[T]) bytes() int64                        { return int64(cap(c.vals)) * 24 }

func (c *cells[T]) vec() *Vec {
	v := NewVec(c.of, len(c.vals))
	v.Valid = make([]uint64, Words(v.N))
	vals, isOwn := c.vals, false
	for i, ok := range c.set1 {
		if ok {
			setBit(v.Valid, i)
			continue
		}
		if !isOwn {
			vals, isOwn = slices.Clone(vals), true
		}
		vals[i] = *new(T) // and not what it was to be compared with
	}
	c.write(v, vals)
	return v
}

func (c *cells[T]) put(g uint32, from store, f uint32) {
	o := from.(*cells[T])
	c.vals[g], c.set1[g] = o.vals[f], o.set1[f]
}
func (c *cells[T]) against(from store, f, g uint32) int {
	return c.order(from.(*cells[T]).vals[f], c.vals[g])
}

// compareFloats puts NaN after every number.
func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case a != a && b != b:
		return 0
	case a != a:
		return 1
	}
	return -1
}

func newStore(t types.Type) store {
	t = t.Required()
	switch t.Kind {
	case types.Bool:
		return &cells[bool]{of: t, read: (*Vec).Bool, write: func(v *Vec, vals []bool) {
			for i, x := range vals {
				assignBit(v.Bits, i, x)
			}
		}, order: func(a, b bool) int { return int(bool01(a)) - int(bool01(b)) }}
	case types.Int, types.Time, types.Timestamp:
		return &cells[int64]{of: t, read: func(v *Vec, i int) int64 { return v.Ints[i] }, order: cmp.Compare[int64], write: func(v *Vec, vals []int64) { copy(v.Ints, vals) }}
	case types.Date:
		return &cells[int32]{of: t, read: func(v *Vec, i int) int32 { return v.Days[i] }, order: cmp.Compare[int32], write: func(v *Vec, vals []int32) { copy(v.Days, vals) }}
	case types.Float:
		return &cells[float64]{of: t, read: func(v *Vec, i int) float64 { return v.Floats[i] }, order: compareFloats, write: func(v *Vec, vals []float64) { copy(v.Floats, vals) }}
	case types.Decimal:
		return &cells[decimal128.Num]{of: t, read: func(v *Vec, i int) decimal128.Num { return v.Decimal(i) }, order: decimal128.Num.Cmp,
			write: func(v *Vec, vals []decimal128.Num) { copy(v.Decimals, vals) }}
	case types.Duration:
		return &cells[arrow.MonthDayNanoInterval]{of: t, read: func(v *Vec, i int) arrow.MonthDayNanoInterval { return v.Intervals[i] },
			write: func(v *Vec, vals []arrow.MonthDayNanoInterval) { copy(v.Intervals, vals) }}
	case types.UUID:
		return &cells[[16]byte]{of: t, read: func(v *Vec, i int) [16]byte { return v.UUIDs[i] }, order: func(a, b [16]byte) int { return strings.Compare(string(a[:]), string(b[:])) },
			write: func(v *Vec, vals [][16]byte) { copy(v.UUIDs, vals) }}
	case types.String, types.Bytes, types.JSON:
		return newTexts(t)
	}
	return &arrays{of: t}
}

// texts is a store of strings, which copies them out of their columns.
type texts struct {
	cells[string]
	held int64
}

func newTexts(t types.Type) *texts {
	s := &texts{}
	s.cells = cells[string]{of: t, read: (*Vec).Str, order: strings.Compare, write: func(v *Vec, vals []string) {
		b := newText(len(vals))
		for _, x := range vals {
			b.add(x)
		}
		v.Offsets, v.Data = b.offsets, b.data
	}}
	return s
}

func (s *texts) set(g uint32, v *Vec, i int) {
	x := v.Str(i)
	s.held += int64(len(x)) - int64(len(s.vals[g]))
	s.vals[g], s.set1[g] = strings.Clone(x), true
}

func (s *texts) put(g uint32, from store, f uint32) {
	o := from.(*texts)
	s.held += int64(len(o.vals[f])) - int64(len(s.vals[g]))
	s.cells.put(g, &o.cells, f)
}
func (s *texts) against(from store, f, g uint32) int {
	return s.cells.against(&from.(*texts).cells, f, g)
}

func (s *texts) bytes() int64 { return s.cells.bytes() + s.held }

// arrays is a store of lists and records, each as an Arrow array of one row.
type arrays struct {
	of   types.Type
	vals []arrow.Array
}

func (s *arrays) resize(n int)      { s.vals = grow(s.vals, n) }
func (s *arrays) has(g uint32) bool { return s.vals[g] != nil }
func (s *arrays) set(g uint32, v *Vec, i int) {
	s.vals[g] = takeArray(v.Array, []int32{int32(v.At(i))})
}
func (s *arrays) compare(*Vec, int, uint32) int      { return 0 } // lists and records have no order
func (s *arrays) put(g uint32, from store, f uint32) { s.vals[g] = from.(*arrays).vals[f] }
func (s *arrays) against(store, uint32, uint32) int  { return 0 }
func (s *arrays) bytes() int64                       { return int64(cap(s.vals)) * 256 }

func (s *arrays) vec() *Vec {
	v := NewVec(s.of, len(s.vals))
	vs := make([]*Vec, len(s.vals))
	for i, a := range s.vals {
		if a != nil {
			vs[i] = &Vec{Type: s.of, N: 1, Array: a}
		}
	}
	// an array of a type that has a column: picking cannot fail
	_ = v.pick(vs, v.N, func(i int) (int, int) {
		if vs[i] == nil {
			return -1, 0
		}
		return i, 0
	})
	return v
}
