package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// at2 is a place alone, where a node is asked for.
type at2 source.Span

func (a at2) Place() source.Span { return source.Span(a) }

func (c *checker) unary(e *syntax.Unary, v *env) value {
	if e.Op == "not" {
		x := c.eval(e.X, v)
		if q, ok := c.searchLogic("not", []value{x}, []span{e.X.Place()}); ok {
			return q
		}
		s := c.condition(x, e.X.Place(), "not")
		if s == nil {
			return unknown{}
		}
		return c.function("not", []arg{{v: s, span: e.X.Place()}}, e)
	}
	switch x := e.X.(type) {
	case *syntax.Number:
		return c.number(x, true)
	case *syntax.DurationLit:
		if s, ok := c.duration(x).(*scalar); ok {
			d := *s.e.Lit.Interval
			return constant(s.e.T, &logical.Literal{Interval: &[3]int64{-d[0], -d[1], -d[2]}}, c.place(e))
		}
		return unknown{}
	}
	return c.function("neg", []arg{{v: c.eval(e.X, v), span: e.X.Place()}}, e)
}

func (c *checker) binary(e *syntax.Binary, v *env) value {
	x, y := c.eval(e.X, v), c.eval(e.Y, v)
	args := []arg{{v: x, span: e.X.Place()}, {v: y, span: e.Y.Place()}}
	switch e.Op {
	case "and", "or":
		if q, ok := c.searchLogic(e.Op, []value{x, y}, []span{e.X.Place(), e.Y.Place()}); ok {
			return q
		}
		a, b := c.condition(x, e.X.Place(), e.Op), c.condition(y, e.Y.Place(), e.Op)
		if a == nil || b == nil {
			return unknown{}
		}
		args[0].v, args[1].v = a, b
	case "??":
		if r, ok := x.(*record); ok && r.present != nil {
			return c.recordDefault(r, y, e)
		}
		s := c.scalar(x, e.X.Place())
		if s == nil {
			return unknown{}
		}
		if !s.e.T.IsOption() {
			d := errNeverAbsent(e.X.Place(), s.e.T)
			switch e.Y.(type) {
			case *syntax.Number, *syntax.String, *syntax.Bool, *syntax.Name: // nothing in parentheses, which have no place
				if e.X.Place().End+1 >= e.OpSpan.Start {
					d = with(d, source.Replace("leave the default out", span{File: e.Span.File, Start: e.X.Place().End, End: e.Span.End}, ""))
				}
			}
			c.report(d)
			return s
		}
		args[0].v = s
	case "==", "!=":
		if s, ok := x.(*scalar); ok && s.e.T.Kind == types.None {
			return c.isNone(y, e.Op == "!=", e)
		}
		if s, ok := y.(*scalar); ok && s.e.T.Kind == types.None {
			return c.isNone(x, e.Op == "!=", e)
		}
		if _, ok := x.(*record); ok {
			y = c.opened(y, e.Y.Place())
		} else if _, ok := y.(*record); ok {
			x = c.opened(x, e.X.Place())
		}
		a, aok := x.(*record)
		b, bok := y.(*record)
		if aok && bok && a.present == nil && b.present == nil {
			return c.recordsEqual(a, b, e)
		}
	}
	return c.function(e.Op, args, e)
}

// recordsEqual compares records field by field.
func (c *checker) recordsEqual(a, b *record, e *syntax.Binary) value {
	var all value = boolConst(true, c.place(e))
	for i, f := range a.fields {
		g := b.field(f.name)
		if g == nil || len(a.fields) != len(b.fields) {
			return c.report(errRecordsDiffer(e.Span))
		}
		same := c.function("==", []arg{{v: f.v, span: e.X.Place()}, {v: g, span: e.Y.Place()}}, e)
		if i == 0 {
			all = same
		} else {
			all = c.function("and", []arg{{v: all, span: e.Span}, {v: same, span: e.Span}}, e)
		}
	}
	if e.Op == "!=" {
		return c.function("not", []arg{{v: all, span: e.Span}}, e)
	}
	return all
}

// recordDefault is r ?? y for a record that may be absent.
func (c *checker) recordDefault(r *record, y value, e *syntax.Binary) value {
	d, ok := y.(*record)
	if !ok {
		if _, bad := y.(unknown); bad {
			return y
		}
		return c.report(errNotARecord(e.Y.Place(), y.what()))
	}
	out := &record{}
	for _, f := range r.fields {
		g := d.field(f.name)
		if g == nil {
			return c.report(errRecordsDiffer(e.Span))
		}
		out.fields = append(out.fields, field{f.name, c.function("??", []arg{{v: f.v, span: e.X.Place()}, {v: g, span: e.Y.Place()}}, e)})
	}
	return out
}

func (c *checker) isNone(x value, not bool, n syntax.Node) value {
	if r, ok := x.(*record); ok {
		if r.present == nil {
			c.report(errNeverAbsent(n.Place(), types.Type{Kind: types.Record}))
			return boolConst(not, n.Place())
		}
		x = r.present
	}
	s := c.scalar(x, n.Place())
	if s == nil {
		return unknown{}
	}
	if !s.e.T.IsOption() {
		c.report(errNeverAbsent(n.Place(), s.e.T))
		return boolConst(not, n.Place())
	}
	out := c.function("is_none", []arg{{v: s, span: n.Place()}}, n)
	if not {
		return c.function("not", []arg{{v: out, span: n.Place()}}, n)
	}
	return out
}

func (c *checker) in(e *syntax.In, v *env) value {
	x, set := c.eval(e.X, v), c.eval(e.Set, v)
	out := c.within(x, set, e.X.Place(), e.Set.Place(), e)
	if e.Not {
		if _, bad := out.(unknown); !bad {
			return c.function("not", []arg{{v: out, span: e.Span}}, e)
		}
	}
	return out
}

// within is x in set, for a range or a list.
func (c *checker) within(x, set value, atX, atSet span, n syntax.Node) value {
	both := func(op string, a, b value) value {
		return c.function(op, []arg{{v: a, span: atX}, {v: b, span: atSet}}, n)
	}
	switch set := set.(type) {
	case unknown:
		return set
	case *interval:
		var low, high value
		if set.lo != nil {
			low = both(">=", x, set.lo)
		}
		if set.hi != nil {
			op := "<="
			if set.half {
				op = "<"
			}
			high = both(op, x, set.hi)
		}
		switch {
		case low != nil && high != nil:
			return both("and", low, high)
		case low != nil:
			return low
		case high != nil:
			return high
		}
		return boolConst(true, n.Place())
	case *list:
		if _, bad := x.(unknown); bad {
			return x
		}
		if y, ok := x.(*scalar); ok && y.e.T.Required().Kind == types.Decimal {
			set = &list{items: append([]value{}, set.items...)}
			for i, it := range set.items {
				if s, ok := it.(*scalar); ok && s.text != "" {
					set.items[i], _ = s.exactly()
				}
			}
		}
		if s := c.listScalar(set, atSet); s != nil && isFunctionName("in") {
			return both("in", x, s)
		}
		if len(set.items) == 0 {
			return boolConst(false, n.Place())
		}
		return c.anyOf(x, set.items, both)
	case *scalar:
		if set.e.T.Kind == types.List && isFunctionName("in") {
			return both("in", x, set)
		}
	}
	return c.report(errNotASet(atSet, set.what()))
}

// anyOf is x == a or x == b or …, as a balanced tree so that long lists stay shallow.
func (c *checker) anyOf(x value, items []value, both func(string, value, value) value) value {
	if len(items) == 1 {
		return both("==", x, items[0])
	}
	half := len(items) / 2
	return both("or", c.anyOf(x, items[:half], both), c.anyOf(x, items[half:], both))
}

// interp is f'…': its parts as strings, one after the other.
func (c *checker) interp(e *syntax.Interp, v *env) value {
	var out value
	for _, p := range e.Parts {
		x := c.eval(p, v)
		if s, ok := x.(*scalar); !ok || s.e.T.Kind != types.String {
			x = c.function("string", []arg{{v: x, span: p.Place()}}, p)
		}
		if out == nil {
			out = x
		} else {
			out = c.function("+", []arg{{v: out, span: e.Span}, {v: x, span: p.Place()}}, e)
		}
	}
	if out == nil {
		return textConst("", c.place(e))
	}
	return out
}

func (c *checker) ifElse(e *syntax.If, v *env) value {
	cond := c.condition(c.eval(e.Cond, v), e.Cond.Place(), "if")
	a, b := c.eval(e.Then, v), c.eval(e.Else, v)
	if cond == nil {
		return unknown{}
	}
	return c.choose([]*scalar{cond}, []value{a, b}, []span{e.Then.Place(), e.Else.Place()}, e)
}
