package check

import (
	"strings"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// describe is a row for each column: its type, and what its values are like.
func (c *checker) describe(t *table, s *stageCall) value {
	if _, ok := c.positional(s); !ok {
		return t.poisoned()
	}
	at := s.node.Place()
	group := &logical.Aggregate{Input: t.node}
	aggregate := func(name string, x *logical.Expr) *scalar {
		var args []*logical.Expr
		var ts []types.Type
		if x != nil {
			args, ts = []*logical.Expr{x}, []types.Type{x.T}
		}
		r, err := funcs.Resolve(name, ts)
		if err != nil || r.Func.Kind != funcs.Aggregate {
			return nil
		}
		if x != nil {
			v, ok := c.convert(&scalar{e: x, size: 1, deep: 1}, r.Params[0])
			if !ok {
				return nil
			}
			args[0] = v.e
		}
		column := "$" + name
		if x != nil {
			column += "." + x.Name
		}
		group.Aggs = append(group.Aggs, logical.Agg{Name: column, Func: name, Args: args, Type: r.Result, Span: at})
		return &scalar{e: &logical.Expr{Op: logical.OpColumn, T: r.Result, Name: column, Span: at}, size: 1, deep: 1}
	}
	text, whole := types.Of(types.String), types.Of(types.Int)
	of := types.RecordOf(types.Field{Name: "column", Type: text}, types.Field{Name: "type", Type: text}, types.Field{Name: "rows", Type: whole},
		types.Field{Name: "absent", Type: whole}, types.Field{Name: "distinct", Type: types.Optional(whole)}, types.Field{Name: "min", Type: types.Optional(text)},
		types.Field{Name: "max", Type: types.Optional(text)}, types.Field{Name: "mean", Type: types.Optional(types.Of(types.Float))})
	rows := aggregate("count", nil)
	var records []*logical.Expr
	for _, f := range t.node.Schema() {
		if strings.HasSuffix(f.Name, "."+presentName) {
			continue
		}
		x := &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name, Span: at}
		present := aggregate("count", x)
		distinct := aggregate("approx_distinct", x)
		if distinct != nil { // an estimate is never above what is known
			distinct = &scalar{e: call("least", whole, at, present.e, distinct.e), size: 3, deep: 2}
		}
		values := []*scalar{textConst(f.Name, at), textConst(f.Type.String(), at), rows,
			{e: call("-", whole, at, rows.e, present.e), size: 3, deep: 2}, distinct, nil, nil, nil}
		if funcs.Ordered(f.Type.Required()) {
			for i, name := range []string{"min", "max"} {
				if m := aggregate(name, x); m != nil {
					values[5+i], _ = c.function("string", []arg{{v: m, span: at}}, at2(at)).(*scalar)
				}
			}
		}
		if f.Type.Required().IsNumeric() {
			values[7] = aggregate("mean", x)
		}
		r := &logical.Expr{Op: logical.OpRecord, T: of, Span: at}
		for i, g := range of.Fields {
			v := constant(g.Type, nil, at)
			if values[i] != nil {
				if w, ok := c.convert(values[i], g.Type); ok {
					v = w
				}
			}
			r.Names, r.Args = append(r.Names, g.Name), append(r.Args, v.e)
		}
		records = append(records, r)
	}
	return c.grow(&table{node: rowsOfRecords(group, nil, records, at), poison: t.poison, size: t.size + 4}, at)
}
