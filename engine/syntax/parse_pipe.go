package syntax

// pipe = or {"->" stage | braces}.
func (p *parser) pipe() Expr {
	start := p.here()
	x := p.or()
	for {
		if t := p.toks[p.i]; t.op("{") && bareInput(x) && p.toks[p.i-1].kind != tNewline {
			b := p.braces(false)
			x = &Pipe{at: p.from(start), Input: x, Stage: b, Bare: true}
			continue
		}
		if !p.continues("->") {
			return x
		}
		p.i++
		p.skipNewlines()
		x = p.stage(start, x)
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
func (p *parser) stage(start int, in Expr) Expr {
	pipe := &Pipe{Input: in}
	t := *p.peek()
	switch {
	case t.op("{"):
		pipe.Stage = p.braces(false)
	case t.word("match"):
		pipe.Stage = p.match(true)
	case t.op("("):
		p.i++
		pipe.Stage = &Bad{at{p.tokSpan(t)}}
		p.one(t, func() {
			if !p.atLambda() {
				p.fail(*p.peek(), errStage)
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
	pipe.at = p.from(start)
	return pipe
}

// path = ID {"." ID}; a dot behind a space begins an argument, as in filter .delay > 60.
func (p *parser) path() Expr {
	n := p.name()
	var x Expr = &Name{n.at, n.Name}
	for p.toks[p.i].op(".") && p.toks[p.i].start == p.toks[p.i-1].end && p.peekAt(1).kind == tName {
		p.i++
		m := p.name()
		x = &Member{at: p.from(n.Span.Start), X: x, Name: m}
	}
	return x
}

// args = "(" [farg {"," farg}] ")".
func (p *parser) args() []Arg {
	args := []Arg{}
	p.list(p.take(), func() {
		a := p.argName()
		a.Value = p.expr()
		args = p.addArg(args, a)
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
	if t := *p.peek(); (t.kind == tName || t.kind == tKeyword) && p.peekAt(1).op(":") {
		id := p.identOf(t)
		p.i += 2
		p.skipNewlines()
		return Arg{Name: &id}
	}
	return Arg{}
}

// commandArgs = carg {"," carg}, on the line of the stage; inside brackets exactly one, because commas belong to the bracket.
func (p *parser) commandArgs() []Arg {
	if t := p.toks[p.i]; !startsExpr(t) && !(t.kind == tKeyword && p.peekAt(1).op(":")) {
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
