package check

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Every diagnostic of the checker is made here, by one constructor each: what is wrong in one sentence, and how to mend it
// in one. Codes are stable: a number is never used again for something else.

func diag(code string, at span, message, help string) source.Diagnostic {
	return source.Diagnostic{Code: code, Severity: source.Error, Span: at, Message: message, Help: help}
}

func warning(code string, at span, message, help string) source.Diagnostic {
	return source.Diagnostic{Code: code, Severity: source.Warning, Span: at, Message: message, Help: help}
}

// clip shortens what a message quotes.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func q(name string) string { return "`" + clip(name) + "`" }

// meant is the help for an unknown name.
func meant(near, otherwise string) string {
	if near != "" {
		return "did you mean " + q(near) + "?"
	}
	return otherwise
}

func some(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Names.

func errUnknownName(at span, name, near string) source.Diagnostic {
	d := diag("DQL2001", at, "there is no name "+q(name)+" here", meant(near, otherwise(name, "bind it with "+clip(name)+" = …, import it, or import data as a dataset of that name")))
	return spelled(d, at, near)
}

func errUnknownColumn(at span, name, near string, columns []string) source.Diagnostic {
	help := "the columns are " + some(columns)
	if len(columns) == 0 {
		help = "the table has no columns"
	}
	return spelled(diag("DQL2002", at, "there is no column "+q(name), meant(near, otherwise(name, help))), at, near)
}

func errUnknownFunction(at span, name, near string) source.Diagnostic {
	return spelled(diag("DQL2003", at, "there is no function "+q(name), meant(near, otherwise(name, "define it with "+clip(name)+" = x => …, or import it from a package"))), at, near)
}

func errClash(at span, name string, bound span) source.Diagnostic {
	d := diag("DQL2004", at, q(name)+" is both a column and a binding of the program", "write ."+clip(name)+" for the column, or give the binding another name")
	d.Notes = []source.Note{{Span: bound, Message: "it is bound here"}}
	return with(d, before("take the column", at, "."))
}

func errSpent(at span, name string, redefined span) source.Diagnostic {
	d := diag("DQL2005", at, "the column "+q(name)+" is used after the same record has redefined it", "write ."+clip(name)+" for the old value, or give the new field another name")
	d.Notes = []source.Note{{Span: redefined, Message: "it is redefined here"}}
	return with(d, before("take the old value", at, "."))
}

func errOuterColumn(at span, name string) source.Diagnostic {
	return diag("DQL2006", at, "the column "+q(name)+" belongs to the rows of another table, which cannot be used here", "join the two tables instead")
}

func errNoRow(at span, name string) source.Diagnostic {
	return diag("DQL2007", at, "."+clip(name)+" is a column, and there is no table here to take it from", "use it in a stage, as in t -> filter ."+clip(name)+" > 0")
}

func errUnknownParam(at span, name, near string) source.Diagnostic {
	if near != "" {
		near = "$" + near
	}
	return spelled(diag("DQL2008", at, "there is no parameter $"+clip(name), meant(near, "declare it with param "+clip(name)+": int = 0")), at, near)
}

func errDuplicateName(name string, at, first span) source.Diagnostic {
	d := diag("DQL2009", at, q(name)+" is bound twice", "give one of the two another name")
	d.Notes = []source.Note{{Span: first, Message: "it is first bound here"}}
	return d
}

func errDuplicate(what string, id syntax.Ident, first span) source.Diagnostic {
	d := diag("DQL2010", id.Span, "the "+what+" "+q(id.Name)+" is declared twice", "remove one of the two")
	d.Notes = []source.Note{{Span: first, Message: "it is first declared here"}}
	return d
}

func errCycle(at span, name string) source.Diagnostic {
	return diag("DQL2011", at, q(name)+" is used in its own definition", "for recursion over a table write fix(seed, r => step), where r is the rows so far")
}

func errDuplicateField(id syntax.Ident) source.Diagnostic {
	return diag("DQL2012", id.Span, "the record has two fields "+q(id.Name), "give one of them another name")
}

func errNotAFunction(at span, name, what string) source.Diagnostic {
	if name != "this" {
		name = q(name)
	}
	return diag("DQL2013", at, name+" is "+what+", not a function", "only a function can be called or stand after ->")
}

func errNoField(id syntax.Ident, fields []string) source.Diagnostic {
	near, help := nearest(id.Name, fields), "it has no fields"
	if len(fields) > 0 {
		help = "its fields are " + some(fields)
	}
	return spelled(diag("DQL2014", id.Span, "the record has no field "+q(id.Name), meant(near, help)), id.Span, near)
}

func errUnknownType(at span, name, near string) source.Diagnostic {
	return spelled(diag("DQL2015", at, "there is no type "+q(name), meant(near, "the types are bool, int, float, decimal<p,s>, string, bytes, date, time, timestamp, duration, json, uuid, [T], {a: T} and T?")), at, near)
}

func errTypeCycle(at span, name string) source.Diagnostic {
	return diag("DQL2016", at, "the type "+q(name)+" is part of itself", "types are finite: take it out of its own definition")
}

func errOrBinds(id syntax.Ident) source.Diagnostic {
	return diag("DQL2017", id.Span, "the alternatives of a pattern cannot bind "+q(id.Name), "write one arm for each alternative")
}

// Types.

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

func clip2(s string) string {
	const most = 200 // of a message of 300
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
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

// Tables and joins.

func errNotATable(at span, stage, what string) source.Diagnostic {
	help := "put a table before the arrow, as in t -> " + stage + " …"
	if strings.HasPrefix(what, "a list") {
		help = "make rows of the elements first, as in t -> unnest xs, as: x -> " + stage + " …"
	}
	return diag("DQL4001", at, fmt.Sprintf("%s works on a table, and this is %s", stage, what), help)
}

func errNotAStage(at span, what string) source.Diagnostic {
	return diag("DQL4002", at, "a stage must be a function, and this is "+what, "write a function, braces, match or (x => …) after ->")
}

func errStageArgs(at span, st *stage) source.Diagnostic {
	need := "no argument"
	switch {
	case st.most == many:
		need = fmt.Sprintf("at least %d argument", st.least)
	case st.least != st.most && st.least > 0:
		need = fmt.Sprintf("%d to %d arguments", st.least, st.most)
	case st.least > 1:
		need = fmt.Sprintf("exactly %d arguments", st.least)
	case st.least == 1:
		need = "exactly 1 argument"
	case st.most == 1:
		need = "at most 1 argument"
	}
	if len(st.named) > 0 {
		need += ", and " + strings.Join(st.named, ":, ") + ":"
	}
	return diag("DQL4003", at, st.name+" takes "+need, "arguments are separated by commas")
}

func errStageAlone(at span, name string) source.Diagnostic {
	return diag("DQL4004", at, name+" works on a table", "write t -> "+name+" …")
}

func errWindowNumber(at span, name string) source.Diagnostic {
	return diag("DQL4059", at, name+" needs a whole number that is known before the run, and the same for all rows", "write a number or a parameter; ntile takes 1 or more")
}

func errBareRow(at span, name string, entry syntax.Entry) source.Diagnostic {
	if strings.HasPrefix(name, "$") { // a column that has no name in the program
		return diag("DQL4005", at, "the groups have many values of what a window gives", "compute it with derive before the grouping, and aggregate that column")
	}
	d := diag("DQL4005", at, "the groups have many values of "+q(name), "group by it with @"+clip(name)+", or take first("+clip(name)+")")
	f, ok := entry.(*syntax.FieldEntry)
	if !ok {
		return d
	}
	d = with(d, before("group by it", f.Span, "@"))
	left := "first("
	if f.Punned {
		left = written(f.Name.Name) + ": first("
	}
	return with(d, around("take its first value", at, left, ")"))
}

func errAggregateHere(at span) source.Diagnostic {
	return diag("DQL4006", at, "an aggregate needs a group of rows, and this place has one row", "use it in braces with @ or in agg {…}, or over a window with -> over(…)")
}

func errNestedAggregate(at span, name string) source.Diagnostic {
	return diag("DQL4007", at, name+" is over another aggregate", "aggregate in two stages, one after the other")
}

func errNeedsOver(at span, name string) source.Diagnostic {
	return diag("DQL4008", at, name+" needs a window", "write "+name+"(…) -> over(by: …, order: …)")
}

func errOverNothing(at span) source.Diagnostic {
	return diag("DQL4009", at, "over needs an aggregate or a window function before it", "write sum(x) -> over(by: …, order: …)")
}

func errOverNoRow(at span) source.Diagnostic {
	return diag("DQL4010", at, "a window needs the rows of a table", "use it in a stage, as in t -> derive { n: row_number() -> over(order: x) }")
}

func errWindowCall(at span) source.Diagnostic {
	return diag("DQL4040", at, "a window is used after an aggregate, without arguments", "write sum(x) -> w, where w = over(by: …, order: …)")
}

func errFrame(at span) source.Diagnostic {
	return diag("DQL4011", at, "rows: needs a range of whole numbers, counted from the current row", "write ..0 for all rows before and this one, or -3..3")
}

func errRowCount(at span, stage string) source.Diagnostic {
	return diag("DQL4012", at, stage+" needs a whole number of rows that is known before the run", "write a number or a parameter, not negative")
}

func errTopOrder(at span) source.Diagnostic {
	return diag("DQL4013", at, "top needs to know the order", "write top n, order: -x")
}

func errNoColumns(at span) source.Diagnostic {
	return diag("DQL4014", at, "the result has no columns", "name at least one")
}

func errColumnTwice(at span, name string) source.Diagnostic {
	return diag("DQL4015", at, "the result has two columns "+q(name), "give one of them another name")
}

func errUnnamedField(at span) source.Diagnostic {
	return diag("DQL4016", at, "a column needs a name", "write {name: expression}")
}

func errSpreadNothing(at span) source.Diagnostic {
	return diag("DQL4017", at, "there are no other columns to keep here", "write ...x to take the fields of a record x")
}

func errSpreadInGroup(at span) source.Diagnostic {
	return diag("DQL4018", at, "a group has no other columns to keep", "name the keys with @ and the aggregates")
}

func errGroupAlone(at span) source.Diagnostic {
	return diag("DQL4019", at, "braces with @ group a table, and there is none here", "write t -> { @key, n: count() }")
}

func errBracesOver(at span, what string) source.Diagnostic {
	return diag("DQL4020", at, "braces after -> map a table or a record, and this is "+what, "put a table or a record before the arrow")
}

func errBlockValue(at span) source.Diagnostic {
	return diag("DQL4021", at, "the block has no value", "end it with an expression")
}

func errAggBraces(at span) source.Diagnostic {
	return diag("DQL4022", at, "agg needs braces with aggregates", "write agg { n: count(), total: sum(x) }")
}

func errJoinOn(at span, name string) source.Diagnostic {
	return diag("DQL4023", at, name+" needs a condition", "write on: left_key == right_key")
}

func errCrossOn(at span) source.Diagnostic {
	return diag("DQL4024", at, "join_cross has no condition", "use join_many with on:")
}

func errOnSide(at span, name, side, near string) source.Diagnostic {
	other := near
	if other == "" {
		other = "other_name"
	}
	help := "write on: " + clip(name) + " == " + clip(other)
	return diag("DQL4045", at, "on: "+clip(name)+" needs a column of that name on both sides, and the "+side+" one has none", help)
}

func errJoinClash(at span, name string) source.Diagnostic {
	return diag("DQL4025", at, "both sides of the join have a column "+q(name), "write on: "+clip(name)+" if it is the key, or keep the right row together with as: r, and write r."+clip(name))
}

func errOptionalKey(at span, name string) source.Diagnostic {
	if name == "" {
		name = "key"
	}
	return diag("DQL4026", at, "a join key may be absent here", "say what an absent one matches with "+clip(name)+" ?? …, or leave it out first with filter "+clip(name)+" is not none")
}

func errAsof(at span) source.Diagnostic {
	return diag("DQL4042", at, "join_asof needs a name for the right row and one comparison of the two times", "write join_asof quotes, as: q, on: sym == q.sym, at: q.ts <= ts")
}

func errAsofOn(at span) source.Diagnostic {
	return diag("DQL4043", at, "on: of join_asof takes equal keys only", "filter the right table before the join")
}

func errWindowInJoin(at span) source.Diagnostic {
	return diag("DQL4027", at, "a join condition cannot hold a window", "derive it as a column first")
}

func errUnionLacks(at span, name string) source.Diagnostic {
	return diag("DQL4028", at, "the tables must have the same columns, and "+q(name)+" is not in all of them", "add it with derive, or drop it")
}

func errUnionType(at span, name string, a, b types.Type) source.Diagnostic {
	return diag("DQL4029", at, fmt.Sprintf("the column %s is %s in one table and %s in another", q(name), article(a), article(b)), "convert one of them with derive")
}

func errUnpivotType(at span, a, b types.Type) source.Diagnostic {
	return diag("DQL4041", at, fmt.Sprintf("unpivot puts its columns into one, and they are %s and %s", article(a), article(b)), "convert one of them with derive")
}

func errPivot(at span) source.Diagnostic {
	return diag("DQL4044", at, "pivot needs the values that become columns, as texts, ints or bools known before the run, and one aggregate", "write pivot month, in: ['jan', 'feb'], value: sum(sales)")
}

func errRename(at span) source.Diagnostic {
	return diag("DQL4030", at, "rename needs the new names", "write rename new: old")
}

func errColumnName(at span) source.Diagnostic {
	return diag("DQL4031", at, "the name of a column is needed here", "write the column's name alone")
}

func errAlias(at span) source.Diagnostic {
	return diag("DQL4032", at, "as: needs a name", "write as: c")
}

func errTwoRows(at span) source.Diagnostic {
	return diag("DQL4033", at, "this mixes columns of two different tables", "join the tables first")
}

func errTableMember(id syntax.Ident) source.Diagnostic {
	return diag("DQL4034", id.Span, "a table of many rows has no fields of its own", "take a column with -> { "+clip(id.Name)+" }, or make it one row with -> agg {…}")
}

func errReadPath(at span) source.Diagnostic {
	return diag("DQL4035", at, "read needs the path as a string that is known before the run", "write read('folder/file.parquet')")
}

func errRead(at span, path string, err error) source.Diagnostic {
	return diag("DQL4036", at, fmt.Sprintf("'%s' cannot be read: %s", clip(path), clip2(err.Error())),
		helpOf(err, "check the path and the format: Parquet, CSV, TSV, JSON, NDJSON and Arrow can be read"))
}

// helpOf is what a refusal of the catalogue says itself, or otherwise.
func helpOf(err error, otherwise string) string {
	var refused *catalog.Refused
	if errors.As(err, &refused) {
		return refused.Help
	}
	return otherwise
}

func errCatalog(at span, name string, err error) source.Diagnostic {
	return diag("DQL4037", at, "the dataset "+q(name)+" cannot be opened: "+clip2(err.Error()), "try again, or import it anew")
}

func errFunctionResult(at span, what string) source.Diagnostic {
	return diag("DQL4038", at, "the result is "+what+", which has no rows to show", "call it, or end with a table or a value")
}

// Modules.

func errNoModules(im *syntax.Import) source.Diagnostic {
	return diag("DQL5101", im.Path, "modules cannot be imported by their paths here", "publish the module as a package, or run the program from a file")
}

func errModulePath(im *syntax.Import) source.Diagnostic {
	return diag("DQL5102", im.Path, "this is not the path of a module", "write it relative to this file and with its ending, as in './lib/geo.dql'")
}

func errNoModule(im *syntax.Import, near string) source.Diagnostic {
	d := diag("DQL5103", im.Path, "there is no module "+q(im.Package), meant(near, "paths are relative to the file that imports; check the name"))
	if near != "" {
		d = with(d, source.Replace("write '"+clip(near)+"'", im.Path, "'"+near+"'"))
	}
	return d
}

func errModule(im *syntax.Import, err error) source.Diagnostic {
	return diag("DQL5104", im.Path, fmt.Sprintf("the module %s cannot be read: %s", q(im.Package), clip2(err.Error())), "keep modules as plain files in the folder of the program or below it")
}

func errModuleCycle(im *syntax.Import, path []string) source.Diagnostic {
	return diag("DQL5105", im.Path, "modules import each other in a circle: "+clip2(strings.Join(path, " → ")), "move what both need into a third module")
}

func errManyModules(im *syntax.Import) source.Diagnostic {
	return diag("DQL5106", im.Path, fmt.Sprintf("a program may have %d modules of its own, and this is one more", maxModules), "publish some of them as a package")
}

func errNotExportedHere(id syntax.Ident, module string, bind *syntax.Bind) source.Diagnostic {
	d := diag("DQL5107", id.Span, fmt.Sprintf("%s is not exported by %s", q(id.Name), clip(module)), "write export before its binding there")
	if bind != nil {
		d.Notes = []source.Note{{Span: bind.Span, Message: "it is bound here"}}
		d = with(d, before("export it", bind.Span, "export "))
	}
	return d
}

func errNoExport(id syntax.Ident, module, near string, exports []string) source.Diagnostic {
	help := "it exports nothing: write export before a binding there"
	if len(exports) > 0 {
		help = "it exports " + some(exports)
	}
	return spelled(diag("DQL5108", id.Span, fmt.Sprintf("%s has no binding %s", clip(module), q(id.Name)), meant(near, help)), id.Span, near)
}

func errModuleParam(p *syntax.Param) source.Diagnostic {
	return diag("DQL5109", p.Span, "a module that is imported cannot have parameters of its own", "make it an argument of the module's functions, and the parameter one of the program")
}

func errVersionConflict(s *syntax.Import, other Import) source.Diagnostic {
	asked := func(v string) string {
		if v == "" {
			return "any version"
		}
		return clip(v)
	}
	d := diag("DQL5110", s.Span, fmt.Sprintf("no one version of %s is both %s, as here, and %s, as in another import", clip(s.Package), asked(s.Version), asked(other.Constraint)),
		"a program uses one version of a package: ask for versions that agree")
	d.Notes = []source.Note{{Span: other.Span, Message: "the other import"}}
	return d
}

func errLock(s *syntax.Import, e *catalog.LockError) source.Diagnostic {
	if e.Missing {
		return diag("DQL5111", s.Path, clip2(e.Message), e.Help)
	}
	return diag("DQL5112", s.Path, clip2(e.Message), e.Help)
}

func errUnknownPackage(s *syntax.Import, near string, exists bool) source.Diagnostic {
	if exists {
		return diag("DQL5001", s.Span, fmt.Sprintf("no version of %s fits %s", clip(s.Package), clip(s.Version)), "leave the version out to take the newest, and see the package's page for its versions")
	}
	d := diag("DQL5002", s.Path, "there is no package "+q(s.Package), meant(near, "publish it first, or check the name in the package search"))
	if near != "" {
		d = with(d, source.Replace("write "+near, s.Path, near))
	}
	return d
}

func errPackage(s *syntax.Import, err error) source.Diagnostic {
	var lock *catalog.LockError
	if errors.As(err, &lock) {
		return errLock(s, lock)
	}
	var conflict *catalog.Conflict
	if errors.As(err, &conflict) {
		return diag("DQL5001", s.Span, clip2(conflict.Message), conflict.Help)
	}
	return diag("DQL5003", s.Path, fmt.Sprintf("the package %s cannot be opened: %s", clip(s.Package), clip2(err.Error())), "try again")
}

func errNotExported(id syntax.Ident, pkg, near string) source.Diagnostic {
	return spelled(diag("DQL5004", id.Span, fmt.Sprintf("%s has no function %s", clip(pkg), q(id.Name)), meant(near, "see the package's page for its functions")), id.Span, near)
}

func errPackageSource(at span, f *udf.Function) source.Diagnostic {
	return diag("DQL5005", at, "the source of "+clip(f.ID())+" is not a DreamQL function of its parameters", "use another version, and tell its author")
}

func errReadInPackage(at span) source.Diagnostic {
	return diag("DQL5006", at, "a package function cannot read files", "pass it a table")
}

// The outside: @bounded, save, postgres, search.

func errUnknownAnnotation(at span, name, near string) source.Diagnostic {
	if near != "" {
		near = "@" + near
	}
	return diag("DQL4204", at, "there is no annotation @"+clip(name), meant(near, "the only one is @bounded, which limits the rows that a statement may make"))
}

func errBoundedRows(at span) source.Diagnostic {
	return diag("DQL4205", at, "@bounded takes one whole number of rows above 0", "write it as @bounded, which is a billion, or as @bounded(1_000_000)")
}

func errBoundedValue(at span, what string) source.Diagnostic {
	return diag("DQL4206", at, "only a table can be bounded, and this is "+what, "put @bounded before a statement whose value is a table")
}

func errSaveNested(at span) source.Diagnostic {
	return diag("DQL4207", at, "a save stands alone, as a statement of its own", "give the table a name, and write name -> save dataset on a line of its own")
}

func errSaveName(at span) source.Diagnostic {
	return diag("DQL4208", at, "this cannot name a dataset", "use up to 100 letters, digits and _, starting with a letter, and no word of the language, as in save daily_sales")
}

func errSaveMode(at span, near string) source.Diagnostic {
	if near != "" {
		near = "mode: '" + near + "'"
	}
	return diag("DQL4209", at, "this is no mode of save", meant(near, "write mode: 'replace', mode: 'append' or mode: 'merge'; without a mode the dataset must be new"))
}

func errSaveKeyMissing(at span) source.Diagnostic {
	return diag("DQL4210", at, "mode 'merge' needs the columns that tell which rows are the same", "name them, as in key: id, or key: [country, year]")
}

func errSaveKeyUnused(at span) source.Diagnostic {
	return diag("DQL4211", at, "only mode 'merge' takes a key", "leave the key out, or write mode: 'merge'")
}

func errSaveExists(at span, name string) source.Diagnostic {
	return diag("DQL4212", at, "there is a dataset "+q(name)+" already", "say what becomes of its rows with mode: 'replace', 'append' or 'merge', or save under another name")
}

func errSaveNothing(at span, name string, mode SaveMode, near string) source.Diagnostic {
	return diag("DQL4213", at, "there is no dataset "+q(name)+" to "+map[SaveMode]string{SaveAppend: "append to", SaveMerge: "merge into"}[mode],
		meant(near, "leave the mode out the first time, which makes it"))
}

func errSaveLacks(at span, dataset, column string) source.Diagnostic {
	return diag("DQL4214", at, "the dataset "+q(dataset)+" has a column "+q(column)+", and the rows to save have none of that name", "add it with derive, or write mode: 'replace'")
}

func errSaveExtra(at span, dataset, column string) source.Diagnostic {
	return diag("DQL4215", at, "the dataset "+q(dataset)+" has no column "+q(column), "leave it out with drop, or write mode: 'replace'")
}

func errSaveType(at span, dataset string, have, given types.Field) source.Diagnostic {
	return diag("DQL4216", at, fmt.Sprintf("the column %s is %s, and %s in the dataset %s", q(have.Name), article(given.Type), article(have.Type), q(dataset)),
		"convert it, or write mode: 'replace'")
}

func errSaveTwice(at span, name string, first span) source.Diagnostic {
	d := diag("DQL4217", at, "the program saves the dataset "+q(name)+" twice", "put the rows together with union first, or save under two names")
	d.Notes = []source.Note{{Span: first, Message: "it is first saved here"}}
	return d
}

func errSaveStored(at span, f types.Field) source.Diagnostic {
	return diag("DQL4218", at, fmt.Sprintf("the column %s is %s, which cannot be stored", q(f.Name), article(f.Type)), "leave it out with drop, or give it values of a type")
}

func errSaveKeyOptional(at span, f types.Field) source.Diagnostic {
	return diag("DQL4220", at, fmt.Sprintf("the key %s is %s, and a key is never absent", q(f.Name), article(f.Type)), "give it a default with ??, or keep the rows that have it: filter "+clip(f.Name)+" is not none")
}

func errSearchText(at span, t types.Type) source.Diagnostic {
	return diag("DQL4223", at, "search looks into text, and this is "+article(t), "name a column of strings, or convert it with string(…)")
}

func errSearchQuery(at span, what string) source.Diagnostic {
	return diag("DQL4224", at, "search needs a search query, and this is "+what, "build one from term('…'), phrase('…'), prefix('…'), fuzzy('…', 1), wildcard('…'), regexp(r'…'), and, or, not")
}

func errSearchValue(at span) source.Diagnostic {
	return diag("DQL4225", at, "this is a search query, which is no value of a row", "give it to search, as in t -> search column, query; to test one text use contains")
}

func errSearchMixed(at span, what, op string) source.Diagnostic {
	return diag("DQL4226", at, op+" combines search queries only with each other, and this is "+what, "put conditions on rows into a filter before or after the search")
}

func errSearchConstant(at span, name string) source.Diagnostic {
	return diag("DQL4227", at, "what "+name+" looks for must be a string of at most 1000 bytes that is known before the run", "write it in quotes, or take it from a parameter")
}

func errSearchWords(at span, name string, n int) source.Diagnostic {
	if n == 0 {
		return diag("DQL4228", at, "there is no word here to look for", "words are letters and digits; nothing else in a text can be found")
	}
	return diag("DQL4228", at, fmt.Sprintf("%s looks for one word, and these are %d", name, n), "use phrase for words that follow each other, or join several with and")
}

func errSearchNumber(at span, most int64) source.Diagnostic {
	return diag("DQL4229", at, fmt.Sprintf("a whole number from 0 to %d that is known before the run is needed here", most), "write it as a literal")
}

func errSearchRegexp(at span, err error) source.Diagnostic {
	return diag("DQL4230", at, "this is no regular expression: "+clip2(strings.TrimPrefix(err.Error(), "error parsing regexp: ")), "the syntax is RE2's; write it in an r'…' string, where a backslash is itself")
}

func errSearchLarge(at span, most int) source.Diagnostic {
	return diag("DQL4231", at, fmt.Sprintf("this search query has more than %d parts", most), "join a table of words instead, or search for fewer")
}

func errPostgres(at span, message, help string) source.Diagnostic {
	return diag("DQL4232", at, message, help)
}

func errPostgresName(at span) source.Diagnostic {
	return diag("DQL4233", at, "postgres needs two strings that are known before the run", "write postgres('connection', 'schema.table')")
}

func errPattern(at span, problem string) source.Diagnostic {
	return diag("DQL1055", at, problem, "patterns are RE2: escape ( ) [ ] . + * ? | with a backslash, as in r'\\(', and repeat a part 1,000 times at most")
}
