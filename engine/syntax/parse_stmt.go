package syntax

import (
	"strings"

	"github.com/dreamql/dreamql/engine/source"
)

// stmt = import | param | typedef | [annotation {NL}] (["export"] bind | expr).
func (p *parser) stmt() Stmt {
	t := *p.peek()
	switch {
	case t.op("@"):
		return p.annotated()
	case t.word("import") && (p.peekAt(1).kind == tName || p.peekAt(1).kind == tString):
		return p.importStmt()
	case t.word("param") && p.peekAt(1).kind == tName:
		return p.paramStmt()
	case t.word("type") && p.peekAt(1).kind == tName:
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
	return &ExprStmt{at: p.from(t.start), X: x}
}

// annotated = "@" ID ["(" expr {"," expr} ")"] {NL} stmt, where the statement is a binding or an expression without a second
// annotation.
func (p *parser) annotated() Stmt {
	at := p.take()
	note := &Annotation{Name: p.name()}
	if open := *p.peek(); open.op("(") && open.start == note.Name.Span.End {
		p.i++
		p.list(open, func() { note.Args = append(note.Args, p.expr()) })
	}
	note.at = p.from(at.start)
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

// bind = (ID | recpat) "=" expr. Where the value cannot be read, the name is bound all the same, so that its uses are no mistakes.
func (p *parser) bind() *Bind {
	start := p.here()
	b := &Bind{}
	if p.peek().op("{") {
		b.Pattern = p.recordPat()
	} else {
		n := p.name()
		b.Name = &n
	}
	p.need("=", errBindValue)
	ok := p.attempt(func() {
		if j, fresh := p.next(); fresh && p.startsStatement(j) {
			p.fail(p.toks[p.i], errBindValue)
		}
		p.skipNewlines()
		b.Value = p.expr()
	})
	if !ok {
		b.Value, p.broken = &Bad{p.from(start)}, true
	}
	b.at = p.from(start)
	return b
}

// startsStatement reports whether what begins at a token can only be another statement.
func (p *parser) startsStatement(j int) bool {
	t, next := p.toks[j], p.toks[min(j+1, len(p.toks)-1)]
	switch {
	case t.op("@"):
		return true
	case t.kind != tName:
		return false
	case next.op("="):
		return true
	}
	if next.kind == tString && t.word("import") {
		return true
	}
	return next.kind == tName && (t.word("import") || t.word("param") || t.word("type") || t.word("export"))
}

// importStmt = "import" ([ID "/"] ID {"." ID} ["@" ver] | STR) ["as" ID] ["(" imp {"," imp} ")"].
func (p *parser) importStmt() *Import {
	start := p.take().start
	im := &Import{}
	p.importPath(im)
	if p.peek().word("as") {
		p.i++
		n := p.name()
		im.As = &n
	}
	if open := *p.peek(); open.op("(") {
		p.i++
		p.list(open, func() {
			n := ImportName{Name: p.name()}
			if p.peek().word("as") {
				p.i++
				as := p.name()
				n.As = &as
			}
			im.Names = append(im.Names, n)
		})
	}
	im.at = p.from(start)
	return im
}

// importPath reads what is imported: a package with its version, or the path of a module of the project as a string.
func (p *parser) importPath(im *Import) {
	if t := *p.peek(); t.kind == tString {
		p.i++
		im.Path = p.tokSpan(t)
		if s, ok := p.str(t).(*String); ok && s.Prefix == "" {
			im.Package, im.Local = s.Value, true
		} else {
			p.fail(t, message{"DQL1092", "the path of a module is a plain string", "write import './module.dql' (name)"})
		}
		if n := *p.peek(); n.op("@") {
			p.fail(n, message{"DQL1091", "a module of the project has no version", "leave the version out; packages of the registry have versions"})
		}
		return
	}
	first := p.name()
	im.Package, im.Path = first.Name, first.Span
	sep := func(op string) {
		n := p.name()
		im.Package += op + n.Name
		im.Path = im.Path.Join(n.Span)
	}
	if at := p.here(); p.eat("/") {
		p.signs[at] = asIs
		sep("/")
	}
	for p.eat(".") {
		sep(".")
	}
	if at := p.here(); p.eat("@") {
		p.signs[at] = asIs
		im.Version = p.version()
	}
}

// version reads ["^"|"~"|"="] INT ["." INT ["." INT]]; the lexer sees 1.2 as one number and 1.2.3 as several tokens.
func (p *parser) version() string {
	start := *p.peek()
	for _, op := range []string{"^", "~", "="} {
		if p.eat(op) {
			p.signs[start.start] = asIs
			break
		}
	}
	first := p.here()
	if t := p.peek(); t.kind != tNumber {
		p.fail(*t, errVersion)
	}
	end := p.take().end
	for p.peek().start == end && p.peek().op(".") && p.peekAt(1).kind == tNumber && p.peekAt(1).start == end+1 {
		p.i++
		end = p.take().end
	}
	parts := strings.Split(p.text[first:end], ".")
	if len(parts) > 3 || strings.Trim(strings.Join(parts, ""), "0123456789") != "" {
		p.errorSpan(source.Span{File: p.file, Start: start.start, End: end}, errVersionForm)
		panic(bailout{})
	}
	return p.text[start.start:end]
}

func (p *parser) paramStmt() *Param {
	start := p.take().start
	d := &Param{Name: p.name()}
	p.need(":", errParamType)
	d.Type = p.typeExpr()
	if p.eat("=") {
		p.skipNewlines()
		d.Default = p.expr()
	}
	d.at = p.from(start)
	return d
}

func (p *parser) typeStmt() *TypeDef {
	start := p.take().start
	d := &TypeDef{Name: p.name()}
	p.need("=", errTypedef)
	p.skipNewlines()
	d.Type = p.typeExpr()
	d.at = p.from(start)
	return d
}
