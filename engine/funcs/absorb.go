package funcs

// Absorb adds counts to counts.
func (c *counts) Absorb(other Accumulator, from []int32, groups []uint32) error {
	n := other.(*counts).n
	for i, g := range groups {
		c.n[g] += n[from[i]]
	}
	return nil
}

// Absorb adds sums to sums.
func (s *sums) Absorb(other Accumulator, from []int32, groups []uint32) error {
	o := other.(*sums)
	if s.mean {
		for i, g := range groups {
			s.counts[g] += o.counts[from[i]]
		}
	}
	if s.wide {
		for i, g := range groups {
			s.floats[g] += o.floats[from[i]]
		}
		return nil
	}
	if s.size+o.size >= 1<<62 {
		s.exact = grow(s.exact, len(s.ints))
		for g, x := range s.ints {
			s.exact[g].add(x>>63, uint64(x))
		}
		clear(s.ints)
		s.size = 0
	}
	s.size += o.size
	for i, g := range groups {
		s.ints[g] += o.ints[from[i]]
	}
	if len(o.exact) == 0 {
		return nil
	}
	s.exact = grow(s.exact, len(s.ints))
	for i, g := range groups {
		if f := int(from[i]); f < len(o.exact) && !s.exact[g].add(o.exact[f].hi, o.exact[f].lo) {
			return &RowError{Row: -1, Message: "sum: " + decimalOverflow}
		}
	}
	return nil
}

// Absorb chooses among the values that were chosen.
func (c *chosen) Absorb(other Accumulator, from []int32, groups []uint32) error {
	o := other.(*chosen)
	for i, g := range groups {
		f := uint32(from[i])
		if !o.by.has(f) {
			continue
		}
		if !c.by.has(g) || c.last || c.better != nil && c.better(c.by.against(o.by, f, g)) {
			c.value.put(g, o.value, f)
			if c.by != c.value {
				c.by.put(g, o.by, f)
			}
		}
	}
	return nil
}

// Absorb puts moments together.
func (s *moments) Absorb(other Accumulator, from []int32, groups []uint32) error {
	m := other.(*moments).m
	for i, g := range groups {
		s.m[g].merge(m[from[i]])
	}
	return nil
}

// Absorb puts statistics together.
func (n *numeric) Absorb(other Accumulator, from []int32, groups []uint32) error {
	o := other.(*numeric)
	for i, g := range groups {
		n.join(n.of(int(g)), o.of(int(from[i])))
	}
	return nil
}

// join adds the rows of b after those of a.
func (n *numeric) join(a, b []float64) {
	switch {
	case b[0] == 0:
	case a[0] == 0:
		copy(a, b)
	default:
		n.merge(a, b)
	}
}
