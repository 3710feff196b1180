package funcs

// extremeLoop keeps the largest or smallest number of each group; NaN is larger than all.
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
	default:
		groups = groups[:len(in)]
		for i, x := range in {
			if g := groups[i]; g != NoGroup && (v.Valid == nil || bit(v.Valid, i)) {
				keepExtreme(vals, has, g, x, largest)
			}
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
