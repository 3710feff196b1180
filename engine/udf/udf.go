// Package udf is the contract between the engine and user-defined functions: what a function is, and what a runtime that
// executes functions must do. The planner, the executor and the registry see functions only through it.
//
// It runs nothing. A new mechanism is a Kind here, a package under runtimes/, and a line in runtimes/all.go;
// runtimetest.Exercise proves it.
package udf

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// Kind is the mechanism that executes a function. A caller cannot tell it from the call.
type Kind string

const (
	Expression Kind = "expression" // DreamQL source, inlined by the checker; no runtime
	WASM       Kind = "wasm"
	Python     Kind = "python"
)

// Shape is how many rows go in and come out.
type Shape string

const (
	Scalar    Shape = "scalar"    // one row in, one value out
	Aggregate Shape = "aggregate" // init, step, merge, finish
	Table     Shape = "table"     // one row in, many rows out
)

// Function is one exported function of one version of a package. It is immutable and travels inside plans as JSON.
type Function struct {
	Package string        `json:"package"` // "std/geo"
	Version string        `json:"version"` // "1.0.0"
	Name    string        `json:"name"`
	Kind    Kind          `json:"kind"`
	Shape   Shape         `json:"shape"`
	Params  []types.Field `json:"params"`
	Result  types.Type    `json:"result"`
	// Module is the SHA-256, in lower-case hexadecimal, of the bytes that hold the function: the .wasm file or the
	// Python source. Empty for expressions.
	Module string `json:"module,omitempty"`
	// Entry is the exported WASM function or the Python def; equal to Name unless the manifest says otherwise.
	Entry string `json:"entry,omitempty"`
	// Source is the DreamQL lambda of an expression function, for example "(rate, n) => (1 + rate) ** n".
	Source string `json:"source,omitempty"`
	// Volatile functions may give different results for equal arguments and are never folded, shared or memoised.
	Volatile bool `json:"volatile,omitempty"`
}

// CallsOnAbsent reports whether parameter i accepts an absent value. A row with an absent argument for any other
// parameter is not passed to the function: its result is absent.
func (f *Function) CallsOnAbsent(i int) bool { return f.Params[i].Type.IsOption() }

// ID names a function for people and metrics: "std/geo@1.0.0.haversine".
func (f *Function) ID() string { return f.Package + "@" + f.Version + "." + f.Name }

// Module is code to load, with the functions that will be called in it.
type Module struct {
	Kind   Kind
	Digest string // SHA-256 of Code, lower-case hexadecimal
	Code   []byte
}

// Runtime executes functions of one Kind. Safe for concurrent use.
type Runtime interface {
	Kind() Kind
	// Load validates and compiles a module and checks that every function in funcs exists with its signature. Errors
	// are for the author of the module and name the function.
	Load(ctx context.Context, m Module, funcs []*Function) (Program, error)
	Close(ctx context.Context) error
}

// Program is a loaded module. Safe for concurrent use.
type Program interface {
	// Instance returns an instance with state of its own, for the use of one goroutine.
	Instance(ctx context.Context) (Instance, error)
	// Tier names the mechanism in explain and statistics, for example "wasm", "cpython-wasi", "gpython".
	Tier() string
	Close(ctx context.Context) error
}

// Instance calls functions over batches. Not safe for concurrent use. After an error other than a *CallError it must be closed.
type Instance interface {
	// Call evaluates scalar function f over args, each of n rows, and returns n results of f.Result's Arrow type
	// (types.ToArrow). len(args) == len(f.Params); columns may be dictionary-encoded and may be absent anywhere. The caller
	// releases the result.
	Call(ctx context.Context, f *Function, args []arrow.Array, n int) (arrow.Array, error)
	Close(ctx context.Context) error
}

// CallError is a failure of the function itself: a trap, an exception, a result out of range.
type CallError struct {
	Function string // Function.ID()
	Row      int    // row of the batch, or -1 where the runtime cannot tell
	Args     string // the row's arguments, at most 200 bytes, or ""
	Message  string // the guest's own message or traceback, bounded to 4 KiB
}

func (e *CallError) Error() string {
	s := e.Function + ": " + e.Message
	if e.Args != "" {
		s += " (called with " + e.Args + ")"
	}
	return s
}
