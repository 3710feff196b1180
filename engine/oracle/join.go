package oracle

import (
	"fmt"
	"maps"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// unique fails where two rows have the same key.
func (r *run) unique(rows []Row, n *logical.Join) error {
	seen := map[string]bool{}
	for _, row := range rows {
		if err := failed(row); err != nil {
			return err
		}
		var key []any
		for _, on := range n.On {
			v, err := r.known(on.Right, row)
			if err != nil {
				return err
			}
			key = append(key, v)
		}
		k := identity(key)
		if seen[k] {
			return fmt.Errorf("two rows have the key %v: %w", key, errGuard)
		}
		seen[k] = true
	}
	return nil
}

// join looks at every pair of rows.
func (r *run) join(left, right []Row, n *logical.Join) ([]Row, error) {
	left, lk, out, err := r.joinKeys(left, n.Right.Schema(), n, func(k logical.EquiKey) *logical.Expr { return k.Left })
	if err != nil {
		return nil, err
	}
	right, rk, unsure, err := r.joinKeys(right, n.Left.Schema(), n, func(k logical.EquiKey) *logical.Expr { return k.Right })
	if err != nil {
		return nil, err
	}
	switch n.Kind {
	case logical.JoinMany, logical.JoinCross:
		out = append(out, unsure...)
	default:
		if err := sure(unsure); err != nil {
			return nil, err
		}
	}
	matched := make([]bool, len(right))
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
					if !r.lazy {
						return nil, err
					}
					switch n.Kind {
					case logical.Semi, logical.Anti:
						unclear = err // a match that comes first decides
						continue
					case logical.JoinMany, logical.JoinCross:
						out = append(out, r.unsure(both, nil, err))
						continue
					case logical.JoinLeft:
						out = append(out, r.unsure(l, n.Right.Schema(), err))
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
			if !n.Kind.LeftOnly() {
				out = append(out, both)
			}
		}
		if matches == 0 && unclear != nil {
			out = append(out, r.unsure(l, nil, unclear))
			continue
		}
		switch n.Kind {
		case logical.JoinOne:
			if matches != 1 {
				return nil, fmt.Errorf("join_one: %d matches: %w", matches, errGuard)
			}
		case logical.JoinMaybe:
			if matches > 1 {
				return nil, fmt.Errorf("join_maybe: %d matches: %w", matches, errGuard)
			}
		case logical.JoinSome:
			if matches == 0 {
				return nil, fmt.Errorf("join_some: no match: %w", errGuard)
			}
		case logical.Check:
			if matches == 0 {
				return nil, fmt.Errorf("%s: no match: %w", n.Promised, errGuard)
			}
			out = append(out, l)
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

// joinKeys writes the keys of each row. A lazy run puts rows aside whose keys fail, where a filter may come before the join.
func (r *run) joinKeys(rows []Row, other []types.Field, n *logical.Join, side func(logical.EquiKey) *logical.Expr) (sure []Row, keys []string, unsure []Row, err error) {
	for _, row := range rows {
		var es []*logical.Expr
		for _, k := range n.On {
			es = append(es, side(k))
		}
		cells, err := r.all(es, row)
		if err != nil && !r.lazy {
			return nil, nil, nil, err
		}
		if f, ok := row[broken].(failure); ok {
			err = f.err
		}
		if err != nil {
			switch n.Kind {
			case logical.JoinMany, logical.JoinCross, logical.JoinLeft, logical.Semi, logical.Anti:
				unsure = append(unsure, r.unsure(row, other, err))
				continue
			}
			return nil, nil, nil, err
		}
		sure, keys = append(sure, row), append(keys, identity(cells))
	}
	return sure, keys, unsure, nil
}

// unsure is a row that may be there, with values of its own side only.
func (r *run) unsure(row Row, other []types.Field, err error) Row {
	c := maps.Clone(row)
	c[broken] = failure{err}
	for _, f := range other {
		c[f.Name] = failure{err}
	}
	return c
}
