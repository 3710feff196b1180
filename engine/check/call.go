package check

import (
	"errors"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func isNotFound(err error) bool { return errors.Is(err, catalog.ErrNotFound) }

func isFunctionName(name string) bool { return funcs.Lookup(name) != nil }

func (c *checker) isBuiltin(name string) bool { return isFunctionName(name) || c.stages[name] != nil }

// builtinNames lists what can be called and written as a name.
func (c *checker) builtinNames() []string {
	var out []string
	for _, n := range funcs.Names() {
		if c := n[0]; c == '_' || c >= 'a' && c <= 'z' {
			out = append(out, n)
		}
	}
	return append(out, keysOf(c.stages)...)
}

// head resolves the head of a call, which is a function: a lambda or let name, one of the module, or a builtin.
func (c *checker) head(e syntax.Expr, v *env) value {
	x := c.headOf(e, v)
	c.facts.saw(e.Place(), x, v)
	return x
}

func (c *checker) headOf(e syntax.Expr, v *env) value {
	n, ok := e.(*syntax.Name)
	if !ok {
		return c.eval(e, v)
	}
	var other value
	if x := v.local(n.Name); x != nil {
		if isFunction(x) || isUnknown(x) {
			c.facts.local(n.Span, n.Name, v)
			return x
		}
		other = x
	}
	if d := v.mod.defs[n.Name]; d != nil {
		if d.state != running || !c.isBuiltin(n.Name) {
			x := c.use(d, n.Span, n.Name)
			if isFunction(x) || isUnknown(x) {
				return x
			}
			other = x
		}
	}
	if c.isBuiltin(n.Name) {
		c.facts.builtin(n.Span, n.Name)
		return &builtin{name: n.Name}
	}
	if other == nil {
		if r := v.nearestRow(); r != nil {
			other = r.rec.field(n.Name)
		}
	}
	if other != nil {
		return c.report(errNotAFunction(n.Span, n.Name, other.what()))
	}
	var candidates []string
	for w := v; w != nil; w = w.parent {
		for name, x := range w.locals {
			if isFunction(x) {
				candidates = append(candidates, name)
			}
		}
	}
	candidates = append(candidates, keysOf(v.mod.defs)...)
	return c.report(c.importable(errUnknownFunction(n.Span, n.Name, c.near(n.Name, append(candidates, c.builtinNames()...))), n.Name))
}

func isUnknown(v value) bool { _, ok := v.(unknown); return ok }

func (c *checker) call(e *syntax.Call, v *env) value {
	fn := c.head(e.Fn, v)
	if b, ok := fn.(*builtin); ok {
		if st := c.stages[b.name]; st != nil {
			return c.stageCall(st, b, e, v)
		}
	}
	return c.invoke(fn, c.args(e.Args, v), e)
}

// takesInstead reports whether the function of a stage's name is meant for a value that is no table: those over lists are
// for lists only.
func takesInstead(name string, v value) bool {
	f := funcs.Lookup(name)
	if f == nil {
		return false
	}
	if s, ok := v.(*scalar); ok && s.e.T.Required().Kind == types.List {
		return true
	}
	_, isList := v.(*list)
	return isList || f.Family != "lists" && f.Kind != funcs.OverList
}

// stageCall is a stage in the form of a call: filter(t, p) is t -> filter p. A function of the same name takes other values.
func (c *checker) stageCall(st *stage, b *builtin, e *syntax.Call, v *env) value {
	if st.source != nil {
		return st.source(c, &stageCall{st: st, args: e.Args, env: v, node: e})
	}
	if st.over && (len(e.Args) == 0 || e.Args[0].Name != nil) {
		return &windowValue{args: e.Args, env: v}
	}
	if len(e.Args) > 0 && e.Args[0].Name == nil && (st.run != nil || st.over) {
		first := c.eval(e.Args[0].Value, v)
		if st.run != nil {
			first = c.source(first, b.name, e.Args[0].Value.Place())
		}
		t, isTable := first.(*table)
		switch {
		case isTable && st.run != nil:
			return c.run(t, &stageCall{st: st, args: e.Args[1:], env: v.tables(), node: e})
		case st.over:
			return c.over(first, &stageCall{st: st, args: e.Args[1:], env: v, node: e})
		case isUnknown(first):
			return first
		case takesInstead(b.name, first):
			return c.function(b.name, append([]arg{{v: first, span: e.Args[0].Value.Place()}}, c.args(e.Args[1:], v)...), e)
		}
		return c.report(errNotATable(e.Args[0].Value.Place(), b.name, first.what()))
	}
	if f := funcs.Lookup(b.name); f != nil && f.Kind != funcs.OverList {
		return c.function(b.name, c.args(e.Args, v), e)
	}
	return c.report(errStageAlone(e.Span, b.name))
}

func (c *checker) args(in []syntax.Arg, v *env) []arg {
	out := make([]arg, len(in))
	for i, a := range in {
		out[i] = arg{v: c.eval(a.Value, v), span: a.Value.Place()}
		if a.Name != nil {
			out[i].name, out[i].named = a.Name.Name, a.Name.Span
		}
	}
	return out
}

// invoke calls a function with evaluated arguments.
func (c *checker) invoke(fn value, args []arg, n syntax.Node) value {
	switch fn := fn.(type) {
	case unknown:
		return fn
	case *closure:
		return c.apply(fn, args, n.Place())
	case *packaged:
		return c.callPackaged(fn.fn, args, n)
	case *windowValue:
		return c.report(errWindowCall(n.Place()))
	case *builtin:
		if st := c.stages[fn.name]; st != nil && st.run != nil && len(args) == 1 {
			if t, ok := args[0].v.(*table); ok {
				return c.run(t, &stageCall{st: st, env: &env{mod: c.mod}, node: n})
			}
		}
		if isFunctionName(fn.name) {
			return c.function(fn.name, args, n)
		}
		return c.report(errStageAlone(n.Place(), fn.name))
	}
	return c.report(errNotAFunction(n.Place(), "this", fn.what()))
}

// arrange puts arguments into the order of the parameters; nil where one is not given.
func (c *checker) arrange(what string, names []string, args []arg, at span) ([]*arg, bool) {
	out := make([]*arg, len(names))
	for i := range args {
		a := &args[i]
		k := i
		if a.name != "" {
			k = -1
			for j, n := range names {
				if n == a.name {
					k = j
				}
			}
			if k < 0 {
				c.report(errNoParameter(a.named, what, a.name, nearest(a.name, names)))
				return nil, false
			}
		}
		if k >= len(out) {
			c.report(errArgCount(at, what, names, len(args)))
			return nil, false
		}
		if out[k] != nil {
			c.report(errGivenTwice(a.span, what, names[k]))
			return nil, false
		}
		out[k] = a
	}
	return out, true
}

// apply evaluates the body of a closure with its arguments.
func (c *checker) apply(f *closure, args []arg, at span) value {
	names := make([]string, len(f.fn.Params))
	for i, p := range f.fn.Params {
		names[i] = p.Name.Name
	}
	what := "the function"
	if f.of != nil {
		what = f.of.Name
		c.uses(f.of)
	}
	given, ok := c.arrange(what, names, args, at)
	if !ok {
		return unknown{}
	}
	if c.applied++; c.applied > maxApplied {
		c.applied--
		return c.stop(errRecursion(at))
	}
	defer func() { c.applied-- }()
	site := c.site
	defer func() { c.site = site }()
	if f.of == nil {
		if f.fn.Span.File >= 0 {
			c.site = span{}
		}
	} else if site == (span{}) {
		c.site = at
	}
	inner := f.env.child()
	var guard value // that every argument is there
	for i, p := range f.fn.Params {
		var x value
		switch {
		case given[i] != nil:
			x = c.annotated(given[i].v, p.Type, f.env.mod, given[i].span)
			if f.of != nil {
				x = c.lifted(x, f.of.Params[i].Type, given[i].span)
				if s, ok := x.(*scalar); ok && s.e.T.Kind == types.Option && !f.of.CallsOnAbsent(i) {
					if _, ok := filler(*s.e.T.Elem); ok {
						guard = c.both(guard, c.isNone(s, true, at2(at)), at2(at))
						x = c.unwrap(s, at2(at))
					}
				}
			}
		case p.Default != nil:
			x = c.annotated(c.eval(p.Default, inner), p.Type, f.env.mod, p.Default.Place())
		default:
			return c.report(errArgMissing(at, what, p.Name.Name))
		}
		inner.defineAt(p.Name, x)
		c.facts.bind(p.Name, x)
	}
	out := c.eval(f.fn.Body, inner)
	out = c.annotated(out, f.fn.Result, f.env.mod, f.fn.Body.Place())
	if f.of != nil {
		out = c.lifted(out, f.of.Result, at)
		if g, ok := guard.(*scalar); ok {
			out = c.choose([]*scalar{g}, []value{out, c.none(at)}, []span{at, at}, at2(at))
		}
	}
	c.applications[f.fn] = true
	return out
}

// lifted is as, but an optional value stays optional where the type is not: a package function lifts over absence.
func (c *checker) lifted(v value, want types.Type, at span) value {
	if s, ok := v.(*scalar); ok && s.e.T.IsOption() {
		want = types.Optional(want)
	}
	return c.as(v, want, at)
}

// function calls a builtin function or operator.
func (c *checker) function(name string, args []arg, n syntax.Node) value {
	if out, ok := c.overAList(name, args, n); ok {
		return out
	}
	f := funcs.Lookup(name)
	if f == nil {
		return c.report(errUnknownFunction(n.Place(), name, ""))
	}
	args, ok := c.reorder(f, args, n)
	if !ok {
		return unknown{}
	}
	in := make([]*scalar, len(args))
	bad := false
	for i, a := range args {
		if in[i] = c.scalar(a.v, a.span); in[i] == nil {
			bad = true
		}
	}
	if bad {
		return unknown{}
	}
	in, r, err := resolve(name, in)
	if err != nil {
		return c.report(errNoOverload(n, name, typesOf(in), err))
	}
	f, name = r.Func, r.Func.Name
	for i, s := range in {
		x, ok := c.convert(s, r.Params[i])
		if !ok {
			if s.e.T.Kind == types.None && r.Result.IsOption() {
				return constant(r.Result, nil, c.place(n))
			}
			return c.report(errType(args[i].span, s.e.T, r.Params[i]))
		}
		in[i] = x
	}
	if f.Kind != funcs.Scalar {
		return c.aggregate(f, r, in, n)
	}
	if strings.HasPrefix(name, "regex_") && len(in) > 1 && in[1].e.Op == logical.OpLiteral && in[1].e.Lit.Text != nil {
		if problem := funcs.PatternProblem(*in[1].e.Lit.Text); problem != "" {
			return c.report(errPattern(args[1].span, problem))
		}
	}
	if b, ok := folded(name, in); ok {
		return boolConst(b, c.place(n))
	}
	return c.build(&logical.Expr{Op: logical.OpCall, T: r.Result, Name: name, Span: c.place(n)}, in...)
}

// resolve finds the overload for arguments, of which untyped numbers are decimals where others are: all of them for an operator, those
// with a point for a function, whose ints count something.
func resolve(name string, in []*scalar) ([]*scalar, *funcs.Resolved, error) {
	exact := append([]*scalar{}, in...)
	amongDecimals(exact)
	if first := name[0]; first >= 'a' && first <= 'z' && name != "in" {
		for i, s := range in {
			if !strings.Contains(s.text, ".") {
				exact[i] = s
			}
		}
	}
	if r, err := funcs.Resolve(name, typesOf(exact)); err == nil {
		return exact, r, nil
	}
	r, err := funcs.Resolve(name, typesOf(in))
	return in, r, err
}

func typesOf(in []*scalar) []types.Type {
	out := make([]types.Type, len(in))
	for i, s := range in {
		out[i] = s.e.T
	}
	return out
}

// folded is the truth of a condition over literals, so that parameters can choose between tables.
func folded(name string, in []*scalar) (bool, bool) {
	for _, s := range in {
		if s.e.Op != logical.OpLiteral || s.e.Lit.Absent() {
			return false, false
		}
	}
	if len(in) == 1 && name == "not" {
		return !*in[0].e.Lit.Bool, true
	}
	if len(in) != 2 {
		return false, false
	}
	a, b := in[0].e.Lit, in[1].e.Lit
	switch name {
	case "and":
		return *a.Bool && *b.Bool, true
	case "or":
		return *a.Bool || *b.Bool, true
	}
	order, ok := logical.Compare(a, b)
	if !ok || in[0].e.T.Required().Kind == types.Decimal {
		return false, false
	}
	switch name {
	case "==":
		return order == 0, true
	case "!=":
		return order != 0, true
	case "<":
		return order < 0, true
	case "<=":
		return order <= 0, true
	case ">":
		return order > 0, true
	case ">=":
		return order >= 0, true
	}
	return false, false
}

// reorder puts named arguments of a builtin into order, by the first overload that has the names.
func (c *checker) reorder(f *funcs.Func, args []arg, n syntax.Node) ([]arg, bool) {
	named, at := "", n.Place()
	for _, a := range args {
		if a.name != "" {
			named, at = a.name, a.named
		}
	}
	if named == "" {
		return args, true
	}
	for i := range f.Overloads {
		names := f.Overloads[i].Params()
		if len(names) != len(args) || !contains(names, named) {
			continue
		}
		given, ok := c.arrange(f.Name, names, args, n.Place())
		if !ok {
			return nil, false
		}
		out := make([]arg, len(given))
		for j, g := range given {
			if g == nil {
				c.report(errArgMissing(n.Place(), f.Name, names[j]))
				return nil, false
			}
			out[j] = arg{v: g.v, span: g.span}
		}
		return out, true
	}
	var all []string
	for i := range f.Overloads {
		all = append(all, f.Overloads[i].Params()...)
	}
	c.report(errNoParameter(at, f.Name, named, nearest(named, all)))
	return nil, false
}

// callPackaged calls a package function that a runtime executes.
func (c *checker) callPackaged(f *udf.Function, args []arg, n syntax.Node) value {
	names := fieldNames(f.Params)
	given, ok := c.arrange(f.Name, names, args, n.Place())
	if !ok {
		return unknown{}
	}
	in := make([]*scalar, len(names))
	result := f.Result
	for i, g := range given {
		if g == nil {
			return c.report(errArgMissing(n.Place(), f.Name, names[i]))
		}
		want := f.Params[i].Type
		s := c.scalar(g.v, g.span)
		if s == nil {
			return unknown{}
		}
		if s.e.T.IsOption() && !want.IsOption() {
			if want = types.Optional(want); f.Shape != udf.Aggregate {
				result = types.Optional(result)
			}
		}
		x, ok := c.convert(s, want)
		if !ok {
			return c.report(errArgType(g.span, f.Name, names[i], s.e.T, f.Params[i].Type))
		}
		in[i] = x
	}
	c.uses(f)
	if f.Shape == udf.Aggregate {
		return c.packagedAggregate(f, in, n)
	}
	return c.build(&logical.Expr{Op: logical.OpUDF, T: result, Func: f, Span: c.place(n)}, in...)
}

// uses notes that a package function is part of the program.
func (c *checker) uses(f *udf.Function) {
	for _, g := range c.result.Functions {
		if g.Package == f.Package && g.Version == f.Version && g.Name == f.Name {
			return
		}
	}
	c.result.Functions = append(c.result.Functions, f)
}
