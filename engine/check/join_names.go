package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// onNames reads on: k and on: [k, l], which ask that the columns of these names are equal on both sides. It gives no names
// for any other condition; ok is false after a report.
func (c *checker) onNames(e syntax.Expr, v *env, left, right []types.Field) (out []string, ok bool) {
	in := []syntax.Expr{e}
	if l, isList := e.(*syntax.List); isList && len(l.Items) > 0 {
		in = l.Items
	}
	for _, x := range in {
		name := ""
		switch x := x.(type) {
		case *syntax.Name:
			name = x.Name
		case *syntax.ColumnRef:
			name = x.Name
		}
		if name == "" || v.local(name) != nil {
			return nil, true
		}
		l, onLeft := fieldIn(left, name)
		r, onRight := fieldIn(right, name)
		switch {
		case onLeft && onRight:
			out = append(out, name)
			continue
		case len(in) == 1 && (!onLeft && !onRight || l.Type.Kind == types.Bool || r.Type.Kind == types.Bool):
			return nil, true // a condition, or an unknown name
		case onLeft:
			c.report(errOnSide(x.Place(), name, "right", nearest(name, fieldNames(right))))
		default:
			c.report(errOnSide(x.Place(), name, "left", nearest(name, fieldNames(left))))
		}
		return nil, false
	}
	return out, true
}

// equalNames makes keys of columns that have one name on both sides; the right ones are called prefix + name by now.
func (c *checker) equalNames(j *logical.Join, same []string, prefix string, at span) bool {
	for _, name := range same {
		l, _ := fieldIn(j.Left.Schema(), name)
		r, _ := fieldIn(j.Right.Schema(), prefix+name)
		k, ok := c.equiKey(&logical.Expr{Op: logical.OpColumn, T: l.Type, Name: l.Name, Span: at},
			&logical.Expr{Op: logical.OpColumn, T: r.Type, Name: r.Name, Span: at}, at)
		if !ok {
			return false
		}
		j.On = append(j.On, k)
	}
	return true
}

// rename gives some columns of a table another name.
func renamed(t *table, from []string, prefix string) *table {
	p := keep(t.node, t.node.Schema()).(*logical.Project)
	for i := range p.Cols {
		if contains(from, p.Cols[i].Name) {
			p.Cols[i].Name = prefix + p.Cols[i].Name
		}
	}
	return &table{node: p, nest: t.nest, lost: t.lost, poison: t.poison, size: t.size + 1}
}

// mergeNames leaves one column of each name that is equal on both sides. In a join_full it is that of the side which is there.
func (c *checker) mergeNames(j *logical.Join, same []string, prefix string, at span) logical.Node {
	p := &logical.Project{Input: j}
	for _, f := range j.Schema() {
		col := column(nil, f)
		switch {
		case len(f.Name) > len(prefix) && f.Name[:len(prefix)] == prefix && contains(same, f.Name[len(prefix):]):
			continue
		case j.Kind == logical.JoinFull && contains(same, f.Name):
			other, _ := fieldIn(j.Schema(), prefix+f.Name)
			either, ok := c.function("??", []arg{{v: col, span: at}, {v: column(nil, other), span: at}}, at2(at)).(*scalar)
			if !ok {
				return j
			}
			col = either
			if t := col.e.T; t.IsOption() { // no row of a join_full has neither side, and keys are there
				col = &scalar{e: &logical.Expr{Op: logical.OpCast, T: t.Required(), Args: []*logical.Expr{col.e}, Span: at}}
			}
		}
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: col.e})
	}
	return p
}
