// Package subset runs Python functions of numbers without an interpreter: it compiles them to Go closures, so that they start
// at once and take tens of nanoseconds a row.
//
// It takes a module only if every statement at its top level is a plain function, a number constant or a docstring, and
// every function asked for uses nothing but arithmetic on bool, int and float, comparisons, if, while, for over range, and
// abs, min, max, int, float, bool. It gives CPython's results exactly or none at all: whatever could differ, or fails (an
// int past 64 bits, division by zero, None in arithmetic), makes Call return ErrDecline, and the caller then has CPython run
// the rows, whose result or exception is the one that counts.
//
// To widen it, add a case to compile_statement.go or compile_expression.go, its meaning to value.go, and a line to the
// comparison with CPython in package python. What is not bit for bit the same in C and in Go (**, math.sin) stays out.
package subset

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// ErrDecline is returned where CPython has to decide.
var ErrDecline = errors.New("the rows need CPython")

// Function is a compiled function. It is safe for concurrent use.
type Function struct {
	result types.Type
	locals int
	body   []statement
}

// frame is one call.
type frame struct {
	locals []value
	result value
	steps  int
	ctx    context.Context
}

// decline ends a batch; Call recovers it.
type decline struct{ err error }

func giveUp() { panic(decline{ErrDecline}) }

// step counts iterations, so that a cancelled context ends a loop.
func (f *frame) step() {
	if f.steps++; f.steps&0xfff == 0 {
		if err := f.ctx.Err(); err != nil {
			panic(decline{err})
		}
	}
}

// Call evaluates the function over n rows. The error is ErrDecline or the context's.
func (fn *Function) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (out arrow.Array, err error) {
	dt, err := types.ToArrow(fn.result)
	if err != nil {
		return nil, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	b.Reserve(n)
	defer func() {
		if r := recover(); r != nil {
			d, ok := r.(decline)
			if !ok {
				panic(r)
			}
			out, err = nil, d.err
		}
	}()
	sources := make([]columns.Source, len(args))
	for i, a := range args {
		sources[i] = columns.Open(a)
	}
	skip := columns.Skipped(f, args, n)
	fr := &frame{locals: make([]value, fn.locals), ctx: ctx}
	for row := range n {
		if skip != nil && skip[row] {
			b.AppendNull()
			continue
		}
		clear(fr.locals)
		for i, s := range sources {
			fr.locals[i] = argument(s, row)
		}
		fr.step()
		fr.result = value{kind: none}
		run(fr, fn.body)
		fn.append(b, fr.result)
	}
	return b.NewArray(), nil
}

func argument(s columns.Source, row int) value {
	if s.Absent(row) {
		return value{kind: none}
	}
	i := s.Index(row)
	switch a := s.Values.(type) {
	case *array.Boolean:
		return boolean(a.Value(i))
	case *array.Int64:
		return value{kind: integer, i: a.Value(i)}
	case *array.Float64:
		return value{kind: float, f: a.Value(i)}
	}
	giveUp()
	return value{}
}

// append checks a result against the signature as driver.py does.
func (fn *Function) append(b array.Builder, v value) {
	if v.kind == none && fn.result.IsOption() {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		if v.kind == truth {
			b.Append(v.i != 0)
			return
		}
	case *array.Int64Builder:
		if v.kind == integer {
			b.Append(v.i)
			return
		}
	case *array.Float64Builder:
		if v.kind == float {
			b.Append(v.f)
			return
		}
		if v.kind == integer {
			b.Append(float64(v.i))
			return
		}
	}
	giveUp()
}
