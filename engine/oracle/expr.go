package oracle

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/logical"
)

// eval computes an expression at one row.
func (r *run) eval(e *logical.Expr, row Row) (any, error) {
	switch e.Op {
	case logical.OpColumn:
		v, ok := row[e.Name]
		if !ok {
			return nil, unsupported("the column " + e.Name + ", which is not there,")
		}
		if f, ok := v.(failure); ok {
			return nil, f.err
		}
		return v, nil
	case logical.OpLiteral:
		return literal(e.Lit, e.T), nil
	case logical.OpCase:
		for i := 0; i+1 < len(e.Args); i += 2 {
			c, err := r.eval(e.Args[i], row)
			if err != nil {
				return nil, err
			}
			if c == true {
				return r.eval(e.Args[i+1], row)
			}
		}
		return r.eval(e.Args[len(e.Args)-1], row)
	case logical.OpCall:
		switch e.Name {
		case "and", "or":
			return r.chain(e, row)
		case "??":
			v, err := r.eval(e.Args[0], row)
			if err != nil || v != nil && r.lazy {
				return v, err
			}
			other, err := r.eval(e.Args[1], row)
			if v != nil {
				return v, err
			}
			return other, err
		case "try":
			v, err := r.eval(e.Args[0], row)
			if err == nil || !failsHere(err, e.Args[0], row) {
				return v, err
			}
			return nil, nil
		case "is_none":
			if r.lazy && !e.Args[0].T.IsOption() {
				return false, nil
			}
		}
	}
	args := make([]any, len(e.Args))
	for i, a := range e.Args {
		v, err := r.eval(a, row)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	switch e.Op {
	case logical.OpRecord:
		out := map[string]any{}
		for i, n := range e.Names {
			out[n] = args[i]
		}
		return out, nil
	case logical.OpField:
		rec, ok := args[0].(map[string]any)
		if !ok {
			return nil, nil
		}
		return rec[e.Name], nil
	case logical.OpList:
		return args, nil
	case logical.OpCast:
		return cast(args[0], e.T), nil
	case logical.OpUDF:
		return r.called(e.Func, args)
	case logical.OpEach, logical.OpFold:
		return r.overList(e, args)
	case logical.OpCall:
		return call(e, args)
	}
	return nil, unsupported(string(e.Op))
}

// chain goes from left to right to the first side that decides. A lazy run lets the right side decide where the left fails.
func (r *run) chain(e *logical.Expr, row Row) (any, error) {
	decides := e.Name == "or"
	var out any = !decides
	var failed error
	for _, a := range e.Args {
		v, err := r.eval(a, row)
		switch {
		case err != nil && r.lazy:
			failed = err
		case err != nil:
			return nil, err
		case v == decides:
			return decides, nil
		case v == nil:
			out = nil
		}
	}
	return out, failed
}

// call applies a function of the library. Those of sees get absent arguments, the others are absent where one of theirs is.
func call(e *logical.Expr, args []any) (any, error) {
	if f := sees[e.Name]; f != nil && (e.Name != "contains" || e.Args[0].T.Required().Kind != stringKind) {
		return f(args), nil
	}
	if f := unlifted[e.Name]; f != nil {
		return f(args, e)
	}
	for _, a := range args {
		if a == nil {
			return nil, nil
		}
	}
	in := families
	if takesJSON(e) {
		in = append([]map[string]function{jsonFunctions, jsonConversions}, families...)
	}
	for _, family := range in {
		f := family[e.Name]
		if f == nil {
			continue
		}
		v, err := f(args, e)
		if err == errOther {
			continue
		}
		return v, err
	}
	return nil, unsupported(fmt.Sprintf("%s of %T", e.Name, args))
}
