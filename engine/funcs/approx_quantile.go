package funcs

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// digests estimate quantiles by merging t-digests (Dunning and Ertl 2019): sorted centroids, small at the ends and larger in the
// middle. Up to digestSize values each stay by themselves, and quantiles are exact.
type digests struct {
	share  float64
	groups []digest
}

type digest struct {
	means, weights []float64 // sorted by mean, up to compressed; what came later follows
	sorted         int
}

const digestSize = 200

func newDigests(args []types.Type, _ types.Type) (Accumulator, error) {
	d := &digests{share: math.NaN()}
	if len(args) == 1 {
		d.share = 0.5
	}
	return d, nil
}

func digestState([]types.Type, types.Type) []types.Type {
	list := types.ListOf(types.Of(types.Float))
	return []types.Type{list, list, types.Of(types.Float)}
}

func (d *digests) Resize(n int) { d.groups = grow(d.groups, n) }

func (d *digests) Update(n int, groups []uint32, args []arrow.Array) error {
	v, err := FromArrow(args[0], types.Of(types.Float))
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	if len(args) == 2 {
		if f, ok := args[1].(*array.Float64); ok && n > 0 {
			d.share = f.Value(0)
		}
	}
	eachPresent(v, n, groups, func(g uint32, i int) {
		if x := v.Floats[i]; x == x {
			d.groups[g].add(x, 1)
		}
	})
	return nil
}

func (d *digest) add(mean, weight float64) {
	d.means, d.weights = append(d.means, mean), append(d.weights, weight)
	if len(d.means) >= 10*digestSize {
		d.compress()
	}
}

// sort puts centroids into the order of their means.
func (d *digest) sort() {
	if d.sorted == len(d.means) {
		return
	}
	order := make([]int, len(d.means))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareFloats(d.means[a], d.means[b]) })
	means, weights := make([]float64, len(order)), make([]float64, len(order))
	for i, k := range order {
		means[i], weights[i] = d.means[k], d.weights[k]
	}
	d.means, d.weights, d.sorted = means, weights, len(order)
}

// compress joins neighbours while the joint centroid spans less than one step of the scale δ/2π · asin(2q - 1).
func (d *digest) compress() {
	d.sort()
	if len(d.means) <= digestSize {
		return
	}
	total := 0.0
	for _, w := range d.weights {
		total += w
	}
	scale := func(q float64) float64 { return digestSize / math.Pi * math.Asin(2*min(q, 1)-1) }
	out, done := 0, 0.0
	for i := 1; i < len(d.means); i++ {
		w := d.weights[out] + d.weights[i]
		if scale((done+w)/total)-scale(done/total) <= 1 {
			if d.means[i] != d.means[out] {
				d.means[out] += (d.means[i] - d.means[out]) * d.weights[i] / w
			}
			d.weights[out] = w
			continue
		}
		done += d.weights[out]
		out++
		d.means[out], d.weights[out] = d.means[i], d.weights[i]
	}
	d.means, d.weights, d.sorted = d.means[:out+1], d.weights[:out+1], out+1
}

// quantile interpolates between the middles of centroids: a value by itself lies at its rank, as in an exact quantile.
func (d *digest) quantile(share float64) float64 {
	d.sort()
	total := 0.0
	for _, w := range d.weights {
		total += w
	}
	place := share * (total - 1)
	before, last, lastAt := 0.0, d.means[0], 0.0
	for i, m := range d.means {
		at := before + (d.weights[i]-1)/2
		if at >= place {
			if i == 0 || at == lastAt || m == last {
				return m
			}
			rest := (place - lastAt) / (at - lastAt)
			return last*(1-rest) + m*rest
		}
		before, last, lastAt = before+d.weights[i], m, at
	}
	return last
}

func (d *digests) Merge(n int, groups []uint32, state []arrow.Array) error {
	list := types.ListOf(types.Of(types.Float))
	means, err := FromArrow(state[0], list)
	if err != nil {
		return err
	}
	weights, err := FromArrow(state[1], list)
	if err != nil {
		return err
	}
	x, err := listItems(means)
	if err != nil {
		return err
	}
	w, err := listItems(weights)
	if err != nil {
		return err
	}
	if n > 0 {
		if share := state[2].(*array.Float64).Value(0); share == share {
			d.share = share
		}
	}
	eachPresent(means, n, groups, func(g uint32, i int) {
		from, to := listRow(means, i)
		at, _ := listRow(weights, i)
		for k := from; k < to; k++ {
			d.groups[g].add(x.Floats[k], w.Floats[at+k-from])
		}
	})
	return nil
}

func (d *digests) State() ([]arrow.Array, error) {
	var means, weights []float64
	offsets := make([]int32, 1, len(d.groups)+1)
	share := NewVec(types.Of(types.Float), len(d.groups))
	for g := range d.groups {
		d.groups[g].compress()
		means, weights = append(means, d.groups[g].means...), append(weights, d.groups[g].weights...)
		offsets = append(offsets, int32(len(means)))
		share.Floats[g] = d.share
	}
	out := []*Vec{nil, nil, share}
	for i, cells := range [][]float64{means, weights} {
		items := NewVec(types.Of(types.Float), len(cells))
		copy(items.Floats, cells)
		out[i] = NewVec(types.ListOf(types.Of(types.Float)), len(d.groups))
		if err := makeList(out[i], items, offsets); err != nil {
			return nil, err
		}
	}
	return toArrows(out...)
}

func (d *digests) Finish() (arrow.Array, error) {
	out := NewVec(types.Of(types.Float), len(d.groups))
	out.Valid = make([]uint64, Words(len(d.groups)))
	for g := range d.groups {
		if len(d.groups[g].means) == 0 {
			continue
		}
		if !(d.share >= 0 && d.share <= 1) {
			return nil, &RowError{Row: -1, Message: "approx_quantile: the second argument is a share from 0.0 to 1.0; 0.5 is the median"}
		}
		out.Floats[g] = d.groups[g].quantile(d.share)
		setBit(out.Valid, g)
	}
	return out.ToArrow()
}

func (d *digests) Bytes() int64 {
	n := int64(cap(d.groups)) * 56
	for i := range d.groups {
		n += int64(cap(d.groups[i].means)) * 16
	}
	return n
}

const digestDoc = " From a t-digest of 200 centroids a group: exact up to 200 values, else off by less than one percent of the ranks, least at the ends. NaN does not count."

var (
	approxQuantile = &Func{Name: "approx_quantile", Kind: Aggregate, Family: "aggregates", Doc: "About the value below which a share (0.0 to 1.0, the same in every row) of the present values lies; absent if there is none." + digestDoc,
		Overloads: []Overload{{Signature: "(x: float?, share: float) => float?", Absence: Sees, Agg: &AggregateSpec{State: digestState, New: newDigests},
			Examples: []Example{{Call: "approx_quantile(x, y)", Over: "[1, 2, 3], [0.25, 0.25, 0.25]", Result: "1.5"}}}}}
	approxMedian = &Func{Name: "approx_median", Kind: Aggregate, Family: "aggregates", Doc: "About the middle of the present values; absent if there is none." + digestDoc,
		Overloads: []Overload{{Signature: "(x: float?) => float?", Absence: Sees, Agg: &AggregateSpec{State: digestState, New: newDigests},
			Examples: []Example{{Call: "approx_median(x)", Over: "[1, 10, 2, 3]", Result: "2.5"}}}}}
)
