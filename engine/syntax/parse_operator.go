package syntax

func (p *parser) or() Expr   { return p.binary(levelOr) }
func (p *parser) rng() Expr  { return p.binary(levelRange) }
func (p *parser) coal() Expr { return p.binary(levelDefault) }
func (p *parser) sum() Expr  { return p.binary(levelSum) }

// binary reads operands and the operators between them that bind at least as tightly as least; all associate to the left. A line may
// begin with any of them but "-".
//
//	or = and {"or" and} ;  and = not {"and" not} ;  not = "not" not | cmp
//	cmp = range [relop range | ["not"] "in" range | "is" ["not"] "none"]
//	range = coal [rop [coal]] | rop coal ;  coal = sum {"??" sum}
//	sum = prod {("+"|"-") prod} ;  prod = unary {("*"|"/"|"%") unary}
func (p *parser) binary(least level) Expr {
	t := p.peek()
	start := t.start
	most := levelProduct // what has been read binds looser operators only
	var x Expr
	switch {
	case least <= levelNot && t.word("not") && t.kind == tKeyword:
		x, most = p.prefix(*t, func() Expr { return p.binary(levelNot) }), levelAnd
	case least <= levelRange && t.level == levelRange && t.kind == tOp:
		p.i++
		hi := p.coal()
		x, most = &Range{at: p.from(start), Hi: hi, HalfOpen: t.text == "..<"}, levelCompare
	default:
		x = p.unary()
	}
	for {
		op, ok := p.infix(least, most)
		if !ok {
			return x
		}
		switch op.level {
		case levelCompare:
			x, most = p.comparison(start, x, op), levelAnd
		case levelRange:
			r := &Range{Lo: x, HalfOpen: op.text == "..<"}
			if n := p.peek(); startsExpr(*n) && !n.op("{") {
				r.Hi = p.coal()
			}
			r.at = p.from(start)
			x, most = r, levelCompare
		default:
			p.skipNewlines()
			y := p.binary(op.level + 1)
			x = &Binary{at: p.from(start), Op: op.text, X: x, Y: y, OpSpan: p.tokSpan(op)}
		}
	}
}

// infix takes the next token if it is an operator of a level in between.
func (p *parser) infix(least, most level) (token, bool) {
	j, fresh := p.next()
	t := p.toks[j]
	if t.level < least || t.level > most || t.level == 0 || fresh && t.op("-") {
		return t, false
	}
	if fresh && t.text == "not" && !(j+1 < len(p.toks) && p.toks[j+1].word("in")) {
		return t, false
	}
	p.i = j + 1
	return t, true
}

func (p *parser) prefix(t token, operand func() Expr) Expr {
	p.deeper(t, 1)
	if t.kind == tOp {
		p.signs[t.start] = tight
	}
	p.i++
	p.skipNewlines()
	x := operand()
	p.depth--
	return &Unary{at: p.from(t.start), Op: t.text, X: x}
}

// comparison reads what stands behind x and op, which was taken.
func (p *parser) comparison(start int, x Expr, op token) Expr {
	p.skipNewlines()
	switch op.text {
	case "is":
		not := p.peek().word("not")
		if not {
			p.i++
		}
		t := p.peek()
		if !t.word("none") {
			p.fail(*t, errIs)
		}
		p.i++
		x = &IsNone{at: p.from(start), X: x, Not: not}
	case "not", "in":
		if op.text == "not" {
			if t := p.peek(); !t.word("in") {
				p.fail(*t, errNotIn)
			}
			p.i++
			p.skipNewlines()
		}
		set := p.rng()
		x = &In{at: p.from(start), X: x, Set: set, Not: op.text == "not"}
	default:
		y := p.rng()
		x = &Binary{at: p.from(start), Op: op.text, X: x, Y: y, OpSpan: p.tokSpan(op)}
	}
	if t := p.peek(); t.level == levelCompare {
		p.fail(*t, errChain)
	}
	return x
}

// unary = "-" unary | post ["**" unary].
func (p *parser) unary() Expr {
	t := p.peek()
	if t.op("-") {
		return p.prefix(*t, p.unary)
	}
	start := t.start
	x := p.post()
	op, ok := p.infix(levelPower, levelPower)
	if !ok {
		return x
	}
	p.skipNewlines()
	p.deeper(op, 1)
	y := p.unary()
	p.depth--
	return &Binary{at: p.from(start), Op: "**", X: x, Y: y, OpSpan: p.tokSpan(op)}
}
