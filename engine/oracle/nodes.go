package oracle

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
)

// rows evaluates a node. A strict run holds every node inside of @bounded to it; an engine may make fewer rows on the way.
func (r *run) rows(n logical.Node) ([]Row, error) {
	if b, ok := n.(*logical.Bounded); ok {
		outer := r.bound
		defer func() { r.bound = outer }()
		if outer == 0 || b.Rows < outer {
			r.bound = b.Rows
		}
		return r.rows(b.Input)
	}
	out, err := r.node(n)
	if err == nil && !r.lazy && r.bound > 0 && int64(len(out)) > r.bound {
		return nil, fmt.Errorf("%d rows are more than @bounded allows", len(out))
	}
	return out, err
}

func (r *run) node(n logical.Node) ([]Row, error) {
	if l, ok := n.(*logical.Limit); ok {
		return r.limit(l)
	}
	var in []Row
	if ins := n.Inputs(); len(ins) > 0 {
		var err error
		if in, err = r.rows(ins[0]); err != nil {
			if f, ok := n.(*logical.Filter); ok && r.never(f) && !errors.Is(err, errGuard) && !errors.Is(err, ErrUnsupported) {
				return nil, nil
			}
			return nil, err
		}
	}
	switch n.(type) {
	case *logical.Filter, *logical.Project, *logical.Union, *logical.Unnest, *logical.Join, *logical.Sort, *logical.Aggregate, *logical.Window, *logical.Distinct:
		// these are where a filter may come to stand before what failed
	default:
		if err := sure(in); err != nil {
			return nil, err
		}
	}
	switch n := n.(type) {
	case *logical.Scan:
		return r.scan(n)
	case *logical.Values:
		return r.values(n)
	case *logical.Filter:
		return r.filter(in, n.Pred)
	case *logical.Project:
		return r.project(in, n.Cols)
	case *logical.Aggregate:
		return r.aggregate(in, n)
	case *logical.Join:
		right, err := r.rows(n.Right)
		if err != nil {
			return nil, err
		}
		if n.Unique {
			if err := r.unique(right, n); err != nil {
				return nil, err
			}
		}
		return r.join(in, right, n)
	case *logical.Sort:
		return r.sorted(in, n.Keys)
	case *logical.TopN:
		return r.topN(in, n)
	case *logical.Distinct:
		return r.distinct(in, n)
	case *logical.Union:
		out := in
		for _, m := range n.In[1:] {
			more, err := r.rows(m)
			if err != nil {
				return nil, err
			}
			out = append(out[:len(out):len(out)], more...)
		}
		return out, nil
	case *logical.Unnest:
		return r.unnest(in, n)
	case *logical.Search:
		return r.search(in, n)
	case *logical.Window:
		return r.window(in, n)
	case *logical.Fix:
		return r.fix(in, n)
	case *logical.Recur:
		return r.recur[n.ID], nil
	}
	return nil, unsupported(fmt.Sprintf("%T", n))
}

func (r *run) scan(n *logical.Scan) ([]Row, error) {
	var out []Row
	for _, row := range r.tables[n.Table.Name] {
		c := Row{}
		for _, f := range n.Columns {
			c[f.Name] = row[f.Name]
		}
		out = append(out, c)
	}
	if n.Filter != nil {
		return nil, unsupported("a filter inside a scan: the plan was rewritten")
	}
	return out, nil
}

func (r *run) values(n *logical.Values) ([]Row, error) {
	var out []Row
	for _, cells := range n.Rows {
		row := Row{}
		for i, f := range n.Columns {
			v, err := r.cell(cells[i], nil)
			if err != nil {
				return nil, err
			}
			row[f.Name] = v
		}
		out = append(out, row)
	}
	return out, nil
}

func (r *run) filter(in []Row, pred *logical.Expr) ([]Row, error) {
	var out []Row
	for _, row := range in {
		v, err := r.cell(pred, row)
		if err != nil {
			return nil, err
		}
		if f, ok := v.(failure); ok {
			row = maps.Clone(row)
			row[broken] = f
			out = append(out, row)
		} else if v == true {
			out = append(out, row)
		}
	}
	return out, nil
}

// never reports whether a filter lets nothing pass, whatever its rows are: a lazy run finds that its predicate does not depend
// on any column.
func (r *run) never(n *logical.Filter) bool {
	row := Row{}
	for _, f := range n.Schema() {
		row[f.Name] = failure{errors.New("an unknown value")}
	}
	v, err := r.eval(n.Pred, row)
	return r.lazy && err == nil && v != true
}

func (r *run) project(in []Row, cols []logical.Named) ([]Row, error) {
	var out []Row
	for _, row := range in {
		c := Row{}
		if f, ok := row[broken]; ok {
			c[broken] = f
		}
		for _, n := range cols {
			v, err := r.cell(n.Expr, row)
			if err != nil {
				return nil, err
			}
			c[n.Name] = v
		}
		out = append(out, c)
	}
	return out, nil
}

// limit does not need to know the rows after the last that it gives.
func (r *run) limit(n *logical.Limit) ([]Row, error) {
	in, err := r.rows(n.Input)
	if err != nil {
		if r.lazy && n.Count == 0 {
			return nil, nil
		}
		return nil, err
	}
	from, to := min(n.Offset, int64(len(in))), int64(len(in))
	if n.Count >= 0 && n.Count < to-from {
		to = from + n.Count
	}
	if n.Count != 0 {
		err = sure(in[:to])
	}
	return in[from:to], err
}

// sorted is stable, as nothing in the language asks it to be. Rows of which a lazy run does not know the place come first, so
// that no limit can miss them.
func (r *run) sorted(in []Row, keys []logical.SortKey) ([]Row, error) {
	type keyed struct {
		row Row
		key []any
	}
	var ks []keyed
	var out []Row
	for _, row := range in {
		key, err := r.all(exprsOf(keys), row)
		if err != nil && !r.lazy {
			return nil, err
		}
		if f, ok := row[broken].(failure); ok {
			err = f.err
		}
		if err != nil {
			out = append(out, r.unsure(row, nil, err))
			continue
		}
		ks = append(ks, keyed{row, key})
	}
	slices.SortStableFunc(ks, func(a, b keyed) int { return compareKeys(a.key, b.key, keys) })
	for _, k := range ks {
		out = append(out, k.row)
	}
	return out, nil
}

func exprsOf(keys []logical.SortKey) []*logical.Expr {
	out := make([]*logical.Expr, len(keys))
	for i, k := range keys {
		out[i] = k.Expr
	}
	return out
}

// compareKeys puts absent values last in either direction.
func compareKeys(a, b []any, keys []logical.SortKey) int {
	for i, k := range keys {
		c := 0
		switch {
		case a[i] == nil && b[i] == nil:
		case a[i] == nil:
			return 1
		case b[i] == nil:
			return -1
		default:
			if c = order(a[i], b[i]); k.Desc {
				c = -c
			}
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (r *run) topN(in []Row, n *logical.TopN) ([]Row, error) {
	in, err := r.sorted(in, n.Keys)
	if err == nil {
		err = sure(in)
	}
	if err != nil {
		return nil, err
	}
	var out []Row
	seen := map[string]int64{}
	for _, row := range in {
		by, err := r.all(n.By, row)
		if err != nil {
			return nil, err
		}
		k := identity(by)
		if seen[k]++; seen[k] <= n.N {
			out = append(out, row)
		}
	}
	return out, nil
}

func (r *run) distinct(in []Row, n *logical.Distinct) ([]Row, error) {
	var out []Row
	seen := map[string]bool{}
	for _, row := range in {
		if err := failed(row); err != nil {
			if !r.lazy {
				return nil, err
			}
			row = maps.Clone(row)
			row[broken] = failure{err}
			out = append(out, row)
			continue
		}
		var cells []any
		for _, f := range n.Schema() {
			cells = append(cells, row[f.Name])
		}
		if k := identity(cells); !seen[k] {
			seen[k] = true
			out = append(out, row)
		}
	}
	return out, nil
}

func (r *run) unnest(in []Row, n *logical.Unnest) ([]Row, error) {
	var out []Row
	for _, row := range in {
		v, err := r.cell(n.Expr, row)
		if err != nil {
			return nil, err
		}
		if f, ok := v.(failure); ok {
			c := maps.Clone(row)
			c[broken], c[n.As] = f, f
			out = append(out, c)
			continue
		}
		list, _ := v.([]any)
		for _, item := range list {
			c := maps.Clone(row)
			c[n.As] = item
			out = append(out, c)
		}
	}
	return out, nil
}
