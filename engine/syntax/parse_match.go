package syntax

// match = "match" [or] "{" {arm} "}". As a stage its subject is the piped value.
func (p *parser) match(stage bool) *Match {
	start := p.take().start
	m := &Match{}
	if !p.peek().op("{") {
		m.Subject = p.or()
	}
	patterns := stage || m.Subject != nil
	open := *p.peek()
	p.need("{", errMatchBraces)
	p.inside(open, func() {
		for {
			p.skipNewlines()
			if p.i == int(open.match) || p.toks[p.i].kind == tEOF {
				return
			}
			from := p.i
			read := func() { m.Arms = append(m.Arms, p.arm(open, patterns)) }
			if open.match < 0 {
				read()
			} else if !p.attempt(read) {
				p.skipArm(from, int(open.match))
			}
		}
	})
	m.at = p.from(start)
	return m
}

// skipArm goes to the next arm behind a broken one, or to the end of the match.
func (p *parser) skipArm(start, end int) {
	stop := max(p.i, start+1)
	for j := start; j < end; j++ {
		t := p.toks[j]
		if j >= stop && t.op("|") {
			p.i = j
			return
		}
		if t.opens() && int(t.match) > j {
			j = int(t.match)
		}
	}
	p.i = end
}

// arm = "|" (pat | or) ["if" or] "=>" expr {NL}.
func (p *parser) arm(open token, patterns bool) Arm {
	a := Arm{}
	bar := *p.peek()
	if !bar.op("|") {
		p.fail(bar, errMatchArm)
	}
	p.i++
	p.skipNewlines()
	if patterns {
		a.Pattern = p.pattern()
	} else if t := *p.peek(); t.word("_") {
		p.i++
		a.Cond = &Bool{at{p.tokSpan(t)}, true}
	} else {
		a.Cond = p.or()
	}
	if j, _ := p.next(); p.toks[j].word("if") {
		p.i = j + 1
		p.skipNewlines()
		a.Guard = p.or()
	}
	if !p.continues("=>") {
		p.fail(p.toks[p.i], errArmArrow)
	}
	p.i++
	p.skipNewlines()
	a.Value = p.expr()
	a.at = p.from(bar.start)
	return a
}

// pattern = pat1 {"or" pat1}.
func (p *parser) pattern() Pattern {
	start := p.here()
	first := p.pattern1()
	or := &OrPat{Ps: []Pattern{first}}
	for {
		j, _ := p.next()
		if !p.toks[j].word("or") {
			break
		}
		p.i = j + 1
		p.skipNewlines()
		or.Ps = append(or.Ps, p.pattern1())
	}
	if len(or.Ps) == 1 {
		return first
	}
	or.at = p.from(start)
	return or
}

// pattern1 = "_" | ID | relop sum | range | literal | "some" pat1 | "none" | recpat.
func (p *parser) pattern1() Pattern {
	t := *p.peek()
	p.deeper(t, 1)
	defer func() { p.depth-- }()
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
		return &SomePat{p.from(t.start), inner}
	case t.kind == tName:
		p.i++
		return &NamePat{at{start}, t.text}
	case t.op("{"):
		return p.recordPat()
	case t.relational():
		p.signs[t.start] = spaced
		p.i++
		x := p.sum()
		return &ComparePat{p.from(t.start), t.text, x}
	case startsExpr(t) && !t.op("(") && !t.op("[") && !t.word("match") && !t.word("if"):
		x := p.rng()
		return &ValuePat{p.from(t.start), x}
	}
	p.fail(t, errPattern)
	return nil
}

func (p *parser) startsPattern(t token) bool {
	return startsExpr(t) || t.relational()
}

// recordPat = "{" [fpat {"," fpat}] "}".
func (p *parser) recordPat() *RecordPat {
	open := p.take()
	r := &RecordPat{}
	p.list(open, func() {
		if p.eat("...") {
			r.Rest = true
			return
		}
		f := PatField{Name: p.name()}
		if p.eat(":") {
			p.skipNewlines()
			f.P = p.pattern()
		}
		r.Fields = append(r.Fields, f)
	})
	r.at = p.from(open.start)
	return r
}
