package syntax

import "strings"

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
	p.deeper(*p.peek(), 1)
	var x Expr
	if p.atLambda() {
		x = p.lambda()
	} else {
		x = p.pipe()
	}
	p.depth--
	return x
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
	return p.arrowAt(int(t.match)+1) || p.toks[t.match+1].op(":")
}

func (p *parser) arrowAt(j int) bool {
	for p.toks[j].kind == tNewline {
		j++
	}
	return p.toks[j].op("=>")
}

// lambda = (ID | "(" [parm {"," parm}] ")" [":" type]) "=>" expr.
func (p *parser) lambda() *Lambda {
	start := p.here()
	l := &Lambda{}
	if open := *p.peek(); open.op("(") {
		p.i++
		p.list(open, func() { l.Params = append(l.Params, p.lambdaParam()) })
		if p.eat(":") {
			l.Result = p.typeExpr()
		}
	} else {
		l.Params = []LambdaParam{{Name: p.name()}}
	}
	p.skipNewlines()
	p.need("=>", errArrow)
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
		p.skipNewlines()
		lp.Default = p.or()
	}
	return lp
}

// post = prim {"." ID | "?." ID | "[" expr "]" | args}; brackets touch what they belong to.
func (p *parser) post() Expr {
	start := p.here()
	x := p.prim()
	for {
		t := p.toks[p.i]
		if t.kind != tOp || t.start != p.toks[p.i-1].end {
			return x
		}
		switch t.text {
		case ".", "?.":
			p.i++
			n := p.name()
			x = &Member{at: p.from(start), X: x, Name: n, Optional: t.text == "?."}
		case "[":
			p.i++
			ix := &Index{X: x, I: &Bad{at{p.tokSpan(t)}}}
			p.one(t, func() { ix.I = p.expr() })
			ix.at = p.from(start)
			x = ix
		case "(":
			args := p.args()
			x = &Call{at: p.from(start), Fn: x, Args: args}
		default:
			return x
		}
	}
}

// prim = NUM | STR | DUR | "true" | "false" | "none" | ID | "$" ID | "." ID | "(" expr ")" | list | braces | match | if.
func (p *parser) prim() Expr {
	t := *p.peek()
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
	case "match", "if":
		p.deeper(t, 1)
		var x Expr
		if t.text == "if" {
			x = p.ifExpr()
		} else {
			x = p.match(false)
		}
		p.depth--
		return x
	}
	p.fail(t, errExpr)
	return nil
}

func (p *parser) bracketed(t token) Expr {
	start := p.tokSpan(t)
	switch t.text {
	case "(":
		p.i++
		var x Expr = &Bad{at{start}}
		p.one(t, func() { x = p.expr() })
		return x
	case "[":
		p.i++
		l := &List{}
		p.list(t, func() { l.Items = append(l.Items, p.expr()) })
		l.at = p.from(start.Start)
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
	start := p.take().start
	x := &If{Cond: p.or()}
	if t := p.peek(); !t.op("{") {
		p.fail(*t, errIfBraces)
	}
	x.Then = p.braces(true)
	j, _ := p.next()
	if !p.toks[j].word("else") {
		p.fail(p.toks[p.i], errElse)
	}
	p.i = j + 1
	if p.peek().op("{") {
		x.Else = p.braces(true)
	} else {
		p.skipNewlines()
		x.Else = p.expr()
	}
	x.at = p.from(start)
	return x
}
