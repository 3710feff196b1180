package syntax

// match = "match" [or] "{" {arm} "}". As a stage its subject is the piped value.
func (p *parser) match(stage bool) *Match {
	start := p.tokSpan(p.take())
	m := &Match{}
	if !p.peek().op("{") {
		m.Subject = p.or()
	}
	patterns := stage || m.Subject != nil
	open := p.need("{", message{"DQL1046", "the arms of a match stand in braces", "write match x { | 1 => 'a' | _ => 'b' }"})
	p.inside(open, func() {
		for {
			p.skipNewlines()
			t := p.toks[p.i]
			if t.op("}") {
				return
			}
			if !t.op("|") {
				p.fail(t, errMatchArm)
			}
			p.i++
			p.skipNewlines()
			m.Arms = append(m.Arms, p.arm(t, patterns))
		}
	})
	m.at = p.from(start)
	return m
}

// arm = "|" (pat | or) ["if" or] "=>" expr {NL}.
func (p *parser) arm(bar token, patterns bool) Arm {
	a := Arm{}
	if patterns {
		a.Pattern = p.pattern()
	} else if t := p.peek(); t.word("_") {
		p.i++
		a.Cond = &Bool{at{p.tokSpan(t)}, true}
	} else {
		a.Cond = p.or()
	}
	if p.peek().word("if") {
		p.i++
		a.Guard = p.or()
	}
	if !p.continues(func(t token, _ bool) bool { return t.op("=>") }) {
		p.fail(p.toks[p.i], message{"DQL1047", "an arm needs => before its value", "write | pattern => value"})
	}
	p.i++
	p.skipNewlines()
	a.Value = p.expr()
	a.at = p.from(p.tokSpan(bar))
	return a
}

// pattern = pat1 {"or" pat1}.
func (p *parser) pattern() Pattern {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.peek(), errDeep)
	}
	defer func() { p.depth-- }()
	first := p.pattern1()
	if !p.peek().word("or") {
		return first
	}
	or := &OrPat{Ps: []Pattern{first}}
	for p.peek().word("or") {
		p.i++
		or.Ps = append(or.Ps, p.pattern1())
	}
	or.at = p.from(first.Place())
	return or
}

// pattern1 = "_" | ID | relop sum | range | literal | "some" pat1 | "none" | recpat.
func (p *parser) pattern1() Pattern {
	t := p.peek()
	start := p.tokSpan(t)
	switch {
	case t.word("_"):
		p.i++
		return &AnyPat{at{start}}
	case t.word("none"):
		p.i++
		return &NonePat{at{start}}
	case t.word("some") && p.startsPattern(p.peekAt(1)):
		p.i++
		inner := p.pattern1()
		return &SomePat{at{start.Join(inner.Place())}, inner}
	case t.kind == tName:
		p.i++
		return &NamePat{at{start}, t.text}
	case t.op("{"):
		return p.recordPat()
	case isOneOf(t, relops):
		p.i++
		x := p.sum()
		return &ComparePat{at{start.Join(x.Place())}, t.text, x}
	case startsExpr(t) && !t.op("(") && !t.op("[") && !t.word("match") && !t.word("if"):
		x := p.rng()
		return &ValuePat{at{x.Place()}, x}
	}
	p.fail(t, errPattern)
	return nil
}

func (p *parser) startsPattern(t token) bool {
	return startsExpr(t) || isOneOf(t, relops)
}

// recordPat = "{" [fpat {"," fpat}] "}".
func (p *parser) recordPat() *RecordPat {
	open := p.take()
	r := &RecordPat{}
	p.inside(open, func() {
		for {
			p.skipNewlines()
			if p.toks[p.i].op("}") {
				return
			}
			if p.eat("...") {
				r.Rest = true
			} else {
				f := PatField{Name: p.name()}
				if p.eat(":") {
					f.P = p.pattern()
				}
				r.Fields = append(r.Fields, f)
			}
			if !p.eat(",") && p.toks[p.i].kind != tNewline {
				return
			}
		}
	})
	r.at = p.from(p.tokSpan(open))
	return r
}
