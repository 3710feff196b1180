// Package udftest is a runtime of functions written in Go, for the tests of the engine. It is as strict as the contract allows: it
// fails where the engine uses an instance after its end, or leaves one open.
//
// A function is one Go function over plain values: nil for absent, bool, int64, float64, string, []any and map[string]any.
package udftest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Function is a function of a package. Of computes its value from rows of arguments: one row, but for an aggregate. The result of a
// table function is the list of its rows.
type Function struct {
	udf.Function
	Of func(rows [][]any) (any, error)
	// Refuse is asked by an aggregate for each row that it is given; nil to take all.
	Refuse func(row []any) error
}

// New makes a function of the package test/go. signature is like "(x: float) => float".
func New(name, signature string, shape udf.Shape, of func(rows [][]any) (any, error)) Function {
	t, err := types.Parse(signature)
	if err != nil {
		panic(err)
	}
	return Function{Of: of, Function: udf.Function{Package: "test/go", Version: "1.0.0", Name: name, Kind: udf.WASM, Shape: shape,
		Params: t.Params, Result: *t.Elem, Module: strings.Repeat("0", 64), Entry: name}}
}

// Runtime executes functions. The zero value has none.
type Runtime struct {
	Functions []Function
	open      atomic.Int64 // instances and rows that were not closed
	Calls     atomic.Int64
	MaxRows   atomic.Int64 // the most rows that one piece of a table function had
}

// Open is how many instances and rows were opened and not closed.
func (r *Runtime) Open() int64 { return r.open.Load() }

func (r *Runtime) Kind() udf.Kind              { return udf.WASM }
func (r *Runtime) Close(context.Context) error { return nil }

func (r *Runtime) Load(_ context.Context, _ udf.Module, funcs []*udf.Function) (udf.Program, error) {
	for _, f := range funcs {
		if r.find(f) == nil {
			return nil, fmt.Errorf("there is no function %s", f.ID())
		}
	}
	return &program{r}, nil
}

func (r *Runtime) find(f *udf.Function) *Function {
	for i := range r.Functions {
		if r.Functions[i].ID() == f.ID() {
			return &r.Functions[i]
		}
	}
	return nil
}

type program struct{ r *Runtime }

func (p *program) Tier(*udf.Function) string   { return "go" }
func (p *program) Made() udf.Made              { return udf.Made{} }
func (p *program) Close(context.Context) error { return nil }
func (p *program) Instance(context.Context) (udf.Instance, error) {
	p.r.open.Add(1)
	return &instance{r: p.r}, nil
}

type instance struct {
	r      *Runtime
	closed bool
	rows   bool // of a table function are open
}

func (i *instance) Close(context.Context) error {
	if i.closed {
		return fmt.Errorf("the instance was closed before")
	}
	i.closed = true
	i.r.open.Add(-1)
	return nil
}

// use looks whether a call is allowed.
func (i *instance) use(ctx context.Context, f *udf.Function, shape udf.Shape) (*Function, error) {
	g := i.r.find(f)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case i.closed:
		return nil, fmt.Errorf("%s was called after its instance was closed", f.ID())
	case i.rows:
		return nil, fmt.Errorf("%s was called while rows of its instance are open", f.ID())
	case f.Shape != shape:
		return nil, fmt.Errorf("%s was called as a %s", f.ID(), shape)
	}
	i.r.Calls.Add(1)
	return g, nil
}

// given looks whether arguments are those of a function.
func given(f *udf.Function, args []arrow.Array, n int) error {
	if len(args) != len(f.Params) {
		return fmt.Errorf("%s was given %d arguments", f.ID(), len(args))
	}
	for k, a := range args {
		if a.Len() != n {
			return fmt.Errorf("argument %d of %s has %d rows, not %d", k, f.ID(), a.Len(), n)
		}
	}
	return nil
}

// Call implements udf.Instance.
func (i *instance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	g, err := i.use(ctx, f, udf.Scalar)
	if err == nil {
		err = given(f, args, n)
	}
	if err != nil {
		return nil, err
	}
	out := make([]any, n)
	var failed []*udf.CallError
	for row := range n {
		tuple, ok := arguments(f, args, row)
		if !ok {
			continue
		}
		v, err := g.Of([][]any{tuple})
		if err != nil {
			failed = append(failed, &udf.CallError{Function: f.ID(), Row: row, Args: spell(f, tuple), Message: err.Error()})
			if !f.RowErrors {
				return nil, failed[0]
			}
			continue
		}
		out[row] = v
	}
	a, err := column(f.Result, out)
	if err == nil && failed != nil {
		return a, &udf.RowErrors{Failed: failed}
	}
	return a, err
}
