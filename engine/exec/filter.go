package exec

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// rowFilter keeps the rows for which a predicate is true. It is for one thread.
type rowFilter struct {
	w    *thread
	pred scalar
}

func newRowFilter(w *thread, pred *logical.Expr, fields []types.Field) (*rowFilter, error) {
	p, err := w.compile(pred, fields)
	return &rowFilter{w: w, pred: p}, err
}

// apply owns b and returns its first columns, of the kept rows.
func (f *rowFilter) apply(b *batch, columns int) (*batch, error) {
	defer b.release()
	if columns == 0 { // the rows are only counted, and nothing behind can fail for one of them
		n, err := f.pred.count(f.w, b)
		return &batch{n: n}, err
	}
	kept, err := f.pred.picks(f.w, b)
	if err != nil {
		return nil, err
	}
	return b.chosen(kept, columns), nil
}

type filter struct {
	f       *rowFilter
	columns int
}

func newFilter(w *thread, op *physical.Op) (stream, error) {
	f, err := newRowFilter(w, op.Filter.Pred, op.Input.Columns)
	return &filter{f, len(op.Columns)}, err
}

func (f *filter) push(b *batch, out emit) error {
	b, err := f.f.apply(b, f.columns)
	if err != nil {
		return err
	}
	return out(b)
}
