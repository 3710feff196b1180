package syntax

// typeExpr = tprim ["?"].
func (p *parser) typeExpr() *TypeExpr {
	tok := *p.peek()
	p.deeper(tok, 1)
	t := p.typePrimary(tok)
	if p.eat("?") {
		t.Optional = true
	}
	t.at = p.from(tok.start)
	p.depth--
	return t
}

// typePrimary = ID ["<" targ {"," targ} ">"] | "[" type "]" | "(" [type {"," type}] ")" "=>" type | "{" [field {sep field}] "}", where a
// type in parentheses alone is that type.
func (p *parser) typePrimary(tok token) *TypeExpr {
	t := &TypeExpr{}
	switch {
	case tok.op("["):
		p.i++
		t.List = &TypeExpr{at: at{p.tokSpan(tok)}}
		p.one(tok, func() { t.List = p.typeExpr() })
	case tok.op("{"):
		p.i++
		t.Record = true
		p.list(tok, func() { p.typeField(t) })
	case tok.op("("):
		p.i++
		p.list(tok, func() { t.Params = append(t.Params, p.typeExpr()) })
		if !p.eat("=>") {
			if len(t.Params) != 1 {
				p.fail(*p.peek(), errTupleType)
			}
			return t.Params[0]
		}
		p.skipNewlines()
		t.Func, t.Result = true, p.typeExpr()
	case tok.kind == tName:
		p.i++
		t.Name = tok.text
		if less := p.peek().start; p.eat("<") {
			p.typeArgs(t)
			more := p.peek().start
			p.need(">", errTypeArgs)
			p.signs[less], p.signs[more] = tight, tight
		}
	default:
		p.fail(tok, errType)
	}
	return t
}

// typeField = (ID | STR) ":" type | "..." [ID]: the row variable stands for fields that are not named.
func (p *parser) typeField(t *TypeExpr) {
	if p.eat("...") {
		t.Open = true
		if n := p.peek(); n.kind == tName {
			t.Row = n.text
			p.i++
		}
		return
	}
	f := TypeField{}
	if s := *p.peek(); s.kind == tString {
		p.i++
		f.Name = p.stringName(s)
	} else {
		f.Name = p.name()
	}
	p.need(":", errType)
	p.skipNewlines()
	f.Type = p.typeExpr()
	t.Fields = append(t.Fields, f)
	if p.peek().op("...") { // as the grammar has it, without a comma
		p.typeField(t)
	}
}

func (p *parser) typeArgs(t *TypeExpr) {
	for {
		p.skipNewlines()
		if n := p.peek(); n.kind == tNumber {
			p.i++
			t.Ints = append(t.Ints, smallInt(n.text))
		} else {
			t.Args = append(t.Args, p.typeExpr())
		}
		comma := p.peek().start
		if !p.eat(",") {
			return
		}
		if p.peek().kind == tNumber {
			p.signs[comma] = tight
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
