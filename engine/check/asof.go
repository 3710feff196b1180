package check

import (
	"strconv"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// joinAsof gives each left row the right row of the same key that is nearest in time on one side of it, if there is one:
// trades -> join_asof quotes, as: q, on: sym == q.sym, at: q.ts <= ts, within: 5m.
//
// It is a window: the rows of both sides, one after the other in time, where each left row looks back to the last right one.
func (c *checker) joinAsof(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	at := s.node.Place()
	right := c.asTable(args[0], s.env, s.st.name)
	as, ok := c.alias(s, "")
	if right == nil || !ok {
		return t.poisoned()
	}
	if as == "" || s.arg("at") == nil {
		c.report(errAsof(at))
		return t.poisoned()
	}
	if c.rowOf(t).rec.field(as) != nil {
		c.report(errColumnTwice(at, as))
		return t.poisoned()
	}
	a := asof{c: c, at: at, left: t.node, right: nested(right, as, false).node}
	c.facts.named(a.right, s.arg("as"))
	both := &rowScope{rec: &record{}}
	c.addRow(both, t)
	c.addRow(both, &table{node: a.right, nest: []nest{{name: as}}})
	if !a.order(s.arg("at"), s.env.over(both), both) {
		return t.poisoned()
	}
	on := s.arg("on")
	var same []string
	if on != nil {
		if same, ok = c.onNames(on, s.env, t.node.Schema(), right.node.Schema()); !ok {
			return t.poisoned()
		}
	}
	if len(same) > 0 {
		j := &logical.Join{Left: a.left, Right: a.right}
		if !c.equalNames(j, same, as+".", on.Place()) {
			return t.poisoned()
		}
		a.keys = j.On
	} else if on != nil {
		p := c.rowValue(c.eval(on, s.env.over(both)), both, on.Place())
		if p != nil {
			p = c.condition(p, on.Place(), "on:")
		}
		j := &logical.Join{Left: a.left, Right: a.right}
		if p == nil || !c.keysOf(j, p.e) {
			return t.poisoned()
		}
		if j.Residual != nil {
			c.report(errAsofOn(on.Place()))
			return t.poisoned()
		}
		a.keys = j.On
	}
	if w := s.arg("within"); w != nil {
		if a.within = c.rowValue(c.eval(w, s.env.tables()), &rowScope{rec: &record{}}, w.Place()); a.within == nil {
			return t.poisoned()
		}
	}
	node := a.plan(as)
	if node == nil {
		return t.poisoned()
	}
	c.facts.named(node, s.arg("as"))
	nests := append(t.nest[:len(t.nest):len(t.nest)], nest{as, true, append(a.right.Schema(), types.Field{Name: as + "." + presentName, Type: types.Of(types.Bool)})})
	return c.grow(&table{node: node, nest: nests, lost: t.lost, poison: t.poison || right.poison, size: t.size + right.size + 10}, at)
}

// asof is a join on its way to a plan.
type asof struct {
	c           *checker
	at          span
	left, right logical.Node
	keys        []logical.EquiKey
	mine, other *logical.Expr // the times of the two sides
	back        bool          // the other time is before
	same        bool          // or the same
	within      *scalar
}

// order reads at: q.ts <= ts, in any direction and either way round.
func (a *asof) order(e syntax.Expr, v *env, both *rowScope) bool {
	p := a.c.rowValue(a.c.eval(e, v), both, e.Place())
	if p == nil {
		return false
	}
	x, left, right := p.e, names(a.left.Schema()), names(a.right.Schema())
	flip := map[string]string{"<=": ">=", "<": ">", ">=": "<=", ">": "<"}
	if x.Op != logical.OpCall || flip[x.Name] == "" {
		a.c.report(errAsof(e.Place()))
		return false
	}
	op, l, r := x.Name, x.Args[0], x.Args[1]
	if onlyReads(l, left) && onlyReads(r, right) {
		op, l, r = flip[op], r, l
	}
	if !onlyReads(l, right) || !onlyReads(r, left) {
		a.c.report(errAsof(e.Place()))
		return false
	}
	k, ok := a.c.equiKey(r, l, x.Span)
	a.mine, a.other, a.back, a.same = k.Left, k.Right, op[0] == '<', len(op) == 2
	return ok
}

func (a *asof) plan(as string) logical.Node {
	const when, side, found, hit = "$when", "$side", "$found", "$hit"
	whole := types.Of(types.Int)
	// The right row travels as one record, with its time.
	of := types.Type{Kind: types.Record}
	row := &logical.Expr{Op: logical.OpRecord, Span: a.at}
	add := func(name string, x *logical.Expr) {
		of.Fields = append(of.Fields, types.Field{Name: name, Type: x.T})
		row.Names, row.Args = append(row.Names, name), append(row.Args, x)
	}
	for _, f := range a.right.Schema() {
		add(f.Name, a.column(f.Name, f.Type))
	}
	add(when, a.other)
	row.T = of
	maybe := types.Optional(of)
	r, err := funcs.Resolve("last", []types.Type{maybe})
	if err != nil {
		a.c.report(errNoOverload(at2(a.at), "last", []types.Type{maybe}, err))
		return nil
	}
	mine, other := &logical.Project{Input: a.left}, &logical.Project{Input: a.right}
	both := func(name string, x, y *logical.Expr) {
		mine.Cols, other.Cols = append(mine.Cols, logical.Named{Name: name, Expr: x}), append(other.Cols, logical.Named{Name: name, Expr: y})
	}
	for _, f := range a.left.Schema() {
		t := types.Optional(f.Type)
		both(f.Name, a.cast(t, a.column(f.Name, f.Type)), a.none(t))
	}
	w := &logical.Window{Order: []logical.SortKey{{Expr: a.column(when, a.mine.T), Desc: !a.back}, {Expr: a.column(side, whole)}}}
	for i, k := range a.keys {
		name := "$key" + strconv.Itoa(i)
		both(name, k.Left, k.Right)
		w.By = append(w.By, a.column(name, k.Left.T))
	}
	both(when, a.mine, a.other)
	both(side, a.int(1), a.int(map[bool]int64{true: 0, false: 2}[a.same]))
	both(found, a.none(maybe), a.cast(maybe, row))
	zero := int64(0)
	w.Input = &logical.Union{In: []logical.Node{mine, other}}
	w.Funcs = []logical.WindowFunc{{Name: hit, Func: "last", Args: []*logical.Expr{a.column(found, maybe)}, Type: r.Result, To: &zero}}
	kept := &logical.Filter{Input: w, Pred: call("==", types.Of(types.Bool), a.at, a.column(side, whole), a.int(1))}
	// The left row as it was, and the right one where it is near enough.
	p := &logical.Project{Input: kept}
	for _, f := range a.left.Schema() {
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: a.cast(f.Type, a.column(f.Name, types.Optional(f.Type)))})
	}
	near := a.near(a.column(when, a.mine.T), a.field(a.column(hit, maybe), when, a.other.T))
	if near == nil {
		return nil
	}
	for _, f := range a.right.Schema() {
		x := a.field(a.column(hit, maybe), f.Name, f.Type)
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: a.choose(near, x, a.none(x.T))})
	}
	p.Input = a.c.addQueries(p.Input, []*logical.Expr{near})
	there := types.Optional(types.Of(types.Bool))
	p.Cols = append(p.Cols, logical.Named{Name: as + "." + presentName, Expr: a.choose(near, a.cast(there, boolConst(true, a.at).e), a.none(there))})
	return p
}

// near is whether a right row was found, and within the distance.
func (a *asof) near(mine, other *logical.Expr) *logical.Expr {
	x, y := &scalar{e: mine, size: 1, deep: 1}, &scalar{e: other, size: 1, deep: 1}
	var out value
	if a.within == nil {
		out = a.c.isNone(y, true, at2(a.at))
	} else {
		early, late := x, y
		if a.back {
			early, late = y, x
		}
		limit := a.c.function("+", []arg{{v: early, span: a.at}, {v: a.within, span: a.at}}, at2(a.at))
		out = a.c.function("<=", []arg{{v: late, span: a.at}, {v: limit, span: a.at}}, at2(a.at))
	}
	if s, ok := out.(*scalar); ok {
		return s.e
	}
	return nil
}

func (a *asof) column(name string, t types.Type) *logical.Expr {
	return &logical.Expr{Op: logical.OpColumn, T: t, Name: name, Span: a.at}
}

func (a *asof) cast(t types.Type, x *logical.Expr) *logical.Expr {
	if types.Equal(t, x.T) {
		return x
	}
	return &logical.Expr{Op: logical.OpCast, T: t, Args: []*logical.Expr{x}, Span: a.at}
}

func (a *asof) none(t types.Type) *logical.Expr { return constant(t, nil, a.at).e }

func (a *asof) int(n int64) *logical.Expr {
	return constant(types.Of(types.Int), &logical.Literal{Int: &n}, a.at).e
}

func (a *asof) field(x *logical.Expr, name string, t types.Type) *logical.Expr {
	return &logical.Expr{Op: logical.OpField, T: types.Optional(t), Name: name, Args: []*logical.Expr{x}, Span: a.at}
}

func (a *asof) choose(test, yes, no *logical.Expr) *logical.Expr {
	return &logical.Expr{Op: logical.OpCase, T: yes.T, Args: []*logical.Expr{test, yes, no}, Span: a.at}
}
