package funcs

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// histograms count values in equally wide buckets between bounds that are the same in every row.
type histograms struct {
	low, high float64
	buckets   int
	counts    [][]int64 // nil for a group without rows
	bad       bool
}

const maxBuckets = 1 << 16

func newHistograms([]types.Type, types.Type) (Accumulator, error) { return &histograms{}, nil }

func histogramState([]types.Type, types.Type) []types.Type {
	return []types.Type{types.ListOf(types.Of(types.Int)), types.Of(types.Bool)}
}

func (h *histograms) Resize(n int) { h.counts = grow(h.counts, n) }

func (h *histograms) Update(n int, groups []uint32, args []arrow.Array) error {
	x, err := FromArrow(args[0], types.Of(types.Float))
	if err != nil || n == 0 {
		return err
	}
	low, err := FromArrow(args[1], types.Of(types.Float))
	if err != nil {
		return err
	}
	high, err := FromArrow(args[2], types.Of(types.Float))
	if err != nil {
		return err
	}
	k, err := FromArrow(args[3], types.Of(types.Int))
	if err != nil {
		return err
	}
	h.low, h.high = low.Floats[0], high.Floats[0]
	if b := k.Ints[0]; b < 1 || b > maxBuckets || !(h.low < h.high) || h.high-h.low > math.MaxFloat64 {
		h.bad = true
		return nil
	} else {
		h.buckets = int(b)
	}
	for i := range n {
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		if g == NoGroup {
			continue
		}
		if h.counts[g] == nil {
			h.counts[g] = make([]int64, h.buckets)
		}
		if x.Type.Kind == types.None || !x.Present(i) {
			continue
		}
		if v := x.Floats[i]; v >= h.low && v <= h.high {
			h.counts[g][min(int((v-h.low)/(h.high-h.low)*float64(h.buckets)), h.buckets-1)]++
		}
	}
	return nil
}

func (h *histograms) Merge(n int, groups []uint32, state []arrow.Array) error {
	lists, err := FromArrow(state[0], types.ListOf(types.Of(types.Int)))
	if err != nil {
		return err
	}
	items, err := listItems(lists)
	if err != nil {
		return err
	}
	bad, err := FromArrow(state[1], types.Of(types.Bool))
	if err != nil {
		return err
	}
	eachPresent(lists, n, groups, func(g uint32, i int) {
		h.bad = h.bad || bad.Bool(i)
		from, to := listRow(lists, i)
		if h.counts[g] == nil && to > from {
			h.counts[g] = make([]int64, to-from)
		}
		for k := from; k < to && k-from < len(h.counts[g]); k++ {
			h.counts[g][k-from] += items.Ints[k]
		}
	})
	return nil
}

func (h *histograms) lists() (*Vec, error) {
	all := slices.Concat(h.counts...)
	items := NewVec(types.Of(types.Int), len(all))
	copy(items.Ints, all)
	offsets := make([]int32, 1, len(h.counts)+1)
	for _, c := range h.counts {
		offsets = append(offsets, offsets[len(offsets)-1]+int32(len(c)))
	}
	out := NewVec(types.ListOf(types.Of(types.Int)), len(h.counts))
	return out, makeList(out, items, offsets)
}

func (h *histograms) State() ([]arrow.Array, error) {
	lists, err := h.lists()
	if err != nil {
		return nil, err
	}
	bad := NewVec(types.Of(types.Bool), len(h.counts))
	for i := range h.counts {
		assignBit(bad.Bits, i, h.bad)
	}
	return toArrows(lists, bad)
}

func (h *histograms) Finish() (arrow.Array, error) {
	if h.bad {
		return nil, &RowError{Row: -1, Message: "histogram: the bounds go from low to high, and there are 1 to 65536 buckets"}
	}
	lists, err := h.lists()
	if err != nil {
		return nil, err
	}
	return lists.ToArrow()
}

func (h *histograms) Bytes() int64 {
	n := int64(cap(h.counts)) * 24
	for _, c := range h.counts {
		n += int64(len(c)) * 8
	}
	return n
}

var histogram = &Func{Name: "histogram", Kind: Aggregate, Family: "aggregates",
	Doc: "How many present values fall into each of so many equally wide buckets between two bounds, as a list; the last bucket has its upper bound too, and what lies outside does not count. Bounds and buckets are the same in every row; an empty list of no rows.",
	Overloads: []Overload{{Signature: "(x: float?, low: float, high: float, buckets: int) => [int]", Absence: Sees, Agg: &AggregateSpec{State: histogramState, New: newHistograms},
		Examples: []Example{{Call: "histogram(x, 0, 10, 2)", Over: "[1, 2, 7, 10, 99], [0, 0, 0, 0, 0], [10, 10, 10, 10, 10], [2, 2, 2, 2, 2]", Result: "[2, 2]"}}}}}

// entropyOf is the entropy of the values of each group, in bits.
func entropyOf(c *collected, items *Vec, offsets []int32) (*Vec, error) {
	out := NewVec(c.result, c.groups)
	out.Valid = make([]uint64, Words(c.groups))
	for g := range c.groups {
		counts := map[string]int{}
		for i := offsets[g]; i < offsets[g+1]; i++ {
			c.key = appendKey(c.key[:0], items, int(i))
			counts[string(c.key)]++
		}
		var sizes []int
		for _, n := range counts {
			sizes = append(sizes, n)
		}
		slices.Sort(sizes) // the same sum each time
		n := float64(offsets[g+1] - offsets[g])
		for _, k := range sizes {
			out.Floats[g] -= float64(k) / n * math.Log2(float64(k)/n)
		}
		if assignBit(out.Valid, g, n > 0); len(sizes) == 1 {
			out.Floats[g] = 0 // without a sign
		}
	}
	return out, nil
}

var entropy = collectFunc("entropy", "The entropy of the present values in bits: 0.0 where all are equal, 1.0 for two that are equally frequent; absent of none.", "(x: T?) => float?", false, entropyOf, nil,
	Example{Call: "entropy(x)", Over: "['a', 'a', 'b', 'b']", Result: "1.0"})

// deviationOf is the median of the distances from the median.
func deviationOf(c *collected, items *Vec, offsets []int32) (*Vec, error) {
	out := NewVec(c.result, c.groups)
	out.Valid = make([]uint64, Words(c.groups))
	for g := range c.groups {
		of := items.Floats[offsets[g]:offsets[g+1]]
		if len(of) == 0 {
			continue
		}
		middle := quantileOf(of, 0.5)
		for i, x := range of {
			of[i] = math.Abs(x - middle)
		}
		out.Floats[g] = quantileOf(of, 0.5)
		setBit(out.Valid, g)
	}
	return out, nil
}

var medianDeviation = collectFunc("median_deviation", "The median of the distances of the present values from their median; absent of none.", "(x: float?) => float?", false, deviationOf, nil,
	Example{Call: "median_deviation(x)", Over: "[1, 2, 3, 4, 100]", Result: "1.0"})
