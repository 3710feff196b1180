package check

import (
	"strings"
	"unicode"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// Fixes of diagnostics: edits that an editor offers. A fix is given only where it is clear what to write; that the result is then
// right is for the author to say.

// with adds fixes to a diagnostic.
func with(d source.Diagnostic, fixes ...source.Fix) source.Diagnostic {
	for _, f := range fixes {
		if len(f.Edits) > 0 && f.Edits[0].Span.File >= 0 {
			d.Fixes = append(d.Fixes, f)
		}
	}
	return d
}

// spelled offers the near name, if there is one.
func spelled(d source.Diagnostic, at span, near string) source.Diagnostic {
	if near == "" {
		return d
	}
	return with(d, source.Replace("write "+clip(near), at, written(near)))
}

// written is a name as the program writes it, in backquotes where it must be.
func written(name string) string {
	for i, r := range name {
		if r != '_' && r != '$' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return "`" + name + "`"
		}
	}
	return name
}

func insert(title string, at span, offset int, text string) source.Fix {
	return source.Replace(title, span{File: at.File, Start: offset, End: offset}, text)
}

func before(title string, at span, text string) source.Fix { return insert(title, at, at.Start, text) }
func after(title string, at span, text string) source.Fix  { return insert(title, at, at.End, text) }

// around wraps a place.
func around(title string, at span, left, right string) source.Fix {
	return source.Fix{Title: title, Edits: []source.Edit{
		{Span: span{File: at.File, Start: at.Start, End: at.Start}, Text: left},
		{Span: span{File: at.File, Start: at.End, End: at.End}, Text: right},
	}}
}

// defaults are what an absent value of a type is most often taken for.
var defaults = map[types.Kind]string{types.Int: "0", types.Float: "0.0", types.Decimal: "0", types.String: "''", types.Bool: "false", types.Duration: "0s"}

// conversions between types that people mix up, as functions.
func conversion(got, want types.Type) string {
	if got.IsOption() || want.IsOption() {
		return ""
	}
	switch {
	case want.Kind == types.String:
		return "string"
	case want.Kind == types.Float && (got.Kind == types.Decimal || got.Kind == types.Int):
		return "float"
	}
	return ""
}

// withDefault offers ?? and converts, for a value of another type than is needed.
func withDefault(d source.Diagnostic, at span, got, want types.Type) source.Diagnostic {
	if text := defaults[want.Kind]; got.IsOption() && !want.IsOption() && got.Required().Kind == want.Kind && text != "" {
		return with(d, after("give the default "+text, at, " ?? "+text))
	}
	if f := conversion(got, want); f != "" {
		return with(d, around("convert it with "+f+"(…)", at, f+"(", ")"))
	}
	return d
}

// habits are what other languages call things here, where one name stands for the other.
var habits = map[string]string{
	"where": "filter", "having": "filter", "limit": "take", "head": "take", "offset": "skip", "order_by": "sort", "orderby": "sort", "arrange": "sort",
	"mutate": "derive", "extend": "derive", "with_columns": "derive", "explode": "unnest", "flatten": "unnest", "left_join": "join_left",
	"full_join": "join_full", "outer_join": "join_full", "cross_join": "join_cross", "semi_join": "semi", "anti_join": "anti", "inner_join": "join_many",
	"length": "len", "char_length": "len", "substr": "substring", "avg": "mean", "average": "mean", "unique": "distinct", "union_all": "union", "minus": "except", "array_agg": "collect",
	"null": "none", "nil": "none", "undefined": "none", "true": "true", "false": "false",
}

// habitHelp is what to write instead of things that have another form here.
var habitHelp = map[string]string{
	"group": "write t -> { @key, n: count() }", "group_by": "write t -> { @key, n: count() }", "groupby": "write t -> { @key, n: count() }",
	"aggregate": "write t -> agg { n: count() }, or t -> { @key, n: count() }", "summarize": "write t -> { @key, n: count() }", "summarise": "write t -> { @key, n: count() }",
	"select": "write t -> { a, b }", "project": "write t -> { a, b }", "from": "begin with the table's name",
	"join":     "say how many matches are expected: join_one, join_maybe, join_some or join_many",
	"coalesce": "write x ?? y", "ifnull": "write x ?? y", "nvl": "write x ?? y", "iif": "write if condition { a } else { b }",
	"exists": "write semi other, on: key, or anti for the opposite",
}

// near is what a person most likely meant by an unknown name.
func (c *checker) near(name string, candidates []string) string {
	is := habits[strings.ToLower(name)]
	if is == "none" || is == "true" || is == "false" || is != "" && c.isBuiltin(is) {
		return is
	}
	if habitHelp[strings.ToLower(name)] != "" {
		return ""
	}
	return nearest(name, candidates)
}

// otherwise is the help for an unknown name that is near to nothing.
func otherwise(name, help string) string {
	if h := habitHelp[strings.ToLower(name)]; h != "" {
		return h
	}
	return help
}
