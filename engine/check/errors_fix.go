package check

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// Recursion: DQL4100 to 4149.

func errFixFunction(at span, what string) source.Diagnostic {
	return diag("DQL4100", at, "fix needs a function of the rows so far, and this is "+what, "write fix(seed, r => step)")
}

func errFixStep(at span, what string) source.Diagnostic {
	return diag("DQL4101", at, "the step of fix must give a table, and this is "+what, "make rows with the columns of the seed, as in r => r -> join_many(…) -> {…}")
}

func errFixLacks(at span, name string) source.Diagnostic {
	return diag("DQL4102", at, "the step of fix does not give the column "+q(name)+" of the seed", "add "+clip(name)+": … to the rows of the step")
}

func errFixExtra(at span, name string) source.Diagnostic {
	return diag("DQL4103", at, "the step of fix gives a column "+q(name)+" that the seed does not have", "drop it, or add it to the rows of the seed")
}

func errFixType(at span, name string, seed, step types.Type) source.Diagnostic {
	return diag("DQL4104", at, fmt.Sprintf("the column %s is %s in the seed of fix and %s in its step", q(name), article(seed), article(step)), "convert one of them, so that both have one type")
}

func errFixKeep(at span) source.Diagnostic {
	return diag("DQL4105", at, "keep: names columns and which of their values is the best", "write keep: {distance: min}")
}

func errFixKeepFunc(at span, name string) source.Diagnostic {
	return diag("DQL4106", at, "fix cannot keep values by "+q(name), "keep them by min, max, bool_or or bool_and, and compute others after fix")
}

func errFixKeepType(at span, fn string, col types.Field) source.Diagnostic {
	need := "values that have an order"
	if fn != "min" && fn != "max" {
		need = "bools"
	}
	return diag("DQL4107", at, fmt.Sprintf("%s chooses among %s, and the column %s is %s", fn, need, q(col.Name), article(col.Type)), "keep another column, or leave keep: out")
}

func errFixRounds(at span) source.Diagnostic {
	return diag("DQL4108", at, "rounds: needs a whole number from 1 that is known before the run", "write rounds: 100, or leave it out")
}

func errFixArgs(at span) source.Diagnostic {
	return diag("DQL4109", at, "fix takes a seed, a function of the rows so far, and keep: and rounds: if need be",
		"write fix(seed, r => step), and give stages in it their arguments in brackets of their own, as in r => r -> top(1, order: x)")
}

// What is not monotone: it may take back, when rows are added, what it gave before.

func errFixOrder(at span, stage string) source.Diagnostic {
	return diag("DQL4110", at, "the step of fix cannot use "+stage+" on the rows so far: which come first changes as rows are added", "use "+stage+" after fix, as in fix(…) -> "+stage+" …")
}

func errFixAggregate(at span, name string) source.Diagnostic {
	return diag("DQL4111", at, "the step of fix cannot use "+name+" over the rows so far: its value changes as rows are added", "aggregate after fix, or keep the best value of a column with keep: {column: min}")
}

func errFixWindow(at span, stage string) source.Diagnostic {
	if stage != "join_asof" {
		stage = "a window"
	}
	return diag("DQL4112", at, "the step of fix cannot use "+stage+" over the rows so far: its values change as rows are added", "use it after fix, or on the other table before it is joined")
}

func errFixTakenAway(at span, stage string) source.Diagnostic {
	return diag("DQL4113", at, "the step of fix cannot take the rows so far away with "+stage+": as rows are added, others would have to go", "take rows away after fix, or take away those of a table that does not depend on them")
}

func errFixOptional(at span, stage string) source.Diagnostic {
	return diag("DQL4114", at, "the step of fix cannot have the rows so far on the optional side of "+stage+": a row without a match may get one later", "use join_many, or put the rows so far on the left of join_left")
}

func errFixGuard(at span, stage string) source.Diagnostic {
	return diag("DQL4115", at, "the step of fix cannot have the rows so far on the right of "+stage+": how many match is not known before the end", "use join_many, and "+stage+" after fix")
}

func errFixUse(at span, name string, falls bool) source.Diagnostic {
	return diag("DQL4116", at, fmt.Sprintf("the value of %s may still get %s, and this use of it is not sure to get better with it", q(name), smaller(falls)),
		"compare it so that a better value never undoes the comparison, add to it, or use it after fix; keys of joins and groups must not be kept values")
}

func errFixMoves(at span, name string, falls bool) source.Diagnostic {
	fn := "max"
	if falls {
		fn = "min"
	}
	return diag("DQL4117", at, fmt.Sprintf("the column %s gets %s as rows are added, so fix must be told to keep one value of it", q(name), smaller(falls)),
		"write fix(seed, r => step, keep: {"+clip(name)+": "+fn+"})")
}

func errFixUnion(at span, name string) source.Diagnostic {
	return diag("DQL4118", at, "the column "+q(name)+" gets smaller in one table of the union and larger in another, as rows are added", "give the two different columns")
}

func smaller(falls bool) string {
	if falls {
		return "smaller"
	}
	return "larger"
}
