package check

import (
	"strconv"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// aggregate is a call of an aggregate or window function. An expression holds it as a column of a reserved name until a
// grouping, or over(…), says what rows it is over.
type aggregate struct {
	fn     string
	user   *udf.Function // of a package; fn is then its ID
	args   []*logical.Expr
	t      types.Type
	span   span
	window bool // only with over(…)
}

// aggregate makes the column that stands for a call.
func (c *checker) aggregate(f *funcs.Func, r *funcs.Resolved, args []*scalar, n syntax.Node) value {
	if at := numberArg(f.Name); at >= 0 && at < len(args) {
		if v, ok := knownInt(args[at].e); !ok || v < 1 && f.Name == "ntile" {
			return c.report(errWindowNumber(n.Place(), f.Name))
		}
	}
	return c.standIn(&aggregate{fn: f.Name, t: r.Result, span: c.place(n), window: f.Kind == funcs.Window}, args, n)
}

// packagedAggregate makes the column that stands for a call of a package's aggregate. Rows in which an argument is absent that must
// be there do not count.
func (c *checker) packagedAggregate(f *udf.Function, args []*scalar, n syntax.Node) value {
	return c.standIn(&aggregate{fn: f.ID(), user: f, t: f.Result, span: c.place(n)}, args, n)
}

func (c *checker) standIn(a *aggregate, args []*scalar, n syntax.Node) value {
	k := "agg " + a.fn + " " + a.t.String()
	if a.user != nil && a.user.Volatile {
		k += strconv.Itoa(len(c.aggs)) // each call for itself
	}
	out := &scalar{agg: true, size: 1, deep: 1}
	for _, s := range args {
		if s.agg {
			return c.report(errNestedAggregate(n.Place(), a.name()))
		}
		if s.row != nil {
			out.row = s.row
		}
		if !c.charge(s, n.Place()) {
			return unknown{}
		}
		a.args = append(a.args, s.e)
		k += "," + key(s.e)
	}
	k = digest(k)
	name := c.keys[k]
	if name == "" {
		name = "$agg" + strconv.Itoa(len(c.aggs)+1)
		c.keys[k], c.aggs[name] = name, a
	}
	out.e = &logical.Expr{Op: logical.OpColumn, T: a.t, Name: name, Span: a.span}
	return out
}

// name is what the program calls it.
func (a *aggregate) name() string {
	if a.user != nil {
		return a.user.Name
	}
	return a.fn
}

// numberArg is the place of the argument of a window function that is one number for all rows, or -1.
func numberArg(name string) int {
	switch name {
	case "ntile":
		return 0
	case "lag", "lead", "nth":
		return 1
	}
	return -1
}

func (c *checker) agg(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	row := c.rowOf(t)
	b, ok := args[0].(*syntax.Braces)
	if !ok || b.Kind != syntax.RecordBraces {
		return c.report(errAggBraces(args[0].Place()))
	}
	return c.group(t, b, s.env.over(row), row)
}

func (c *checker) count(t *table, s *stageCall) value {
	if _, ok := c.positional(s); !ok {
		return t.poisoned()
	}
	r, err := funcs.Resolve("count", nil)
	if err != nil {
		return c.report(errNoOverload(s.node, "count", nil, err))
	}
	return c.grow(&table{size: t.size + 1, poison: t.poison, node: &logical.Aggregate{Input: t.node,
		Aggs: []logical.Agg{{Name: "count", Func: "count", Type: r.Result, Span: s.node.Place()}}}}, s.node.Place())
}

// grouping builds an Aggregate and the projection over it.
type grouping struct {
	c     *checker
	node  *logical.Aggregate
	keys  map[string]*logical.Expr // by the digest of an expression: the column of the result
	ops   map[logical.Op]bool      // constructors of the keys, to look only at what may be one
	names map[string]string        // column of each aggregate
	bad   bool
	entry syntax.Entry // the one that is looked at
}

// group evaluates braces that group: fields with @ are keys, the others aggregates.
func (c *checker) group(t *table, b *syntax.Braces, v *env, row *rowScope) value {
	for _, en := range b.Entries {
		if sp, ok := en.(*syntax.Spread); ok {
			return c.report(errSpreadInGroup(sp.Span))
		}
	}
	r, isKey := c.fields(b, v, row)
	if r == nil {
		return unknown{}
	}
	out := &table{size: t.size + 2, poison: t.poison}
	g := &grouping{c: c, node: &logical.Aggregate{}, keys: map[string]*logical.Expr{}, ops: map[logical.Op]bool{}, names: map[string]string{}}
	scalars := make([]*scalar, len(r.fields))
	for i, f := range r.fields {
		if !isKey[f.name] {
			if s := c.scalar(f.v, fieldPlace(f.v, b.Span)); s != nil && c.charge(s, b.Span) {
				scalars[i] = s
			}
			continue
		}
		s := c.rowValue(f.v, row, fieldPlace(f.v, b.Span))
		scalars[i] = s
		if s != nil {
			g.node.Keys = append(g.node.Keys, logical.Named{Name: f.name, Expr: s.e})
			g.ops[s.e.Op] = true
			g.keys[digest(key(s.e))] = &logical.Expr{Op: logical.OpColumn, T: s.e.T, Name: f.name}
		}
	}
	// An aggregate that is a field by itself takes the field's name.
	for i, f := range r.fields {
		s := scalars[i]
		if s == nil || isKey[f.name] || !s.agg || s.e.Op != logical.OpColumn || g.names[s.e.Name] != "" {
			continue
		}
		g.add(s.e.Name, f.name)
	}
	var cols []logical.Named
	plain := true
	memo := map[*logical.Expr]*logical.Expr{}
	for i, f := range r.fields {
		s := scalars[i]
		if s == nil {
			out.lost, out.poison = append(out.lost, f.name), true
			continue
		}
		if isKey[f.name] {
			cols = append(cols, logical.Named{Name: f.name, Expr: &logical.Expr{Op: logical.OpColumn, T: s.e.T, Name: f.name}})
			continue
		}
		if s.row != nil && s.row != row {
			c.report(errTwoRows(fieldPlace(f.v, b.Span)))
			out.poison = true
			continue
		}
		g.entry = entryOf(b, f.name)
		e := g.rewrite(s.e, memo)
		plain = plain && e.Op == logical.OpColumn && e.Name == f.name
		cols = append(cols, logical.Named{Name: f.name, Expr: e})
	}
	if g.bad {
		out.poison = true
	}
	if len(cols) == 0 {
		if out.poison {
			return unknown{}
		}
		return c.report(errNoColumns(b.Span))
	}
	g.input(t.node)
	out.node = g.node
	if !plain || !sameOrder(g.node.Schema(), cols) {
		p := &logical.Project{}
		p.Input, p.Cols = g.node, cols
		var exprs []*logical.Expr
		for _, n := range cols {
			exprs = append(exprs, n.Expr)
		}
		p.Input, exprs = shareWork(c.addQueries(p.Input, exprs), exprs)
		for i := range cols {
			cols[i].Expr = exprs[i]
		}
		out.node = p
	}
	c.facts.columns(out.node, r)
	c.from(out.node, origin{stage: "grouping", at: b.Span})
	return c.grow(out, b.Span)
}

// entryOf is the entry of braces that gives a field.
func entryOf(b *syntax.Braces, name string) syntax.Entry {
	for _, en := range b.Entries {
		if f, ok := en.(*syntax.FieldEntry); ok && f.Name.Name == name {
			return f
		}
	}
	return nil
}

func sameOrder(schema []types.Field, cols []logical.Named) bool {
	if len(schema) != len(cols) {
		return false
	}
	for i, f := range schema {
		if f.Name != cols[i].Name {
			return false
		}
	}
	return true
}

// input puts under the aggregate what its keys and arguments need.
func (g *grouping) input(in logical.Node) {
	var exprs []*logical.Expr
	for _, k := range g.node.Keys {
		exprs = append(exprs, k.Expr)
	}
	for _, a := range g.node.Aggs {
		exprs = append(exprs, a.Args...)
	}
	in = g.c.addWindows(in, exprs)
	in, exprs = shareWork(in, exprs)
	for i := range g.node.Keys {
		g.node.Keys[i].Expr, exprs = exprs[0], exprs[1:]
	}
	for i := range g.node.Aggs {
		n := len(g.node.Aggs[i].Args)
		g.node.Aggs[i].Args, exprs = exprs[:n:n], exprs[n:]
	}
	g.node.Input = in
}

func (g *grouping) add(placeholder, name string) {
	a := g.c.aggs[placeholder]
	if a.window {
		g.c.report(errNeedsOver(a.span, a.name()))
		g.bad = true
	}
	g.names[placeholder] = name
	g.node.Aggs = append(g.node.Aggs, logical.Agg{Name: name, Func: a.fn, User: a.user, Args: a.args, Type: a.t, Span: a.span})
}

// rewrite makes an expression over the groups: keys and aggregates become columns, and any other column is an error.
func (g *grouping) rewrite(e *logical.Expr, memo map[*logical.Expr]*logical.Expr) *logical.Expr {
	if out := memo[e]; out != nil {
		return out
	}
	if g.c.stopped {
		return e
	}
	same := ""
	if g.ops[e.Op] {
		if same = key(e); g.c.charge(&scalar{size: len(same) / 32}, e.Span) {
			same = digest(same)
		}
	}
	out := e
	switch {
	case e.Op == logical.OpColumn && g.c.aggs[e.Name] != nil:
		if g.names[e.Name] == "" {
			g.add(e.Name, e.Name)
		}
		n := *e
		n.Name = g.names[e.Name]
		out = &n
	case e.Op == logical.OpLiteral:
	case g.keys[same] != nil:
		n := *g.keys[same]
		n.Span = e.Span
		out = &n
	case e.Op == logical.OpColumn && g.c.asked[e.Name] != nil:
	case e.Op == logical.OpColumn:
		g.c.report(errBareRow(e.Span, e.Name, g.entry))
		g.bad = true
	case len(e.Args) > 0:
		n := *e
		n.Args = make([]*logical.Expr, len(e.Args))
		for i, a := range e.Args {
			n.Args[i] = g.rewrite(a, memo)
		}
		out = &n
	}
	memo[e] = out
	return out
}
