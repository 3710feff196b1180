package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

type span = source.Span

// build makes a scalar of a node without arguments and its arguments.
func (c *checker) build(e *logical.Expr, args ...*scalar) value {
	if e.Span.File < 0 {
		e.Span = c.site
	}
	out := &scalar{e: e, size: 1}
	for _, a := range args {
		e.Args = append(e.Args, a.e)
		out.size += a.size
		out.deep = max(out.deep, a.deep)
		out.agg = out.agg || a.agg
		if a.row != nil {
			if out.row != nil && out.row != a.row {
				return c.report(errTwoRows(e.Span))
			}
			out.row = a.row
		}
	}
	if out.deep++; out.size > maxExpr || out.deep > maxExprDepth {
		return c.stop(errTooBig(e.Span))
	}
	return out
}

// scalar makes one expression of a value: a record becomes a record expression, a list a list. It is nil, with a report
// where it is due, for what no column can hold.
func (c *checker) scalar(v value, at span) *scalar {
	switch v := v.(type) {
	case unknown:
		return nil
	case *scalar:
		return v
	case *record:
		var args []*scalar
		e := &logical.Expr{Op: logical.OpRecord, T: types.Type{Kind: types.Record}, Span: at}
		for _, f := range v.fields {
			s := c.scalar(f.v, at)
			if s == nil {
				return nil
			}
			e.Names = append(e.Names, f.name)
			e.T.Fields = append(e.T.Fields, types.Field{Name: f.name, Type: s.e.T})
			args = append(args, s)
		}
		out, _ := c.build(e, args...).(*scalar)
		if out == nil || v.present == nil {
			return out
		}
		has, _ := c.isNone(v.present, true, at2(at)).(*scalar)
		if has == nil {
			return nil
		}
		t := types.Optional(e.T)
		there, _ := c.convert(out, t)
		opt, _ := c.build(&logical.Expr{Op: logical.OpCase, T: t, Span: at}, has, there, constant(t, nil, at)).(*scalar)
		return opt
	case *list:
		return c.listScalar(v, at)
	case *table:
		return c.onlyValue(v, at)
	case *interval:
		c.report(errRangeValue(at))
		return nil
	case *searchQuery:
		c.report(errSearchValue(at))
		return nil
	}
	if b, ok := v.(*builtin); ok && b.near != "" {
		c.report(errFunctionForColumn(at, b.name, b.near))
		return nil
	}
	c.report(errNotAValue(at, v.what()))
	return nil
}

func (c *checker) listScalar(v *list, at span) *scalar {
	items := make([]*scalar, len(v.items))
	for i, it := range v.items {
		if items[i] = c.scalar(it, at); items[i] == nil {
			return nil
		}
	}
	amongDecimals(items)
	elem := types.Of(types.None)
	for i, s := range items {
		t := s.e.T
		if i > 0 {
			var ok bool
			if t, ok = funcs.Common(elem, s.e.T); !ok {
				c.report(errMixedList(s.e.Span, elem, s.e.T))
				return nil
			}
		}
		elem = t
	}
	for i, s := range items {
		items[i], _ = c.convert(s, elem)
	}
	out, _ := c.build(&logical.Expr{Op: logical.OpList, T: types.ListOf(elem), Span: at}, items...).(*scalar)
	return out
}

// convert makes s a value of type want where that loses nothing; literals change in place.
func (c *checker) convert(s *scalar, want types.Type) (*scalar, bool) {
	if types.Equal(s.e.T, want) {
		return s, true
	}
	if t := want.Required(); s.text != "" && t.Kind == types.Decimal {
		if d, ok := s.exactly(); ok && d.e.T.Scale <= t.Scale {
			return c.convert(d, want)
		}
		return s, false
	}
	if _, ok := funcs.Convertible(s.e.T, want); !ok {
		return s, false
	}
	if s.e.T.Kind == types.None && want.Kind != types.Option {
		return s, false
	}
	if s.e.Op == logical.OpLiteral {
		switch {
		case s.e.Lit.Absent():
			return constant(want, nil, s.e.Span), true
		case want.Kind == types.Option && types.Equal(s.e.T, *want.Elem):
			return constant(want, s.e.Lit, s.e.Span), true
		case s.e.T.Kind == types.Decimal && want.Required().Kind == types.Decimal:
			if l, ok := rescaled(s.e.Lit, s.e.T, want.Required()); ok {
				return constant(want, l, s.e.Span), true
			}
		case s.e.T.Kind == types.Int && want.Kind == types.Float:
			f := logical.Float(*s.e.Lit.Int)
			return constant(want, &logical.Literal{Float: &f}, s.e.Span), true
		}
	}
	out, ok := c.build(&logical.Expr{Op: logical.OpCast, T: want, Span: s.e.Span}, s).(*scalar)
	return out, ok
}

// condition is a value as a bool that is never absent.
func (c *checker) condition(v value, at span, of string) *scalar {
	s := c.scalar(v, at)
	if s == nil {
		return nil
	}
	switch t := s.e.T; {
	case t.Kind == types.Bool:
		return s
	case t.Required().Kind == types.Bool:
		c.report(errOptionalCondition(at, of))
	default:
		c.report(errNotBool(at, of, t))
	}
	return nil
}
