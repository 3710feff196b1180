// Package runtimetest is the one conformance suite that every runtime passes: types, absence, batch sizes, dictionary
// encoding, errors of functions, hostile functions; and aggregates, table functions and row errors of runtimes that have them.
//
// A runtime's test hands Exercise a module that defines Functions in the runtime's own language. What only one runtime can
// get wrong (a malformed binary, say) is tested beside that runtime.
package runtimetest

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Subject is a runtime under test.
type Subject struct {
	Runtime udf.Runtime
	Module  udf.Module // defines all Functions
	// Interruptible says that a cancelled context stops a function that never returns.
	Interruptible bool
	// Aggregates, Tables and RowErrors define the functions of the shapes' own lists; each may be Module. No Code: the runtime has
	// none of the kind.
	Aggregates, Tables, RowErrors udf.Module
	// Adjust completes a function of those lists as a manifest does, with the bytes of its state for example; nil for nothing.
	Adjust func(*udf.Function)
	// Environment is that of all functions, where the runtime wants one.
	Environment string
}

// Functions that a subject's module defines, with the same results in each language.
func Functions(kind udf.Kind, module string) []*udf.Function {
	f := maker(kind, module, udf.Scalar)
	return []*udf.Function{
		f("scale", "float", "float", "float"),          // a * b * 1.5
		f("add", "int", "int", "int"),                  // a + b
		f("both", "bool", "bool", "bool"),              // a and b
		f("next_day", "date", "date"),                  // a + 1 day
		f("later", "timestamp", "timestamp"),           // a + 1 second
		f("shout", "string", "string"),                 // ASCII letters in upper case
		f("join", "string", "string", "int", "string"), // a, b times c
		f("reverse", "bytes", "bytes"),                 // bytes in reverse order
		f("or_zero", "float", "float?"),                // a, or 0 when absent
		f("positive", "float?", "float"),               // a, or none unless a > 0
		f("label", "string?", "string?"),               // none for '', '-' for none, else a
		f("unlucky", "int", "int"),                     // a, but fails for 13
		f("forever", "int", "int"),                     // never returns
		f("deep", "int", "int"),                        // recursion without end
		f("hoard", "int", "int"),                       // asks for memory without end
		f("garbled", "string", "int"),                  // not a string
	}
}

// maker makes functions whose parameters are called a, b, …
func maker(kind udf.Kind, module string, shape udf.Shape) func(name, result string, params ...string) *udf.Function {
	t := func(s string) types.Type {
		t, err := types.Parse(s)
		if err != nil {
			panic(err)
		}
		return t
	}
	return func(name, result string, params ...string) *udf.Function {
		f := &udf.Function{Package: "test/all", Version: "1.0.0", Name: name, Entry: name, Kind: kind, Shape: shape,
			Result: t(result), Module: module}
		for i, p := range params {
			f.Params = append(f.Params, types.Field{Name: string(rune('a' + i)), Type: t(p)})
		}
		return f
	}
}

// Exercise runs the suite.
func Exercise(t *testing.T, s Subject) {
	ExerciseShapes(t, s)
	funcs := map[string]*udf.Function{}
	list := Functions(s.Module.Kind, s.Module.Digest)
	for _, f := range list {
		f.Environment = s.Environment
		funcs[f.Name] = f
	}
	program, err := s.Runtime.Load(t.Context(), s.Module, list)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close(context.Background()) })
	x := &exercise{t: t, funcs: funcs, program: program, interruptible: s.Interruptible}
	t.Run("values", x.values)
	t.Run("batch sizes", x.sizes)
	t.Run("absence", x.absence)
	t.Run("dictionaries", x.dictionaries)
	t.Run("slices", x.slices)
	t.Run("determinism", x.determinism)
	t.Run("errors", x.errors)
	t.Run("hostile", x.hostile)
	t.Run("cancelled", x.cancelled)
	t.Run("concurrent", x.concurrent)
	t.Run("missing", func(t *testing.T) {
		f := *funcs["add"]
		f.Name, f.Entry = "nowhere", "nowhere"
		if _, err := s.Runtime.Load(t.Context(), s.Module, []*udf.Function{&f}); err == nil {
			t.Fatal("a function that the module does not define was loaded")
		}
	})
}

type exercise struct {
	t             *testing.T
	funcs         map[string]*udf.Function
	program       udf.Program
	interruptible bool
}

func (x *exercise) instance(t *testing.T) udf.Instance {
	in, err := x.program.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(context.Background()) })
	return in
}

func (x *exercise) call(t *testing.T, in udf.Instance, name string, args ...arrow.Array) arrow.Array {
	t.Helper()
	out, err := in.Call(t.Context(), x.funcs[name], args, args[0].Len())
	if err != nil {
		t.Fatal(err)
	}
	want, err := types.ToArrow(x.funcs[name].Result)
	if err != nil {
		t.Fatal(err)
	}
	if !arrow.TypeEqual(out.DataType(), want) || out.Len() != args[0].Len() {
		t.Fatalf("%s returned %d rows of %s", name, out.Len(), out.DataType())
	}
	x.fill(t, in, name, out, args)
	return out
}

// fill calls again with memory for the results that is full of something else.
func (x *exercise) fill(t *testing.T, in udf.Instance, name string, want arrow.Array, args []arrow.Array) {
	t.Helper()
	filler, ok := in.(udf.Filler)
	if !ok {
		return
	}
	values := make([]byte, 16*want.Len())
	for i := range values {
		values[i] = 0xa5
	}
	again, err := filler.Fill(t.Context(), x.funcs[name], args, want.Len(), values)
	if err != nil {
		t.Fatal(err)
	}
	if !array.ApproxEqual(want, again, array.WithNaNsEqual(true)) {
		t.Errorf("%s gave %v into memory with something else, not %v", name, again, want)
	}
}
