package logical

import (
	"fmt"
	"strings"
)

// Tree writes a plan as indented lines, the result first.
func Tree(n Node) string {
	var b strings.Builder
	writeTree(&b, n, 0)
	return b.String()
}

func writeTree(b *strings.Builder, n Node, depth int) {
	fmt.Fprintf(b, "%s%s\n", strings.Repeat("  ", depth), Describe(n))
	for _, in := range n.Inputs() {
		writeTree(b, in, depth+1)
	}
}

// Describe says in one line what a node does.
func Describe(n Node) string {
	switch n := n.(type) {
	case *Scan:
		names := make([]string, len(n.Columns))
		for i, c := range n.Columns {
			names[i] = c.Name
		}
		s := fmt.Sprintf("scan %s [%s]", n.Table.Name, strings.Join(names, ", "))
		if n.Filter != nil {
			s += " where " + n.Filter.String()
		}
		return s
	case *Filter:
		return "filter " + n.Pred.String()
	case *Project:
		return "project " + DescribeProject(n.Cols)
	case *Aggregate:
		return "aggregate " + DescribeAggregate(n.Keys, n.Aggs)
	case *Join:
		return DescribeJoin(n.Kind, n.On, n.Residual)
	case *Sort:
		return "sort " + DescribeKeys(n.Keys)
	case *Limit:
		return DescribeLimit(n.Offset, n.Count)
	case *TopN:
		return DescribeTopN(n.By, n.Keys, n.N)
	case *Distinct:
		return "distinct"
	case *Union:
		return "union"
	case *Unnest:
		return fmt.Sprintf("unnest %s as %s", n.Expr, n.As)
	case *Window:
		return DescribeWindow(n.By, n.Order, n.Funcs)
	case *Values:
		return fmt.Sprintf("values, %d rows", len(n.Rows))
	}
	return fmt.Sprintf("%T", n)
}

// DescribeProject and its like write one operator's fields, for logical and physical plans alike.
func DescribeProject(cols []Named) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = c.Name
		if c.Expr.Op != OpColumn || c.Expr.Name != c.Name {
			parts[i] += ": " + c.Expr.String()
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// DescribeAggregate writes keys and aggregates as a grouping record.
func DescribeAggregate(keys []Named, aggs []Agg) string {
	var parts []string
	for _, k := range keys {
		s := "@" + k.Name
		if k.Expr.Op != OpColumn || k.Expr.Name != k.Name {
			s += ": " + k.Expr.String()
		}
		parts = append(parts, s)
	}
	for _, a := range aggs {
		s := a.Name + ": " + describeCall(a.Func, a.Args)
		if a.Filter != nil {
			s += " where " + a.Filter.String()
		}
		parts = append(parts, s)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func describeCall(name string, args []*Expr) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.String()
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// DescribeJoin writes a join's kind and condition.
func DescribeJoin(kind JoinKind, on []EquiKey, residual *Expr) string {
	parts := make([]string, len(on))
	for i, k := range on {
		parts[i] = k.Left.String() + " == " + k.Right.String()
	}
	if residual != nil {
		parts = append(parts, residual.String())
	}
	if len(parts) == 0 {
		return string(kind)
	}
	return string(kind) + " on " + strings.Join(parts, " and ")
}

// DescribeKeys writes sort keys, descending ones with "-".
func DescribeKeys(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		if k.Desc {
			parts[i] = "-"
		}
		parts[i] += k.Expr.String()
	}
	return strings.Join(parts, ", ")
}

// DescribeLimit writes a limit.
func DescribeLimit(offset, count int64) string {
	switch {
	case count < 0:
		return fmt.Sprintf("skip %d", offset)
	case offset > 0:
		return fmt.Sprintf("skip %d take %d", offset, count)
	}
	return fmt.Sprintf("take %d", count)
}

// DescribeTopN writes a top-n.
func DescribeTopN(by []*Expr, keys []SortKey, n int64) string {
	s := fmt.Sprintf("top %d", n)
	if len(by) > 0 {
		s += describeCall(" by", by)
	}
	return s + " order " + DescribeKeys(keys)
}

// DescribeWindow writes a window's functions.
func DescribeWindow(by []*Expr, order []SortKey, fs []WindowFunc) string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.Name + ": " + describeCall(f.Func, f.Args)
	}
	s := "window {" + strings.Join(parts, ", ") + "}"
	if len(by) > 0 {
		s += describeCall(" by", by)
	}
	if len(order) > 0 {
		s += " order " + DescribeKeys(order)
	}
	return s
}
