package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// newValues makes the one batch of literal rows, a column at a time.
func newValues(b *builder, op *physical.Op) (origin, error) {
	rows := op.Values.Rows
	if len(rows) == 0 {
		return &list{}, nil
	}
	w := b.r.thread(b.ctx)
	defer w.calls.close()
	empty := &batch{n: 1}
	out := &batch{n: len(rows)}
	for i, f := range op.Columns {
		parts := make([]arrow.Array, 0, len(rows))
		for _, r := range rows {
			s, err := w.compile(r[i], []types.Field{})
			if err != nil {
				return nil, err
			}
			a, err := s.eval(w, empty)
			if err != nil {
				return nil, err
			}
			parts = append(parts, a)
		}
		c, err := concatColumn(b.r.mem, parts, f.Type)
		releaseAll(parts)
		if err != nil {
			return nil, err
		}
		out.cols = append(out.cols, c)
	}
	return &list{bs: []*batch{out}}, nil
}
