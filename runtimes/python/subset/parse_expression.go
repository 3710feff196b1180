package subset

import "slices"

// expressions reads an expression, or a tuple without parentheses.
func (p *parser) expressions() expr {
	first := p.expression()
	if !p.is(",") {
		return first
	}
	s := &sequence{position(first.at()), "tuple", []expr{first}}
	for p.accept(",") {
		if t := p.peek(); t.kind == newline || t.kind == operator && (t.text == "=" || t.text == ")" || t.text == ";") {
			break
		}
		s.xs = append(s.xs, p.expression())
	}
	return s
}

func (p *parser) expression() expr {
	line := p.line()
	defer p.enter(line)()
	if p.is("lambda") {
		refuse(line, "lambda is not compiled")
	}
	x := p.or()
	if p.is(":=") {
		refuse(p.line(), ":= is not compiled")
	}
	if !p.accept("if") {
		return x
	}
	test := p.or()
	p.expect("else")
	return &conditional{position(x.at()), x, test, p.expression()}
}

func (p *parser) or() expr  { return p.logical("or", p.and) }
func (p *parser) and() expr { return p.logical("and", p.not) }

func (p *parser) logical(op string, operand func() expr) expr {
	x := operand()
	if !p.is(op) {
		return x
	}
	l := &logical{position(x.at()), op, []expr{x}}
	for p.accept(op) {
		l.xs = append(l.xs, operand())
	}
	return l
}

func (p *parser) not() expr {
	line := p.line()
	if p.accept("not") {
		defer p.enter(line)()
		return &unary{position(line), "not", p.not()}
	}
	return p.comparison()
}

var comparisons = []string{"==", "!=", "<", "<=", ">", ">="}

// comparisonOperator takes one, if there is one.
func (p *parser) comparisonOperator() string {
	switch t := p.peek(); {
	case t.kind == operator && slices.Contains(comparisons, t.text):
		return p.take().text
	case p.accept("in"):
		return "in"
	case p.accept("is"):
		if p.accept("not") {
			return "is not"
		}
		return "is"
	case p.is("not") && p.tokens[p.at+1].kind == identifier && p.tokens[p.at+1].text == "in":
		p.at += 2
		return "not in"
	}
	return ""
}

func (p *parser) comparison() expr {
	x := p.operand(0)
	op := p.comparisonOperator()
	if op == "" {
		return x
	}
	c := &compare{position: position(x.at()), xs: []expr{x}}
	for ; op != ""; op = p.comparisonOperator() {
		c.ops = append(c.ops, op)
		c.xs = append(c.xs, p.operand(0))
	}
	return c
}

// levels of operators, the loosest first.
var levels = [][]string{{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "//", "%", "@"}}

func (p *parser) operand(level int) expr {
	if level == len(levels) {
		return p.sign()
	}
	x := p.operand(level + 1)
	for t := p.peek(); t.kind == operator && slices.Contains(levels[level], t.text); t = p.peek() {
		if t.text == "@" {
			refuse(t.line, "@ is not compiled")
		}
		// A chain grows to the left without nesting of the source.
		defer p.enter(t.line)()
		p.take()
		x = &operation{position(t.line), t.text, x, p.operand(level + 1)}
	}
	return x
}

func (p *parser) sign() expr {
	t := p.peek()
	if t.kind == operator && (t.text == "-" || t.text == "+" || t.text == "~") {
		p.take()
		defer p.enter(t.line)()
		return &unary{position(t.line), t.text, p.sign()}
	}
	x := p.postfix()
	if p.is("**") {
		line := p.take().line
		defer p.enter(line)()
		return &operation{position(line), "**", x, p.sign()}
	}
	return x
}

func (p *parser) postfix() expr {
	x := p.atom()
	for {
		line := p.line()
		switch {
		case p.accept("."):
			x = &attribute{position(line), x, p.name()}
		case p.accept("("):
			x = p.call(x, line)
		case p.accept("["):
			x = p.subscript(x, line)
		default:
			return x
		}
		defer p.enter(line)()
	}
}

func (p *parser) call(function expr, line int) expr {
	switch function.(type) {
	case *nameExpr, *attribute:
	default:
		refuse(line, "a call of anything but a named function is not compiled")
	}
	c := &call{position: position(line), function: function}
	for !p.accept(")") {
		if p.is("*") || p.is("**") {
			refuse(p.line(), "* before an argument is not compiled")
		}
		if next := p.tokens[p.at+1]; p.peek().kind == identifier && next.kind == operator && next.text == "=" {
			c.names = append(c.names, p.name())
			p.take()
			c.args = append(c.args, p.expression())
		} else {
			if len(c.names) > 0 {
				refuse(p.line(), "an argument without a name follows one with a name")
			}
			x := p.expression()
			if p.is("for") || p.is("async") {
				x = p.generator(x)
				if len(c.args) > 0 || !p.is(")") {
					refuse(p.line(), "a generator among other arguments is not compiled")
				}
			}
			c.args = append(c.args, x)
		}
		if !p.is(")") {
			p.expect(",")
		}
	}
	return c
}

// generator reads what follows its element.
func (p *parser) generator(element expr) expr {
	line := p.line()
	p.expect("for")
	g := &generator{position: position(line), element: element, name: p.name()}
	p.expect("in")
	g.over = p.or()
	for p.accept("if") {
		g.tests = append(g.tests, p.or())
	}
	if p.is("for") || p.is("async") {
		refuse(p.line(), "a generator over two loops is not compiled")
	}
	return g
}

func (p *parser) subscript(x expr, line int) expr {
	part := func() expr {
		if p.is(":") || p.is("]") {
			return nil
		}
		return p.expression()
	}
	first := part()
	if first != nil && p.accept("]") {
		return &subscript{position(line), x, first}
	}
	s := &slice{position: position(line), x: x, lo: first}
	p.expect(":")
	s.hi = part()
	if p.accept(":") {
		s.step = part()
	}
	p.expect("]")
	return s
}

func (p *parser) atom() expr {
	t := p.take()
	at := position(t.line)
	switch t.kind {
	case intToken:
		return &intLiteral{at, t.whole}
	case floatToken:
		return &floatLiteral{at, t.real}
	case textToken, formatToken:
		p.at--
		return p.strings()
	case alienToken:
		refuse(t.line, "%s is not compiled", t.text)
	case identifier:
		switch t.text {
		case "True", "False":
			return &boolLiteral{at, t.text == "True"}
		case "None":
			return &noneLiteral{at}
		}
		if what, ok := unknown[t.text]; ok && slices.Contains(keywords, t.text) {
			refuse(t.line, "%s is not compiled", what)
		}
		p.at--
		return &nameExpr{at, p.name()}
	case operator:
		switch t.text {
		case "(":
			return p.parenthesis(at)
		case "[":
			return p.display(at, "list", "]")
		case "{":
			return p.display(at, "set", "}")
		}
	}
	refuse(t.line, "%s is not expected here", t)
	return nil
}

func (p *parser) parenthesis(at position) expr {
	if p.accept(")") {
		return &sequence{at, "tuple", nil}
	}
	x := p.expressions()
	if p.is("for") || p.is("async") {
		refuse(p.line(), "a generator that is not the argument of a call is not compiled")
	}
	p.expect(")")
	return x
}

func (p *parser) display(at position, kind, end string) expr {
	s := &sequence{at, kind, nil}
	for !p.accept(end) {
		s.xs = append(s.xs, p.expression())
		switch {
		case p.is(":"):
			refuse(int(at), "a dict is not compiled")
		case p.is("for") || p.is("async"):
			refuse(int(at), "a %s comprehension is not compiled", kind)
		}
		if !p.is(end) {
			p.expect(",")
		}
	}
	if kind == "set" && len(s.xs) == 0 {
		refuse(int(at), "a dict is not compiled")
	}
	return s
}

// strings reads string literals that stand one after the other.
func (p *parser) strings() expr {
	f := &format{position: position(p.line())}
	plain := true
	for {
		t := p.peek()
		switch t.kind {
		case textToken:
			f.parts = append(f.parts, formatPart{text: t.text})
		case formatToken:
			plain = false
			for _, piece := range t.parts {
				f.parts = append(f.parts, p.piece(t.line, piece))
			}
		case alienToken:
			refuse(t.line, "%s is not compiled", t.text)
		default:
			if !plain {
				return f
			}
			s := ""
			for _, part := range f.parts {
				s += part.text
			}
			return &textLiteral{f.position, s}
		}
		p.take()
	}
}

func (p *parser) piece(line int, piece piece) formatPart {
	if piece.tokens == nil {
		return formatPart{text: piece.text}
	}
	if piece.alien != "" {
		refuse(line, "%s is not compiled", piece.alien)
	}
	inner := &parser{tokens: piece.tokens, depth: p.depth}
	part := formatPart{x: inner.expressions(), spec: piece.spec}
	if inner.peek().kind != newline {
		refuse(line, "%s is not expected in the braces of an f-string", inner.peek())
	}
	return part
}
