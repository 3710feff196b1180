package exec

import (
	"errors"
	"sync"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/udf"
)

// failure is the first row of a pipeline's input that failed. Threads that work on earlier batches go on to the end of those, so
// that which row is reported does not depend on which thread was faster.
type failure struct {
	mu  sync.Mutex
	err error // nil while no row has failed
	seq int   // of its batch
}

// row takes an error over batch seq. It reports whether it is one of a row; any other ends the pipeline at once.
func (f *failure) row(seq int, err error) bool {
	var run *expr.RunError
	var call *udf.CallError
	var d source.Diagnostics
	guarded := errors.As(err, &d) && len(d) == 1 && d[0].Code == "DQL9101" // of a row that a join promises to match
	if !guarded && !(errors.As(err, &run) && run.Row >= 0) && !(errors.As(err, &call) && call.Row >= 0) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if same(f.err, err) {
		return true // what the queue tells those that wait
	}
	if f.err == nil || seq < f.seq {
		f.err, f.seq = err, seq
	}
	return true
}

// before reports whether a row of a batch before seq has failed.
func (f *failure) before(seq int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err != nil && f.seq < seq
}

// same reports whether two errors are one; diagnostics cannot be compared as they are.
func same(a, b error) bool {
	var x, y source.Diagnostics
	if errors.As(a, &x) && errors.As(b, &y) {
		return len(x) == len(y) && len(x) > 0 && &x[0] == &y[0]
	}
	return x == nil && !errors.As(b, &y) && a == b
}
