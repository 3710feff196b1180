package funcs

import (
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// Resolved is the overload that a call means. It is shared, and nobody changes it.
type Resolved struct {
	Func     *Func
	Overload *Overload
	// Params is the type that each argument must have; where it differs from the argument's, the caller converts (Convertible).
	Params []types.Type
	Result types.Type
}

// Resolve finds the overload of name for arguments of the given types, converting int to float or decimal, decimal to
// float, date to timestamp, T to T? and none to T? where needed. An aggregate of a list may resolve to another function, over its
// elements. The error lists the overloads that were tried.
func Resolve(name string, args []types.Type) (*Resolved, error) {
	key, plain := plainCall(name, args)
	if plain {
		if r := resolved.get(key); r != nil {
			return r, nil
		}
	}
	f := Lookup(name)
	if f == nil {
		return nil, fmt.Errorf("there is no function %s", name)
	}
	if over := overElements(f, args); over != nil {
		f = over
	}
	r, err := f.resolve(args)
	if plain && err == nil {
		resolved.put(key, r)
	}
	return r, err
}

func (f *Func) resolve(args []types.Type) (*Resolved, error) {
	if f.Kind == OverList {
		return nil, &NoOverload{Func: f, Args: args}
	}
	var best *Resolved
	var why error
	cost := 0
	for i := range f.Overloads {
		o := &f.Overloads[i]
		r, c, err := o.match(args)
		if err != nil {
			why = err
			continue
		}
		if r != nil && (best == nil || c < cost) {
			best, cost = r, c
		}
		if best != nil && cost == 0 {
			break // none comes closer
		}
	}
	if best != nil {
		best.Func = f
		return best, nil
	}
	if why != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, why)
	}
	return nil, &NoOverload{Func: f, Args: args}
}

// NoOverload says that a function cannot take arguments of these types.
type NoOverload struct {
	Func *Func
	Args []types.Type
}

func (e *NoOverload) Error() string {
	var got, can []string
	for _, t := range e.Args {
		got = append(got, t.String())
	}
	for i := range e.Func.Overloads {
		can = append(can, e.Func.Name+e.Func.Overloads[i].Signature)
	}
	return fmt.Sprintf("%s does not take (%s); it can be called as %s", e.Func.Name, strings.Join(got, ", "), strings.Join(can, " or "))
}

// match returns nil, without an error, where the arguments do not fit; cost counts the conversions.
func (o *Overload) match(args []types.Type) (*Resolved, int, error) {
	s := o.signature()
	if len(args) != len(s.params) && !(s.variadic && len(args) >= len(s.params)-1) {
		return nil, 0, nil
	}
	plain := make([]types.Type, len(args))
	absent := false
	for i, t := range args {
		plain[i] = t
		if o.Absence == Lifts {
			absent = absent || t.IsOption()
			plain[i] = t.Required()
		}
	}
	vars := map[byte]types.Type{}
	for i, t := range plain {
		if !s.param(i).bind(t, vars) {
			return nil, 0, nil
		}
	}
	out := &Resolved{Overload: o, Params: make([]types.Type, len(args))}
	cost := 0
	for i, t := range plain {
		want, ok := s.param(i).fill(t, vars)
		if !ok {
			return nil, 0, nil
		}
		c, ok := Convertible(t, want)
		if !ok {
			return nil, 0, nil
		}
		cost += c
		plain[i], out.Params[i] = want, want
		switch {
		case o.Absence == Lifts && args[i].IsOption():
			out.Params[i] = types.Optional(want)
		case o.Absence == Sees && t.Kind == types.None:
			out.Params[i] = types.Optional(want)
		case o.Absence == Sees && want.Kind == types.Option && !t.IsOption():
			out.Params[i] = *want.Elem // present anyway: no conversion for its own sake
		}
	}
	if o.Result != nil {
		t, err := o.Result(plain)
		if err != nil {
			return nil, 0, err
		}
		out.Result = t
	} else {
		t, ok := s.result.fill(types.Type{}, vars)
		if !ok {
			return nil, 0, nil
		}
		out.Result = t
	}
	if absent && o.Absence == Lifts {
		out.Result = types.Optional(out.Result)
	}
	return out, cost, nil
}

// Convertible reports whether OpCast takes a value from one type to another, and how far apart they are (0: equal).
func Convertible(from, to types.Type) (int, bool) {
	if types.Equal(from, to) {
		return 0, true
	}
	if to.Kind == types.Option {
		if from.Kind == types.None {
			return 1, true
		}
		c, ok := Convertible(from.Required(), *to.Elem)
		return c + 1, ok
	}
	if from.Kind == types.None {
		return 1, true // a lifted absent argument: the result is absent
	}
	switch {
	case from.Kind == types.Int && to.Kind == types.Decimal:
		return 2, true
	case from.Kind == types.Int && to.Kind == types.Float:
		return 4, true
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return 1, to.Scale >= from.Scale
	case from.Kind == types.Decimal && to.Kind == types.Float:
		return 6, true
	case from.Kind == types.Date && to.Kind == types.Timestamp:
		return 4, true
	case from.Kind == types.List && to.Kind == types.List:
		if from.Elem.Kind == types.None {
			return 1, true
		}
		return Convertible(*from.Elem, *to.Elem)
	}
	return 0, false
}

// Common returns the type that values of a and b both convert to: the type of a list, of a comparison, or of the branches of a case.
func Common(a, b types.Type) (types.Type, bool) {
	if a.IsOption() || b.IsOption() {
		switch {
		case a.Kind == types.None:
			return types.Optional(b), true
		case b.Kind == types.None:
			return types.Optional(a), true
		}
		t, ok := Common(a.Required(), b.Required())
		return types.Optional(t), ok
	}
	if a.Kind == types.Decimal && b.Kind == types.Decimal {
		scale := max(a.Scale, b.Scale)
		return decimalOf(max(a.Precision-a.Scale, b.Precision-b.Scale)+scale, scale), true
	}
	if a.Kind == types.Int && b.Kind == types.Decimal {
		return Common(decimalOf(19, 0), b)
	}
	if a.Kind == types.Decimal && b.Kind == types.Int {
		return Common(a, decimalOf(19, 0))
	}
	if _, ok := Convertible(a, b); ok {
		return b, true
	}
	if _, ok := Convertible(b, a); ok {
		return a, true
	}
	return types.Type{}, false
}

func decimalOf(precision, scale int) types.Type {
	return types.Type{Kind: types.Decimal, Precision: min(38, max(precision, 1)), Scale: min(scale, 38)}
}
