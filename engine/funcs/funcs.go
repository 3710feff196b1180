// Package funcs is the library of DreamQL as data: every builtin function and operator with its documentation, its
// signatures, examples that the tests execute, and the kernel that computes it over columns.
//
// It knows no expressions (package expr evaluates them) and no plans. Operators are functions too: "+", "==", "and",
// "neg". To add a function: one file named after it or its family, and one line in all.go.
package funcs

import (
	"sync"

	"github.com/dreamql/dreamql/engine/types"
)

// Kind says where a call of the function may stand.
type Kind string

const (
	Scalar    Kind = "scalar"    // one value for each row
	Aggregate Kind = "aggregate" // one value for each group of rows
	Window    Kind = "window"    // one value for each row, from the rows around it; only with over(…)
)

// Func is one name of the library.
type Func struct {
	Name   string
	Kind   Kind
	Family string // the chapter of the reference: "arithmetic", "text", …
	Doc    string // one or two sentences; the first says what the result is
	// Overloads are tried in order; the first that fits without conversion wins, else the first that fits.
	Overloads []Overload
}

// Absence says what a function does with a row whose argument is absent.
type Absence uint8

const (
	Lifts Absence = iota // any absent argument makes the result absent; the kernel does not see it
	Sees                 // the kernel sees absence, and the result type says whether it may be absent
)

// Overload is one signature of a function.
type Overload struct {
	// Signature is written "(x: int, digits: int) => float". T and U stand for any type, O for any ordered type and N for
	// int, float or decimal; "decimal" is any decimal and "…" after the last type repeats it.
	Signature string
	// Result computes the result type where the signature cannot say it, from the converted arguments' types (without
	// options if the overload lifts); nil for the signature's own.
	Result   func(args []types.Type) (types.Type, error)
	Absence  Absence
	Volatile bool // equal arguments may give different results: never folded, shared or memoised
	Costly   bool // more than some ten nanoseconds a row: evaluated last, and on selected rows only
	Fails    bool // may end the run with an error: evaluated on selected rows only
	Narrows  bool // c.Out may be decimals that are narrow (Vec.Narrow) where the arguments are, and is widened where need be
	Unlisted bool // for the planner alone: the checker never asks for it, so the reference does not show it
	Examples []Example
	Kernel   Kernel         // of a Scalar
	Agg      *AggregateSpec // of an Aggregate
	Window   *WindowSpec    // of a Window
}

// Example is a call in DreamQL and its result as DreamQL; Error is a part of the message where it must fail. For an aggregate,
// Over holds the columns x, y, … as lists with commas between.
type Example struct {
	Call   string
	Over   string
	Result string
	Error  string
}

// Kernel computes a batch of results. It is called with c.Out allocated, not cleared, for fixed-width types, and with
// c.Out.Valid set to the rows where every argument is present if the overload lifts.
type Kernel func(c *Call) error

// Call is one evaluation of a kernel over a batch.
type Call struct {
	N    int    // rows
	Args []*Vec // converted to the overload's parameter types
	Out  *Vec
	// State is the kernel's own, kept from batch to batch of one expression in one goroutine: a compiled pattern, a set.
	State any
}

// RowError is a failure at one row of a batch.
type RowError struct {
	Row     int
	Message string
}

func (e *RowError) Error() string { return e.Message }

// and adds an overload.
func (f *Func) and(o Overload) *Func {
	f.Overloads = append(f.Overloads, o)
	return f
}

// Names returns every name in the order of All.
func Names() []string {
	out := make([]string, len(All))
	for i, f := range All {
		out[i] = f.Name
	}
	return out
}

// Lookup returns the function called name, or nil.
func Lookup(name string) *Func { return byName()[name] }

var byName = sync.OnceValue(func() map[string]*Func {
	m := make(map[string]*Func, len(All))
	for _, f := range All {
		m[f.Name] = f
	}
	return m
})
