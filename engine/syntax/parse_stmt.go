package syntax

// stmt = import | param | typedef | [annotation {NL}] (["export"] bind | expr).
func (p *parser) stmt() Stmt {
	t := p.peek()
	switch {
	case t.op("@"):
		return p.annotated()
	case t.word("import") && p.peekAt(1).kind == tName:
		return p.importStmt()
	case t.word("param") && p.peekAt(1).kind == tName:
		return p.paramStmt()
	case t.word("type") && p.peekAt(1).kind == tName && p.peekAt(2).op("="):
		return p.typeStmt()
	case t.word("export") && (p.peekAt(1).kind == tName || p.peekAt(1).op("{")):
		p.i++
		b := p.bind()
		b.Export, b.Span = true, p.tokSpan(t).Join(b.Span)
		return b
	case p.atBind():
		return p.bind()
	}
	x := p.expr()
	return &ExprStmt{at: at{x.Place()}, X: x}
}

// annotated = "@" ID ["(" expr {"," expr} ")"] {NL} stmt, where the statement is a binding or an expression without a second
// annotation.
func (p *parser) annotated() Stmt {
	at := p.take()
	note := &Annotation{Name: p.name()}
	if open := p.peek(); open.op("(") && open.start == note.Name.Span.End {
		p.i++
		p.inside(open, func() {
			for !p.peek().op(")") {
				note.Args = append(note.Args, p.expr())
				if !p.eat(",") {
					return
				}
			}
		})
	}
	note.at = p.from(p.tokSpan(at))
	p.skipNewlines()
	if t := p.peek(); t.kind == tEOF || t.op("@") {
		p.errorSpan(note.Span, errAnnotation)
		panic(bailout{})
	}
	switch s := p.stmt().(type) {
	case *Bind:
		s.Note, s.Span = note, note.Span.Join(s.Span)
		return s
	case *ExprStmt:
		s.Note, s.Span = note, note.Span.Join(s.Span)
		return s
	}
	p.errorSpan(note.Span, errAnnotation)
	panic(bailout{})
}

// atBind reports whether `name =` or `{…} =` comes next.
func (p *parser) atBind() bool {
	t := p.toks[p.i]
	if t.kind == tName {
		return p.peekAt(1).op("=")
	}
	return t.op("{") && t.match >= 0 && p.toks[t.match+1].op("=")
}

func (p *parser) bind() *Bind {
	start := p.tokSpan(p.peek())
	b := &Bind{}
	if p.peek().op("{") {
		b.Pattern = p.recordPat()
	} else {
		n := p.name()
		b.Name = &n
	}
	p.need("=", message{"DQL1039", "a binding needs a value", "write name = expression"})
	p.skipNewlines()
	b.Value = p.expr()
	b.at = p.from(start)
	return b
}

// importStmt = "import" [ID "/"] ID {"." ID} ["@" ver] ["as" ID] ["(" imp {"," imp} ")"].
func (p *parser) importStmt() *Import {
	start := p.tokSpan(p.take())
	im := &Import{}
	first := p.name()
	im.Package, im.Path = first.Name, first.Span
	sep := func(op string) {
		n := p.name()
		im.Package += op + n.Name
		im.Path = im.Path.Join(n.Span)
	}
	if p.eat("/") {
		sep("/")
	}
	for p.eat(".") {
		sep(".")
	}
	if p.eat("@") {
		im.Version = p.version()
	}
	if p.peek().word("as") {
		p.i++
		n := p.name()
		im.As = &n
	}
	if open := p.peek(); open.op("(") {
		p.i++
		p.inside(open, func() {
			for {
				n := ImportName{Name: p.name()}
				if p.peek().word("as") {
					p.i++
					as := p.name()
					n.As = &as
				}
				im.Names = append(im.Names, n)
				if !p.eat(",") || p.peek().op(")") {
					return
				}
			}
		})
	}
	im.at = p.from(start)
	return im
}

// version reads ["^"|"~"|"="] INT ["." INT ["." INT]]; the lexer sees 1.2 as one number and 1.2.3 as several tokens.
func (p *parser) version() string {
	start := p.peek()
	for _, op := range []string{"^", "~", "="} {
		if p.eat(op) {
			break
		}
	}
	if p.peek().kind != tNumber {
		p.fail(p.peek(), errVersion)
	}
	end := p.take().end
	for p.peek().start == end && p.peek().op(".") && p.peekAt(1).kind == tNumber && p.peekAt(1).start == end+1 {
		p.i++
		end = p.take().end
	}
	return p.text[start.start:end]
}

func (p *parser) paramStmt() *Param {
	start := p.tokSpan(p.take())
	d := &Param{Name: p.name()}
	p.need(":", message{"DQL1040", "a parameter needs a type", "write param name: type, or param name: type = default"})
	d.Type = p.typeExpr()
	if p.eat("=") {
		p.skipNewlines()
		d.Default = p.expr()
	}
	d.at = p.from(start)
	return d
}

func (p *parser) typeStmt() *TypeDef {
	start := p.tokSpan(p.take())
	d := &TypeDef{Name: p.name()}
	p.need("=", errType)
	p.skipNewlines()
	d.Type = p.typeExpr()
	d.at = p.from(start)
	return d
}

// typeExpr = tprim ["?"].
func (p *parser) typeExpr() *TypeExpr {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.peek(), errDeep)
	}
	start := p.tokSpan(p.peek())
	t := p.typePrimary()
	for p.eat("?") {
		t.Optional = true
	}
	t.at = p.from(start)
	p.depth--
	return t
}

func (p *parser) typePrimary() *TypeExpr {
	t := &TypeExpr{}
	tok := p.peek()
	switch {
	case tok.op("["):
		p.i++
		p.inside(tok, func() { t.List = p.typeExpr() })
	case tok.op("{"):
		p.i++
		t.Record = true
		p.inside(tok, func() { p.typeFields(t) })
	case tok.op("("):
		p.i++
		p.inside(tok, func() {
			for !p.peek().op(")") {
				t.Params = append(t.Params, p.typeExpr())
				if !p.eat(",") {
					return
				}
			}
		})
		if !p.eat("=>") {
			if len(t.Params) != 1 {
				p.fail(p.peek(), errType)
			}
			return t.Params[0]
		}
		t.Func, t.Result = true, p.typeExpr()
	case tok.kind == tName:
		p.i++
		t.Name = tok.text
		if p.eat("<") {
			p.typeArgs(t)
			p.need(">", errType)
		}
	default:
		p.fail(tok, errType)
	}
	return t
}

func (p *parser) typeFields(t *TypeExpr) {
	for {
		p.skipNewlines()
		switch {
		case p.peek().op("}"):
			return
		case p.eat("..."):
			t.Open = true
		default:
			f := TypeField{Name: p.name()}
			p.need(":", errType)
			f.Type = p.typeExpr()
			t.Fields = append(t.Fields, f)
		}
		if !p.eat(",") && p.peek().kind != tNewline {
			return
		}
	}
}

func (p *parser) typeArgs(t *TypeExpr) {
	for {
		if n := p.peek(); n.kind == tNumber {
			p.i++
			t.Ints = append(t.Ints, smallInt(n.text))
		} else {
			t.Args = append(t.Args, p.typeExpr())
		}
		if !p.eat(",") {
			return
		}
	}
}

// smallInt reads a precision or a scale; -1 stands for anything that is neither.
func smallInt(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 1000 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func (p *parser) identOf(t token) Ident { return Ident{at{p.tokSpan(t)}, t.text} }
