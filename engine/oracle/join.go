package oracle

import (
	"fmt"
	"maps"

	"github.com/dreamql/dreamql/engine/logical"
)

// join looks at every pair of rows.
func (r *run) join(left, right []Row, n *logical.Join) ([]Row, error) {
	var out []Row
	matched := make([]bool, len(right))
	lk, err := r.joinKeys(left, n.On, func(k logical.EquiKey) *logical.Expr { return k.Left })
	if err != nil {
		return nil, err
	}
	rk, err := r.joinKeys(right, n.On, func(k logical.EquiKey) *logical.Expr { return k.Right })
	if err != nil {
		return nil, err
	}
	for i, l := range left {
		matches := 0
		var unclear error
		for j, rr := range right {
			if lk[i] != rk[j] {
				continue
			}
			both := maps.Clone(l)
			maps.Copy(both, rr)
			if n.Residual != nil {
				v, err := r.known(n.Residual, both)
				if err != nil {
					if r.lazy && (n.Kind == logical.Semi || n.Kind == logical.Anti) {
						unclear = err // a match that comes first decides
						continue
					}
					return nil, err
				}
				if v != true {
					continue
				}
			}
			matches++
			matched[j] = true
			if n.Kind != logical.Semi && n.Kind != logical.Anti {
				out = append(out, both)
			}
		}
		if matches == 0 && unclear != nil {
			return nil, unclear
		}
		switch n.Kind {
		case logical.JoinOne:
			if matches != 1 {
				return nil, fmt.Errorf("join_one: %d matches", matches)
			}
		case logical.JoinMaybe:
			if matches > 1 {
				return nil, fmt.Errorf("join_maybe: %d matches", matches)
			}
		case logical.JoinSome:
			if matches == 0 {
				return nil, fmt.Errorf("join_some: no match")
			}
		case logical.Semi:
			if matches > 0 {
				out = append(out, l)
			}
		case logical.Anti:
			if matches == 0 {
				out = append(out, l)
			}
		}
		if matches == 0 && (n.Kind == logical.JoinMaybe || n.Kind == logical.JoinLeft || n.Kind == logical.JoinFull) {
			both := maps.Clone(l)
			for _, f := range n.Right.Schema() {
				both[f.Name] = nil
			}
			out = append(out, both)
		}
	}
	if n.Kind == logical.JoinFull {
		for j, rr := range right {
			if !matched[j] {
				both := maps.Clone(rr)
				for _, f := range n.Left.Schema() {
					both[f.Name] = nil
				}
				out = append(out, both)
			}
		}
	}
	return out, nil
}

func (r *run) joinKeys(rows []Row, on []logical.EquiKey, side func(logical.EquiKey) *logical.Expr) ([]string, error) {
	out := make([]string, len(rows))
	for i, row := range rows {
		var es []*logical.Expr
		for _, k := range on {
			es = append(es, side(k))
		}
		cells, err := r.all(es, row)
		if err != nil {
			return nil, err
		}
		out[i] = identity(cells)
	}
	return out, nil
}
