package oracle

import (
	"errors"
	"maps"

	"github.com/dreamql/dreamql/engine/logical"
)

// window computes each function for each row, from the ordered partition that the row is in.
func (r *run) window(in []Row, n *logical.Window) ([]Row, error) {
	in, err := r.sorted(in, n.Order)
	if err != nil {
		return nil, err
	}
	parts := map[string][]Row{}
	var ids []string
	for _, row := range in {
		by, err := r.all(n.By, row)
		if err != nil {
			return nil, err
		}
		id := identity(by)
		if parts[id] == nil {
			ids = append(ids, id)
		}
		parts[id] = append(parts[id], row)
	}
	for _, f := range n.Funcs {
		for _, row := range in {
			if _, err := r.all(f.Args, row); err != nil && !r.lazy { // arguments are computed for every row
				return nil, err
			}
		}
	}
	var out []Row
	for _, id := range ids {
		if err := sure(parts[id]); err != nil { // a filter by the partition's key may still drop it
			for _, row := range parts[id] {
				out = append(out, r.unsure(row, n.Schema()[len(n.Input.Schema()):], err))
			}
			continue
		}
		for i, row := range parts[id] {
			c := maps.Clone(row)
			for _, f := range n.Funcs {
				v, err := r.windowValue(f, n.Order, parts[id], i)
				if err != nil {
					if !r.lazy || errors.Is(err, ErrUnsupported) {
						return nil, err
					}
					v = failure{err}
				}
				c[f.Name] = v
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func (r *run) windowValue(f logical.WindowFunc, by []logical.SortKey, part []Row, i int) (any, error) {
	peers := func(a, b int) bool {
		x, errX := r.all(exprsOf(by), part[a])
		y, errY := r.all(exprsOf(by), part[b])
		return errX == nil && errY == nil && compareKeys(x, y, by) == 0
	}
	switch f.Func {
	case "row_number":
		return int64(i + 1), nil
	case "rank":
		for i > 0 && peers(i-1, i) {
			i--
		}
		return int64(i + 1), nil
	case "dense_rank":
		rank := int64(1)
		for ; i > 0; i-- {
			if !peers(i-1, i) {
				rank++
			}
		}
		return rank, nil
	case "percent_rank":
		n, rows := i, float64(len(part)-1)
		for i > 0 && peers(i-1, i) {
			i--
		}
		if n == 0 || rows == 0 {
			return 0.0, nil
		}
		return float64(i) / rows, nil
	case "cume_dist":
		for i+1 < len(part) && peers(i, i+1) {
			i++
		}
		return float64(i+1) / float64(len(part)), nil
	case "ntile":
		v, err := r.known(f.Args[0], part[i])
		if err != nil {
			return nil, err
		}
		bucket, at, left := int64(1), 0, int64(len(part))
		for buckets := v.(int64); ; buckets-- {
			size := left / buckets
			if left%buckets > 0 {
				size++ // the first ones take one row more
			}
			if at += int(size); i < at {
				return bucket, nil
			}
			left -= size
			bucket++
		}
	case "lag", "lead":
		by := int64(1)
		if len(f.Args) == 2 {
			v, err := r.known(f.Args[1], part[i])
			if err != nil {
				return nil, err
			}
			by = v.(int64)
		}
		if f.Func == "lag" {
			by = -by
		}
		if at := int64(i) + by; at >= 0 && at < int64(len(part)) {
			return r.known(f.Args[0], part[at])
		}
		return nil, nil
	}
	from, to := 0, len(part)
	if f.From != nil {
		from = int(min(max(0, int64(i)+*f.From), int64(len(part))))
	}
	if f.To != nil {
		to = int(max(int64(from), min(int64(len(part)), int64(i)+*f.To+1)))
	}
	if f.Func == "nth" {
		v, err := r.known(f.Args[1], part[i])
		if k := int64(0); err == nil {
			if k = v.(int64); k >= 1 && k <= int64(to-from) {
				return r.known(f.Args[0], part[from+int(k)-1])
			}
		}
		return nil, err
	}
	return r.fold(logical.Agg{Func: f.Func, User: f.User, Args: f.Args, Type: f.Type}, part[from:to])
}
