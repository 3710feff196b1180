package oracle

import (
	"errors"

	"github.com/dreamql/dreamql/engine/logical"
)

// failsHere reports whether it is the expression itself that failed at a row, and not a column that had failed before.
func failsHere(err error, e *logical.Expr, row Row) bool {
	if errors.Is(err, ErrUnsupported) {
		return false
	}
	if e.Op == logical.OpColumn {
		_, failed := row[e.Name].(failure)
		return !failed
	}
	for _, a := range e.Args {
		if !failsHere(err, a, row) {
			return false
		}
	}
	return true
}
