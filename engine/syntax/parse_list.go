package syntax

// inside parses what stands in a bracket that was just taken, up to and including its end. Where the bracket is never closed and the
// mistake shows on a later line, it is the bracket that is reported.
func (p *parser) inside(open token, body func()) {
	p.deeper(open, 1)
	before, at := p.nest, p.i-1
	p.nest = open.text[0]
	if open.match < 0 {
		reported := len(p.diags.list)
		p.attempt(body)
		p.skipNewlines()
		if t := p.toks[p.i]; t.kind != tBad && (len(p.diags.list) == reported || p.newLine(open.end, t.start)) {
			p.diags.list = p.diags.list[:reported]
			p.errorAt(open, errUnclosed)
		}
		p.i, p.unclosed = at+1, true
		panic(bailout{})
	}
	body()
	p.skipNewlines()
	if p.i != int(open.match) {
		p.nest = before
		p.fail(p.toks[p.i], p.unexpected(p.toks[p.i], open))
	}
	p.i++
	p.nest = before
	p.depth--
}

func (p *parser) newLine(from, to int) bool {
	for i := from; i < to; i++ {
		if p.text[i] == '\n' {
			return true
		}
	}
	return false
}

// one parses what stands alone in a bracket. After a mistake it goes on behind the bracket.
func (p *parser) one(open token, body func()) {
	p.inside(open, func() {
		if open.match < 0 {
			body()
			return
		}
		ok := p.attempt(func() {
			body()
			if t := p.peek(); p.i != int(open.match) && t.kind != tNewline {
				p.fail(*t, p.unexpected(*t, open))
			}
		})
		if !ok {
			p.i = int(open.match)
		}
	})
}

// list parses items up to the end of a bracket: separated by commas, and by line ends in braces. After a mistake it goes on with the
// next item.
func (p *parser) list(open token, item func()) {
	p.inside(open, func() {
		for {
			p.skipNewlines()
			if p.i == int(open.match) || p.toks[p.i].kind == tEOF {
				return
			}
			start := p.i
			read := func() {
				item()
				p.endItem(open)
			}
			if open.match < 0 {
				read()
			} else if !p.attempt(read) {
				p.skipItem(start, int(open.match))
			}
		}
	})
}

// endItem takes the separator behind an item, or reports that there is none.
func (p *parser) endItem(open token) {
	if p.broken {
		panic(bailout{})
	}
	t := p.peek()
	switch {
	case t.op(","):
		p.i++
	case t.kind == tNewline || p.i == int(open.match):
	case open.match < 0: // what is wrong is the bracket
		panic(bailout{})
	default:
		p.fail(*t, p.unexpected(*t, open))
	}
}

// skipItem goes to the separator behind a broken item, or to the end of its bracket.
func (p *parser) skipItem(start, end int) {
	stop := p.i
	p.broken = false
	for j := start; j < end; j++ {
		t := p.toks[j]
		switch {
		case j >= stop && t.op(","):
			p.i = j + 1
			return
		case j >= stop && t.kind == tNewline && p.nest == '{':
			p.i = j
			return
		case t.opens() && int(t.match) > j:
			j = int(t.match)
		}
	}
	p.i = end
}

// unexpected says what is wrong with a token that stands where a bracket should close or an item be separated.
func (p *parser) unexpected(t, open token) message {
	switch {
	case t.closes():
		return errUnopened
	case t.op("="):
		return errAssignEq
	case open.op("{"):
		return errEntrySep
	case open.op("(") && t.op(","):
		return errGroupComma
	case startsExpr(t):
		return errNoComma
	}
	return errTrailing
}
