package check

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// Annotations and what is saved: DQL4204 to 4220.

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
