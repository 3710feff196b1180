package storage

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/sketch"
	"github.com/dreamql/dreamql/engine/types"
)

// seen is what is gathered of one column while its segment is made: every value goes into the sketch and into the test of
// order, and some rows of each batch, spread evenly, into a sample of which the common values and the histogram are made.
type seen struct {
	of     types.Type
	sketch sketch.Distinct

	step float64 // every how many rows one is taken into the sample

	batches        int
	falls, repeats bool
	last           *logical.Literal // the greatest value of the batches before, where nothing falls

	rows   int // of the sample, absent ones included
	ints   []int64
	floats []float64
	texts  []string
	bytes  int // of texts
	odd    bool
}

const (
	sampleRows     = 8 << 10 // of a segment
	numberBounds   = 33      // of a histogram of numbers: half of what is allowed keeps the description of a table small
	textBoundBytes = 64      // a text of a histogram is cut here
)

// add takes a batch of the column and the range that it has.
func (s *seen) add(a arrow.Array, r logical.Range) {
	s.order(a, r)
	n := a.Len()
	if n == 0 {
		return
	}
	for k := 0; ; k++ {
		// A place in the k-th part, by the golden ratio: not always the same one, which could be that of a repeating pattern.
		_, jitter := math.Modf(float64(k) * 0.6180339887498949)
		i := int((float64(k) + jitter) * s.step)
		if s.step == 1 {
			i = k
		}
		if i >= n {
			return
		}
		s.rows++
		if a.IsValid(i) {
			s.pick(a, i)
		}
	}
}

func (s *seen) pick(a arrow.Array, i int) {
	switch a := a.(type) {
	case *array.Int64:
		s.ints = append(s.ints, a.Value(i))
	case *array.Date32:
		s.ints = append(s.ints, int64(a.Value(i)))
	case *array.Time64:
		s.ints = append(s.ints, int64(a.Value(i)))
	case *array.Timestamp:
		s.ints = append(s.ints, int64(a.Value(i)))
	case *array.Boolean:
		v := int64(0)
		if a.Value(i) {
			v = 1
		}
		s.ints = append(s.ints, v)
	case *array.Decimal128:
		v := a.Value(i)
		if v.HighBits() != int64(v.LowBits())>>63 {
			s.odd = true // of more digits than an int has
			return
		}
		s.ints = append(s.ints, int64(v.LowBits()))
	case *array.Float64:
		if v := a.Value(i); v == v {
			s.floats = append(s.floats, v)
		} else {
			s.odd = true
		}
	case *array.String:
		v := a.Value(i)
		s.bytes += len(v)
		s.texts = append(s.texts, string([]byte(v)))
	}
}

// order notes whether values still rise, from batch to batch too.
func (s *seen) order(a arrow.Array, r logical.Range) {
	s.batches++
	if s.falls || a.Len() == 0 {
		return
	}
	falls, repeats := runs(a)
	if s.batches > 1 {
		o, ok := logical.CompareAs(s.of, s.last, r.Min)
		falls, repeats = falls || !ok || o > 0, repeats || o == 0
	}
	s.falls, s.repeats, s.last = falls || r.Max == nil, s.repeats || repeats, r.Max
}

// runs reports whether some value is below the one before it, or absent, and whether some is equal to it.
func runs(a arrow.Array) (falls, repeats bool) {
	if a.NullN() > 0 {
		return true, true
	}
	switch a := a.(type) {
	case *array.Int64:
		return runsOf(a.Int64Values())
	case *array.Date32:
		return runsOf(a.Date32Values())
	case *array.Time64:
		return runsOf(a.Time64Values())
	case *array.Timestamp:
		return runsOf(a.TimestampValues())
	case *array.String:
		for i := 1; i < a.Len(); i++ {
			switch cmp.Compare(a.Value(i-1), a.Value(i)) {
			case 1:
				return true, true
			case 0:
				repeats = true
			}
		}
		return false, repeats
	}
	return true, true
}

func runsOf[T cmp.Ordered](vs []T) (falls, repeats bool) {
	for i := 1; i < len(vs); i++ {
		if vs[i] < vs[i-1] {
			return true, true
		}
		repeats = repeats || vs[i] == vs[i-1]
	}
	return false, repeats
}

// finish writes what was seen of a segment of so many rows.
func (s *seen) finish(c *logical.Column, rows int64) {
	c.Distinct = min(s.sketch.Estimate(), rows-c.Nulls)
	c.Rising = rows > 0 && !s.falls
	c.Strict = c.Rising && !s.repeats
	if c.Distinct > 0 {
		c.Sketch = s.sketch.Bytes()
	}
	if len(s.texts) > 0 {
		c.Width = float64(s.bytes) / float64(len(s.texts))
	}
	if s.odd {
		return
	}
	whole := int64(s.rows) == rows
	switch {
	case s.of.Kind == types.Bool:
		c.Common, _ = summary(s.ints, s.rows, whole, numberBounds, func(v int64) *logical.Literal { b := v == 1; return &logical.Literal{Bool: &b} })
	case s.of.Kind == types.Decimal:
		c.Common, c.Histogram = summary(s.ints, s.rows, whole, numberBounds, func(v int64) *logical.Literal {
			t := strconv.FormatInt(v, 10)
			return &logical.Literal{Text: &t}
		})
	case s.ints != nil:
		c.Common, c.Histogram = summary(s.ints, s.rows, whole, numberBounds, func(v int64) *logical.Literal { return &logical.Literal{Int: &v} })
	case s.floats != nil:
		c.Common, c.Histogram = summary(s.floats, s.rows, whole, numberBounds, func(v float64) *logical.Literal {
			f := logical.Float(v)
			return &logical.Literal{Float: &f}
		})
	case s.texts != nil:
		c.Common, c.Histogram = summary(s.texts, s.rows, whole, logical.MaxBounds, func(v string) *logical.Literal {
			v = clipped(v)
			return &logical.Literal{Text: &v}
		})
		c.Common = slices.DeleteFunc(c.Common, func(x logical.Common) bool { return len(*x.Value.Text) >= textBoundBytes })
	}
}

// clipped is a text up to where a histogram cuts it, without a part of a character.
func clipped(v string) string {
	if len(v) <= textBoundBytes {
		return v
	}
	end := textBoundBytes
	for end > 0 && v[end]&0xc0 == 0x80 {
		end--
	}
	return v[:end]
}

// summary takes the values out of a sample of so many rows that come back often, and puts bounds between the others. Whole says
// that the sample is all rows.
func summary[T cmp.Ordered](vs []T, rows int, whole bool, bounds int, literal func(T) *logical.Literal) (common []logical.Common, histogram []*logical.Literal) {
	slices.Sort(vs)
	type run struct{ from, n int }
	var all []run
	for i := 0; i < len(vs); {
		j := i + 1
		for j < len(vs) && vs[j] == vs[i] {
			j++
		}
		all = append(all, run{i, j - i})
		i = j
	}
	if len(all) == 0 {
		return nil, nil
	}
	mean := float64(len(vs)) / float64(len(all))
	often := slices.DeleteFunc(slices.Clone(all), func(r run) bool {
		if len(all) <= logical.MaxCommon {
			return r.n < 2 && !whole
		}
		return r.n < 3 || float64(r.n) < 1.25*mean
	})
	slices.SortStableFunc(often, func(a, b run) int { return b.n - a.n })
	often = often[:min(len(often), logical.MaxCommon)]
	taken := map[int]bool{}
	for _, r := range often {
		taken[r.from] = true
		common = append(common, logical.Common{Value: literal(vs[r.from]), Share: float64(r.n) / float64(rows)})
	}
	var rest []T
	for _, r := range all {
		if !taken[r.from] {
			rest = append(rest, vs[r.from:r.from+r.n]...)
		}
	}
	if len(rest) == 0 {
		return common, nil
	}
	n := min(bounds, len(rest))
	if n == 1 {
		return common, []*logical.Literal{literal(rest[0]), literal(rest[0])}
	}
	for k := range n {
		histogram = append(histogram, literal(rest[k*(len(rest)-1)/(n-1)]))
	}
	return common, histogram
}
