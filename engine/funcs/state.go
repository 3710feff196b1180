package funcs

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/types"
)

// NewAccumulator makes the state of a call of the aggregate called name, whose converted arguments have the given types.
func NewAccumulator(name string, args []types.Type) (Accumulator, error) {
	r, err := resolveAggregate(name, args)
	if err != nil {
		return nil, err
	}
	return r.Overload.Agg.New(r.Params, r.Result)
}

// StateTypes is the columns of a partial result of that call.
func StateTypes(name string, args []types.Type) ([]types.Type, error) {
	r, err := resolveAggregate(name, args)
	if err != nil {
		return nil, err
	}
	return r.Overload.Agg.State(r.Params, r.Result), nil
}

func resolveAggregate(name string, args []types.Type) (*Resolved, error) {
	r, err := Resolve(name, args)
	if err != nil {
		return nil, err
	}
	if r.Func.Kind != Aggregate {
		return nil, fmt.Errorf("%s is no aggregate", name)
	}
	return r, nil
}
