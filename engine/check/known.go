package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// constInt is the value of an int that is known before the run: a literal, a parameter, or a function of those.
func constInt(x value) (int64, bool) {
	s, ok := x.(*scalar)
	if !ok {
		return 0, false
	}
	return knownInt(s.e)
}

// knownInt computes builtin functions of ints; what fails is not known.
func knownInt(e *logical.Expr) (int64, bool) {
	switch {
	case e.T.Required().Kind != types.Int:
		return 0, false
	case e.Op == logical.OpLiteral:
		if e.Lit.Absent() {
			return 0, false
		}
		return *e.Lit.Int, true
	case e.Op != logical.OpCall || len(e.Args) == 0:
		return 0, false
	}
	call := funcs.Call{N: 1}
	ts := make([]types.Type, len(e.Args))
	for i, a := range e.Args {
		n, ok := knownInt(a)
		if !ok {
			return 0, false
		}
		ts[i] = types.Of(types.Int)
		v := funcs.NewVec(ts[i], 1)
		v.Const, v.Ints[0] = true, n
		call.Args = append(call.Args, v)
	}
	r, err := funcs.Resolve(e.Name, ts)
	if err != nil || r.Overload.Kernel == nil || r.Overload.Volatile || !types.Equal(r.Result, ts[0]) {
		return 0, false
	}
	for _, p := range r.Params {
		if !types.Equal(p, ts[0]) {
			return 0, false
		}
	}
	call.Out = funcs.NewVec(r.Result, 1)
	if err := r.Overload.Kernel(&call); err != nil || !call.Out.Present(0) {
		return 0, false
	}
	return call.Out.Ints[0], true
}
