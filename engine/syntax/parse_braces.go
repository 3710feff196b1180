package syntax

import (
	"strings"

	"github.com/dreamql/dreamql/engine/source"
)

// braces = "{" [entry {sep entry} [sep]] "}". As the branch of an if, a name alone is the branch's value and not a field.
func (p *parser) braces(branch bool) *Braces {
	open := p.take()
	b := &Braces{}
	p.list(open, func() { b.Entries = append(b.Entries, p.entry()) })
	b.at = p.from(open.start)
	p.classify(b, branch)
	return b
}

// entry = ["@"] (ID|STR) ":" expr | ["@"] path | "@" | "..." [post] | bind | expr.
func (p *parser) entry() Entry {
	t := *p.peek()
	start := t.start
	if t.op("...") {
		p.i++
		s := &Spread{}
		if startsExpr(p.toks[p.i]) {
			s.X = p.post()
		}
		s.at = p.from(start)
		return s
	}
	group := p.eat("@")
	if n := p.toks[p.i]; group && (n.op(",") || n.op("}") || n.kind == tNewline) {
		return &GroupAll{p.from(start)}
	}
	if !group && p.atBind() {
		return &BindEntry{p.bind()}
	}
	if f := p.namedField(group); f != nil {
		f.at = p.from(start)
		return f
	}
	from := p.here()
	x := p.expr()
	if name, ok := pathName(x); ok {
		return &FieldEntry{at: p.from(start), Group: group, Name: name, Value: x, Punned: true}
	}
	if group {
		p.errorSpan(p.from(from).Span, errBadGroupEntry)
	}
	return &ExprEntry{p.from(from), x}
}

// namedField reads `name: value` or `'name': value`.
func (p *parser) namedField(group bool) *FieldEntry {
	t := *p.peek()
	if t.kind != tName && t.kind != tString && t.kind != tKeyword || !p.peekAt(1).op(":") {
		return nil
	}
	f := &FieldEntry{Group: group, Name: p.identOf(t)}
	switch t.kind {
	case tKeyword:
		p.fail(t, errKeywordName)
	case tString:
		f.Name = p.stringName(t)
	}
	p.i += 2
	p.skipNewlines()
	f.Value = p.expr()
	return f
}

// stringName is the name of a field that is written as a string.
func (p *parser) stringName(t token) Ident {
	s, ok := p.str(t).(*String)
	switch {
	case !ok || s.Prefix != "" && s.Prefix != "r":
		p.fail(t, errName)
	case s.Value == "":
		p.fail(t, errEmptyName)
	case len(s.Value) > maxName:
		p.fail(t, errLongName)
	}
	return Ident{at{p.tokSpan(t)}, s.Value}
}

// pathName is the name that a path alone gives a field: its last part.
func pathName(x Expr) (Ident, bool) {
	switch x := x.(type) {
	case *Name:
		return Ident{x.at, x.Name}, true
	case *ColumnRef:
		return Ident{x.at, x.Name}, true
	case *ParamRef:
		return Ident{x.at, x.Name}, true
	case *Member:
		if _, ok := pathName(x.X); ok {
			return x.Name, true
		}
	}
	return Ident{}, false
}

// classify tells a record, a grouping and a block apart, and reports mixtures.
func (p *parser) classify(b *Braces, branch bool) {
	var binds, fields, groups, exprs int
	var odd Entry
	for i, e := range b.Entries {
		last := i == len(b.Entries)-1
		switch e := e.(type) {
		case *BindEntry:
			binds++
		case *GroupAll:
			groups++
		case *Spread:
			fields++
		case *ExprEntry:
			exprs++
			if !last || i > 0 && binds == 0 {
				odd = e
			}
		case *FieldEntry:
			switch {
			case e.Group:
				groups++
			case e.Punned && last && (binds > 0 || branch && i == 0):
				b.Entries[i] = &ExprEntry{e.at, e.Value}
				exprs++
			default:
				fields++
			}
		}
	}
	switch {
	case binds > 0 && fields+groups > 0:
		p.errorSpan(b.Span, errMixed)
		p.colons(b)
	case odd != nil:
		p.errorSpan(odd.Place(), errNoName)
	case binds > 0 && exprs == 0:
		p.errorSpan(b.Span, errBlockEnd)
		p.colons(b)
	case exprs > 0 && groups > 0:
		p.errorSpan(b.Entries[len(b.Entries)-1].Place(), errNoName)
	}
	switch {
	case binds > 0 || exprs > 0:
		b.Kind = BlockBraces
	case groups > 0:
		b.Kind = GroupBraces
	}
}

// colons offers to make fields of the bindings in braces.
func (p *parser) colons(b *Braces) {
	var edits []source.Edit
	for _, e := range b.Entries {
		bind, ok := e.(*BindEntry)
		if !ok {
			continue
		}
		if bind.Name == nil {
			return
		}
		start, end := bind.Name.Span.End, bind.Value.Place().Start
		if start < end && end <= len(p.text) && strings.TrimSpace(p.text[start:end]) == "=" {
			edits = append(edits, edit(p.file, start, end, ": "))
		}
	}
	if n := len(p.diags.list); n > 0 && len(edits) > 0 {
		p.diags.list[n-1].Fixes = []source.Fix{{Title: "write fields with :", Edits: edits}}
	}
}
