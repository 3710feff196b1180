package expr

import "github.com/dreamql/dreamql/engine/funcs"

// evalCase evaluates conditions on the rows that no earlier one took, and values on the rows that took them.
func (f *frame) evalCase(n *node) (*funcs.Vec, error) {
	type branch struct {
		value int   // in vs
		at    int32 // row of that value
	}
	chosen := make([]branch, f.n)
	var vs []*funcs.Vec
	take := func(value *node, rows []int32) error {
		if len(rows) == 0 {
			return nil
		}
		v, whole, err := f.among(value, rows)
		if err != nil {
			return err
		}
		vs = append(vs, v)
		for i, r := range rows {
			b := branch{len(vs) - 1, int32(i)}
			if whole {
				b.at = r
			}
			chosen[r] = b
		}
		return nil
	}
	rest := make([]int32, f.n)
	for i := range rest {
		rest[i] = int32(i)
	}
	for k := 0; k+1 < len(n.args) && len(rest) > 0; k += 2 {
		v, whole, err := f.among(n.args[k], rest)
		if err != nil {
			return nil, err
		}
		yes := trueBits(v)
		var hit, miss []int32
		for i, r := range rest {
			at := i
			if whole {
				at = int(r)
			}
			if yes[at>>6]>>(at&63)&1 != 0 {
				hit = append(hit, r)
			} else {
				miss = append(miss, r)
			}
		}
		if err := take(n.args[k+1], hit); err != nil {
			return nil, err
		}
		rest = miss
	}
	if len(n.args)%2 == 1 {
		if err := take(n.args[len(n.args)-1], rest); err != nil {
			return nil, err
		}
	} else {
		for _, r := range rest {
			chosen[r] = branch{value: -1}
		}
	}
	return funcs.Merge(n.t, vs, f.n, func(i int) (int, int) { return chosen[i].value, int(chosen[i].at) })
}
