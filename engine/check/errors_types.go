package check

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// Types and values: DQL3000 to 3999, and the patterns of texts, DQL1055.

func errType(at span, got, want types.Type) source.Diagnostic {
	help := "convert it, or change the type"
	switch {
	case got.IsOption() && !want.IsOption():
		help = "the value may be absent: give a default with ?? …"
	case want.Kind == types.Int && got.Kind == types.Float:
		help = "round it first, as in int(round(x))"
	}
	return withDefault(diag("DQL3001", at, "this is "+article(got)+", and "+article(want)+" is needed", help), at, got, want)
}

func errNoOverload(n syntax.Node, name string, args []types.Type, err error) source.Diagnostic {
	at := n.Place()
	if b, ok := n.(*syntax.Binary); ok {
		at = b.Span
	}
	var got []string
	option := false
	for _, t := range args {
		got = append(got, t.String())
		option = option || t.IsOption()
	}
	var no *funcs.NoOverload
	if !errors.As(err, &no) {
		return diag("DQL3002", at, clip2(err.Error()), "")
	}
	help := ""
	for i := range no.Func.Overloads {
		if i > 0 {
			help += " or "
		}
		if i == 6 {
			help += "…"
			break
		}
		help += no.Func.Name + no.Func.Overloads[i].Signature
	}
	if len(args) == 2 && name[0] < 'A' {
		return diag("DQL3002", at, fmt.Sprintf("%s does not work between %s and %s", name, clip(got[0]), clip(got[1])), "it takes "+help)
	}
	return diag("DQL3002", at, fmt.Sprintf("%s does not take (%s)", name, clip(strings.Join(got, ", "))), "it can be called as "+help)
}

func errArgType(at span, fn, param string, got, want types.Type) source.Diagnostic {
	return withDefault(diag("DQL3003", at, fmt.Sprintf("%s of %s is %s, and this is %s", q(param), q(fn), article(want), article(got)), "convert the argument, or pass another"), at, got, want)
}

func errArgCount(at span, what string, names []string, got int) source.Diagnostic {
	n := fmt.Sprintf("%d arguments", len(names))
	if len(names) == 1 {
		n = "1 argument"
	}
	return diag("DQL3004", at, fmt.Sprintf("%s takes %s and is given %d", what, n, got), "its parameters are ("+clip2(strings.Join(names, ", "))+")")
}

func errArgMissing(at span, what, param string) source.Diagnostic {
	return diag("DQL3005", at, what+" is called without "+q(param), "pass it, by place or as "+clip(param)+": …")
}

func errNoParameter(at span, what, name, near string) source.Diagnostic {
	return spelled(diag("DQL3006", at, what+" has no parameter "+q(name), meant(near, "leave it out, or pass it by place")), at, near)
}

func errGivenTwice(at span, what, name string) source.Diagnostic {
	return diag("DQL3007", at, what+" is given "+q(name)+" twice", "leave one of the two out")
}

func errIntRange(at span) source.Diagnostic {
	return diag("DQL3008", at, "the number does not fit an int (64 bits)", "write it with a point, as 1.0e20, to make it a float")
}

func errFloatRange(at span) source.Diagnostic {
	return diag("DQL3009", at, "the number does not fit a float", "the largest is about 1.8e308")
}

func errDuration(at span) source.Diagnostic {
	return diag("DQL3010", at, "this is not a duration", "write a whole count and a unit: ns us ms s m h d w mo q y, as in 90d")
}

func errLiteral(at span, t types.Type, text string) source.Diagnostic {
	return diag("DQL3011", at, fmt.Sprintf("'%s' is not a %s", clip(text), t), map[types.Kind]string{
		types.Date: "write it as d'2024-01-31'", types.Time: "write it as t'12:30:00'", types.Timestamp: "write it as ts'2024-01-31T12:30:00Z'",
	}[t.Kind])
}

func errDecimalType(at span) source.Diagnostic {
	return diag("DQL3012", at, "decimal needs a precision and a scale", "write decimal<p,s> with p from 1 to 38 and s from 0 to p")
}

func errTableType(at span) source.Diagnostic {
	return diag("DQL3013", at, "table needs the type of its rows", "write table<{a: int, b: string}>")
}

func errNotBool(at span, of string, t types.Type) source.Diagnostic {
	return diag("DQL3014", at, fmt.Sprintf("%s needs a bool, and this is %s", of, article(t)), "compare it with something, as in x > 0")
}

func errOptionalCondition(at span, of string) source.Diagnostic {
	return with(diag("DQL3015", at, of+" needs a bool, and this one may be absent", "say what an absent one means: write … ?? false"), after("take an absent one for false", at, " ?? false"))
}

func errNeverAbsent(at span, t types.Type) source.Diagnostic {
	return warning("DQL3016", at, "this is "+article(t)+", which is never absent", "leave the test or the default out")
}

func errMayBeAbsent(at span, name string) source.Diagnostic {
	return diag("DQL3017", at, "the record may be absent, so "+q(name)+" cannot be taken from it", "reach into it with ?. and give a default with ?? …")
}

// errAbsentMember is errMayBeAbsent for x.name.
func errAbsentMember(e *syntax.Member) source.Diagnostic {
	d := errMayBeAbsent(e.Name.Span, e.Name.Name)
	if dot := e.X.Place().End; dot+1 == e.Name.Span.Start {
		d = with(d, insert("write ?.", e.Name.Span, dot, "?"))
	}
	return d
}

func errNoFields(id syntax.Ident, what string) source.Diagnostic {
	return diag("DQL3018", id.Span, q(id.Name)+" is asked of "+what+", which has no fields", "only a record and a package have fields")
}

func errNotARecord(at span, what string) source.Diagnostic {
	return diag("DQL3019", at, "a record is needed, and this is "+what, "write {name: value, …}")
}

func errRecordsDiffer(at span) source.Diagnostic {
	return diag("DQL3020", at, "the two records have different fields", "give both the same fields")
}

func errRecordLacks(at span, f types.Field) source.Diagnostic {
	return diag("DQL3021", at, "the record has no field "+q(f.Name)+", which its type asks for", "add "+clip(f.Name)+", "+clip(article(f.Type)))
}

func errRecordExtra(at span, name string, t types.Type) source.Diagnostic {
	return diag("DQL3022", at, "the record has a field "+q(name)+", which its type "+clip(t.String())+" does not have", "leave it out")
}

func errMixedList(at span, a, b types.Type) source.Diagnostic {
	return diag("DQL3023", at, fmt.Sprintf("a list holds values of one type, and this one has %s and %s", article(a), article(b)), "convert the one or the other")
}

func errBranches(at span, a, b types.Type) source.Diagnostic {
	return diag("DQL3024", at, fmt.Sprintf("the branches have different types: %s before, and %s here", article(a), article(b)), "convert the one or the other")
}

func errNotExhaustive(at span) source.Diagnostic {
	return with(diag("DQL3025", at, "the match does not cover every value", "add a last arm | _ => …"), insert("add an arm | _ => none", at, at.End-1, " | _ => none "))
}

func errUnreachable(at span) source.Diagnostic {
	return warning("DQL3026", at, "this arm is never reached, since one before it takes every value", "move it up, or remove it")
}

func errRefutable(at span) source.Diagnostic {
	return diag("DQL3028", at, "a binding takes names only, and this pattern may fail", "use match for patterns that may fail")
}

func errRangeValue(at span) source.Diagnostic {
	return diag("DQL3029", at, "a range is not a value by itself", "use it with in, in a pattern, or in rows:")
}

func errNotASet(at span, what string) source.Diagnostic {
	help := "write x in 1..5 or x in [1, 2]"
	if what == "a table" {
		help = "write t -> semi other, on: key, to keep the rows that have a match"
	}
	return diag("DQL3031", at, "in needs a range or a list, and this is "+what, help)
}

func errNotOrdered(at span, t types.Type) source.Diagnostic {
	return diag("DQL3032", at, "values of type "+clip(t.String())+" have no order to sort by", "sort by a part of it")
}

func errNotAList(at span, t types.Type) source.Diagnostic {
	return diag("DQL3033", at, "unnest needs a list, and this is "+article(t), "name a column that holds lists")
}

func errNotAValue(at span, what string) source.Diagnostic {
	help := "call it with its arguments"
	if what == "a table" {
		help = "make it one row with -> agg {…}, whose columns are values, or join it"
	}
	return diag("DQL3034", at, what+" cannot be used as a value here", help)
}

func errFunctionForColumn(at span, name, near string) source.Diagnostic {
	return spelled(diag("DQL3034", at, "there is no column "+q(name)+", and the function of that name is not a value", meant(near, "")), at, near)
}

func errManyColumns(at span, columns []string) source.Diagnostic {
	return diag("DQL3045", at, fmt.Sprintf("this row has %d columns, and one value is needed", len(columns)), "take one of them, as in ."+clip(columns[0]))
}

func errParamDefault(at span, name string) source.Diagnostic {
	return diag("DQL3046", at, "the default of $"+clip(name)+" is not known before the run", "write a value that does not depend on data")
}

func errTableLacks(at span, f types.Field) source.Diagnostic {
	return diag("DQL3035", at, fmt.Sprintf("the table has no column %s of type %s", q(f.Name), clip(f.Type.String())), "add it with derive, or change the type")
}

func errParamType(at span, t types.Type) source.Diagnostic {
	return diag("DQL3036", at, "a parameter cannot be "+map[types.Kind]string{types.Table: "a table", types.Func: "a function"}[t.Kind], "use a scalar, a list or a record")
}

func errParamMissing(at span, name string, t types.Type) source.Diagnostic {
	return diag("DQL3037", at, fmt.Sprintf("the parameter $%s has no value", clip(name)), "give "+article(t)+" for it with the run, or a default with = …")
}

func errParamJSON(at span, name string) source.Diagnostic {
	return diag("DQL3038", at, "the value given for $"+clip(name)+" is not JSON", "write strings in double quotes")
}

func errParamValue(at span, name, where string, t types.Type, given []byte) source.Diagnostic {
	return diag("DQL3039", at, fmt.Sprintf("the value %s given for $%s does not fit its type", clip(string(given)), clip(name)+clip(where)), "give "+article(t))
}

func errTooBig(at span) source.Diagnostic {
	return diag("DQL3040", at, "the program becomes too large when its functions are filled in", "bind what is used often in a derive stage, and use the column")
}

func errTooMuch(at span) source.Diagnostic {
	return diag("DQL3041", at, "the program takes too long to check", "make it smaller: its functions call each other too often")
}

func errTooDeep(at span) source.Diagnostic {
	return diag("DQL3042", at, "the program is nested too deeply", "bind parts of it to names")
}

func errRecursion(at span) source.Diagnostic {
	return diag("DQL3043", at, "functions call each other more than 200 deep", "a function cannot call itself: for recursion over a table write fix(seed, r => step)")
}

func errCancelled(at span) source.Diagnostic {
	return diag("DQL3044", at, "checking was cancelled", "run it again")
}

func errPattern(at span, problem string) source.Diagnostic {
	return diag("DQL1055", at, problem, "patterns are RE2: escape ( ) [ ] . + * ? | with a backslash, as in r'\\(', and repeat a part 1,000 times at most")
}
