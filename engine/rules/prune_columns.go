package rules

import (
	"maps"
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// PruneColumns stops columns where nobody above reads them, down to the scan, which then does not touch their bytes.
var PruneColumns = &Rule{
	Name: "prune_columns",
	Doc:  "project {a} (filter b > 1 (scan t [a, b, c])) → project {a} (filter b > 1 (scan t [a, b])); not below distinct, to which every column counts",
	Apply: func(n logical.Node) (logical.Node, bool) {
		used := map[string]bool{}
		add := func(e *logical.Expr) *logical.Expr {
			logical.ColumnsOf(e, used)
			return e
		}
		switch n.(type) {
		case *logical.Project, *logical.Aggregate:
			mapExprs(n, add)
		default:
			return nil, false
		}
		in := n.Inputs()[0]
		out := narrow(in, used)
		if out == in {
			return nil, false
		}
		return n.WithInputs(out), true
	},
}

// narrow returns n with fewer columns where it can, but with those of need; n itself where it cannot.
func narrow(n logical.Node, need map[string]bool) logical.Node {
	switch n := n.(type) {
	case *logical.Scan:
		cols := keep(n.Columns, need)
		if len(cols) == len(n.Columns) {
			return n
		}
		c := *n
		c.Columns = cols
		return &c
	case *logical.Project:
		return narrowProject(n, need)
	case *logical.Aggregate:
		c := *n
		c.Aggs = slices.DeleteFunc(slices.Clone(n.Aggs), func(a logical.Agg) bool { return !need[a.Name] })
		if len(c.Aggs) == len(n.Aggs) {
			return n
		}
		return &c // its own turn comes next
	case *logical.Filter, *logical.Sort, *logical.TopN, *logical.Limit, *logical.Bounded, *logical.Search:
		return through(n, n.Inputs()[0], need)
	case *logical.Unnest:
		return through(n, n.Input, need)
	case *logical.Window:
		c := *n
		c.Funcs = slices.DeleteFunc(slices.Clone(n.Funcs), func(f logical.WindowFunc) bool { return !need[f.Name] })
		if len(c.Funcs) == 0 {
			return narrow(n.Input, need)
		}
		if len(c.Funcs) < len(n.Funcs) {
			return narrow(&c, need)
		}
		return through(n, n.Input, need)
	case *logical.Join:
		return narrowJoin(n, need)
	case *logical.Union:
		return narrowUnion(n, need)
	}
	return n
}

func keep(fs []types.Field, need map[string]bool) []types.Field {
	out := []types.Field{}
	for _, f := range fs {
		if need[f.Name] {
			out = append(out, f)
		}
	}
	return out
}

// own is need and what the node's expressions read.
func own(n logical.Node, need map[string]bool) map[string]bool {
	all := maps.Clone(need)
	mapExprs(n, func(e *logical.Expr) *logical.Expr {
		logical.ColumnsOf(e, all)
		return e
	})
	return all
}

func through(n, in logical.Node, need map[string]bool) logical.Node {
	out := narrow(in, own(n, need))
	if out == in {
		return n
	}
	return n.WithInputs(out)
}

func narrowProject(n *logical.Project, need map[string]bool) logical.Node {
	cols := []logical.Named{}
	for _, c := range n.Cols {
		if need[c.Name] {
			cols = append(cols, c)
		}
	}
	if len(cols) == len(n.Cols) {
		return n
	}
	return &logical.Project{Input: n.Input, Cols: cols}
}

func narrowJoin(n *logical.Join, need map[string]bool) logical.Node {
	all := own(n, need)
	l, r := narrow(n.Left, all), narrow(n.Right, all)
	if l == n.Left && r == n.Right {
		return n
	}
	return n.WithInputs(l, r)
}

// narrowUnion keeps the inputs' schemas equal.
func narrowUnion(n *logical.Union, need map[string]bool) logical.Node {
	cols := keep(n.Schema(), need)
	if len(cols) == len(n.Schema()) {
		return n
	}
	out := &logical.Union{}
	for _, in := range n.In {
		p := &logical.Project{Input: in, Cols: []logical.Named{}}
		for _, c := range cols {
			p.Cols = append(p.Cols, logical.Named{Name: c.Name, Expr: &logical.Expr{Op: logical.OpColumn, Name: c.Name, T: c.Type}})
		}
		out.In = append(out.In, p)
	}
	return out
}
