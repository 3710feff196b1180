package exec

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestWaysAgree makes small random tables and random programs over them, and runs each program in every way. Where the plain
// way gives rows, all give the same; where it fails (an overflow, a division by zero), rules may have removed the cause.
func TestWaysAgree(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld()
		shown := ""
		for _, name := range []string{"t", "u"} {
			text := randomTable(r)
			shown += name + "\n" + text
			w.define(t, name, text)
		}
		tries := 3
		if raced {
			tries = 1
		}
		for range tries {
			g := &programs{T: r, cols: plainColumns}
			text := g.program()
			w.prepare(ways[0])
			if _, err := w.plan(t.Context(), text, ways[0]); err != nil {
				r.Fatalf("%s\nis refused: %v", text, err)
			}
			var first string
			for i, y := range ways {
				got, _, err := w.run(t, text, y, false)
				if i == 0 {
					if err != nil {
						if m := err.Error(); !strings.Contains(m, "does not fit") && !strings.Contains(m, "division by zero") {
							r.Fatalf("%s\n%s\nfails: %v", shown, text, err)
						}
						break
					}
					first = got
					continue
				}
				if err != nil {
					r.Fatalf("%s\n%s\n%s fails: %v", shown, text, y.name, err)
				}
				if got != first {
					r.Fatalf("%s\n%s\n%s gives:\n%s\n%s gives:\n%s", shown, text, ways[0].name, first, y.name, got)
				}
			}
		}
	})
}

type kindOf struct {
	name, kind string // int, float, string or date
}

var plainColumns = []kindOf{{"a", "int"}, {"b", "int"}, {"f", "float"}, {"s", "string"}, {"d", "date"}}

func randomTable(r *rapid.T) string {
	ints := []any{0, 1, 2, 3, -1, json.Number("9223372036854775807"), json.Number("-9223372036854775808")}
	pools := [][]any{ints, append([]any{nil, nil}, ints...), {nil, 0.5, 1.5, -2.25, "NaN", "+Inf"}, {nil, "", "x", "X", "é", "xx"},
		{"2024-02-29", "1970-01-01", "1969-12-31"}}
	out := "{a: int, b: int?, f: float?, s: string?, d: date}\n"
	for range rapid.IntRange(0, 12).Draw(r, "rows") {
		row := make([]any, len(pools))
		for i, p := range pools {
			row[i] = rapid.SampledFrom(p).Draw(r, "cell")
		}
		b, _ := json.Marshal(row)
		out += string(b) + "\n"
	}
	return out
}

// programs writes random programs that have no type errors.
type programs struct {
	*rapid.T
	cols  []kindOf
	names int
}

func (g *programs) n(from, to int) int { return rapid.IntRange(from, to).Draw(g.T, "n") }
func (g *programs) of(choices ...string) string {
	return rapid.SampledFrom(choices).Draw(g.T, "choice")
}
func (g *programs) column() kindOf { return rapid.SampledFrom(g.cols).Draw(g.T, "column") }
func (g *programs) fresh() string  { g.names++; return fmt.Sprint("c", g.names) }
func (g *programs) all() string    { return strings.Join(namesOf(g.cols), ", ") }
func (g *programs) some() []kindOf { return g.cols[:g.n(1, len(g.cols))] }
func (g *programs) kind(kind string) (kindOf, bool) {
	var fit []kindOf
	for _, c := range g.cols {
		if c.kind == kind {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return kindOf{}, false
	}
	return rapid.SampledFrom(fit).Draw(g.T, "column"), true
}

func namesOf(cols []kindOf) []string {
	var out []string
	for _, c := range cols {
		out = append(out, c.name)
	}
	return out
}

func (g *programs) program() string {
	out := "t"
	for range g.n(1, 5) {
		out += "\n-> " + g.stage()
	}
	return out
}

func (g *programs) stage() string {
	switch g.n(0, 15) {
	case 0, 1, 2:
		return "filter " + g.predicate(2)
	case 3, 4:
		c := kindOf{g.fresh(), g.of("int", "float", "string", "bool")}
		text := "derive { " + c.name + ": " + g.expr(c.kind, 2) + " }"
		if c.kind != "bool" {
			g.cols = append(g.cols[:len(g.cols):len(g.cols)], c)
		}
		if c.kind == "bool" {
			return "filter " + g.expr("bool", 2)
		}
		return text
	case 5:
		g.cols = g.some()
		return "{ " + g.all() + " }"
	case 6:
		return g.group()
	case 7:
		return "distinct"
	case 8:
		return "sort " + g.all() + " -> take " + fmt.Sprint(g.n(0, 5))
	case 9:
		return fmt.Sprintf("top %d, by: %s, order: [%s]", g.n(0, 3), g.column().name, g.all())
	case 10:
		g.cols = g.cols[:len(g.cols):len(g.cols)]
		return g.of("union", "except", "intersect") + " " + g.other()
	case 11:
		c := kindOf{g.fresh(), "int"}
		text := "derive { " + c.name + ": " + g.of("row_number()", "sum(1)", "count()", "rank()") +
			fmt.Sprintf(" -> over(by: %s, order: [%s], rows: ..0) }", g.column().name, g.all())
		if strings.Contains(text, "row_number") || strings.Contains(text, "rank") {
			text = strings.Replace(text, ", rows: ..0", "", 1)
		}
		g.cols = append(g.cols[:len(g.cols):len(g.cols)], c)
		return text
	case 12:
		return g.unpivot()
	case 13:
		g.cols = []kindOf{{"column", "string"}, {"rows", "int"}, {"absent", "int"}, {"distinct", "int"}, {"min", "string"}, {"max", "string"}}
		return "describe -> { " + g.all() + " }" // not the mean: its last digits depend on the order
	}
	return g.join()
}

func (g *programs) unpivot() string {
	x := g.column()
	name, val := kindOf{g.fresh(), "string"}, kindOf{g.fresh(), x.kind}
	cols, gone := []kindOf{}, []string{}
	for _, c := range g.cols {
		if c.kind == x.kind {
			gone = append(gone, c.name)
		} else {
			cols = append(cols, c)
		}
	}
	g.cols = append(cols, name, val)
	return "unpivot " + strings.Join(gone, ", ") + ", name: " + name.name + ", value: " + val.name
}

// other is the second table with the columns that the first has by now, of the same types.
func (g *programs) other() string {
	var fields []string
	for _, c := range g.cols {
		fields = append(fields, c.name+": "+map[string]string{"int": "." + g.of("a", "b"), "float": ".f", "string": ".s", "date": ".d"}[c.kind])
	}
	return "(u -> { " + strings.Join(fields, ", ") + " })"
}

func (g *programs) group() string {
	keys := g.some()
	if len(keys) > 3 {
		keys = keys[:g.n(0, 3)]
	}
	var fields []string
	for _, k := range keys {
		fields = append(fields, "@"+k.name)
	}
	was := g.cols
	cols := append([]kindOf{}, keys...)
	for range g.n(1, 3) {
		c := kindOf{g.fresh(), "int"}
		text := "count()"
		switch x := rapid.SampledFrom(was).Draw(g.T, "argument"); g.n(0, 5) {
		case 0:
			text = "count_distinct(" + x.name + ")"
		case 1:
			text, c.kind = g.of("min", "max")+"("+x.name+")", x.kind
		case 2:
			text = "count_if(" + g.predicate(1) + ")"
		case 4:
			text, c.kind = g.of("min", "max")+"(collect("+x.name+") -> distinct -> sort -> reverse)", x.kind
		case 3:
			if y, ok := g.kind("int"); ok {
				text = "sum(" + y.name + ")"
			}
		}
		fields, cols = append(fields, c.name+": "+text), append(cols, c)
	}
	g.cols = cols
	if len(keys) == 0 {
		return "agg { " + strings.Join(fields, ", ") + " }"
	}
	return "{ " + strings.Join(fields, ", ") + " }"
}

func (g *programs) join() string {
	kind := g.of("join_many", "join_left", "join_full", "semi", "anti")
	var right []kindOf
	var fields []string
	for _, c := range plainColumns[:g.n(1, 5)] {
		k := kindOf{g.fresh(), c.kind}
		right, fields = append(right, k), append(fields, k.name+": ."+c.name)
	}
	key := rapid.SampledFrom(right).Draw(g.T, "key")
	left, ok := g.kind(key.kind)
	if !ok {
		return "distinct"
	}
	on := fmt.Sprintf("(%s ?? %s) == (%s ?? %s)", left.name, g.literal(key.kind), key.name, g.literal(key.kind))
	was := g.cols
	g.cols = append(g.cols[:len(g.cols):len(g.cols)], right...)
	if g.n(0, 2) == 0 && kind != "join_full" {
		on += " and (false or " + g.predicate(1) + ")" // no further key
	}
	if kind == "semi" || kind == "anti" {
		g.cols = was
	}
	return kind + " (u -> { " + strings.Join(fields, ", ") + " }), on: " + on
}

func (g *programs) literal(kind string) string {
	switch kind {
	case "int":
		return g.of("0", "1", "3", "-1", "9223372036854775807")
	case "float":
		return g.of("0.5", "1.5", "-3.0")
	case "date":
		return g.of("d'2024-02-29'", "d'1970-01-01'")
	}
	return g.of("''", "'x'", "'é'")
}

func (g *programs) predicate(depth int) string {
	c := g.column()
	if depth > 0 {
		switch g.n(0, 4) {
		case 0:
			return "(" + g.predicate(depth-1) + g.of(" and ", " or ") + g.predicate(depth-1) + ")"
		case 1:
			return "not (" + g.predicate(depth-1) + ")"
		}
	}
	switch g.n(0, 5) {
	case 0:
		return "(" + c.name + " is " + g.of("", "not ") + "none)"
	case 1:
		return "(" + c.name + " in [" + g.literal(c.kind) + ", " + g.literal(c.kind) + "])"
	case 2:
		other, _ := g.kind(c.kind)
		return "(" + c.name + g.of(" == ", " != ", " < ", " >= ") + other.name + ")"
	case 3:
		if depth > 0 {
			return "(" + g.expr(c.kind, depth-1) + g.of(" == ", " > ") + g.expr(c.kind, depth-1) + ")"
		}
	}
	return "(" + c.name + g.of(" == ", " != ", " < ", " <= ", " > ", " >= ") + g.literal(c.kind) + ")"
}

func (g *programs) expr(kind string, depth int) string {
	if kind == "bool" {
		return g.predicate(depth)
	}
	c, ok := g.kind(kind)
	if !ok || g.n(0, 5) == 0 {
		return g.literal(kind)
	}
	if depth == 0 || kind == "date" {
		return c.name
	}
	x, y := g.expr(kind, depth-1), g.expr(kind, depth-1)
	switch g.n(0, 3) {
	case 0:
		return "(if " + g.predicate(depth-1) + " { " + x + " } else { " + y + " })"
	case 1:
		return "(" + c.name + " ?? " + g.literal(kind) + ")"
	case 2:
		return map[string]string{"int": "abs(" + x + ")", "float": "round(" + x + ")", "string": g.of("upper", "reverse") + "(" + x + ")"}[kind]
	}
	return "(" + x + map[string]string{"int": g.of(" + ", " - ", " * ", " % "), "float": g.of(" + ", " * "), "string": " + "}[kind] + y + ")"
}
