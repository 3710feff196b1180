package rules

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// FoldConstants computes builtin functions of constants once, here. What would fail is left for the run, where perhaps no row
// reaches it. User-defined functions are not called while planning.
var FoldConstants = &Rule{
	Name: "fold_constants",
	Doc:  "d'1998-12-01' - 90d → d'1998-09-02'; not for failures (1 / 0), volatile or user-defined functions",
	Apply: func(n logical.Node) (logical.Node, bool) {
		return mapExprs(n, func(e *logical.Expr) *logical.Expr {
			if f := folded(e); f != nil {
				return f
			}
			return e
		})
	},
}

func folded(e *logical.Expr) *logical.Expr {
	if e.Op != logical.OpCall && e.Op != logical.OpCast || len(e.Args) == 0 {
		return nil
	}
	args := make([]*funcs.Vec, len(e.Args))
	for i, a := range e.Args {
		if a.Op != logical.OpLiteral {
			return nil
		}
		if args[i] = vecOf(a.Lit, a.T.Required()); args[i] == nil {
			return nil
		}
	}
	out, err := evaluate(e, args)
	if err != nil || out == nil {
		return nil
	}
	l := literalOf(out, e.T.Required())
	if l == nil {
		return nil
	}
	return &logical.Expr{Op: logical.OpLiteral, T: e.T, Lit: l, Span: e.Span}
}

func evaluate(e *logical.Expr, args []*funcs.Vec) (*funcs.Vec, error) {
	if e.Op == logical.OpCast {
		return funcs.Cast(args[0], e.T)
	}
	ts := make([]types.Type, len(args))
	for i, a := range e.Args {
		ts[i] = a.T.Required()
	}
	r, err := funcs.Resolve(e.Name, ts)
	if err != nil || r.Overload.Kernel == nil || r.Overload.Volatile || !types.Equal(r.Result.Required(), e.T.Required()) {
		return nil, err
	}
	for i := range args {
		if args[i], err = funcs.Cast(args[i], r.Params[i]); err != nil {
			return nil, err
		}
	}
	c := funcs.Call{N: 1, Args: args, Out: funcs.NewVec(r.Result, 1)}
	err = r.Overload.Kernel(&c)
	return c.Out, err
}

// vecOf is a present literal as a column of one row; nil for the types that are not folded.
func vecOf(l *logical.Literal, t types.Type) *funcs.Vec {
	v := funcs.NewVec(t, 1)
	v.Const = true
	switch {
	case t.Kind == types.Bool && l != nil && l.Bool != nil:
		if *l.Bool {
			v.Bits[0] = 1
		}
	case (t.Kind == types.Int || t.Kind == types.Time || t.Kind == types.Timestamp) && l != nil && l.Int != nil:
		v.Ints[0] = *l.Int
	case t.Kind == types.Date && l != nil && l.Int != nil:
		v.Days[0] = int32(*l.Int)
	case t.Kind == types.Float && l != nil && l.Float != nil:
		v.Floats[0] = float64(*l.Float)
	case t.Kind == types.String && l != nil && l.Text != nil:
		v.Data, v.Offsets = []byte(*l.Text), []int32{0, int32(len(*l.Text))}
	case t.Kind == types.Duration && l != nil && l.Interval != nil:
		i := &v.Intervals[0]
		i.Months, i.Days, i.Nanoseconds = int32(l.Interval[0]), int32(l.Interval[1]), l.Interval[2]
	default:
		return nil
	}
	return v
}

// literalOf is the inverse of vecOf.
func literalOf(v *funcs.Vec, t types.Type) *logical.Literal {
	if !types.Equal(v.Type, t) || !v.Present(0) {
		return nil
	}
	switch t.Kind {
	case types.Bool:
		b := v.Bool(0)
		return &logical.Literal{Bool: &b}
	case types.Int, types.Time, types.Timestamp:
		return &logical.Literal{Int: &v.Ints[0]}
	case types.Date:
		d := int64(v.Days[0])
		return &logical.Literal{Int: &d}
	case types.Float:
		f := logical.Float(v.Floats[0])
		return &logical.Literal{Float: &f}
	case types.String:
		s := string(append([]byte(nil), v.Str(0)...))
		return &logical.Literal{Text: &s}
	case types.Duration:
		i := v.Intervals[0]
		return &logical.Literal{Interval: &[3]int64{int64(i.Months), int64(i.Days), i.Nanoseconds}}
	}
	return nil
}
