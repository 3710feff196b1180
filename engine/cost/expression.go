package cost

import (
	"cmp"
	"math"
	"slices"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// What calls cost, in ns a row, where nothing was measured.
const (
	cheap       = 1    // a kernel over numbers
	dear        = 100  // a kernel that looks at text
	wasm        = 10   // a WebAssembly function that does a little
	native      = 100  // a column function of NumPy
	interpreted = 1000 // Python
	elements    = 4    // of a list
)

// PerRow estimates what an expression costs a row, in ns.
func PerRow(e *logical.Expr) float64 {
	total := own(e)
	for _, a := range e.Args {
		total += PerRow(a)
	}
	if e.Body != nil {
		total += elements * PerRow(e.Body)
	}
	return total
}

func own(e *logical.Expr) float64 {
	switch e.Op {
	case logical.OpColumn, logical.OpLiteral:
		return 0
	case logical.OpUDF:
		switch {
		case e.Func.Cost > 0:
			return e.Func.Cost
		case e.Func.Kind == udf.WASM:
			return wasm
		case e.Func.Kind == udf.Native:
			return native
		}
		return interpreted
	case logical.OpCall:
		args := make([]types.Type, len(e.Args))
		for i, a := range e.Args {
			args[i] = a.T
		}
		if r, err := funcs.Resolve(e.Name, args); err == nil && r.Overload.Costly {
			return dear
		}
	}
	return cheap
}

// Share is the part of rows for which a predicate is likely to be true, where nothing is known of the rows.
func Share(e *logical.Expr) float64 { return new(Estimates).one(e, nil) }

// Rank orders predicates of which all must be true: (selectivity − 1) / cost, least first. The order of least total cost for
// independent predicates is that of their ranks (Hellerstein and Stonebraker, Predicate Migration, 1993).
func Rank(share, perRow float64) float64 { return (share - 1) / math.Max(perRow, cheap) }

// InOrder are predicates by rank; equal ones keep their places.
func InOrder(parts []*logical.Expr) []*logical.Expr {
	ranks := make(map[*logical.Expr]float64, len(parts))
	for _, p := range parts {
		ranks[p] = Rank(Share(p), PerRow(p))
	}
	out := slices.Clone(parts)
	slices.SortStableFunc(out, func(a, b *logical.Expr) int { return cmp.Compare(ranks[a], ranks[b]) })
	return out
}
