package syntax

import "github.com/dreamql/dreamql/engine/source"

// message is what a diagnostic says: code, what is wrong, how to mend it.
type message struct{ code, text, help string }

// diagnostics collects at most maxDiagnostics.
type diagnostics struct{ list source.Diagnostics }

func (d *diagnostics) add(m message, at source.Span) {
	if len(d.list) < maxDiagnostics {
		d.list = append(d.list, source.Diagnostic{Code: m.code, Severity: source.Error, Span: at, Message: m.text, Help: m.help})
	}
}

// What the lexer reports.
var (
	errOpenComment  = message{"DQL1001", "this comment is never closed", "end it with */"}
	errLongName     = message{"DQL1002", "this name is too long", "names have at most 1,000 bytes"}
	errUTF8         = message{"DQL1003", "this byte is not valid UTF-8", "save the text as UTF-8"}
	errQuotes       = message{"DQL1004", "strings are written in single quotes", "write 'text'; names with spaces go in `backquotes`"}
	errSemicolon    = message{"DQL1005", "statements end at the end of the line", "leave the semicolon out"}
	errCharacter    = message{"DQL1006", "this character has no meaning here", "names with such characters go in `backquotes`"}
	errOpenName     = message{"DQL1007", "this name in backquotes is never closed", "end it with ` on the same line"}
	errEmptyName    = message{"DQL1008", "this name is empty", "write a name between the backquotes"}
	errUnit         = message{"DQL1009", "this is no unit of time", "durations end in ns us ms s m h d w mo q or y; names do not begin with a digit"}
	errFractionUnit = message{"DQL1010", "a duration needs a whole number", "write 90m for one and a half hours"}
	errOpenString   = message{"DQL1011", "this string is never closed", "end it with ' on the same line; a line break inside is written \\n"}
	errLongSource   = message{"DQL1012", "this program is longer than the 4 MB that are accepted", "import the data as a dataset, and keep code only in the program"}
	errLongNumber   = message{"DQL1048", "this number is too long", "numbers have at most 100 characters; keep longer ones as strings"}
)

// What the parser reports.
var (
	errTrailing      = message{"DQL1013", "the expression ends before this", "remove the rest, or join it with an operator or ->"}
	errNoParens      = message{"DQL1014", "an argument without parentheses stands only right of ->", "write the call with parentheses, as in sqr(3), or as 3 -> sqr"}
	errNoComma       = message{"DQL1015", "a comma is missing between two arguments", "write a comma between them, as in sort a, b"}
	errMixed         = message{"DQL1016", "fields (name: value) and bindings (name = value) are mixed in one pair of braces", "use ':' for all to make a record, or bind names with '=' first and end with one expression"}
	errStage         = message{"DQL1017", "a stage right of -> must be a function, a record in braces, a match, or a lambda in parentheses", "name a function, as in x -> f, or wrap the expression: x -> (v => v + 1)"}
	errDeep          = message{"DQL1018", "brackets are nested too deeply here", "give the inner parts names"}
	errExpr          = message{"DQL1019", "an expression is missing here", "write a value, a name or a call"}
	errName          = message{"DQL1020", "a name is missing here", "write a name of letters, digits and _, or any text in `backquotes`"}
	errKeywordName   = message{"DQL1021", "this word is reserved and cannot be a name", "put it in `backquotes` to use it as a name"}
	errUnclosed      = message{"DQL1022", "this bracket is never closed", "add the closing bracket"}
	errUnopened      = message{"DQL1023", "this bracket closes nothing", "remove it, or add the opening bracket"}
	errStmtEnd       = message{"DQL1024", "the statement should end here", "start a new line, or continue with -> or an operator"}
	errEntrySep      = message{"DQL1025", "a comma or a new line is missing between two entries", "put each field on its own line, or write a comma"}
	errMatchArm      = message{"DQL1026", "an arm of a match begins with |", "write it as | pattern => value"}
	errPattern       = message{"DQL1027", "a pattern is missing here", "write a literal, a comparison such as < 10, a range, a name, none, some x, or _"}
	errType          = message{"DQL1028", "a type is missing here", "write int, float, string, date, …, [T], {a: T}, T? or (A) => B"}
	errVersion       = message{"DQL1029", "a version is missing after @", "write it as @1.2, @^1.2, @~1.2 or @=1.2.3"}
	errEscape        = message{"DQL1030", "this escape does not exist", `use \n \t \r \0 \\ \' \$ or \u{1F600}, or an r'…' string`}
	errElse          = message{"DQL1031", "an if needs an else", "write if cond { a } else { b }; without a second value use else { none }"}
	errBlockEnd      = message{"DQL1032", "a block ends with the expression that is its value", "add an expression after the bindings"}
	errChain         = message{"DQL1033", "comparisons cannot be chained", "join two comparisons with and, or test a range: x in 1..10"}
	errAssignEq      = message{"DQL1034", "= binds a name; it does not compare", "compare with =="}
	errEmptyInterp   = message{"DQL1035", "there is no expression inside ${ }", "write ${name}, or \\${ for the characters themselves"}
	errNamedBefore   = message{"DQL1036", "a positional argument cannot follow a named one", "put named arguments last"}
	errBadGroupEntry = message{"DQL1038", "@ marks a key to group by, which is a column or a named expression", "write @column, or @name: expression"}
	errBindValue     = message{"DQL1039", "a binding needs a value", "write name = expression"}
	errParamType     = message{"DQL1040", "a parameter needs a type", "write param name: type, or param name: type = default"}
	errArrow         = message{"DQL1041", "a function needs => before its body", "write (a, b) => expression"}
	errIs            = message{"DQL1042", "is tests only for none", "write x is none, x is not none, or compare with =="}
	errNotIn         = message{"DQL1043", "not stands before in here, or at the start of a condition", "write x not in list, or not (x == y)"}
	errIfBraces      = message{"DQL1044", "the value of an if stands in braces", "write if cond { a } else { b }"}
	errNoName        = message{"DQL1045", "this entry has no name", "write name: expression"}
	errMatchBraces   = message{"DQL1046", "the arms of a match stand in braces", "write match x { | 1 => 'a' | _ => 'b' }"}
	errArmArrow      = message{"DQL1047", "an arm needs => before its value", "write | pattern => value"}
	errAnnotation    = message{"DQL4201", "an annotation stands before a binding or an expression, one each", "write it as @bounded, on the line before the statement"}
	errVersionForm   = message{"DQL1054", "a version has one, two or three numbers", "write it as @1.2, @^1.2, @~1.2 or @=1.2.3"}
	errTypedef       = message{"DQL1049", "a type definition needs = and a type", "write type Name = {a: int, b: string}"}
	errTypeArgs      = message{"DQL1050", "the < of a type is never closed", "write table<{a: int}>, or decimal<12,2>"}
	errTupleType     = message{"DQL1051", "a list of types needs => and the type of the result", "write (A, B) => C for a function, or {a: A, b: B} for a record"}
	errElseIf        = message{"DQL1052", "this else belongs to no if", "put else directly behind the braces of an if"}
	errGroupComma    = message{"DQL1060", "a comma cannot stand in parentheses that only group", "write a stage's arguments in parentheses too, as in (t -> top(3, order: x)), and a list as [1, 2]"}
	errTouch         = message{"DQL1053", "a bracket touches what it belongs to", "leave the space out, as in f(x) and xs[0]"}
)
