package funcs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Reference is the library as a Markdown page, a chapter a family, in the order of All.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Functions\n\n" +
		"Every operator of DreamQL and its " + strconv.Itoa(len(Callable())) + " functions. Each example is executed by the tests. This page is generated from the table in\n" +
		"`engine/funcs`; change it there.\n\n" +
		"In a signature `T` and `U` stand for any type, `O` for any ordered type, `N` for `int`, `float` or `decimal`; `T?` may be absent and\n" +
		"`T…` may be repeated. Where a parameter is not optional, an absent argument makes the result absent. An `int` is taken where a\n" +
		"`float` or a `decimal` is asked for, and a `date` where a `timestamp` is.\n")
	var families []string
	for _, f := range All {
		if !slices.Contains(families, f.Family) {
			families = append(families, f.Family)
		}
	}
	for _, family := range families {
		fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(family[:1])+family[1:])
		for _, f := range All {
			if f.Family == family {
				f.reference(&b)
			}
		}
	}
	return b.String()
}

// Callable lists the functions that people call by name: all but operators, and the functions over lists behind aggregates.
func Callable() []string {
	var out []string
	for _, f := range All {
		c := f.Name[0]
		aggregate := Lookup(strings.TrimPrefix(f.Name, "list_"))
		behind := aggregate != nil && aggregate != f && aggregate.Kind == Aggregate
		if f.Family != "operators" && c >= 'a' && c <= 'z' && !behind {
			out = append(out, f.Name)
		}
	}
	return out
}

func (f *Func) reference(b *strings.Builder) {
	fmt.Fprintf(b, "\n### `%s`\n\n%s\n\n", f.Name, f.Doc)
	listed := f.Listed()
	for _, o := range listed {
		fmt.Fprintf(b, "- `%s%s`\n", f.Name, o.Signature)
	}
	var lines []string
	for _, o := range listed {
		for _, ex := range o.Examples {
			line := ex.Call + "  // " + ex.Result
			if ex.Error != "" {
				line = ex.Call + "  // error: … " + ex.Error + " …"
			}
			if ex.Over != "" {
				line += ", where " + columns(ex.Over)
			}
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n```\n%s\n```\n", strings.Join(lines, "\n"))
	}
}

// columns names an example's columns x and y.
func columns(over string) string {
	if x, y, two := strings.Cut(over, "], ["); two {
		return "x is " + x + "] and y is [" + y + " in the rows"
	}
	return "x is " + over + " in the rows"
}

// Listed are the overloads that a program can call.
func (f *Func) Listed() []Overload {
	return slices.DeleteFunc(slices.Clone(f.Overloads), func(o Overload) bool { return o.Unlisted })
}
