package syntax

import (
	"strings"

	"github.com/dreamql/dreamql/engine/source"
)

// startsExpr reports whether a token can begin an expression.
func startsExpr(t token) bool {
	switch t.kind {
	case tName, tNumber, tDuration, tString, tBad:
		return true
	case tKeyword:
		return t.text == "match" || t.text == "if" || t.text == "not" || t.text == "true" || t.text == "false" || t.text == "none"
	case tOp:
		switch t.text {
		case "(", "[", "{", "-", "$", ".", "..", "..<":
			return true
		}
	}
	return false
}

// expr = lambda | pipe.
func (p *parser) expr() Expr {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.peek(), errDeep)
	}
	defer func() { p.depth-- }()
	if p.atLambda() {
		return p.lambda()
	}
	return p.pipe()
}

// atLambda looks for `name =>`, `(…) =>` and `(…): type =>`.
func (p *parser) atLambda() bool {
	t := p.peek()
	if t.kind == tName {
		return p.arrowAt(p.i + 1)
	}
	if !t.op("(") || t.match < 0 {
		return false
	}
	return p.arrowAt(t.match+1) || p.toks[t.match+1].op(":")
}

func (p *parser) arrowAt(j int) bool {
	for j < len(p.toks)-1 && p.toks[j].kind == tNewline {
		j++
	}
	return j < len(p.toks) && p.toks[j].op("=>")
}

func (p *parser) lambda() *Lambda {
	start := p.tokSpan(p.peek())
	l := &Lambda{}
	if open := p.peek(); open.op("(") {
		p.i++
		p.inside(open, func() {
			for !p.peek().op(")") {
				l.Params = append(l.Params, p.lambdaParam())
				if !p.eat(",") {
					return
				}
			}
		})
		if p.eat(":") {
			l.Result = p.typeExpr()
		}
	} else {
		l.Params = []LambdaParam{{Name: p.name()}}
	}
	p.skipNewlines()
	p.need("=>", message{"DQL1041", "a function needs => before its body", "write (a, b) => expression"})
	p.skipNewlines()
	l.Body = p.expr()
	l.at = p.from(start)
	return l
}

func (p *parser) lambdaParam() LambdaParam {
	lp := LambdaParam{Name: p.name()}
	if p.eat(":") {
		lp.Type = p.typeExpr()
	}
	if p.eat("=") {
		lp.Default = p.or()
	}
	return lp
}

// pipe = or {"->" stage | braces}.
func (p *parser) pipe() Expr {
	x := p.or()
	for {
		if t := p.toks[p.i]; t.op("{") && bareInput(x) && p.toks[p.i-1].end <= t.start && p.toks[p.i-1].kind != tNewline {
			b := p.braces(false)
			x = &Pipe{at: p.from(x.Place()), Input: x, Stage: b, Bare: true}
			continue
		}
		if !p.continues(func(t token, _ bool) bool { return t.op("->") }) {
			return x
		}
		p.i++
		p.skipNewlines()
		x = p.stage(x)
	}
}

// bareInput reports whether braces may follow without an arrow: behind a name or a call.
func bareInput(x Expr) bool {
	switch x := x.(type) {
	case *Name, *Call:
		return true
	case *Member:
		return !x.Optional
	}
	return false
}

// stage = braces | match | "(" lambda ")" | path [args | cmdargs].
func (p *parser) stage(in Expr) Expr {
	pipe := &Pipe{Input: in}
	t := p.peek()
	switch {
	case t.op("{"):
		pipe.Stage = p.braces(false)
	case t.word("match"):
		pipe.Stage = p.match(true)
	case t.op("("):
		p.i++
		p.inside(t, func() {
			if !p.atLambda() {
				p.fail(p.peek(), errStage)
			}
			pipe.Stage = p.lambda()
		})
	case t.kind == tName:
		pipe.Stage = p.path()
		if n := p.toks[p.i]; n.op("(") && n.start == p.toks[p.i-1].end {
			pipe.Args = p.args()
		} else {
			pipe.Args = p.commandArgs()
		}
	default:
		p.fail(t, errStage)
	}
	pipe.at = p.from(in.Place())
	return pipe
}

// path = ID {"." ID}; a dot behind a space begins an argument, as in filter .delay > 60.
func (p *parser) path() Expr {
	n := p.name()
	var x Expr = &Name{n.at, n.Name}
	for p.toks[p.i].op(".") && p.toks[p.i].start == p.toks[p.i-1].end && p.peekAt(1).kind == tName {
		p.i++
		m := p.name()
		x = &Member{at: at{x.Place().Join(m.Span)}, X: x, Name: m}
	}
	return x
}

// args = "(" [farg {"," farg}] ")".
func (p *parser) args() []Arg {
	open := p.take()
	args := []Arg{}
	p.inside(open, func() {
		for !p.peek().op(")") {
			a := p.argName()
			a.Value = p.expr()
			args = p.addArg(args, a)
			if !p.eat(",") {
				return
			}
		}
	})
	return args
}

func (p *parser) addArg(args []Arg, a Arg) []Arg {
	if n := len(args); a.Name == nil && n > 0 && args[n-1].Name != nil {
		p.errorSpan(a.Value.Place(), errNamedBefore)
	}
	return append(args, a)
}

// argName reads `name:` where it stands before an argument.
func (p *parser) argName() Arg {
	if t := p.peek(); (t.kind == tName || t.kind == tKeyword) && p.peekAt(1).op(":") {
		id := p.identOf(t)
		p.i += 2
		p.skipNewlines()
		return Arg{Name: &id}
	}
	return Arg{}
}

// commandArgs = carg {"," carg}, on the line of the stage; inside brackets exactly one, because commas belong to the bracket.
func (p *parser) commandArgs() []Arg {
	if !startsExpr(p.toks[p.i]) {
		return nil
	}
	var args []Arg
	for {
		a := p.argName()
		if p.atLambda() {
			a.Value = p.lambda()
		} else {
			a.Value = p.or()
		}
		args = p.addArg(args, a)
		if p.nest != 0 || !p.toks[p.i].op(",") {
			return args
		}
		p.i++
		p.skipNewlines()
	}
}

// binary reads a left-associative level of infix operators; a line may begin with any of them but "-".
func (p *parser) binary(operand func() Expr, ops ...string) Expr {
	x := operand()
	for {
		var op token
		if !p.continues(func(t token, fresh bool) bool {
			op = t
			return isOneOf(t, ops) && !(fresh && t.op("-"))
		}) {
			return x
		}
		p.i++
		p.skipNewlines()
		y := operand()
		x = &Binary{at: at{x.Place().Join(y.Place())}, Op: op.text, X: x, Y: y, OpSpan: p.tokSpan(op)}
	}
}

func isOneOf(t token, ops []string) bool {
	if t.kind != tOp && t.kind != tKeyword {
		return false
	}
	for _, o := range ops {
		if t.text == o {
			return true
		}
	}
	return false
}

func (p *parser) or() Expr   { return p.binary(p.and, "or") }
func (p *parser) and() Expr  { return p.binary(p.not, "and") }
func (p *parser) coal() Expr { return p.binary(p.sum, "??") }
func (p *parser) sum() Expr  { return p.binary(p.prod, "+", "-") }
func (p *parser) prod() Expr { return p.binary(p.unary, "*", "/", "%") }

// not = "not" not | cmp.
func (p *parser) not() Expr {
	if t := p.peek(); t.word("not") {
		return p.prefix(t, p.not)
	}
	return p.cmp()
}

func (p *parser) prefix(t token, operand func() Expr) Expr {
	if p.depth++; p.depth > maxDepth {
		p.fail(t, errDeep)
	}
	p.i++
	p.skipNewlines()
	x := operand()
	p.depth--
	return &Unary{at: at{p.tokSpan(t).Join(x.Place())}, Op: t.text, X: x}
}

var relops = []string{"==", "!=", "<", "<=", ">", ">="}

// cmp = range [relop range | ["not"] "in" range | "is" ["not"] "none"].
func (p *parser) cmp() Expr {
	x := p.rng()
	var op token
	if !p.continues(func(t token, fresh bool) bool {
		op = t
		return isOneOf(t, relops) || t.word("in") || t.word("is") || t.word("not") && !fresh
	}) {
		return x
	}
	p.i++
	p.skipNewlines()
	start := x.Place()
	switch op.text {
	case "is":
		not := p.peek().word("not")
		if not {
			p.i++
		}
		t := p.peek()
		if !t.word("none") {
			p.fail(t, message{"DQL1042", "is tests only for none", "write x is none, x is not none, or compare with =="})
		}
		p.i++
		x = &IsNone{at: p.from(start), X: x, Not: not}
	case "not", "in":
		if op.text == "not" {
			if t := p.peek(); !t.word("in") {
				p.fail(t, message{"DQL1043", "not stands before in here, or at the start of a condition", "write x not in list, or not (x == y)"})
			}
			p.i++
			p.skipNewlines()
		}
		set := p.rng()
		x = &In{at: at{start.Join(set.Place())}, X: x, Set: set, Not: op.text == "not"}
	default:
		y := p.rng()
		x = &Binary{at: at{start.Join(y.Place())}, Op: op.text, X: x, Y: y, OpSpan: p.tokSpan(op)}
	}
	if t := p.toks[p.i]; isOneOf(t, relops) {
		p.fail(t, errChain)
	}
	return x
}

// rng = coal [rop [coal]] | rop coal.
func (p *parser) rng() Expr {
	isRange := func(t token, _ bool) bool { return t.op("..") || t.op("..<") }
	t := p.peek()
	if isRange(t, false) {
		p.i++
		hi := p.coal()
		return &Range{at: at{p.tokSpan(t).Join(hi.Place())}, Hi: hi, HalfOpen: t.text == "..<"}
	}
	x := p.coal()
	if !p.continues(isRange) {
		return x
	}
	op := p.take()
	r := &Range{Lo: x, HalfOpen: op.text == "..<"}
	if startsExpr(p.toks[p.i]) && !p.toks[p.i].op("{") {
		r.Hi = p.coal()
	}
	r.at = p.from(x.Place())
	return r
}

// unary = "-" unary | post ["**" unary].
func (p *parser) unary() Expr {
	if t := p.peek(); t.op("-") {
		return p.prefix(t, p.unary)
	}
	x := p.post()
	var op token
	if !p.continues(func(t token, _ bool) bool { op = t; return t.op("**") }) {
		return x
	}
	p.i++
	p.skipNewlines()
	if p.depth++; p.depth > maxDepth {
		p.fail(op, errDeep)
	}
	y := p.unary()
	p.depth--
	return &Binary{at: at{x.Place().Join(y.Place())}, Op: "**", X: x, Y: y, OpSpan: p.tokSpan(op)}
}

// post = prim {"." ID | "?." ID | "[" expr "]" | args}; brackets touch what they belong to.
func (p *parser) post() Expr {
	x := p.prim()
	for {
		t := p.toks[p.i]
		touches := p.i > 0 && t.start == p.toks[p.i-1].end
		switch {
		case (t.op(".") || t.op("?.")) && touches:
			p.i++
			n := p.name()
			x = &Member{at: at{x.Place().Join(n.Span)}, X: x, Name: n, Optional: t.text == "?."}
		case t.op("[") && touches:
			p.i++
			ix := &Index{X: x}
			p.inside(t, func() { ix.I = p.expr() })
			ix.at = p.from(x.Place())
			x = ix
		case t.op("(") && touches:
			args := p.args()
			x = &Call{at: p.from(x.Place()), Fn: x, Args: args}
		default:
			return x
		}
	}
}

func (p *parser) prim() Expr {
	t := p.peek()
	place := at{p.tokSpan(t)}
	switch t.kind {
	case tNumber:
		p.i++
		text := strings.ReplaceAll(t.text, "_", "")
		return &Number{place, text, !strings.ContainsAny(text, ".eE")}
	case tDuration:
		p.i++
		n := strings.IndexFunc(t.text, func(r rune) bool { return r >= 'a' && r <= 'z' })
		return &DurationLit{place, strings.ReplaceAll(t.text[:n], "_", ""), t.text[n:]}
	case tString:
		p.i++
		return p.str(t)
	case tName:
		p.i++
		return &Name{place, t.text}
	case tKeyword:
		return p.keyword(t)
	case tBad:
		p.fail(t, errExpr)
	case tOp:
		return p.bracketed(t)
	}
	p.fail(t, errExpr)
	return nil
}

func (p *parser) keyword(t token) Expr {
	place := at{p.tokSpan(t)}
	switch t.text {
	case "true", "false":
		p.i++
		return &Bool{place, t.text == "true"}
	case "none":
		p.i++
		return &None{place}
	case "match":
		return p.match(false)
	case "if":
		return p.ifExpr()
	}
	p.fail(t, errExpr)
	return nil
}

func (p *parser) bracketed(t token) Expr {
	start := p.tokSpan(t)
	switch t.text {
	case "(":
		p.i++
		var x Expr
		p.inside(t, func() { x = p.expr() })
		return x
	case "[":
		p.i++
		l := &List{}
		p.inside(t, func() {
			for !p.peek().op("]") {
				l.Items = append(l.Items, p.expr())
				if !p.eat(",") {
					return
				}
			}
		})
		l.at = p.from(start)
		return l
	case "{":
		return p.braces(false)
	case "$":
		p.i++
		n := p.name()
		return &ParamRef{at{start.Join(n.Span)}, n.Name}
	case ".":
		p.i++
		n := p.name()
		return &ColumnRef{at{start.Join(n.Span)}, n.Name}
	}
	p.fail(t, errExpr)
	return nil
}

// ifExpr = "if" or braces "else" (braces | expr).
func (p *parser) ifExpr() Expr {
	start := p.tokSpan(p.take())
	x := &If{Cond: p.or()}
	if t := p.peek(); !t.op("{") {
		p.fail(t, message{"DQL1044", "the value of an if stands in braces", "write if cond { a } else { b }"})
	}
	x.Then = p.braces(true)
	if !p.continues(func(t token, _ bool) bool { return t.word("else") }) {
		p.fail(p.toks[p.i], errElse)
	}
	p.i++
	if p.peek().op("{") {
		x.Else = p.braces(true)
	} else {
		x.Else = p.expr()
	}
	x.at = p.from(start)
	return x
}

// str resolves a string token: escapes, and the parts of an f-string.
func (p *parser) str(t token) Expr {
	q := strings.IndexByte(t.text, '\'')
	prefix, body, base := t.text[:q], t.text[q+1:len(t.text)-1], t.start+q+1
	if prefix == "f" {
		return p.interpolated(t, body, base)
	}
	if prefix != "r" {
		body = p.unescape(body, base)
	}
	return &String{at{p.tokSpan(t)}, prefix, body}
}

func (p *parser) unescape(body string, base int) string {
	s, bad := unescape(body)
	if bad >= 0 {
		p.errorSpan(source.Span{File: p.file, Start: base + bad, End: base + bad + 2}, errEscape)
	}
	return s
}

func (p *parser) interpolated(t token, body string, base int) Expr {
	f := &Interp{at: at{p.tokSpan(t)}}
	text := func(from, to int) {
		if from < to {
			s := source.Span{File: p.file, Start: base + from, End: base + to}
			f.Parts = append(f.Parts, &String{at{s}, "", p.unescape(body[from:to], base+from)})
		}
	}
	last := 0
	for i := 0; i < len(body); {
		switch {
		case body[i] == '\\':
			i += 2
		case strings.HasPrefix(body[i:], "${"):
			text(last, i)
			end := interpolationEnd(body, i+2, len(body))
			f.Parts = append(f.Parts, p.interpolation(base+i+2, base+end-1))
			i, last = end, end
		default:
			i++
		}
	}
	text(last, len(body))
	return f
}

// interpolation parses the expression between ${ and } with a parser of its own over the same text.
func (p *parser) interpolation(start, end int) Expr {
	span := source.Span{File: p.file, Start: start, End: max(start, end)}
	if end <= start || strings.TrimSpace(p.text[start:end]) == "" {
		p.errorSpan(span, errEmptyInterp)
		return &Bad{at{span}}
	}
	if p.depth++; p.depth > maxDepth {
		p.fail(p.peek(), errDeep)
	}
	defer func() { p.depth-- }()
	q := &parser{file: p.file, text: p.text, depth: p.depth}
	q.load(start, end)
	q.nest = '('
	defer func() { p.diags = append(p.diags, q.diags...) }()
	x := q.expr()
	if t := q.peek(); t.kind != tEOF {
		q.fail(t, errTrailing)
	}
	return x
}
