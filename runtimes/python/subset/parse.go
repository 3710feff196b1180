package subset

import "slices"

// parser reads statements. It knows less than CPython and takes nothing that CPython would read otherwise.
type parser struct {
	tokens []token
	at     int
	depth  int
	loops  int // that the statement is in
}

func (p *parser) peek() token { return p.tokens[p.at] }
func (p *parser) line() int   { return p.tokens[p.at].line }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if p.at < len(p.tokens)-1 {
		p.at++
	}
	return t
}

func (p *parser) is(text string) bool {
	t := p.peek()
	return (t.kind == operator || t.kind == identifier) && t.text == text
}

func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		refuse(p.line(), "%s where %q is expected", p.peek(), text)
	}
}

func (p *parser) expectKind(k tokenKind) token {
	if p.peek().kind != k {
		refuse(p.line(), "%s is not expected here", p.peek())
	}
	return p.take()
}

func (t token) String() string {
	switch t.kind {
	case endOfFile, newline, dedent:
		return "the end of the statement"
	case indent:
		return "an indentation"
	case textToken, formatToken:
		return "a string"
	case intToken, floatToken:
		return "a number"
	}
	return t.text
}

// keywords are no names. The soft ones, such as match, are.
var keywords = []string{"False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
	"except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
	"while", "with", "yield"}

func (p *parser) name() string {
	t := p.expectKind(identifier)
	if slices.Contains(keywords, t.text) {
		refuse(t.line, "%s is not expected here", t.text)
	}
	return t.text
}

func (p *parser) enter(line int) func() {
	if p.depth++; p.depth > maxDepth {
		refuse(line, "the source is nested too deeply")
	}
	return func() { p.depth-- }
}

// block reads what follows a colon.
func (p *parser) block() []statement {
	p.expect(":")
	if p.peek().kind != newline {
		return p.simple()
	}
	p.take()
	p.expectKind(indent)
	var body []statement
	for p.peek().kind != dedent {
		body = append(body, p.statement()...)
	}
	p.take()
	return body
}

// simple reads the small statements of one line.
func (p *parser) simple() []statement {
	var list []statement
	for {
		list = append(list, p.small())
		if !p.accept(";") {
			break
		}
		if p.peek().kind == newline {
			break
		}
	}
	p.expectKind(newline)
	return list
}

// unknown statements, and how a message names them.
var unknown = map[string]string{"try": "try", "with": "with", "class": "a class in a function", "def": "a function in a function",
	"async": "async", "import": "import in a function", "from": "import in a function", "global": "global", "nonlocal": "nonlocal",
	"del": "del", "yield": "yield", "await": "await", "match": "match", "type": "type", "@": "a decorator"}

func (p *parser) statement() []statement {
	line := p.line()
	defer p.enter(line)()
	switch {
	case p.accept("if"):
		return []statement{p.branch(line)}
	case p.accept("while"):
		w := &whileLoop{position: position(line), test: p.expression()}
		w.body, w.other = p.loop()
		return []statement{w}
	case p.accept("for"):
		f := &forLoop{position: position(line), name: p.name()}
		if p.is(",") {
			refuse(line, "a loop over several names is not compiled")
		}
		p.expect("in")
		f.over = p.expressions()
		f.body, f.other = p.loop()
		return []statement{f}
	}
	return p.simple()
}

func (p *parser) branch(line int) *branch {
	b := &branch{position: position(line), test: p.expression(), then: p.block()}
	if elif := p.line(); p.accept("elif") {
		defer p.enter(elif)()
		b.other = []statement{p.branch(elif)}
	} else if p.accept("else") {
		b.other = p.block()
	}
	return b
}

func (p *parser) loop() (body, other []statement) {
	p.loops++
	body = p.block()
	p.loops--
	if p.accept("else") {
		other = p.block()
	}
	return body, other
}

func (p *parser) small() statement {
	line := p.line()
	at := position(line)
	switch {
	case p.accept("pass"):
		return &pass{at}
	case p.is("break"), p.is("continue"):
		if p.loops == 0 {
			refuse(line, "%s outside a loop", p.peek().text)
		}
		return &jump{at, p.take().text}
	case p.accept("return"):
		if p.peek().kind == newline || p.is(";") {
			return &leave{at, nil}
		}
		return &leave{at, p.expressions()}
	case p.accept("raise"):
		// Whatever is raised, CPython raises it.
		p.skipLine()
		return &raise{at}
	case p.accept("assert"):
		a := &assert{at, p.expression()}
		if p.accept(",") {
			p.skipLine()
		}
		return a
	}
	if t := p.peek(); (t.kind == identifier || t.kind == operator) && !p.isPlainName() {
		if what, ok := unknown[t.text]; ok {
			refuse(line, "%s is not compiled", what)
		}
	}
	return p.expressionStatement(at)
}

// isPlainName tells a name from a soft keyword by what follows.
func (p *parser) isPlainName() bool {
	t, next := p.tokens[p.at], p.tokens[min(p.at+1, len(p.tokens)-1)]
	if t.text != "match" && t.text != "type" {
		return false
	}
	return next.kind == newline || next.kind == operator && next.text != "(" && next.text != "[" && next.text != "-" && next.text != "*"
}

func (p *parser) skipLine() {
	depth := 0
	for {
		t := p.peek()
		switch {
		case t.kind == newline || t.kind == endOfFile || depth == 0 && p.is(";"):
			return
		case t.kind == operator && (t.text == "(" || t.text == "[" || t.text == "{"):
			depth++
		case t.kind == operator && (t.text == ")" || t.text == "]" || t.text == "}"):
			depth--
		}
		p.take()
	}
}

var augmented = []string{"+=", "-=", "*=", "/=", "//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>="}

func (p *parser) expressionStatement(at position) statement {
	first := p.expressions()
	switch t := p.peek(); {
	case t.kind == operator && slices.Contains(augmented, t.text):
		n, ok := first.(*nameExpr)
		if !ok {
			refuse(t.line, "an assignment to anything but a name is not compiled")
		}
		p.take()
		op := t.text[:len(t.text)-1]
		return &augment{at, n.id, &operation{at, op, n, p.expression()}}
	case p.accept(":"):
		n, ok := first.(*nameExpr)
		if !ok {
			refuse(t.line, "an annotation of anything but a name is not compiled")
		}
		p.annotation()
		if !p.accept("=") {
			refuse(t.line, "a name without a value is not compiled")
		}
		return &assign{at, [][]string{{n.id}}, []expr{p.expression()}}
	case p.is("="):
		a := &assign{position: at}
		last := first
		for p.accept("=") {
			a.targets = append(a.targets, targets(last))
			last = p.expressions()
		}
		a.values = []expr{last}
		if width := len(a.targets[0]); width > 1 {
			s, ok := last.(*sequence)
			if !ok || s.kind != "tuple" || len(s.xs) != width {
				refuse(int(at), "taking apart anything but a tuple of as many values is not compiled")
			}
			a.values = s.xs
		}
		for _, t := range a.targets {
			if len(t) != len(a.targets[0]) {
				refuse(int(at), "this assignment is not compiled")
			}
		}
		return a
	}
	return &evaluate{at, first}
}

// targets returns the names that an assignment binds.
func targets(e expr) []string {
	switch e := e.(type) {
	case *nameExpr:
		return []string{e.id}
	case *sequence:
		if e.kind != "tuple" || len(e.xs) < 2 {
			break
		}
		var names []string
		for _, x := range e.xs {
			n, ok := x.(*nameExpr)
			if !ok {
				refuse(e.at(), "an assignment to anything but names is not compiled")
			}
			names = append(names, n.id)
		}
		return names
	}
	refuse(e.at(), "an assignment to anything but a name is not compiled")
	return nil
}

// annotation reads a class, T | None, Optional[T] or a string, which all mean nothing when the function runs. It returns the class
// where it is a plain one.
func (p *parser) annotation() string {
	if p.peek().kind == textToken {
		p.take()
		return ""
	}
	class := func() string {
		t := p.take()
		if t.kind == identifier && slices.Contains([]string{"bool", "int", "float", "str", "None"}, t.text) {
			return t.text
		}
		refuse(t.line, "the annotation %s is not compiled", t)
		return ""
	}
	if p.accept("Optional") {
		p.expect("[")
		class()
		p.expect("]")
		return ""
	}
	note := class()
	for p.accept("|") {
		class()
		note = ""
	}
	return note
}
