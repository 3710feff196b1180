package oracle

import (
	"fmt"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/types"
)

var scalarKinds = []types.Kind{types.Int, types.Int, types.Float, types.String, types.Bool, types.Date, types.Timestamp}

// kind prefers what there are columns of.
func (g *generator) kind() types.Kind {
	k := scalarKinds[g.r.IntN(len(scalarKinds))]
	for range 3 {
		if len(g.usable(k)) > 0 {
			break
		}
		k = scalarKinds[g.r.IntN(len(scalarKinds))]
	}
	return k
}

func pick[T any](g *generator, xs ...T) T { return xs[g.r.IntN(len(xs))] }

// literal writes a constant.
func (g *generator) literal(k types.Kind) *tree {
	switch v := randomValue(g.r, column{kind: k}, false).(type) {
	case int64:
		if g.r.IntN(60) == 0 {
			return leaf("9223372036854775807")
		}
		if v < 0 {
			return leaf(fmt.Sprintf("(-%d)", -v))
		}
		return leaf(fmt.Sprint(v))
	case float64:
		if v != v || v < -1000 || v > 1000 || v == 0 {
			v = 0.5
		}
		if v < 0 {
			return leaf(fmt.Sprintf("(-%.2f)", -v))
		}
		return leaf(fmt.Sprintf("%.2f", v))
	case string:
		return leaf("'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v) + "'")
	case Day:
		return leaf("d'" + time.Unix(int64(v)*86400, 0).UTC().Format("2006-01-02") + "'")
	case Instant:
		s, _ := written(v)
		return leaf("ts'" + s + "'")
	case bool:
		return leaf(fmt.Sprint(v))
	}
	panic("no literal of this kind")
}

// usable are the columns of a kind that an expression may read.
func (g *generator) usable(k types.Kind) (out []column) {
	for _, c := range append(g.cols[:len(g.cols):len(g.cols)], g.paths...) {
		if c.kind == k && !c.fuzzy {
			out = append(out, c)
		}
	}
	return out
}

// plain is an expression that is never absent.
func (g *generator) plain(k types.Kind, depth int) *tree {
	e, opt := g.expr(k, depth)
	if opt {
		return infix(e, "??", g.literal(k))
	}
	return e
}

// expr writes an expression of a kind, and whether it may be absent.
func (g *generator) expr(k types.Kind, depth int) (*tree, bool) {
	cs := g.usable(k)
	if depth <= 0 || len(cs) > 0 && g.r.IntN(4) == 0 {
		if len(cs) > 0 && g.r.IntN(6) > 0 {
			c := cs[g.r.IntN(len(cs))]
			return leaf(c.name), c.opt
		}
		return g.literal(k), false
	}
	d := depth - 1
	switch g.r.IntN(12) {
	case 0:
		a, x := g.expr(k, d)
		b, y := g.expr(k, d)
		return choice(g.condition(d), a, b), x || y
	case 1:
		a, _ := g.expr(k, d)
		b, y := g.expr(k, d)
		return infix(a, "??", b), y
	case 2:
		if f, ok := g.call(k, d); ok {
			return f, false
		}
	case 3:
		return g.match(k, d)
	case 4:
		if k != types.Bool {
			a, x := g.expr(k, d)
			b, y := g.expr(k, d)
			return called(pick(g, "least", "greatest"), a, b), x || y
		}
	}
	switch k {
	case types.Int:
		return g.intExpr(d)
	case types.Float:
		return g.floatExpr(d)
	case types.String:
		return g.textExpr(d)
	case types.Date:
		return g.dateExpr(d)
	case types.Timestamp:
		return g.instantExpr(d)
	}
	return g.condition(d), false
}

// call applies one of the program's own functions.
func (g *generator) call(k types.Kind, depth int) (*tree, bool) {
	for _, f := range g.functions {
		if f.result == k && g.r.IntN(2) == 0 {
			var args []*tree
			for _, p := range f.params {
				args = append(args, g.plain(p, depth))
			}
			return called(f.name, args...), true
		}
	}
	return nil, false
}

func (g *generator) match(k types.Kind, d int) (*tree, bool) {
	of := g.kind()
	subject, opt := g.expr(of, d)
	a, x := g.expr(k, d)
	b, y := g.expr(k, d)
	arm := func(pattern string, body *tree) *tree {
		return &tree{open: "| " + pattern + " => ", parts: []*tree{body}}
	}
	arms := []*tree{}
	switch {
	case opt && g.r.IntN(2) == 0:
		body, z := a, x
		if of == k && g.r.IntN(2) == 0 {
			body, z = leaf("found"), false
		}
		arms, x = append(arms, arm("some found", body), arm("none", b)), z
	case of == types.Int || of == types.Float || of == types.Date:
		arms = append(arms, arm(pick(g, "< ", ">= ", "== ")+g.literal(of).String(), a), arm("_", b))
	case of == types.String && !opt:
		arms = append(arms, arm(g.literal(of).String()+" or "+g.literal(of).String(), a), arm("_", b))
	default:
		return a, x
	}
	return &tree{open: "(", sep: " ", close: ")", parts: []*tree{subject, {open: "-> match { ", sep: " ", close: " }", parts: arms, list: true}}}, x || y
}

func (g *generator) lifted1(name string, k types.Kind, d int, more ...*tree) (*tree, bool) {
	a, opt := g.expr(k, d)
	return called(name, append([]*tree{a}, more...)...), opt
}

func (g *generator) lifted2(op string, k types.Kind, d int) (*tree, bool) {
	a, x := g.expr(k, d)
	b, y := g.expr(k, d)
	return infix(a, op, b), x || y
}

func (g *generator) intExpr(d int) (*tree, bool) {
	switch g.r.IntN(13) {
	case 0, 1, 2, 3:
		return g.lifted2(pick(g, "+", "-", "*"), types.Int, d)
	case 4:
		a, x := g.expr(types.Int, d)
		b := pick(g, leaf("2"), leaf("3"), leaf("(-4)"), g.plain(types.Int, d))
		if g.r.IntN(2) == 0 {
			return infix(a, "%", b), x
		}
		return called("div", a, b), x
	case 5:
		return g.lifted1(pick(g, "abs", "sign", "-"), types.Int, d)
	case 6:
		return g.lifted1("len", types.String, d)
	case 7:
		return g.lifted1(pick(g, "year", "month", "day", "quarter", "week", "weekday", "day_of_year"), types.Date, d)
	case 8:
		return g.lifted1(pick(g, "hour", "minute", "second", "microsecond", "year", "week"), types.Timestamp, d)
	case 9:
		a, x := g.expr(types.String, d)
		return called("position", a, g.plain(types.String, 0)), x
	case 10:
		a, _ := g.expr(pick(g, types.String, types.Float), d)
		return called("try_int", a), true
	case 11:
		a, x := g.expr(types.Date, d)
		return called("days_between", a, g.plain(types.Date, 0)), x
	}
	if a, opt := g.exact(); a != nil && g.r.IntN(2) == 0 {
		return called("int", a), opt
	}
	if ls := g.usable(types.List); len(ls) > 0 {
		l := ls[g.r.IntN(len(ls))]
		if l.elem == types.Int && g.r.IntN(2) == 0 {
			return leaf(l.name + fmt.Sprintf("[%s]", pick(g, "0", "-1", "2"))), true
		}
		return called("len", leaf(l.name)), l.opt
	}
	return called("int", g.plain(types.Bool, d)), false
}

func (g *generator) floatExpr(d int) (*tree, bool) {
	switch g.r.IntN(8) {
	case 0, 1, 2:
		return g.lifted2(pick(g, "+", "-", "*"), types.Float, d)
	case 3:
		a, x := g.expr(pick(g, types.Float, types.Int), d)
		return infix(a, "/", pick(g, leaf("2"), leaf("4.0"), leaf("0.5"), g.plain(types.Float, d))), x
	case 4:
		return g.lifted1(pick(g, "abs", "floor", "ceil", "round", "trunc", "sqrt", "-"), types.Float, d)
	case 5:
		return g.lifted1("float", types.Int, d)
	case 6:
		a, x := g.expr(types.Float, d)
		return infix(a, pick(g, "+", "*"), g.plain(types.Int, d)), x
	}
	if a, opt := g.exact(); a != nil && g.r.IntN(2) == 0 {
		return infix(a, "/", pick(g, leaf("4"), g.plain(types.Int, d))), opt
	}
	a, x := g.expr(types.Timestamp, d)
	return called("seconds_between", a, g.plain(types.Timestamp, 0)), x
}

func (g *generator) textExpr(d int) (*tree, bool) {
	switch g.r.IntN(9) {
	case 0, 1:
		return g.lifted2("+", types.String, d)
	case 2:
		return g.lifted1(pick(g, "lower", "upper", "trim", "reverse"), types.String, d)
	case 3:
		return g.lifted1("substring", types.String, d, leaf(pick(g, "1", "2", "4")), leaf(pick(g, "0", "1", "3")))
	case 4:
		return g.lifted1(pick(g, "pad_start", "pad_end"), types.String, d, leaf(pick(g, "0", "3", "5")), leaf(pick(g, "'0'", "'xy'", "'ß'")))
	case 5:
		return g.lifted1("replace", types.String, d, leaf(pick(g, "'a'", "','", "'ß'")), g.plain(types.String, 0))
	case 6:
		return g.lifted1("repeat", types.String, d, leaf(pick(g, "0", "1", "3")))
	case 7:
		if a, opt := g.exact(); a != nil {
			return called("string", a), opt
		}
		k := pick(g, types.Int, types.Bool, types.Date, types.Timestamp, types.Float)
		a, x := g.expr(k, d)
		if k == types.Float {
			a = infix(a, "+", leaf("0.0")) // without a sign of zero
		}
		return called("string", a), x
	}
	a, b := g.plain(types.Int, d), g.plain(types.String, d)
	return &tree{open: "f'<${", sep: "}-${", close: "}>'", parts: []*tree{a, b}}, false
}

func (g *generator) dateExpr(d int) (*tree, bool) {
	switch g.r.IntN(4) {
	case 0, 1:
		a, x := g.expr(types.Date, d)
		return infix(a, pick(g, "+", "-"), leaf(pick(g, "1d", "30d", "1mo", "2w", "1y", "5q"))), x
	case 2:
		return g.lifted1("trunc", types.Date, d, leaf(pick(g, "'year'", "'quarter'", "'month'", "'week'", "'day'")))
	}
	return g.lifted1("date", types.Timestamp, d)
}

func (g *generator) instantExpr(d int) (*tree, bool) {
	switch g.r.IntN(4) {
	case 0, 1:
		a, x := g.expr(types.Timestamp, d)
		return infix(a, pick(g, "+", "-"), leaf(pick(g, "1s", "90m", "36h", "1mo", "1d", "250ms"))), x
	case 2:
		return g.lifted1("trunc", types.Timestamp, d, leaf(pick(g, "'hour'", "'minute'", "'second'", "'month'", "'week'")))
	}
	return g.lifted1("timestamp", types.Date, d)
}

// exact writes a decimal, where there is a column to start from.
func (g *generator) exact() (*tree, bool) {
	cs := g.usable(types.Decimal)
	if len(cs) == 0 {
		return nil, false
	}
	c := cs[g.r.IntN(len(cs))]
	switch g.r.IntN(5) {
	case 0:
		return infix(leaf(c.name), pick(g, "+", "-", "*"), g.plain(types.Int, 0)), c.opt
	case 1:
		d := cs[g.r.IntN(len(cs))]
		return infix(leaf(c.name), pick(g, "+", "-", "*"), leaf(d.name)), c.opt || d.opt
	case 2:
		return called(pick(g, "-", "abs"), leaf(c.name)), c.opt
	}
	return leaf(c.name), c.opt
}

// condition writes a bool that is never absent.
func (g *generator) condition(d int) *tree {
	switch g.r.IntN(11) {
	case 0:
		if d > 0 {
			return infix(g.condition(d-1), pick(g, "and", "or"), g.condition(d-1))
		}
	case 1:
		return &tree{open: "(not ", close: ")", parts: []*tree{g.condition(d - 1)}}
	case 2:
		a, _ := g.expr(g.kind(), d)
		return &tree{open: "(", close: pick(g, " is none)", " is not none)"), parts: []*tree{a}}
	case 3:
		k := pick(g, types.Int, types.String, types.Date)
		a, _ := g.expr(k, d)
		items := &tree{open: "[", sep: ", ", close: "]", list: true, parts: []*tree{g.literal(k), g.literal(k), g.plain(k, d-1)}}
		return infix(a, "in", items)
	case 4:
		k := pick(g, types.Int, types.Float, types.Date)
		a, _ := g.expr(k, d)
		return infix(a, "in", &tree{sep: pick(g, "..", "..<"), parts: []*tree{g.literal(k), g.literal(k)}})
	case 5:
		return called(pick(g, "starts_with", "ends_with", "contains"), g.plain(types.String, d), g.plain(types.String, 0))
	case 6:
		return called("regex_match", g.plain(types.String, d), leaf(pick(g, "r'^a'", "r'\\d+'", "'[ab]$'")))
	case 7:
		if cs := g.usable(types.Bool); len(cs) > 0 {
			c := cs[g.r.IntN(len(cs))]
			if c.opt {
				return infix(leaf(c.name), "??", leaf(pick(g, "true", "false")))
			}
			return leaf(c.name)
		}
	}
	if a, _ := g.exact(); a != nil && g.r.IntN(2) == 0 {
		b, _ := g.exact()
		return infix(a, pick(g, "==", "!=", "<", ">="), pick(g, b, g.literal(types.Int)))
	}
	k := g.kind()
	a, _ := g.expr(k, d)
	b, _ := g.expr(k, d)
	return infix(a, pick(g, "==", "!=", "<", "<=", ">", ">="), b)
}
