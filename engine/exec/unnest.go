package exec

import (
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/udf"
)

// unnest repeats each row for the elements of a list and adds the element.
type unnest struct {
	w    *thread
	list scalar
}

func newUnnest(w *thread, op *physical.Op) (stream, error) {
	if e := op.Unnest.Expr; e.Op == logical.OpUDF && e.Func.Shape == udf.Table {
		return newTableCall(w, e, op.Input.Columns)
	}
	s, err := w.compile(op.Unnest.Expr, op.Input.Columns)
	return &unnest{w, s}, err
}

func (u *unnest) push(b *batch, out emit) error {
	defer b.release()
	a, err := u.list.eval(u.w, b)
	if err != nil {
		return err
	}
	defer a.Release()
	l, ok := a.(*array.List)
	if !ok {
		return nil // every list is absent
	}
	var rows, items []int32
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		o := takeBatch(u.w.run.mem, b, rows)
		o.cols = append(o.cols, take(u.w.run.mem, l.ListValues(), items))
		rows, items = rows[:0], items[:0]
		return out(o)
	}
	for i := range l.Len() {
		if l.IsNull(i) {
			continue
		}
		from, to := l.ValueOffsets(i)
		for j := from; j < to; j++ {
			rows, items = append(rows, int32(i)), append(items, int32(j))
			if len(rows) == maxBatch {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}
