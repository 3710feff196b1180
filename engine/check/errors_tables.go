package check

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// Tables and joins: DQL4000 to 4099.

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
