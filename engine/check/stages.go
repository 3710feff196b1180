package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
)

// stage is a function over a table that sees its rows, so its arguments are evaluated by itself.
type stage struct {
	name  string
	named []string // arguments that have names
	least int      // arguments that have none, at least and at most
	most  int
	run   func(*checker, *table, *stageCall) value
	// source makes a table or a search query from nothing, as read('…').
	source func(*checker, *stageCall) value
	over   bool // works on an aggregate
}

// many is no limit on the number of arguments.
const many = 1 << 20

// stageCall is one use of a stage.
type stageCall struct {
	st   *stage
	args []syntax.Arg
	env  *env
	node syntax.Node
}

// allStages is every stage; to add one, write its function in a file of its own and enter it here.
func allStages() []stage {
	join := func(k logical.JoinKind) stage {
		return stage{name: string(k), named: []string{"as", "on"}, least: 1, most: 1, run: func(c *checker, t *table, s *stageCall) value {
			return c.join(t, s, k)
		}}
	}
	return []stage{
		{name: "filter", least: 1, most: 1, run: (*checker).filter},
		{name: "derive", least: 1, most: 1, run: (*checker).derive},
		{name: "map", least: 1, most: 1, run: (*checker).mapStage},
		{name: "agg", least: 1, most: 1, run: (*checker).agg},
		{name: "sort", least: 1, most: many, run: (*checker).sort},
		{name: "take", least: 1, most: 1, run: (*checker).take},
		{name: "skip", least: 1, most: 1, run: (*checker).skip},
		{name: "top", named: []string{"by", "order"}, least: 1, most: 1, run: (*checker).top},
		{name: "distinct", run: (*checker).distinct},
		{name: "count", run: (*checker).count},
		{name: "rename", named: nil, least: 0, most: 1, run: (*checker).rename},
		{name: "drop", least: 1, most: many, run: (*checker).drop},
		{name: "union", least: 1, most: many, run: (*checker).union},
		{name: "except", least: 1, most: 1, run: (*checker).except},
		{name: "intersect", least: 1, most: 1, run: (*checker).intersect},
		{name: "unpivot", named: []string{"name", "value"}, least: 1, most: many, run: (*checker).unpivot},
		{name: "pivot", named: []string{"in", "value", "by"}, least: 1, most: 1, run: (*checker).pivot},
		{name: "describe", run: (*checker).describe},
		{name: "sample", named: []string{"seed"}, least: 1, most: 1, run: (*checker).sample},
		{name: "unnest", named: []string{"as"}, least: 1, most: 1, run: (*checker).unnest},
		join(logical.JoinOne), join(logical.JoinMaybe), join(logical.JoinSome), join(logical.JoinMany), join(logical.JoinLeft),
		join(logical.JoinFull), join(logical.JoinCross), join(logical.Semi), join(logical.Anti),
		{name: "join_asof", named: []string{"as", "on", "at", "within"}, least: 1, most: 1, run: (*checker).joinAsof},
		{name: "search", named: []string{"limit"}, least: 2, most: 2, run: (*checker).search},
		{name: "term", least: 1, most: 1, source: searchFunc(logical.TextTerm)},
		{name: "phrase", named: []string{"slop"}, least: 1, most: 1, source: searchFunc(logical.TextPhrase)},
		{name: "prefix", least: 1, most: 1, source: searchFunc(logical.TextPrefix)},
		{name: "fuzzy", least: 1, most: 2, source: searchFunc(logical.TextFuzzy)},
		{name: "wildcard", least: 1, most: 1, source: searchFunc(logical.TextWildcard)},
		{name: "regexp", least: 1, most: 1, source: searchFunc(logical.TextRegexp)},
		{name: "save", named: []string{"mode", "key"}, least: 1, most: 1, run: (*checker).save},
		{name: "fix", named: []string{"keep", "rounds"}, least: 1, most: 1, run: (*checker).fix},
		{name: "postgres", least: 2, most: 2, source: (*checker).postgres},
		{name: "read", least: 1, most: 1, source: (*checker).read},
		{name: "over", named: []string{"by", "order", "rows"}, over: true},
	}
}

// run is the stage over t, with a note of where the plan's node comes from.
func (c *checker) run(t *table, s *stageCall) value {
	out := s.st.run(c, t, s)
	if u, ok := out.(*table); ok {
		c.from(u.node, origin{stage: s.st.name, at: s.node.Place()})
	}
	return out
}

// positional returns the arguments without a name, after a check of all of them; ok is false after a report.
func (c *checker) positional(s *stageCall) ([]syntax.Expr, bool) {
	var out []syntax.Expr
	given := map[string]bool{}
	for _, a := range s.args {
		if a.Name != nil && given[a.Name.Name] && contains(s.st.named, a.Name.Name) {
			c.report(errGivenTwice(a.Name.Span, s.st.name, a.Name.Name))
			return nil, false
		}
		if a.Name != nil {
			given[a.Name.Name] = true
		}
		switch {
		case a.Name == nil:
			out = append(out, a.Value)
		case !contains(s.st.named, a.Name.Name):
			c.report(errNoParameter(a.Name.Span, s.st.name, a.Name.Name, nearest(a.Name.Name, s.st.named)))
			return nil, false
		}
	}
	if len(out) < s.st.least || len(out) > s.st.most {
		c.report(errStageArgs(s.node.Place(), s.st))
		return nil, false
	}
	return out, true
}

// named returns a named argument, or nil.
func (s *stageCall) arg(name string) syntax.Expr {
	for _, a := range s.args {
		if a.Name != nil && a.Name.Name == name {
			return a.Value
		}
	}
	return nil
}

// pipe evaluates x -> stage.
func (c *checker) pipe(e *syntax.Pipe, v *env) value {
	x := c.source(c.eval(e.Input, v), c.stageName(e.Stage), e.Input.Place())
	switch st := e.Stage.(type) {
	case *syntax.Braces:
		return c.bracesStage(x, st, v, e)
	case *syntax.Match:
		if st.Subject == nil {
			return c.match(st, x, v)
		}
	case *syntax.Lambda:
		return c.apply(&closure{fn: st, env: v}, []arg{{v: x, span: e.Input.Place()}}, st.Span)
	}
	fn := c.head(e.Stage, v)
	if b, ok := fn.(*builtin); ok {
		if st := c.stages[b.name]; st != nil {
			t, isTable := x.(*table)
			switch {
			case isUnknown(x):
				c.glance(e.Args, v)
				return x
			case isTable && st.run != nil:
				return c.run(t, &stageCall{st: st, args: e.Args, env: v, node: e.Stage})
			case st.over:
				return c.over(x, &stageCall{st: st, args: e.Args, env: v, node: e.Stage})
			case !takesInstead(b.name, x):
				return c.report(errNotATable(e.Input.Place(), b.name, x.what()))
			}
		}
	}
	if isUnknown(fn) {
		c.glance(e.Args, v)
		return fn
	}
	if b, ok := fn.(*builtin); ok && c.stages[b.name] != nil && c.overLists[b.name] != nil && !mayBeFunction(e.Args) {
		return c.report(errWantsFunction(e.Stage.Place(), b.name, 2))
	}
	if w, ok := fn.(*windowValue); ok && len(e.Args) == 0 && !isUnknown(x) {
		return c.over(x, &stageCall{st: c.stages["over"], args: w.args, env: w.env.over(v.nearestRow()), node: e.Stage})
	}
	if !isFunction(fn) {
		return c.report(errNotAStage(e.Stage.Place(), fn.what()))
	}
	args := append([]arg{{v: x, span: e.Input.Place()}}, c.args(e.Args, v)...)
	return c.invoke(fn, args, e.Stage)
}

// stageName is the name that a stage is called by, "{" for braces, or "" for what is no stage of a table.
func (c *checker) stageName(e syntax.Expr) string {
	switch e := e.(type) {
	case *syntax.Braces:
		return "{"
	case *syntax.Name:
		if st := c.stages[e.Name]; st != nil && st.run != nil {
			return e.Name
		}
	}
	return ""
}

// glance looks at the arguments of a stage over a table in error, for the names that they use of the module.
func (c *checker) glance(args []syntax.Arg, v *env) {
	row := v.over(&rowScope{rec: &record{}, any: true})
	for _, a := range args {
		if a.Name == nil || a.Name.Name != "as" {
			c.eval(a.Value, row)
		}
	}
}

// mayBeFunction reports whether the last argument can be a function, rather than an expression over a row.
func mayBeFunction(args []syntax.Arg) bool {
	if len(args) == 0 {
		return false
	}
	switch args[len(args)-1].Value.(type) {
	case *syntax.Lambda, *syntax.Name, *syntax.Member, *syntax.Call:
		return true
	}
	return false
}
