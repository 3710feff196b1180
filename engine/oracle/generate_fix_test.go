package oracle

import (
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// recursion makes pairs of the rows so far and lets them recur over the pairs of another table: cycles, duplicates and rows that
// lead nowhere come by themselves. Steps end because they only join what is there, or count to a bound.
func (g *generator) recursion() []*tree {
	i := g.r.IntN(len(g.tables))
	other := &generator{r: g.r, cols: g.columns[i], functions: g.functions}
	x, y, d := g.fresh(), g.fresh(), ""
	p, q := g.fresh(), g.fresh()
	fields := []*tree{field(x, g.plain(types.Int, 1)), field(y, g.plain(types.Int, 1))}
	cols := []column{{name: x, kind: types.Int}, {name: y, kind: types.Int}}
	keep, next := "", ""
	if g.r.IntN(2) == 0 {
		c := column{name: g.fresh(), kind: types.Int}
		switch g.r.IntN(4) {
		case 0: // any value of any type, which is carried along
			c.kind = g.kind()
			e, opt := g.expr(c.kind, 1)
			c.opt = opt
			fields, next = append(fields, field(c.name, e)), c.name
		case 1:
			fields, next = append(fields, field(c.name, leaf(fmt.Sprintf("abs(%s %% 5)", g.plain(types.Int, 0))))), c.name+" + 1"
			keep = "min"
		case 2:
			fields, next = append(fields, field(c.name, leaf(fmt.Sprintf("%s %% 5", g.plain(types.Int, 0))))), fmt.Sprintf("least(%s + 1, 6)", c.name)
			keep = "max"
		case 3:
			c.kind = types.Bool
			fields = append(fields, field(c.name, g.condition(0)))
			next = fmt.Sprintf("%s %s %s > 2", c.name, pick(g, "or", "and"), y)
			keep = map[bool]string{true: "bool_or", false: "bool_and"}[strings.Contains(next, " or ")]
		}
		d, cols = c.name, append(cols, c)
	}
	edges := fmt.Sprintf("(%s -> { %s: %s, %s: %s })", g.tables[i].name, p, other.plain(types.Int, 0), q, other.plain(types.Int, 0))
	// row is a row of the step; the third column comes of that of the row before, or stays.
	row := func(a, b string, moves bool) string {
		dot := func(e string) string { return strings.ReplaceAll(strings.ReplaceAll(e, x, "."+x), y, "."+y) }
		out := fmt.Sprintf("{ %s: %s, %s: %s", x, dot(a), y, dot(b))
		if d != "" && moves {
			out += fmt.Sprintf(", %s: %s", d, dot(next))
		} else if d != "" {
			out += ", " + d
		}
		return out + " }"
	}
	steps := []string{
		fmt.Sprintf("r -> join_many(%s, on: %s == %s) -> %s", edges, y, p, row(x, q, true)),
		fmt.Sprintf("%s -> join_many(r, on: %s == %s) -> %s", edges, q, x, row(p, y, true)),
		fmt.Sprintf("r -> join_many(r -> { %s: %s, %s: %s }, on: %s == %s) -> %s", p, x, q, y, y, p, row(x, q, true)),
		fmt.Sprintf("(r -> join_many(%s, on: %s == %s) -> %s) -> union(r -> %s)", edges, y, p, row(x, q, true), row(y, x, false)),
		fmt.Sprintf("r -> semi(%s, on: %s == %s) -> %s", edges, y, p, row(y, x, true)),
		fmt.Sprintf("r -> anti(%s, on: %s == %s) -> %s", edges, y, p, row(y, x, true)),
		fmt.Sprintf("r -> join_left(%s, on: %s == %s) -> %s", edges, y, p, row(y, q+" ?? "+x, false)),
		fmt.Sprintf("fix(r, s => s -> join_many(%s, on: %s == %s) -> %s%s) -> %s", edges, y, p, row(x, q, true), keeping(d, keep), row(y, x, false)),
		fmt.Sprintf("r -> semi(%s -> semi(r -> { z: %s }, on: %s == z), on: %s == %s) -> %s", edges, x, p, y, q, row(x, x, false)),
	}
	if d == "" {
		steps = append(steps,
			fmt.Sprintf("%s -> semi(r -> filter %s != 1, on: %s == %s) -> { %s: %s, %s: %s }", edges, x, p, y, x, p, y, q),
			fmt.Sprintf("r -> except(%s -> { %s: %s, %s: %s }) -> %s", edges, x, p, y, q, row(y, x, true)),
			fmt.Sprintf("r -> join_many(%s, on: %s == %s) -> %s -> intersect(r -> %s)", edges, y, p, row(x, q, true), row(y, x, true)),
		)
	}
	g.only(cols)
	return []*tree{record("", fields), leaf("fix(r => " + steps[g.r.IntN(len(steps))] + keeping(d, keep) + ")")}
}

func keeping(column, fn string) string {
	if fn == "" {
		return ""
	}
	return ", keep: {" + column + ": " + fn + "}"
}
