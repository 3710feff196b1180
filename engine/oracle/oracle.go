// Package oracle is a deliberately naive evaluator of logical plans, as the checker made them: no rules, no columns, no
// batches, one row after the other, every definition written out from the language reference. It is what optimised and
// distributed plans are compared with, so it must stay too simple to be wrong: it shares nothing with packages funcs, expr
// and exec, and is never made faster.
//
// An optimiser may do less than a program says, and so avoid an error: a column that nobody reads is not computed, the right
// side of ?? is not looked at, rows after the last one wanted are not made. Run therefore has two modes. Strict computes every
// value that the program mentions. Lazy keeps a value that failed, and fails only when a result, a predicate, a key or an
// order depends on it. An engine is right where
//
//	strict succeeds: it gives the same rows;
//	lazy fails: it fails;
//	strict fails and lazy succeeds: it fails, or gives the rows of lazy.
//
// A new node is a case in rows; a new function is an entry of the table of its family, from its documentation alone.
package oracle

import (
	"errors"
	"fmt"

	"github.com/dreamql/dreamql/engine/logical"
)

// Row is the values of one row by column: nil for absent, bool, int64, float64, string, Day, Instant, Clock, Span, Decimal,
// []any for a list and map[string]any for a record.
type Row map[string]any

// errGuard is wrapped by the breach of a join's promise.
var errGuard = errors.New("a join broke its promise")

// ErrUnsupported is wrapped where a plan has something that the oracle does not know, such as a package function that it was not given.
var ErrUnsupported = errors.New("the oracle does not know it")

// Function is a function of a package as its definition says: a value from rows of arguments, one row but for an aggregate. The
// result of a table function is the list of its rows.
type Function func(rows [][]any) (any, error)

// Run evaluates a plan over the rows of its tables, by name. An error that is not ErrUnsupported is one of the program.
func Run(n logical.Node, tables map[string][]Row, lazy bool) ([]Row, error) {
	return RunWith(n, tables, nil, lazy)
}

// RunWith is Run for plans that call functions of packages, which are found by their IDs.
func RunWith(n logical.Node, tables map[string][]Row, functions map[string]Function, lazy bool) ([]Row, error) {
	r := &run{tables: tables, functions: functions, lazy: lazy}
	out, err := r.rows(n)
	if err != nil {
		return nil, err
	}
	for _, row := range out {
		if err := failed(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// failure is a value that could not be computed, kept until something depends on it.
type failure struct{ err error }

// broken is the column of a row of which it is not known whether it is there: the predicate that decides failed.
const broken = "$broken"

type run struct {
	tables    map[string][]Row
	functions map[string]Function
	lazy      bool
	bound     int64         // of the innermost @bounded; 0 for none
	recur     map[int][]Row // the rows so far of each fix
}

// failed is the error of a row, or nil.
func failed(row Row) error {
	for _, v := range row {
		if f, ok := v.(failure); ok {
			return f.err
		}
	}
	return nil
}

// sure fails where it is not known which rows are there.
func sure(in []Row) error {
	for _, row := range in {
		if f, ok := row[broken].(failure); ok {
			return f.err
		}
	}
	return nil
}

// cell computes a value; where it fails, a lazy run keeps the failure.
func (r *run) cell(e *logical.Expr, row Row) (any, error) {
	v, err := r.eval(e, row)
	if err != nil && r.lazy && !errors.Is(err, ErrUnsupported) {
		return failure{err}, nil
	}
	return v, err
}

// known computes a value that something depends on.
func (r *run) known(e *logical.Expr, row Row) (any, error) {
	v, err := r.eval(e, row)
	if f, ok := v.(failure); ok {
		return nil, f.err
	}
	return v, err
}

func (r *run) all(es []*logical.Expr, row Row) ([]any, error) {
	out := make([]any, len(es))
	for i, e := range es {
		v, err := r.known(e, row)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func unsupported(what string) error { return fmt.Errorf("%s: %w", what, ErrUnsupported) }
