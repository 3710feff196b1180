package check

import (
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Names: DQL2000 to 2999.

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
