package syntax

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/source"
)

const (
	maxDiagnostics = 50
	maxDepth       = 500
	maxName        = 1000
)

// parser is a recursive-descent parser over the tokens of one text. After an error it panics with bailout and goes on at
// the next statement, so one mistake does not hide the others.
type parser struct {
	file  source.FileID
	text  string
	toks  []token // without comments
	i     int
	depth int
	// nest is the bracket that we are in: 0 at top level, '(' '[' (where line ends are white space) or '{'.
	nest  byte
	diags source.Diagnostics
}

type bailout struct{}

func newParser(file source.FileID, text string) *parser {
	p := &parser{file: file, text: text}
	if len(text) > MaxSource {
		p.toks = []token{{kind: tEOF}}
		p.diags = source.Diagnostics{{
			Code: "DQL1012", Severity: source.Error, Span: source.Span{File: file},
			Message: fmt.Sprintf("this program is longer than the %d MB that are accepted", MaxSource>>20),
			Help:    "import the data as a dataset, and keep code only in the program",
		}}
		return p
	}
	p.load(0, len(text))
	return p
}

func (p *parser) load(start, end int) {
	toks, diags := lex(p.file, p.text, start, end)
	p.diags = append(p.diags, diags...)
	p.toks, p.i = dropComments(toks), 0
}

// dropComments leaves comments out and points brackets at the new places of their partners.
func dropComments(toks []token) []token {
	to := make([]int, len(toks))
	out := make([]token, 0, len(toks))
	for i, t := range toks {
		to[i] = len(out)
		if t.kind == tComment {
			continue
		}
		if t.kind == tNewline && len(out) > 0 && out[len(out)-1].kind == tNewline {
			continue
		}
		out = append(out, t)
	}
	for i := range out {
		if out[i].kind == tOp && closer[out[i].text] != "" && out[i].match >= 0 {
			out[i].match = to[out[i].match]
		}
	}
	return out
}

// message is what a diagnostic says: code, what is wrong, how to mend it.
type message struct{ code, text, help string }

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
	errAnnotation    = message{"DQL4201", "an annotation stands before a binding or an expression, one each", "write it as @bounded, on the line before the statement"}
	errBadGroupEntry = message{"DQL1038", "@ marks a key to group by, which is a column or a named expression", "write @column, or @name: expression"}
)

func (p *parser) errorAt(t token, m message) {
	p.errorSpan(p.tokSpan(t), m)
}

func (p *parser) errorSpan(s source.Span, m message) {
	if len(p.diags) < maxDiagnostics {
		p.diags = append(p.diags, source.Diagnostic{Code: m.code, Severity: source.Error, Span: s, Message: m.text, Help: m.help})
	}
}

// fail reports and leaves the statement.
func (p *parser) fail(t token, m message) {
	if t.kind != tBad { // the lexer has reported that one
		p.errorAt(t, m)
	}
	panic(bailout{})
}

func (p *parser) tokSpan(t token) source.Span {
	return source.Span{File: p.file, Start: t.start, End: t.end}
}

func (p *parser) from(start source.Span) at {
	end := start.End
	if p.i > 0 {
		end = max(end, p.toks[p.i-1].end)
		for j := p.i - 1; j > 0 && p.toks[j].kind == tNewline; j-- {
			end = max(start.End, p.toks[j-1].end)
		}
	}
	return at{source.Span{File: p.file, Start: start.Start, End: end}}
}

// peek is the next token; inside () and [] line ends are white space.
func (p *parser) peek() token {
	if p.nest == '(' || p.nest == '[' {
		p.skipNewlines()
	}
	return p.toks[p.i]
}

func (p *parser) peekAt(n int) token {
	if p.i+n < len(p.toks) {
		return p.toks[p.i+n]
	}
	return p.toks[len(p.toks)-1]
}

func (p *parser) take() token {
	t := p.peek()
	if t.kind != tEOF {
		p.i++
	}
	return t
}

func (p *parser) skipNewlines() {
	for p.toks[p.i].kind == tNewline {
		p.i++
	}
}

func (t token) op(s string) bool { return t.kind == tOp && t.text == s }
func (t token) word(s string) bool {
	return (t.kind == tName && !t.quoted || t.kind == tKeyword) && t.text == s
}

func (p *parser) eat(op string) bool {
	if p.peek().op(op) {
		p.i++
		return true
	}
	return false
}

func (p *parser) need(op string, m message) token {
	t := p.peek()
	if !t.op(op) {
		p.fail(t, m)
	}
	p.i++
	return t
}

// continues reports whether the next token, maybe after line ends, is one that an expression goes on with, and steps over the
// line ends if so. fresh says that the token stands first on a line that could begin a statement or an entry.
func (p *parser) continues(is func(t token, fresh bool) bool) bool {
	j := p.i
	for p.toks[j].kind == tNewline {
		j++
	}
	if !is(p.toks[j], j > p.i && p.nest != '(' && p.nest != '[') {
		return false
	}
	p.i = j
	return true
}

// inside parses what stands in a bracket that was just taken, up to and including its end.
func (p *parser) inside(open token, body func()) {
	if p.depth++; p.depth > maxDepth {
		p.fail(open, errDeep)
	}
	old := p.nest
	p.nest = open.text[0]
	body()
	p.skipNewlines()
	if t := p.toks[p.i]; !t.op(closer[open.text]) {
		if t.kind == tEOF {
			p.fail(open, errUnclosed)
		}
		p.nest = old
		p.fail(t, p.unexpected(t, open))
	}
	p.i++
	p.nest = old
	p.depth--
}

// unexpected says what is wrong with a token that stands where a bracket should close or an item be separated.
func (p *parser) unexpected(t, open token) message {
	switch {
	case t.op(")") || t.op("]") || t.op("}"):
		return errUnopened
	case t.op("="):
		return errAssignEq
	case open.op("{"):
		return errEntrySep
	case startsExpr(t):
		return errNoComma
	}
	return errTrailing
}

func (p *parser) name() Ident {
	t := p.peek()
	switch t.kind {
	case tName:
		p.i++
		return Ident{at{p.tokSpan(t)}, t.text}
	case tKeyword:
		p.fail(t, errKeywordName)
	}
	p.fail(t, errName)
	return Ident{}
}

// program reads statements; after a mistake it goes on behind the line, or behind the bracket that holds it.
func (p *parser) program() *Program {
	prog := &Program{File: p.file}
	for {
		p.skipNewlines()
		if p.peek().kind == tEOF {
			return prog
		}
		start := p.i
		if s := p.statement(); s != nil {
			prog.Stmts = append(prog.Stmts, s)
			continue
		}
		p.recover(start)
	}
}

func (p *parser) recover(start int) {
	stop := max(p.i, start+1)
	for j := start; ; j++ {
		t := p.toks[j]
		if t.kind == tEOF || t.kind == tNewline && j >= stop {
			p.i = j
			return
		}
		if t.kind == tOp && closer[t.text] != "" && t.match > j {
			j = t.match
		}
	}
}

func (p *parser) statement() (s Stmt) {
	p.nest, p.depth = 0, 0
	defer func() {
		if r := recover(); r != nil {
			if _, ours := r.(bailout); !ours {
				panic(r)
			}
			s = nil
		}
	}()
	s = p.stmt()
	t := p.peek()
	if t.kind == tNewline || t.kind == tEOF {
		return s
	}
	switch {
	case t.op(")") || t.op("]") || t.op("}"):
		p.fail(t, errUnopened)
	case t.op("="):
		p.fail(t, errAssignEq)
	case startsExpr(t):
		p.fail(t, p.strayArgument(s))
	}
	p.fail(t, errStmtEnd)
	return nil
}

// strayArgument tells the three reasons apart for which an expression stands behind another: a comma missing in the arguments of a
// stage, an argument without parentheses, or two statements on one line.
func (p *parser) strayArgument(s Stmt) message {
	var e Expr
	switch s := s.(type) {
	case *ExprStmt:
		e = s.X
	case *Bind:
		e = s.Value
	}
	for {
		l, ok := e.(*Lambda)
		if !ok {
			break
		}
		e = l.Body
	}
	switch e := e.(type) {
	case *Pipe:
		if len(e.Args) > 0 {
			return errNoComma
		}
	case *Name, *Member:
		return errNoParens
	}
	return errStmtEnd
}
