package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// program is a random query with its tables. Its stages may be dropped one by one.
type program struct {
	tables []*dataset
	lets   *tree
	stages *tree // the source first
}

func (p *program) text() string {
	return p.lets.String() + p.stages.String()
}

// fn is a function that a program defines.
type fn struct {
	name   string
	params []types.Kind
	result types.Kind
}

type generator struct {
	r         *rand.Rand
	tables    []*dataset
	columns   [][]column
	cols      []column
	paths     []column // fields of nested rows
	functions []fn
	names     int
}

// generate writes a program that the checker should take.
func generate(r *rand.Rand) *program {
	g := &generator{r: r}
	g.tables, g.columns = randomTables(r)
	p := &program{tables: g.tables, lets: &tree{sep: "\n", close: "\n", list: true}}
	for range r.IntN(3) {
		p.lets.parts = append(p.lets.parts, g.function())
	}
	i := r.IntN(len(g.tables))
	g.cols = g.columns[i]
	p.stages = &tree{sep: "\n  -> ", list: true, parts: []*tree{leaf(g.tables[i].name)}}
	for range 1 + r.IntN(5) {
		p.stages.parts = append(p.stages.parts, g.stage()...)
	}
	return p
}

func (g *generator) fresh() string {
	g.names++
	return fmt.Sprintf("x%d", g.names)
}

// function binds a lambda; its body sees its parameters only.
func (g *generator) function() *tree {
	f := fn{name: fmt.Sprintf("f%d", len(g.functions)+1), result: g.kind()}
	inner := &generator{r: g.r, functions: g.functions}
	var params []string
	for i := range 1 + g.r.IntN(2) {
		k := g.kind()
		name := fmt.Sprintf("p%d", i)
		f.params = append(f.params, k)
		params = append(params, name+": "+types.Of(k).String())
		inner.cols = append(inner.cols, column{name: name, kind: k})
	}
	body := inner.plain(f.result, 2)
	g.functions = append(g.functions, f)
	return &tree{open: f.name + " = (" + strings.Join(params, ", ") + ") => ", parts: []*tree{body}}
}

func (g *generator) stage() []*tree {
	for {
		if s := g.tryStage(); s != nil {
			return s
		}
	}
}

func one(t *tree) []*tree { return []*tree{t} }

func stageOf(head string, parts ...*tree) *tree { return &tree{open: head, sep: ", ", parts: parts} }

func (g *generator) tryStage() []*tree {
	switch g.r.IntN(23) {
	case 0, 1, 2:
		return one(stageOf("filter ", g.condition(2)))
	case 3, 4:
		return one(g.derive())
	case 5, 6:
		return one(g.mapped())
	case 7, 8:
		return g.grouped()
	case 9:
		if s := g.ordering(); s != nil {
			return one(s)
		}
	case 10:
		if s := g.ordering(); s != nil && g.total() {
			return []*tree{s, leaf(fmt.Sprintf("%s %d", pick(g, "take", "take", "skip"), g.r.IntN(6)))}
		}
	case 11:
		if s := g.keys(); s != nil && g.total() {
			by := ""
			if cs := g.sortable(); g.r.IntN(2) == 0 {
				by = ", by: " + cs[g.r.IntN(len(cs))].name
			}
			return one(leaf(fmt.Sprintf("top %d%s, order: [%s]", 1+g.r.IntN(3), by, s)))
		}
	case 12:
		for _, c := range g.cols {
			if c.fuzzy {
				return nil
			}
		}
		return one(leaf("distinct"))
	case 13:
		other := *g
		var s *tree
		if g.r.IntN(2) == 0 {
			s = stageOf("filter ", other.condition(2))
		} else {
			s = leaf("distinct")
		}
		for _, c := range g.cols {
			if c.fuzzy || c.kind == types.Record {
				return nil
			}
		}
		return one(&tree{open: "(t => t -> union (t -> ", parts: []*tree{s}, close: "))"})
	case 14, 15, 16:
		return g.join()
	case 17:
		return g.window()
	case 18:
		return g.unnest()
	case 19:
		return g.small()
	case 20:
		return g.inOrder()
	case 21:
		return g.nest()
	case 22:
		return g.recursion()
	}
	return nil
}

// small is the stages that do little.
func (g *generator) small() []*tree {
	i := g.r.IntN(len(g.cols))
	switch g.r.IntN(3) {
	case 0:
		if len(g.cols) > 1 && g.cols[i].kind != types.Record {
			name := g.cols[i].name
			g.cols = append(append([]column{}, g.cols[:i]...), g.cols[i+1:]...)
			return one(leaf("drop " + name))
		}
	case 1:
		if g.cols[i].kind != types.Record {
			old := g.cols[i].name
			g.cols = append([]column{}, g.cols...)
			g.cols[i].name = g.fresh()
			return one(leaf("rename " + g.cols[i].name + ": " + old))
		}
	case 2:
		if g.r.IntN(3) == 0 {
			g.only([]column{{name: "count", kind: types.Int}})
			return one(leaf("count"))
		}
	}
	return nil
}

func (g *generator) only(cs []column) {
	g.cols, g.paths = cs, nil
}

// computed is a field with a new name.
func (g *generator) computed() (*tree, column) {
	k := g.kind()
	e, opt := g.expr(k, 3)
	c := column{name: g.fresh(), kind: k, opt: opt}
	return field(c.name, e), c
}

func (g *generator) derive() *tree {
	var fields []*tree
	var added []column
	for range 1 + g.r.IntN(3) {
		f, c := g.computed()
		fields, added = append(fields, f), append(added, c)
		if g.r.IntN(2) == 0 {
			g.cols = append(g.cols[:len(g.cols):len(g.cols)], c) // later fields see it
			added = added[:len(added)-1]
		}
	}
	g.cols = append(g.cols[:len(g.cols):len(g.cols)], added...)
	return record("derive ", fields)
}

func (g *generator) mapped() *tree {
	var fields []*tree
	var out []column
	for _, c := range g.cols {
		if g.r.IntN(3) > 0 && c.kind != types.Record {
			fields, out = append(fields, leaf(c.name)), append(out, c)
		}
	}
	for range 1 + g.r.IntN(2) {
		f, c := g.computed()
		fields, out = append(fields, f), append(out, c)
	}
	if l, c, ok := g.listField(); ok {
		fields, out = append(fields, l), append(out, c)
	}
	g.only(out)
	return record(pick(g, "map ", ""), fields)
}

func (g *generator) listField() (*tree, column, bool) {
	if g.r.IntN(5) > 0 {
		return nil, column{}, false
	}
	k := pick(g, types.Int, types.String)
	c := column{name: g.fresh(), kind: types.List, elem: k}
	if k == types.String && g.r.IntN(2) == 0 {
		return field(c.name, called("split", g.plain(k, 1), leaf("','"))), c, true
	}
	items := &tree{open: "[", sep: ", ", close: "]", list: true, parts: []*tree{g.plain(k, 1), g.plain(k, 1), g.plain(k, 0)}}
	if g.r.IntN(2) == 0 {
		return field(c.name, called(pick(g, "sort", "distinct"), items)), c, true
	}
	return field(c.name, items), c, true
}

// grouped groups, or aggregates the whole table.
func (g *generator) grouped() []*tree {
	var fields []*tree
	var out []column
	whole := g.r.IntN(4) == 0
	if !whole {
		for range 1 + g.r.IntN(2) {
			k := pick(g, types.Int, types.String, types.Date, types.Bool, types.Float)
			if cs := g.usable(k); len(cs) > 0 && g.r.IntN(3) > 0 {
				c := cs[g.r.IntN(len(cs))]
				name := g.fresh()
				fields = append(fields, field("@"+name, leaf(c.name)))
				c.name = name
				out = append(out, c)
				continue
			}
			e, opt := g.expr(k, 2)
			c := column{name: g.fresh(), kind: k, opt: opt}
			fields, out = append(fields, field("@"+c.name, e)), append(out, c)
		}
	}
	for range 1 + g.r.IntN(3) {
		e, c := g.aggregate()
		c.name = g.fresh()
		fields, out = append(fields, field(c.name, e)), append(out, c)
	}
	g.only(out)
	if whole {
		return one(record("agg ", fields))
	}
	return one(record("", fields))
}

// aggregate writes an aggregate that does not depend on the order of rows.
func (g *generator) aggregate() (*tree, column) {
	arg := func(k types.Kind) *tree {
		e, _ := g.expr(k, 2)
		return e
	}
	k := g.kind()
	if a, _ := g.exact(); a != nil && g.r.IntN(3) == 0 {
		if g.r.IntN(2) == 0 {
			return called("sum", a), column{kind: types.Decimal}
		}
		return called(pick(g, "min", "max"), a), column{kind: types.Decimal, opt: true}
	}
	switch g.r.IntN(11) {
	case 0:
		return leaf("count()"), column{kind: types.Int}
	case 1:
		return called("count", arg(k)), column{kind: types.Int}
	case 2:
		return called("count_if", g.condition(2)), column{kind: types.Int}
	case 3:
		for _, c := range g.usable(types.Float) {
			if c.exact && g.r.IntN(2) == 0 {
				return called("sum", leaf(c.name)), column{kind: types.Float, exact: true}
			}
		}
		return called("sum", arg(types.Float)), column{kind: types.Float, fuzzy: true}
	case 4, 5:
		return called("sum", arg(types.Int)), column{kind: types.Int}
	case 6:
		for _, c := range g.usable(types.Float) {
			if c.exact {
				return called(pick(g, "mean", "stddev", "variance", "median"), leaf(c.name)), column{kind: types.Float, opt: true, fuzzy: true}
			}
		}
		return called("mean", arg(types.Int)), column{kind: types.Float, opt: true, fuzzy: true}
	case 7:
		return called(pick(g, "min", "max"), arg(k)), column{kind: k, opt: true}
	case 8:
		return called("count_distinct", arg(k)), column{kind: types.Int}
	case 9:
		return called(pick(g, "bool_and", "bool_or"), arg(types.Bool)), column{kind: types.Bool}
	}
	k = pick(g, types.Int, types.String)
	return &tree{open: "(", sep: " -> ", close: ")", parts: []*tree{called(pick(g, "collect", "collect_distinct"), arg(k)), leaf("sort")}}, column{kind: types.List, elem: k}
}

// inOrder sorts by all columns, and then aggregates what depends on the order of rows.
func (g *generator) inOrder() []*tree {
	order := g.ordering()
	if order == nil {
		return nil
	}
	cs := g.sortable()
	c := cs[g.r.IntN(len(cs))]
	key := column{name: g.fresh(), kind: c.kind, opt: c.opt}
	fields, out := []*tree{field("@"+key.name, leaf(c.name))}, []column{key}
	for range 1 + g.r.IntN(2) {
		k := g.kind()
		e, _ := g.expr(k, 1)
		c := column{name: g.fresh(), kind: k, opt: true}
		var f *tree
		switch g.r.IntN(4) {
		case 0:
			k = pick(g, types.Int, types.String)
			e, _ = g.expr(k, 1)
			c.kind, c.elem, c.opt = types.List, k, false
			f = called(pick(g, "collect", "collect_distinct"), e)
		case 1:
			by, _ := g.expr(pick(g, types.Int, types.Date, types.String), 1)
			f = called(pick(g, "arg_min", "arg_max"), e, by)
		default:
			f = called(pick(g, "first", "last", "mode"), e)
		}
		fields, out = append(fields, field(c.name, f)), append(out, c)
	}
	g.only(out)
	return []*tree{order, record("", fields)}
}

// nest puts values into a record.
func (g *generator) nest() []*tree {
	c := column{name: g.fresh(), kind: types.Record}
	var fields []*tree
	for _, name := range []string{"p", "q"} {
		k := g.kind()
		e, opt := g.expr(k, 1)
		fields = append(fields, field(name, e))
		defer func() {
			g.paths = append(g.paths[:len(g.paths):len(g.paths)], column{name: c.name + "." + name, kind: k, opt: opt})
		}()
	}
	g.cols = append(g.cols[:len(g.cols):len(g.cols)], c)
	return one(record("derive ", []*tree{field(c.name, record("", fields))}))
}

func (g *generator) sortable() (out []column) {
	for _, c := range g.cols {
		if c.kind != types.List && c.kind != types.Record {
			out = append(out, c)
		}
	}
	return out
}

// total reports whether rows that tie in an order by all columns are equal.
func (g *generator) total() bool {
	for _, c := range g.cols {
		if c.fuzzy || c.kind == types.List || c.kind == types.Record {
			return false
		}
	}
	return true
}

// keys orders by every column, in some order.
func (g *generator) keys() *tree {
	cs := g.sortable()
	if len(cs) == 0 {
		return nil
	}
	g.r.Shuffle(len(cs), func(i, j int) { cs[i], cs[j] = cs[j], cs[i] })
	t := &tree{sep: ", "}
	for _, c := range cs {
		t.parts = append(t.parts, leaf(pick(g, "", "-")+c.name))
	}
	return t
}

func (g *generator) ordering() *tree {
	keys := g.keys()
	if keys == nil || !g.total() {
		return nil
	}
	return stageOf("sort ", keys)
}

func (g *generator) window() []*tree {
	by := ""
	if cs := g.sortable(); len(cs) > 0 && g.r.IntN(3) > 0 {
		if c := cs[g.r.IntN(len(cs))]; !c.fuzzy {
			by = "by: " + c.name
		}
	}
	var call *tree
	var c column
	order := ""
	if keys := g.keys(); keys != nil && g.total() {
		order = "order: [" + keys.String() + "]"
	}
	rows := ""
	switch {
	case order != "" && g.r.IntN(2) == 0:
		k := g.kind()
		arg, _ := g.expr(k, 1)
		switch g.r.IntN(6) {
		case 0:
			call, c = leaf("row_number()"), column{kind: types.Int}
		case 1:
			call, c = leaf(pick(g, "rank()", "dense_rank()")), column{kind: types.Int}
		case 2:
			call, c = leaf(fmt.Sprintf("ntile(%d)", 1+g.r.IntN(4))), column{kind: types.Int}
		case 3:
			call, c = called(pick(g, "lag", "lead"), arg), column{kind: k, opt: true}
		case 4:
			call, c = called(pick(g, "lag", "lead"), arg, leaf(fmt.Sprint(g.r.IntN(4)))), column{kind: k, opt: true}
		case 5:
			call, c = called(pick(g, "first", "last"), arg), column{kind: k, opt: true}
			rows = pick(g, "", "rows: ..0", "rows: -1..1", "rows: 1..")
		}
	case order != "":
		call, c = g.aggregate()
		rows = pick(g, "", "rows: ..0", "rows: -2..0", "rows: -1..1", "rows: 1..2", "rows: 0..")
	default:
		call, c = g.aggregate()
	}
	if c.kind == types.List {
		return nil
	}
	var args []*tree
	for _, a := range []string{by, order, rows} {
		if a != "" {
			args = append(args, leaf(a))
		}
	}
	c.name = g.fresh()
	over := &tree{open: "over(", sep: ", ", close: ")", parts: args, list: true}
	f := field(c.name, &tree{open: "(", sep: " -> ", close: ")", parts: []*tree{call, over}})
	g.cols = append(g.cols[:len(g.cols):len(g.cols)], c)
	return one(record("derive ", []*tree{f}))
}

func (g *generator) unnest() []*tree {
	for i, c := range g.cols {
		if c.kind != types.List {
			continue
		}
		g.cols = append([]column{}, g.cols...)
		elem := column{name: g.fresh(), kind: c.elem}
		if g.r.IntN(2) == 0 {
			elem.name = c.name
			g.cols[i] = elem
			return one(leaf("unnest " + c.name))
		}
		g.cols = append(g.cols, elem)
		return one(leaf("unnest " + c.name + ", as: " + elem.name))
	}
	return nil
}

// join joins another table, whose columns get new names or are nested.
func (g *generator) join() []*tree {
	kind := pick(g, "join_one", "join_maybe", "join_some", "join_many", "join_many", "join_left", "join_left", "join_full", "join_cross", "semi", "anti")
	i := g.r.IntN(len(g.tables))
	right := append([]column{}, g.columns[i]...)
	source := &tree{open: "(", sep: " -> ", close: ")", parts: []*tree{leaf(g.tables[i].name)}}
	nested := ""
	if g.r.IntN(2) == 0 {
		nested = g.fresh()
	}
	sub := &generator{r: g.r, cols: right, functions: g.functions}
	if g.r.IntN(3) == 0 {
		source.parts = append(source.parts, stageOf("filter ", sub.condition(1)))
	}
	if nested == "" {
		var fields []*tree
		for j := range right {
			name := g.fresh()
			fields = append(fields, field(name, leaf(right[j].name)))
			right[j].name = name
		}
		source.parts = append(source.parts, record("", fields))
	} else if g.r.IntN(3) == 0 {
		var fields []*tree
		var kept []column
		for _, c := range right {
			if c.kind != types.List {
				fields, kept = append(fields, leaf(c.name)), append(kept, c)
			}
		}
		source.parts = append(source.parts, record("", fields), leaf("distinct"))
		right = kept
	}
	inside := append([]column{}, right...)
	if nested != "" {
		for j := range inside {
			inside[j].name = nested + "." + inside[j].name
		}
	}
	on := g.on(inside)
	if on == nil && kind != "join_cross" {
		return nil
	}
	args := []*tree{source}
	if nested != "" {
		args = append(args, leaf("as: "+nested))
	}
	if kind != "join_cross" {
		args = append(args, field("on", on))
	}
	t := stageOf(kind+" ", args...)
	g.joined(kind, nested, inside)
	return one(t)
}

// on writes keys that are equal, and sometimes something more.
func (g *generator) on(right []column) *tree {
	inner := &generator{r: g.r, cols: right}
	k := pick(g, types.Int, types.Int, types.Int, types.String, types.Date, types.Float, types.Bool)
	if len(g.usable(k)) == 0 || len(inner.usable(k)) == 0 {
		k = types.Int
	}
	if len(g.usable(k)) == 0 || len(inner.usable(k)) == 0 {
		return nil
	}
	on := &tree{sep: " and ", list: true, parts: []*tree{infix(g.plain(k, 1), "==", inner.plain(k, 0))}}
	if g.r.IntN(3) == 0 {
		both := &generator{r: g.r, cols: append(g.cols[:len(g.cols):len(g.cols)], right...), paths: g.paths, functions: g.functions}
		// an equality would be a key, which must not be absent
		on.parts = append(on.parts, &tree{open: "(not ", close: ")", parts: []*tree{both.condition(1)}})
	}
	return on
}

func (g *generator) joined(kind, nested string, right []column) {
	optional := func(cs []column) []column {
		cs = append([]column{}, cs...)
		for i := range cs {
			cs[i].opt = true
			if nested != "" {
				cs[i].name = strings.Replace(cs[i].name, nested+".", nested+"?.", 1)
			}
		}
		return cs
	}
	switch kind {
	case "semi", "anti":
		return
	case "join_maybe", "join_left":
		right = optional(right)
	case "join_full":
		right = optional(right)
		g.cols = append([]column{}, g.cols...)
		for i := range g.cols {
			g.cols[i].opt = true
		}
		g.paths = nil
	}
	if nested == "" {
		g.cols = append(g.cols[:len(g.cols):len(g.cols)], right...)
		return
	}
	for _, c := range right {
		if c.kind != types.List {
			g.paths = append(g.paths[:len(g.paths):len(g.paths)], c)
		}
	}
	g.cols = append(g.cols[:len(g.cols):len(g.cols)], column{name: nested, kind: types.Record})
}
