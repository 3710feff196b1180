package expr

import "github.com/dreamql/dreamql/engine/funcs"

// part is the value of one branch of a case, for the rows that took it.
type part struct {
	v     *funcs.Vec
	rows  []int32
	whole bool // v has all rows of the frame, not just rows
}

// evalCase evaluates conditions on the rows that no earlier one took, and values on the rows that took them.
func (f *frame) evalCase(n *node) (*funcs.Vec, error) {
	open := make([]uint64, funcs.Words(f.n))
	funcs.FillBits(open, f.n)
	rest := Rows(open, f.n)
	var parts []part
	take := func(value *node, rows []int32) error {
		if len(rows) == 0 {
			return nil
		}
		v, whole, err := f.among(value, rows)
		parts = append(parts, part{v, rows, whole})
		return err
	}
	for k := 0; k+1 < len(n.args) && len(rest) > 0; k += 2 {
		v, whole, err := f.among(n.args[k], rest)
		if err != nil {
			return nil, err
		}
		yes := trueBits(v)
		if !whole {
			yes = scattered(yes, rest, f.n)
		}
		for i := range yes {
			yes[i] &= open[i]
			open[i] &^= yes[i]
		}
		if err := take(n.args[k+1], Rows(yes, f.n)); err != nil {
			return nil, err
		}
		rest = Rows(open, f.n)
	}
	if len(n.args)%2 == 1 {
		if err := take(n.args[len(n.args)-1], rest); err != nil {
			return nil, err
		}
		clear(open)
	}
	return assemble(n, parts, open, f.n)
}

// assemble puts the parts together; rows in open are absent.
func assemble(n *node, parts []part, open []uint64, rows int) (*funcs.Vec, error) {
	if len(parts) == 1 && parts[0].whole && len(parts[0].rows) == rows {
		return parts[0].v, nil
	}
	out := funcs.NewVec(n.t, rows)
	out.Valid = make([]uint64, len(open))
	funcs.FillBits(out.Valid, rows)
	for i := range open {
		out.Valid[i] &^= open[i]
	}
	done := true
	for _, p := range parts {
		done = done && out.Put(p.rows, p.v, p.whole)
	}
	if done && len(parts) > 0 {
		if funcs.Count(out.Valid, rows) == rows {
			out.Valid = nil
		}
		return out, nil
	}
	which, at := make([]int, rows), make([]int32, rows)
	for i := range which {
		which[i] = -1
	}
	var vs []*funcs.Vec
	for k, p := range parts {
		vs = append(vs, p.v)
		for i, r := range p.rows {
			if which[r], at[r] = k, int32(i); p.whole {
				at[r] = r
			}
		}
	}
	return funcs.Merge(n.t, vs, rows, func(i int) (int, int) { return which[i], int(at[i]) })
}

// scattered moves bit k to rows[k].
func scattered(bits []uint64, rows []int32, n int) []uint64 {
	out := make([]uint64, funcs.Words(n))
	for k, r := range rows {
		out[r>>6] |= (bits[k>>6] >> (k & 63) & 1) << (r & 63)
	}
	return out
}
