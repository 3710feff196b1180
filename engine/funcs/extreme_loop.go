package funcs

import "math"

// extremeLoop keeps the largest or smallest number of each group; NaN is larger than all. Groups that have none have the edge.
func extremeLoop[T int64 | float64](vals []T, has []bool, in []T, v *Vec, groups []uint32, largest bool) {
	switch {
	case len(in) == 0:
	case groups == nil && v.Valid == nil && largest:
		keepExtreme(vals, has, 0, largestOf(in), largest)
	case groups == nil && v.Valid == nil:
		keepExtreme(vals, has, 0, smallestOf(in), largest)
	case groups == nil:
		for i, x := range in {
			if bit(v.Valid, i) {
				keepExtreme(vals, has, 0, x, largest)
			}
		}
	case v.Valid == nil && largest:
		largestEach(vals, has, in, groups)
	case v.Valid == nil:
		smallestEach(vals, has, in, groups)
	default:
		groups = groups[:len(in)]
		for i, x := range in {
			if g := groups[i]; g != NoGroup && bit(v.Valid, i) {
				keepExtreme(vals, has, g, x, largest)
			}
		}
	}
}

// edge is what a group has of which no number has come: every other is better, but for NaN among the smallest.
func edge[T int64 | float64](largest bool) T {
	var x T
	switch p := any(&x).(type) {
	case *int64:
		if *p = math.MaxInt64; largest {
			*p = math.MinInt64
		}
	case *float64:
		if *p = math.NaN(); largest {
			*p = math.Inf(-1)
		}
	}
	return x
}

// largestEach keeps the largest number of each group; those without one have the edge. Hardly any row is better than those before, so
// that most cost one look and one test. NoGroup is past all groups.
func largestEach[S int64 | float64, T addend](vals []S, has []bool, in []T, groups []uint32) {
	groups, has = groups[:len(in)], has[:len(vals)]
	least := edge[S](true)
	for i, n := range in {
		g, x := groups[i], S(n)
		if uint64(g) < uint64(len(vals)) && (x > vals[g] || x != x || x == least && !has[g]) {
			vals[g], has[g] = x, true
		}
	}
}

// smallestEach keeps the smallest number of each group.
func smallestEach[S int64 | float64, T addend](vals []S, has []bool, in []T, groups []uint32) {
	groups, has = groups[:len(in)], has[:len(vals)]
	most := edge[S](false)
	for i, n := range in {
		g, x := groups[i], S(n)
		if uint64(g) < uint64(len(vals)) && (x < vals[g] || vals[g] != vals[g] || x == most && !has[g]) {
			vals[g], has[g] = x, true
		}
	}
}

func keepExtreme[T int64 | float64](vals []T, has []bool, g uint32, x T, largest bool) {
	switch cur := vals[g]; {
	case !has[g]:
		has[g], vals[g] = true, x
	case largest && (x > cur || x != x), !largest && (x < cur || cur != cur):
		vals[g] = x
	}
}

// largestOf is the largest of at least one number, NaN if one is. The one test of a number is hardly ever failed, and so a number
// costs what reading it costs; the largest of what is in a place of its own would wait for the one before.
func largestOf[T int64 | float64](in []T) T {
	best := in[0]
	for _, x := range in {
		if x <= best {
			continue
		}
		if x != x {
			return x
		}
		best = x
	}
	return best
}

// smallestOf is the smallest of at least one number, NaN if all are.
func smallestOf[T int64 | float64](in []T) T {
	for len(in) > 1 && in[0] != in[0] {
		in = in[1:]
	}
	best := in[0]
	for _, x := range in {
		if x < best {
			best = x
		}
	}
	return best
}
