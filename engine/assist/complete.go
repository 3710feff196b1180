package assist

import (
	"context"
	"strings"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// Complete lists what can be written at a position, in the place of the word that is there. The list may be empty.
func (m *Module) Complete(ctx context.Context, at Position) (*Completion, error) {
	if !m.valid(at) {
		return &Completion{}, nil
	}
	if c, err := m.completeImport(ctx, at); c != nil || err != nil {
		return c, err
	}
	c, err := m.aim(ctx, at)
	if c == nil || err != nil {
		return &Completion{}, err
	}
	k := &completer{cursor: c, ctx: ctx, m: m}
	k.candidates()
	out := Completion{Replace: c.replace, Items: k.items}
	return out.finish(c.prefix), nil
}

// completer collects candidates for one cursor.
type completer struct {
	*cursor
	ctx   context.Context
	m     *Module
	items []Item
}

func (k *completer) add(items ...Item) { k.items = append(k.items, items...) }

// up is the node n levels around the innermost one, or nil.
func (k *completer) up(n int) syntax.Node {
	if i := len(k.path) - 1 - n; i >= 0 {
		return k.path[i]
	}
	return nil
}

func (k *completer) candidates() {
	switch leaf := k.up(0).(type) {
	case nil:
		if !k.inText {
			k.statement()
			k.expression(nil)
		}
	case syntax.Ident:
		k.name(leaf)
	case *syntax.TypeExpr:
		k.types()
	case *syntax.String:
		k.strings()
	case *syntax.ParamRef:
		k.params("", exact)
	case *syntax.ColumnRef:
		k.columns(exact)
	case *syntax.NamePat:
		// Without a subject the arms are conditions; half an arm reads as a pattern.
		m, _ := k.up(1).(*syntax.Match)
		p, piped := k.up(2).(*syntax.Pipe)
		if m != nil && m.Subject == nil && !(piped && p.Stage == syntax.Expr(m)) {
			k.expression(startOf(types.Bool))
		}
	case *syntax.Name:
		switch p := k.up(1).(type) {
		case *syntax.Pipe:
			if p.Stage == syntax.Expr(leaf) {
				k.stage(p)
				return
			}
			if isNewName(p.Args, leaf) {
				return
			}
		case *syntax.ExprStmt:
			k.statement()
		case *syntax.FieldEntry:
			if _, ok := k.up(2).(*syntax.Braces); ok && p.Punned && k.row() != nil {
				k.add(Item{Label: "...", Insert: "...", Kind: KeywordItem, Detail: "all other columns", Rank: remote})
			}
		}
		k.arguments()
		k.expression(k.wanted())
	}
}

// isNewName reports whether an argument gives a new name, as as: does.
func isNewName(args []syntax.Arg, leaf syntax.Expr) bool {
	for _, a := range args {
		if a.Value == leaf && a.Name != nil && a.Name.Name == "as" {
			return true
		}
	}
	return false
}

// name completes a name behind a dot, or the name of an argument.
func (k *completer) name(id syntax.Ident) {
	switch p := k.up(1).(type) {
	case *syntax.Member:
		if p.Name == id {
			x, _ := k.known.facts.Value(p.X.Place())
			for _, f := range x.Members() {
				k.add(k.known.valueItem(f, FieldItem, exact))
			}
		}
	case *syntax.Pipe, *syntax.Call:
		k.arguments()
	}
}

func (k *completer) types() {
	for _, name := range k.known.facts.TypeNames() {
		k.add(Item{Label: name, Insert: syntax.Quote(name), Kind: TypeItem, Rank: fits})
	}
	k.add(Item{Label: "decimal", Insert: "decimal<18, 2>", Kind: TypeItem, Detail: "decimal<precision, scale>", Rank: fits},
		Item{Label: "table", Insert: "table<{}>", Kind: TypeItem, Detail: "table<{column: type}>", Rank: neutral})
}

// scope is the names in sight at the marker, or around the nearest expression that was evaluated.
func (k *completer) scope() check.Scope {
	for i := range k.path {
		if s, ok := k.known.facts.Scope(k.up(i).Place()); ok {
			if p, ok := k.up(i).(*syntax.Pipe); ok && i > 0 && len(s.Columns) == 0 {
				// The marker is in an argument that was not evaluated: it is over the rows that are piped in.
				if in, _ := k.known.facts.Value(p.Input.Place()); in.Class() == check.Table {
					s.InRow, s.Columns = true, in.Members()
				}
			}
			return s
		}
	}
	return check.Scope{}
}

// row is the columns in sight, or nil where no row is.
func (k *completer) row() []check.Member {
	s := k.scope()
	if !s.InRow {
		return nil
	}
	return s.Columns
}

func (k *completer) columns(rank int) {
	for _, c := range k.scope().Columns {
		k.add(columnItem(c, rank))
	}
}

func (k *completer) params(sigil string, rank int) {
	for _, p := range k.known.facts.Params() {
		k.add(Item{Label: sigil + p.Name, Insert: sigil + syntax.Quote(p.Name), Kind: ParamItem, Detail: p.String(), Rank: rank})
	}
}

// expression lists what an expression can begin with; fit ranks values, and is nil where nothing is known of what is wanted.
func (k *completer) expression(fit func(check.Value) int) {
	if fit == nil {
		fit = func(check.Value) int { return neutral }
	}
	s := k.scope()
	for _, c := range s.Columns {
		rank := fit(c.Value)
		if rank == neutral {
			rank = fits
		}
		if c.Class() == check.Record { // its fields may fit
			rank = min(rank, neutral)
			dot := "."
			if c.MayBeAbsent() {
				dot = "?."
			}
			for _, f := range c.Members() {
				k.add(Item{Label: c.Name + dot + f.Name, Insert: syntax.Quote(c.Name) + dot + syntax.Quote(f.Name), Kind: FieldItem, Detail: f.String(), Rank: fit(f.Value)})
			}
		}
		k.add(columnItem(c, rank))
	}
	for _, l := range s.Locals {
		if l.Name != marker {
			k.add(k.known.valueItem(l, LocalItem, min(fit(l.Value), remote)))
		}
	}
	for _, b := range k.bindings() {
		rank := remote
		if b.Class() != check.Table || !s.InRow {
			rank = max(fits, min(neutral, fit(b.Value)))
		}
		if b.Class() == check.Table && !s.InRow {
			rank = fits
		}
		if b.Class() == check.Function || b.Class() == check.Package {
			rank = neutral
		}
		k.add(k.of(b.Value).valueItem(b, BindingItem, rank))
	}
	for _, p := range k.known.facts.Params() {
		k.add(Item{Label: "$" + p.Name, Insert: "$" + syntax.Quote(p.Name), Kind: ParamItem, Detail: p.String(), Rank: max(fits, fit(p.Value))})
	}
	if !s.InRow {
		k.datasets()
	}
	k.functions(s.InRow)
	k.add(keyword("if", "if ", "`if condition { a } else { b }`", remote), keyword("match", "match ", "`match x { | pattern => value … }`", remote), keyword("not", "not ", "", remote),
		keyword("true", "true", "", remote), keyword("false", "false", "", remote), keyword("none", "none", "The absent value.", remote))
}

// bindings are those of the program. What this completion did not evaluate is as it was when the program was last checked.
func (k *completer) bindings() []check.Member {
	out := k.known.facts.Bindings()
	last := k.m.latest()
	if last == nil {
		return out
	}
	was := map[string]check.Value{}
	for _, b := range last.facts.Bindings() {
		was[b.Name] = b.Value
	}
	for i, b := range out {
		if v, ok := was[b.Name]; ok && b.Class() == check.Unknown {
			out[i].Value = v
		}
	}
	return out
}

// of is the knowledge that a value is from.
func (k *completer) of(v check.Value) *known {
	if last := k.m.latest(); last != nil && v.In(last.facts) {
		return last
	}
	return k.known
}

func (k *completer) functions(inRow bool) {
	group := k.inGroup()
	for _, f := range funcs.All {
		if !isWord(f.Name) {
			continue
		}
		rank := neutral
		switch {
		case f.Kind == funcs.Scalar && !inRow:
			rank = remote
		case f.Kind != funcs.Scalar && group:
			rank = fits
		case f.Kind != funcs.Scalar:
			rank = remote
		}
		k.add(builtinItem(f, rank))
	}
	search := k.inSearch()
	for _, d := range check.Stages() {
		switch {
		case d.FromNothing && isSearchQuery(d):
			if search {
				k.add(stageItem(d, exact))
			}
		case d.FromNothing && !inRow:
			k.add(stageItem(d, neutral))
		}
	}
}

// isSearchQuery reports whether something makes a query for search, and is of no use elsewhere.
func isSearchQuery(d check.StageDoc) bool { return strings.HasPrefix(d.Example, "search ") }

// inSearch reports whether the marker is in an argument of search.
func (k *completer) inSearch() bool {
	for i := 1; i < len(k.path); i++ {
		if p, ok := k.up(i).(*syntax.Pipe); ok {
			s, ok := p.Stage.(*syntax.Name)
			return ok && s.Name == "search"
		}
	}
	return false
}

// inGroup reports whether the marker is in braces whose fields are aggregates.
func (k *completer) inGroup() bool {
	for i := range k.path {
		switch n := k.up(i).(type) {
		case *syntax.Braces:
			if n.Kind == syntax.GroupBraces {
				return true
			}
		case *syntax.Pipe:
			if s, ok := n.Stage.(*syntax.Name); ok && s.Name == "agg" && i > 0 {
				return true
			}
		}
	}
	return false
}

func (k *completer) datasets() {
	names, err := k.m.cat.TableNames(k.ctx)
	if err != nil {
		return // the catalogue says so itself, where a table is used
	}
	for _, name := range names {
		k.add(Item{Label: name, Insert: syntax.Quote(name), Kind: DatasetItem, Detail: "dataset", Rank: fits})
	}
}

func (k *completer) statement() {
	k.add(keyword("import", "import ", "`import scope/package@^1.2 (function)` makes functions of a package callable.", remote),
		keyword("param", "param ", "`param day: date = d'2024-01-31'` is a value that a run is given.", remote),
		keyword("type", "type ", "`type Point = {lat: float, lon: float}` names a type.", remote),
		keyword("export", "export ", "`export f = x => …` makes a binding visible to other programs.", remote))
}

// stage lists what can stand behind the arrow: what takes the value that is piped.
func (k *completer) stage(p *syntax.Pipe) {
	in, _ := k.known.facts.Value(p.Input.Place())
	class := in.Class()
	t, typed := in.Type()
	rows := class == check.Table || class == check.List && t.Elem != nil && t.Elem.Kind == types.Record
	for _, d := range check.Stages() {
		switch {
		case d.FromNothing:
		case d.Name == "over":
			if in.IsAggregate() {
				k.add(stageItem(d, exact))
			}
		case rows:
			k.add(stageItem(d, exact))
		case class == check.Unknown:
			k.add(stageItem(d, fits))
		}
	}
	accepts := func(f *funcs.Func) (bool, int) {
		if class == check.Unknown {
			return true, neutral
		}
		if !typed {
			return false, 0
		}
		ok, same := f.Accepts(0, t)
		switch {
		case f.Kind != funcs.Scalar:
			return ok && k.row() != nil, remote
		case same:
			return ok, exact
		}
		return ok, fits
	}
	if class != check.Table {
		for _, f := range funcs.All {
			if ok, rank := accepts(f); ok && isWord(f.Name) {
				k.add(builtinItem(f, rank))
			}
		}
		k.add(keyword("match", "match ", "`x -> match { | pattern => value … }`", remote))
	}
	for _, v := range append(k.scope().Locals, k.bindings()...) {
		if rank, ok := takes(v.Value, in); ok {
			k.add(k.of(v.Value).valueItem(v, FunctionItem, rank))
		}
	}
}

// takes reports whether a function of the program takes a value as its first argument, as far as that is written.
func takes(f, in check.Value) (int, bool) {
	t, typed := in.Type()
	u := f.Function()
	switch {
	case f.Class() == check.Package, f.Class() == check.Window && in.IsAggregate():
		return neutral, true
	case f.Class() != check.Function:
		return 0, false
	case u == nil:
		l := f.Lambda()
		return fits, l == nil || len(l.Params) > 0
	case in.Class() == check.Unknown:
		return fits, len(u.Params) > 0
	case !typed || len(u.Params) == 0:
		return 0, false
	}
	rank := fitness(u.Params[0].Type)(check.ValueOf(t))
	return rank, rank < unfit
}
