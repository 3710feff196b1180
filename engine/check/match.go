package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// match evaluates the arms from the first to the last; subject is the piped value, or nil.
func (c *checker) match(e *syntax.Match, subject value, v *env) value {
	at := e.Place()
	if e.Subject != nil {
		subject = c.eval(e.Subject, v)
		at = e.Subject.Place()
	}
	if _, bad := subject.(unknown); bad {
		return subject
	}
	var conds []*scalar
	var values []value
	var places []span
	total := false
	seen := coverage{}
	bad := false
	for _, arm := range e.Arms {
		if total {
			c.report(errUnreachable(arm.Span))
			break
		}
		inner := v.child()
		var cond value
		switch {
		case arm.Pattern != nil && subject != nil:
			cond = c.pattern(arm.Pattern, subject, at, inner)
		case arm.Cond != nil:
			if b, ok := arm.Cond.(*syntax.Bool); ok && b.Value { // also what "_" is read as
				break
			}
			cond = c.eval(arm.Cond, v)
			if s := c.condition(cond, arm.Cond.Place(), "an arm"); s != nil {
				cond = s
			} else {
				cond = unknown{}
			}
		case arm.Pattern != nil:
			if _, any := arm.Pattern.(*syntax.AnyPat); !any {
				return unknown{} // the parser reads conditions where there is no subject
			}
		}
		if arm.Guard != nil {
			g := c.eval(arm.Guard, inner)
			if s := c.condition(g, arm.Guard.Place(), "a guard"); s == nil {
				cond = unknown{}
			} else {
				cond = c.both(cond, s, arm.Guard)
			}
		} else {
			seen.add(arm.Pattern)
		}
		val := c.eval(arm.Value, inner)
		_, valBad := val.(unknown)
		values, places = append(values, val), append(places, arm.Value.Place())
		if cond == nil {
			total = true
			bad = bad || valBad
			continue
		}
		s, ok := cond.(*scalar)
		bad = bad || valBad || !ok
		conds = append(conds, s)
	}
	if bad || len(values) == 0 {
		return unknown{}
	}
	if !total {
		if !seen.all() {
			return c.report(errNotExhaustive(e.Span))
		}
		conds = conds[:len(conds)-1]
	}
	return c.choose(conds, values, places, e)
}

// coverage is which halves of bool and of an option the arms without guards take.
type coverage struct{ yes, no, some, none bool }

func (s *coverage) add(p syntax.Pattern) {
	switch p := p.(type) {
	case *syntax.ValuePat:
		if b, ok := p.X.(*syntax.Bool); ok {
			s.yes, s.no = s.yes || b.Value, s.no || !b.Value
		}
	case *syntax.SomePat:
		switch p.P.(type) {
		case *syntax.AnyPat, *syntax.NamePat:
			s.some = true
		}
	case *syntax.NonePat:
		s.none = true
	case *syntax.OrPat:
		for _, q := range p.Ps {
			s.add(q)
		}
	}
}

func (s *coverage) all() bool { return s.yes && s.no || s.some && s.none }

// both is a and b, where nil is true.
func (c *checker) both(a, b value, n syntax.Node) value {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return c.function("and", []arg{{v: a, span: n.Place()}, {v: b, span: n.Place()}}, n)
}

// pattern is the condition that x matches p, nil for always; what p binds goes into inner.
func (c *checker) pattern(p syntax.Pattern, x value, at span, inner *env) value {
	if c.depth++; c.depth > maxDepth {
		c.depth--
		return c.stop(errTooDeep(p.Place()))
	}
	defer func() { c.depth-- }()
	switch p := p.(type) {
	case *syntax.NamePat:
		id := syntax.Ident{Name: p.Name}
		id.Span = p.Span
		inner.defineAt(id, x)
		c.facts.bind(id, x)
		return nil
	case *syntax.AnyPat:
		return nil
	case *syntax.ComparePat:
		y := c.eval(p.X, inner)
		return c.function(p.Op, []arg{{v: x, span: at}, {v: y, span: p.X.Place()}}, p)
	case *syntax.ValuePat:
		y := c.eval(p.X, inner)
		if r, ok := y.(*interval); ok {
			return c.within(x, r, at, p.Span, p)
		}
		return c.function("==", []arg{{v: x, span: at}, {v: y, span: p.Span}}, p)
	case *syntax.NonePat:
		return c.isNone(x, false, p)
	case *syntax.SomePat:
		has := c.isNone(x, true, p)
		return c.both(has, c.pattern(p.P, c.unwrap(x, p), at, inner), p)
	case *syntax.RecordPat:
		return c.recordPattern(p, x, at, inner)
	case *syntax.OrPat:
		return c.orPattern(p, x, at, inner)
	}
	return unknown{}
}

func (c *checker) orPattern(p *syntax.OrPat, x value, at span, inner *env) value {
	var any value
	for i, q := range p.Ps {
		var names []syntax.Ident
		patternNames(q, &names)
		if len(names) > 0 {
			return c.report(errOrBinds(names[0]))
		}
		cond := c.pattern(q, x, at, inner)
		if cond == nil {
			return nil
		}
		if i == 0 {
			any = cond
		} else {
			any = c.function("or", []arg{{v: any, span: p.Span}, {v: cond, span: q.Place()}}, p)
		}
	}
	return any
}

func (c *checker) recordPattern(p *syntax.RecordPat, x value, at span, inner *env) value {
	var all value
	for _, f := range p.Fields {
		part := c.part(x, f.Name)
		var cond value
		if f.P == nil {
			inner.defineAt(f.Name, part)
			c.facts.bind(f.Name, part)
		} else {
			cond = c.pattern(f.P, part, f.Name.Span, inner)
		}
		all = c.both(all, cond, p)
	}
	return all
}

// part is a field of a record in a pattern.
func (c *checker) part(x value, name syntax.Ident) value {
	switch x := x.(type) {
	case unknown:
		return x
	case *record:
		if f := x.field(name.Name); f != nil && x.present == nil {
			return f
		} else if f != nil {
			return c.report(errMayBeAbsent(name.Span, name.Name))
		}
		return c.report(errNoField(name, x.names()))
	case *scalar:
		if x.e.T.Kind == types.Record {
			f, ok := x.e.T.Field(name.Name)
			if !ok {
				return c.report(errNoField(name, fieldNames(x.e.T.Fields)))
			}
			return c.build(&logical.Expr{Op: logical.OpField, T: f.Type, Name: f.Name, Span: name.Span}, x)
		}
	}
	return c.report(errNoFields(name, x.what()))
}

// destructure binds the names of a record pattern at the top level or in a block.
func (c *checker) destructure(p *syntax.RecordPat, x value, out map[string]value) {
	inner := &env{mod: c.mod}
	if cond := c.recordPattern(p, x, p.Span, inner); cond != nil {
		if _, bad := cond.(unknown); !bad {
			c.report(errRefutable(p.Span))
		}
	}
	for n, v := range inner.locals {
		out[n] = v
	}
}

// patternNames collects the names that a pattern binds.
func patternNames(p syntax.Pattern, out *[]syntax.Ident) {
	switch p := p.(type) {
	case *syntax.NamePat:
		id := syntax.Ident{Name: p.Name}
		id.Span = p.Span
		*out = append(*out, id)
	case *syntax.SomePat:
		patternNames(p.P, out)
	case *syntax.OrPat:
		for _, q := range p.Ps {
			patternNames(q, out)
		}
	case *syntax.RecordPat:
		for _, f := range p.Fields {
			if f.P == nil {
				*out = append(*out, f.Name)
			} else {
				patternNames(f.P, out)
			}
		}
	}
}

// unwrap is x without its option, where it is known to be present: x ?? some value of the type, which is never taken.
func (c *checker) unwrap(x value, n syntax.Node) value {
	switch x := x.(type) {
	case *record:
		out := &record{}
		for _, f := range x.fields {
			out.fields = append(out.fields, f)
		}
		return out
	case *scalar:
		if l, ok := filler(x.e.T.Required()); ok && x.e.T.Kind == types.Option {
			return c.function("??", []arg{{v: x, span: n.Place()}, {v: constant(x.e.T.Required(), l, c.place(n)), span: n.Place()}}, n)
		}
	}
	return x
}

// filler is some literal of a scalar type.
func filler(t types.Type) (*logical.Literal, bool) {
	switch t.Kind {
	case types.Bool:
		return &logical.Literal{Bool: new(bool)}, true
	case types.Int, types.Date, types.Time, types.Timestamp:
		return &logical.Literal{Int: new(int64)}, true
	case types.Float:
		return &logical.Literal{Float: new(logical.Float)}, true
	case types.String:
		return &logical.Literal{Text: new(string)}, true
	case types.Decimal:
		s := "0"
		return &logical.Literal{Text: &s}, true
	case types.Bytes:
		return &logical.Literal{Bytes: []byte{}}, true
	case types.Duration:
		return &logical.Literal{Interval: new([3]int64)}, true
	}
	return nil, false
}
