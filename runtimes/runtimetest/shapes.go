package runtimetest

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/udf"
)

// AggregateFunctions that Subject.Aggregates defines.
func AggregateFunctions(kind udf.Kind, module string) []*udf.Function {
	f := maker(kind, module, udf.Aggregate)
	return []*udf.Function{
		f("total", "int", "int"),               // the sum; 0 of no rows
		f("wmean", "float?", "float", "float"), // sum(a * b) / sum(b); none where sum(b) is 0
		f("chain", "string", "string"),         // the strings in the order of their rows, with "-" between two
		f("gaps", "int", "float?"),             // how many are absent
		f("careful", "int", "int"),             // as total, but fails for 13
	}
}

// TableFunctions that Subject.Tables defines.
func TableFunctions(kind udf.Kind, module string) []*udf.Function {
	f := maker(kind, module, udf.Table)
	return []*udf.Function{
		f("upto", "[int]", "int"),                              // 0 … a-1; fails for a negative number
		f("words", "[{word: string, n: int}]", "string"),       // the words between single spaces, numbered from 1; '' has none
		f("again", "[string?]", "string?", "int"),              // a, b times; '' is none, and none is '-'
		f("pair", "[{a: float, b: float?, c: bool}]", "float"), // (a, a, true), then (-a, none, false)
		f("endless", "[int]", "int"),                           // a, a+1, … without end
	}
}

// RowErrorFunctions that Subject.RowErrors defines.
func RowErrorFunctions(kind udf.Kind, module string) []*udf.Function {
	f := maker(kind, module, udf.Scalar)
	out := []*udf.Function{
		f("root", "float", "float"),              // the square root; fails for a negative number, with a message that has "negative"
		f("times", "string", "string", "int"),    // a, b times; fails for negative b
		f("or_fail", "float?", "float?", "bool"), // a; fails where b is false
	}
	for _, g := range out {
		g.RowErrors = true
	}
	return out
}

// ExerciseShapes runs the parts of the suite about aggregates, table functions and row errors, as far as the subject has them.
func ExerciseShapes(t *testing.T, s Subject) {
	for _, part := range []struct {
		name   string
		module udf.Module
		list   func(udf.Kind, string) []*udf.Function
		run    func(*exercise, *testing.T)
	}{
		{"aggregates", s.Aggregates, AggregateFunctions, (*exercise).aggregates},
		{"tables", s.Tables, TableFunctions, (*exercise).tables},
		{"row errors", s.RowErrors, RowErrorFunctions, (*exercise).rowErrors},
	} {
		if part.module.Code == nil {
			continue
		}
		t.Run(part.name, func(t *testing.T) {
			x := &exercise{t: t, funcs: map[string]*udf.Function{}, interruptible: s.Interruptible}
			list := part.list(part.module.Kind, part.module.Digest)
			for _, f := range list {
				if s.Adjust != nil {
					s.Adjust(f)
				}
				x.funcs[f.Name] = f
			}
			program, err := s.Runtime.Load(t.Context(), part.module, list)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { program.Close(context.Background()) })
			x.program = program
			part.run(x, t)
		})
	}
}

// aggregating is an instance that can aggregate.
func (x *exercise) aggregating(t *testing.T) udf.AggregateInstance {
	t.Helper()
	in, ok := x.instance(t).(udf.AggregateInstance)
	if !ok {
		t.Fatal("the instance has no aggregates")
	}
	return in
}

// tabling is an instance that has table functions.
func (x *exercise) tabling(t *testing.T) udf.TableInstance {
	t.Helper()
	in, ok := x.instance(t).(udf.TableInstance)
	if !ok {
		t.Fatal("the instance has no table functions")
	}
	return in
}

// cut are the rows from ≤ i < to of each column.
func cut(args []arrow.Array, from, to int) []arrow.Array {
	out := make([]arrow.Array, len(args))
	for i, a := range args {
		out[i] = slice(a, from, to)
	}
	return out
}
