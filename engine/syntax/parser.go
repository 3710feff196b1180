package syntax

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/source"
)

const (
	maxDiagnostics = 50
	maxDepth       = 500
	maxName        = 1000
	maxNumber      = 100
	// fDepth is what one f-string inside another costs of maxDepth: each is read again by its outer ones.
	fDepth = 20
)

// parser is a recursive-descent parser over the tokens of one text. After an error it panics with bailout and goes on at
// the next entry of the bracket, or at the next statement, so one mistake does not hide the others.
type parser struct {
	file  source.FileID
	text  string
	toks  []token // without comments
	i     int
	depth int
	// nest is the bracket that we are in: 0 at top level, '(' '[' (where line ends are white space) or '{'.
	nest byte
	// broken says that the statement or entry that is being read holds a reported mistake, and that the rest of it is to be skipped.
	broken bool
	// unclosed says that the mistake is a bracket that is never closed, so that line ends alone tell where the next statement begins.
	unclosed bool
	diags    diagnostics
	// signs is the operators, by offset, that do not stand between two operands, which the formatter cannot tell by itself.
	signs map[int]sign
}

// sign says how an operator that does not stand between two operands is written.
type sign uint8

const (
	tight  sign = iota + 1 // without a space behind it: -x, and the < and > of types
	spaced                 // with one: < 10 in a pattern
	asIs                   // as the author has it: the /, @ and = of imports
)

type bailout struct{}

func newParser(file source.FileID, text string) *parser {
	p := &parser{file: file, text: text, signs: map[int]sign{}}
	switch {
	case len(text) > MaxSource:
		p.diags.add(errLongSource, source.Span{File: file})
		p.toks = []token{{kind: tEOF, match: -1}}
	case !utf8.ValidString(text):
		at := invalidAt(text)
		p.diags.add(errUTF8, source.Span{File: file, Start: at, End: at + 1})
		p.toks = []token{{kind: tEOF, match: -1}}
	default:
		p.load(0, len(text))
	}
	return p
}

// invalidAt is the offset of the first byte that is not UTF-8.
func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(text[i:]); n <= 1 {
				return i
			}
		}
	}
	return len(text)
}

func (p *parser) load(start, end int) {
	toks, diags := lex(p.file, p.text, start, end, false)
	p.diags.list = append(p.diags.list, diags...)
	p.toks, p.i = toks, 0
}

// done is all diagnostics in the order of their places, with their fixes.
func (p *parser) done() source.Diagnostics {
	ds := p.diags.list
	sort.SliceStable(ds, func(i, j int) bool { return ds[i].Span.Start < ds[j].Span.Start })
	return mended(p.text, ds)
}

func (p *parser) errorAt(t token, m message) { p.diags.add(m, p.tokSpan(t)) }

func (p *parser) errorSpan(s source.Span, m message) { p.diags.add(m, s) }

// fail reports and leaves the statement or entry.
func (p *parser) fail(t token, m message) {
	switch t.kind {
	case tBad: // the lexer has reported that one
	case tNewline, tEOF: // what is missing belongs behind the last token
		s := p.from(0).Span
		p.errorSpan(source.Span{File: p.file, Start: s.End, End: s.End}, m)
	default:
		p.errorAt(t, m)
	}
	panic(bailout{})
}

// attempt runs body, and reports whether it came to its end without a bailout.
func (p *parser) attempt(body func()) (ok bool) {
	depth, nest := p.depth, p.nest
	defer func() {
		if r := recover(); r != nil {
			if _, ours := r.(bailout); !ours {
				panic(r)
			}
			p.depth, p.nest = depth, nest
		}
	}()
	body()
	return true
}

func (p *parser) deeper(t token, by int) {
	if p.depth += by; p.depth > maxDepth {
		p.fail(t, errDeep)
	}
}

func (p *parser) tokSpan(t token) source.Span {
	return source.Span{File: p.file, Start: t.start, End: t.end}
}

// from is the place from an offset to the end of the last token that was read.
func (p *parser) from(start int) at {
	j := p.i - 1
	for j > 0 && p.toks[j].kind == tNewline {
		j--
	}
	end := start
	if j >= 0 {
		end = max(end, p.toks[j].end)
	}
	return at{source.Span{File: p.file, Start: start, End: end}}
}

// peek is the next token; inside () and [] line ends are white space.
func (p *parser) peek() *token {
	if p.nest == '(' || p.nest == '[' {
		p.skipNewlines()
	}
	return &p.toks[p.i]
}

// here is the offset where the next token starts.
func (p *parser) here() int { return p.peek().start }

func (p *parser) peekAt(n int) token {
	if p.i+n < len(p.toks) {
		return p.toks[p.i+n]
	}
	return p.toks[len(p.toks)-1]
}

func (p *parser) take() token {
	t := *p.peek()
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

func (p *parser) eat(op string) bool {
	if p.peek().op(op) {
		p.i++
		return true
	}
	return false
}

func (p *parser) need(op string, m message) {
	if t := p.peek(); !t.op(op) {
		p.fail(*t, m)
	}
	p.i++
}

// next is the index of the next token that is no line end, and whether it stands first on a line that could begin a statement or an
// entry.
func (p *parser) next() (j int, fresh bool) {
	j = p.i
	for p.toks[j].kind == tNewline {
		j++
	}
	return j, j > p.i && p.nest != '(' && p.nest != '['
}

// continues steps onto the next token, maybe after line ends, if it is this operator.
func (p *parser) continues(op string) bool {
	if j, _ := p.next(); p.toks[j].op(op) {
		p.i = j
		return true
	}
	return false
}

func (p *parser) name() Ident {
	t := p.peek()
	switch t.kind {
	case tName:
		p.i++
		return Ident{at{p.tokSpan(*t)}, t.text}
	case tKeyword:
		p.fail(*t, errKeywordName)
	}
	p.fail(*t, errName)
	return Ident{}
}

func (p *parser) identOf(t token) Ident { return Ident{at{p.tokSpan(t)}, t.text} }

// program reads statements; after a mistake it goes on behind the line, or behind the bracket that holds it, until it has reported
// as many as it may.
func (p *parser) program() *Program {
	prog := &Program{File: p.file}
	for {
		p.skipNewlines()
		if p.toks[p.i].kind == tEOF || len(p.diags.list) == maxDiagnostics {
			return prog
		}
		start := p.i
		var s Stmt
		if !p.attempt(func() { s = p.stmt(); p.endStatement(s) }) {
			s = rest(s)
			p.recover(start)
		}
		if s != nil {
			prog.Stmts = append(prog.Stmts, s)
		}
	}
}

// rest is what stays of a broken statement: a binding keeps its name, so that its uses are no mistakes.
func rest(s Stmt) Stmt {
	b, ok := s.(*Bind)
	if !ok {
		return nil
	}
	b.Value = &Bad{at{b.Value.Place()}}
	return b
}

// recover skips the rest of a broken statement: to the next line end outside of its brackets, or, where a bracket is never closed,
// to the next line that begins in the first column.
func (p *parser) recover(start int) {
	unclosed := p.unclosed
	p.broken, p.unclosed, p.nest, p.depth = false, false, 0, 0
	stop := max(p.i, start+1)
	for j := start; ; j++ {
		t := p.toks[j]
		switch {
		case t.kind == tEOF:
			p.i = j
			return
		case t.kind == tNewline && j >= stop:
			if n := p.toks[j+1]; !unclosed || n.start == 0 || p.text[n.start-1] == '\n' && !n.closes() {
				p.i = j
				return
			}
		case t.opens() && int(t.match) > j:
			j = int(t.match)
		}
	}
}

// endStatement reports what stands behind a statement on its line.
func (p *parser) endStatement(s Stmt) {
	if p.broken {
		panic(bailout{})
	}
	t := p.peek()
	switch {
	case t.kind == tNewline || t.kind == tEOF:
		return
	case t.closes():
		p.fail(*t, errUnopened)
	case t.op("="):
		p.fail(*t, errAssignEq)
	case t.word("else"):
		p.fail(*t, errElseIf)
	case startsExpr(*t):
		p.fail(*t, strayArgument(s, *t))
	}
	p.fail(*t, errStmtEnd)
}

// strayArgument tells the reasons apart for which an expression stands behind another: a comma missing in the arguments of a stage, an
// argument without parentheses, a bracket that does not touch, or two statements on one line.
func strayArgument(s Stmt, t token) message {
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
		if t.op("(") || t.op("[") {
			return errTouch
		}
		return errNoParens
	}
	return errStmtEnd
}

// ParseExpr reads one expression and nothing after it, as in the source of an expression function.
func ParseExpr(file source.FileID, text string) (Expr, source.Diagnostics) {
	p := newParser(file, text)
	var e Expr
	p.attempt(func() {
		p.skipNewlines()
		e = p.expr()
		p.skipNewlines()
		if t := p.peek(); t.kind != tEOF {
			p.fail(*t, errTrailing)
		}
	})
	if e == nil || strings.TrimSpace(text) == "" {
		e = &Bad{}
	}
	return e, p.done()
}
