package oracle

import (
	"fmt"
	"maps"

	"github.com/dreamql/dreamql/engine/logical"
)

// maxRounds is where the oracle takes a fix for endless, if it names no number itself.
const maxRounds = 5_000

// fix repeats the whole step over all rows so far until that adds nothing.
func (r *run) fix(seed []Row, n *logical.Fix) ([]Row, error) {
	most := n.Rounds
	if most == 0 {
		most = maxRounds
	}
	var all []Row
	more := seed
	for round := int64(0); ; round++ {
		next, changed, err := r.grown(all, more, n)
		if err != nil {
			return nil, err
		}
		all = next
		if !changed && round > 0 {
			return all, nil
		}
		if round > most {
			return nil, fmt.Errorf("the fix goes on after %d rounds", most)
		}
		if r.recur == nil {
			r.recur = map[int][]Row{}
		}
		r.recur[n.ID] = all
		more, err = r.rows(n.Step)
		if err != nil {
			return nil, err
		}
	}
}

// grown is the union of two sets of rows, with the best of the kept columns where all others are equal.
func (r *run) grown(all, more []Row, n *logical.Fix) (out []Row, changed bool, err error) {
	kept := map[string]logical.Kept{}
	for _, k := range n.Keep {
		kept[k.Column] = k
	}
	at := map[string]int{}
	for i, row := range append(all[:len(all):len(all)], more...) {
		if err := failed(row); err != nil {
			return nil, false, err
		}
		var key []any
		for _, f := range n.Schema() {
			if _, best := kept[f.Name]; !best {
				key = append(key, row[f.Name])
			}
		}
		j, old := at[identity(key)]
		if !old {
			at[identity(key)] = len(out)
			out = append(out, row)
			changed = changed || i >= len(all)
			continue
		}
		for name, k := range kept {
			if better(row[name], out[j][name], k.Larger()) {
				out[j] = maps.Clone(out[j])
				out[j][name] = row[name]
				changed = true
			}
		}
	}
	return out, changed, nil
}

func better(v, than any, larger bool) bool {
	if v == nil || than == nil {
		return v != nil && than == nil
	}
	if larger {
		return order(v, than) > 0
	}
	return order(v, than) < 0
}
