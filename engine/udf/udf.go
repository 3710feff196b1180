// Package udf is the contract between the engine and user-defined functions: what a function is, and what a runtime that
// executes functions must do. The planner, the executor and the registry see functions only through it.
//
// It runs nothing. A new mechanism is a Kind here, a package under runtimes/, and a line in runtimes/all.go;
// runtimetest.Exercise proves it.
package udf

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// Kind is the mechanism that executes a function. A caller cannot tell it from the call.
type Kind string

const (
	Expression Kind = "expression" // DreamQL source, inlined by the checker; no runtime
	WASM       Kind = "wasm"
	Python     Kind = "python"        // standard library only: compiled, or in a sandboxed interpreter
	Native     Kind = "python-native" // Python with NumPy and the like, in a process of an environment that the operator allows
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
	// RowErrors says that a failure concerns its row alone: Call then gives *RowErrors and the results of all other rows.
	RowErrors bool `json:"row_errors,omitempty"`
	// StateBytes is the size of an aggregate's state where it is one flat piece of a WebAssembly module's memory; 0 where
	// the module saves and loads states itself, and for every other mechanism.
	StateBytes int `json:"state_bytes,omitempty"`
	// Capabilities are what the module may use beyond computing, as its manifest declares: a subset of Capabilities.
	Capabilities []string `json:"capabilities,omitempty"`
	// Environment is the SHA-256, in lower-case hexadecimal, of the requirements lock that a Native function needs.
	Environment string `json:"environment,omitempty"`
	// Cost and Selectivity were measured when the function was published; 0 where nothing was. They steer the planner only.
	Cost        float64 `json:"cost,omitempty"`        // ns a row, in large batches
	Selectivity float64 `json:"selectivity,omitempty"` // of a bool function: the share of rows that it keeps
	Tier        string  `json:"tier,omitempty"`        // the mechanism that executed it then, as Program.Tier names it
}

// Capabilities are all that a manifest may declare: log (messages to the author), clock and random. The last two make a function
// volatile.
var Capabilities = []string{"log", "clock", "random"}

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
	// Tier names the mechanism that executes f now, for explain and statistics: for example "wasm", "wasm-interpreted",
	// "python-compiled", "gpython", "cpython-wasi", "cpython". It may change from call to call.
	Tier(f *Function) string
	// Made tells what it took to make the program ready, so far.
	Made() Made
	Close(ctx context.Context) error
}

// Noter is a Program that tells a function's author more of how it executes it.
type Noter interface {
	// Note says why f does not run on the fastest tier, for example "line 7: a list is not compiled; CPython runs this function";
	// "" where it does.
	Note(f *Function) string
}

// Made is what it took to make a program ready.
type Made struct {
	Compile   time.Duration // compiling, in the foreground or behind
	CacheHit  bool          // compiled code came from the cache on disk
	Queue     time.Duration // waiting for a free interpreter or process
	PeakBytes int64         // the most memory that an instance held
}

// Instance calls functions over batches. Not safe for concurrent use. After an error other than a *CallError or *RowErrors it
// must be closed.
type Instance interface {
	// Call evaluates scalar function f over args, each of n rows, and returns n results of f.Result's Arrow type
	// (types.ToArrow). len(args) == len(f.Params); columns may be dictionary-encoded and may be absent anywhere. The caller
	// releases the result. With an error of type *RowErrors the result is there too.
	Call(ctx context.Context, f *Function, args []arrow.Array, n int) (arrow.Array, error)
	Close(ctx context.Context) error
}

// Filler is an Instance that writes results of fixed width into memory that the caller has already, which spares a new column for each
// call: making it, clearing it, collecting it.
type Filler interface {
	Instance
	// Fill is Call with memory for the results: of any content, at a multiple of 8 bytes, and as long as the values of n rows are in
	// Arrow's layout. An instance that uses it writes the value of every row that is present, and returns a column whose values are
	// that memory; one that cannot makes its own. Nil is Call.
	Fill(ctx context.Context, f *Function, args []arrow.Array, n int, values []byte) (arrow.Array, error)
}

// AggregateInstance is an Instance of a program that has aggregate functions.
type AggregateInstance interface {
	Instance
	// Accumulate makes states of the aggregate function f, for no groups yet. It ends with the instance.
	Accumulate(ctx context.Context, f *Function) (Accumulator, error)
}

// Accumulator is the state of one aggregate function over many groups, numbered from zero, like that of a built-in one. Rows
// with an absent argument for a parameter that is not optional do not count. The results do not depend on how rows are
// split between accumulators that are merged in the order of their rows.
type Accumulator interface {
	// Resize makes room for groups 0 ≤ g < n, each in its first state; it never shrinks.
	Resize(n int) error
	// Update adds n rows; row i belongs to groups[i], or all to group 0 where groups is nil. NoGroup leaves a row out.
	Update(n int, groups []uint32, args []arrow.Array) error
	// Merge adds states made by State; row i is added to groups[i] (nil: all to group 0).
	Merge(n int, groups []uint32, states arrow.Array) error
	// State returns the states as binary values, one a group.
	State() (arrow.Array, error)
	// Finish returns the results, one a group, of f.Result's Arrow type.
	Finish() (arrow.Array, error)
	// Bytes estimates the memory held.
	Bytes() int64
	Close() error
}

// NoGroup as a row's group leaves the row out.
const NoGroup = ^uint32(0)

// TableInstance is an Instance of a program that has table functions: f.Result is then a list, whose elements are the rows.
type TableInstance interface {
	Instance
	// Rows opens the table function f over args, each of n rows, and gives its rows piece by piece. A row with an absent
	// argument for a parameter that is not optional gives none. The instance makes no other call before the Rows are closed.
	Rows(ctx context.Context, f *Function, args []arrow.Array, n int) (Rows, error)
}

// Rows is what a table function gives, in order.
type Rows interface {
	// Next returns up to about max elements as a column of the element's Arrow type, and for each the row of the call that it
	// belongs to, never falling. The caller releases the column. io.EOF is the end.
	Next(max int) (elements arrow.Array, rows []int32, err error)
	Close() error
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

// RowErrors are the failures of some rows of a batch, in order, by a function that declares them. The results of the other
// rows stand; those of the failed ones are absent or zero, and not to be used.
type RowErrors struct{ Failed []*CallError }

func (e *RowErrors) Error() string {
	if len(e.Failed) == 1 {
		return e.Failed[0].Error()
	}
	return fmt.Sprintf("%s (and %d more rows of the batch)", e.Failed[0].Error(), len(e.Failed)-1)
}

// Unwrap gives the first.
func (e *RowErrors) Unwrap() error { return e.Failed[0] }
