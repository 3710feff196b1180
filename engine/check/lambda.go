package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// Functions over list values, as xs -> map(x => …). The body is checked with a column that stands for the element, and becomes
// the body of an OpEach or OpFold: an expression over that column and copies of those of the row that it reads.

// overList is a call of such a function, its list and its function taken apart.
type overList struct {
	c    *checker
	name string
	list *scalar
	args []arg // after the list
	n    syntax.Node
}

// overLists holds what makes an expression of a call; any is an aggregate too, and meant where it is given a function.
func overLists() map[string]func(o *overList) value {
	return map[string]func(o *overList) value{
		"map":         func(o *overList) value { return o.each("map", nil) },
		"filter":      func(o *overList) value { return o.each("filter", o.condition) },
		"take_while":  func(o *overList) value { return o.each("take_while", o.condition) },
		"skip_while":  func(o *overList) value { return o.each("skip_while", o.condition) },
		"sort_by":     func(o *overList) value { return o.each("sort_by", o.ordered) },
		"distinct_by": func(o *overList) value { return o.each("distinct_by", nil) },
		"flat_map":    func(o *overList) value { return o.then("flatten", o.each("map", nil)) },
		"any":         func(o *overList) value { return o.then("bool_or", o.each("map", o.condition)) },
		"all":         func(o *overList) value { return o.then("bool_and", o.each("map", o.condition)) },
		"count_where": func(o *overList) value { return o.then("len", o.each("filter", o.condition)) },
		"find":        func(o *overList) value { return o.then("get", o.each("filter", o.condition), intConst(0, o.at())) },
		"index_where": func(o *overList) value {
			return o.then("index_of", o.each("map", o.condition), boolConst(true, o.at()))
		},
		"zip_with": (*overList).zipWith,
		"fold":     (*overList).fold,
		"reduce":   (*overList).reduce,
	}
}

// overAList makes the expression of a call that is meant for a list; false where it is not.
func (c *checker) overAList(name string, args []arg, n syntax.Node) (value, bool) {
	make := c.overLists[name]
	if make == nil {
		return nil, false
	}
	takes := false
	for _, a := range args {
		takes = takes || isFunction(a.v)
	}
	f := funcs.Lookup(name)
	if !takes && f != nil && f.Kind != funcs.OverList {
		return nil, false
	}
	want := 2
	if name == "fold" || name == "zip_with" {
		want = 3
	}
	if len(args) != want || !isFunction(args[want-1].v) {
		for _, a := range args {
			if isUnknown(a.v) {
				return a.v, true
			}
		}
		return c.report(errWantsFunction(n.Place(), name, want)), true
	}
	l := c.scalar(args[0].v, args[0].span)
	if l == nil {
		return unknown{}, true
	}
	if k := l.e.T.Required().Kind; k != types.List {
		return c.report(errNotListValue(args[0].span, name, args[0].v.what())), true
	}
	return make(&overList{c: c, name: name, list: l, args: args[1:], n: n}), true
}

func (o *overList) at() span { return o.c.place(o.n) }

// then calls a function of the library with the result.
func (o *overList) then(name string, v value, more ...value) value {
	if isUnknown(v) {
		return v
	}
	args := []arg{{v: v, span: o.n.Place()}}
	for _, m := range more {
		args = append(args, arg{v: m, span: o.n.Place()})
	}
	return o.c.function(name, args, o.n)
}

// item is the column that stands for an element, or for what fold has so far.
func (o *overList) item(t types.Type) *scalar {
	o.c.items++
	return &scalar{e: &logical.Expr{Op: logical.OpColumn, Name: itemName(o.c.items), T: t, Span: o.at()}, size: 1, deep: 1}
}

func (o *overList) body(params ...value) *scalar {
	f := o.args[len(o.args)-1]
	args := make([]arg, len(params))
	for i, p := range params {
		args[i] = arg{v: p, span: f.span}
	}
	return o.c.scalar(o.c.invoke(f.v, args, at2(f.span)), f.span)
}

// condition holds the body to a bool.
func (o *overList) condition(s *scalar) *scalar {
	return o.c.condition(s, o.args[len(o.args)-1].span, o.name)
}

func (o *overList) ordered(s *scalar) *scalar {
	if !funcs.Ordered(s.e.T.Required()) {
		o.c.report(errUnordered(o.args[len(o.args)-1].span, s.e.T))
		return nil
	}
	return s
}

func (o *overList) each(how string, hold func(*scalar) *scalar) value {
	it := o.item(*o.list.e.T.Required().Elem)
	body := o.body(it)
	if body != nil && hold != nil {
		body = hold(body)
	}
	if body == nil {
		return unknown{}
	}
	t := o.list.e.T.Required()
	if how == "map" {
		t = types.ListOf(body.e.T)
	}
	if o.list.e.T.IsOption() {
		t = types.Optional(t)
	}
	return o.close(&logical.Expr{Op: logical.OpEach, Name: how, T: t}, body, []*scalar{it}, o.list)
}

func (o *overList) zipWith() value {
	other := o.args[0]
	zipped, ok := o.then("zip", o.list, other.v).(*scalar)
	if !ok {
		return unknown{}
	}
	pair := o.item(*zipped.e.T.Required().Elem)
	var sides []value
	for _, f := range pair.e.T.Fields {
		sides = append(sides, o.c.build(&logical.Expr{Op: logical.OpField, T: f.Type, Name: f.Name, Span: o.at()}, pair))
	}
	body := o.body(sides...)
	if body == nil {
		return unknown{}
	}
	t := types.ListOf(body.e.T)
	if zipped.e.T.IsOption() {
		t = types.Optional(t)
	}
	return o.close(&logical.Expr{Op: logical.OpEach, Name: "map", T: t}, body, []*scalar{pair}, zipped)
}

// fold gives the result so far the type of the start, or one that the start and what the body makes of it both convert to.
func (o *overList) fold() value {
	start := o.c.scalar(o.args[0].v, o.args[0].span)
	if start == nil {
		return unknown{}
	}
	t := start.e.T
	so, it, body := o.settle(t)
	if body == nil {
		return unknown{}
	}
	start, ok := o.c.convert(start, so.e.T)
	if !ok {
		return o.c.report(errFoldType(o.args[1].span, o.name, t, body.e.T))
	}
	result := so.e.T
	if o.list.e.T.IsOption() {
		result = types.Optional(result)
	}
	return o.close(&logical.Expr{Op: logical.OpFold, Name: "fold", T: result}, body, []*scalar{so, it}, o.list, start)
}

func (o *overList) reduce() value {
	so, it, body := o.settle(*o.list.e.T.Required().Elem)
	if body == nil {
		return unknown{}
	}
	list, ok := o.c.convert(o.list, as2(o.list.e.T, types.ListOf(so.e.T)))
	if !ok {
		return o.c.report(errFoldType(o.args[0].span, o.name, *o.list.e.T.Required().Elem, body.e.T))
	}
	it.e.T = so.e.T
	return o.close(&logical.Expr{Op: logical.OpFold, Name: "reduce", T: types.Optional(so.e.T)}, body, []*scalar{so, it}, list)
}

// as2 is t, or t? where the other type is an option.
func as2(was, t types.Type) types.Type {
	if was.IsOption() {
		return types.Optional(t)
	}
	return t
}

// settle checks the body with a result so far of type t, and once more with a wider type where the body makes one of it.
func (o *overList) settle(t types.Type) (so, it, body *scalar) {
	for range 3 {
		so, it = o.item(t), o.item(*o.list.e.T.Required().Elem)
		if o.name == "reduce" {
			it = o.item(t)
		}
		if body = o.body(so, it); body == nil {
			return nil, nil, nil
		}
		if x, ok := o.c.convert(body, t); ok && body.e.T.Kind != types.None {
			return so, it, x
		}
		wider, ok := funcs.Common(t, body.e.T)
		if !ok || types.Equal(wider, t) {
			break
		}
		t = wider
	}
	o.c.report(errFoldType(o.args[len(o.args)-1].span, o.name, t, body.e.T))
	return nil, nil, nil
}

// close makes the expression: the columns that the body reads become arguments, and the body's own.
func (o *overList) close(e *logical.Expr, body *scalar, params []*scalar, given ...*scalar) value {
	c := o.c
	e.Span = o.at()
	rename := map[string]string{}
	taken := map[string]bool{}
	shown := o.names(len(params))
	for i, p := range params {
		rename[p.e.Name] = shown[i]
		taken[shown[i]] = true
		e.Names = append(e.Names, shown[i])
	}
	args := given
	bad := false
	logical.Walk(body.e, func(x *logical.Expr) {
		if x.Op != logical.OpColumn || rename[x.Name] != "" {
			return
		}
		bad = bad || c.readsItem(x.Name, params)
		name := x.Name
		for taken[name] {
			name = "." + name // as the column is written where a name hides it
		}
		rename[x.Name], taken[name] = name, true
		e.Names = append(e.Names, name)
		args = append(args, &scalar{e: x, row: body.row, agg: body.agg && c.aggs[x.Name] != nil, size: 1, deep: 1})
	})
	if bad {
		return c.report(errItemAggregate(o.args[len(o.args)-1].span, o.name))
	}
	e.Body = logical.Transform(body.e, func(x *logical.Expr) *logical.Expr {
		if x.Op != logical.OpColumn || rename[x.Name] == x.Name {
			return x
		}
		y := *x
		y.Name = rename[x.Name]
		return &y
	})
	out, ok := c.build(e, args...).(*scalar)
	if !ok {
		return unknown{}
	}
	if out.size += body.size; out.size > maxExpr {
		return c.stop(errTooBig(e.Span))
	}
	return out
}

// names are those of the parameters as the program writes them, for messages and plans.
func (o *overList) names(n int) []string {
	fallback := []string{"x", "y"}[:n]
	if o.name == "zip_with" {
		return []string{"pair"}
	}
	f, ok := o.args[len(o.args)-1].v.(*closure)
	if !ok || len(f.fn.Params) < n {
		return fallback
	}
	var out []string
	for _, p := range f.fn.Params[:n] {
		if contains(out, p.Name.Name) {
			return fallback
		}
		out = append(out, p.Name.Name)
	}
	return out
}

// readsItem reports whether a column stands for an aggregate or a window of the elements: there is no such thing, they are no rows.
func (c *checker) readsItem(name string, params []*scalar) bool {
	var exprs []*logical.Expr
	if a := c.aggs[name]; a != nil {
		exprs = a.args
	} else if w := c.wins[name]; w != nil {
		exprs = w.reads()
	}
	for _, e := range exprs {
		set := map[string]bool{}
		logical.ColumnsOf(e, set)
		for _, p := range params {
			if set[p.e.Name] {
				return true
			}
		}
		for n := range set {
			if n != name && c.readsItem(n, params) {
				return true
			}
		}
	}
	return false
}
