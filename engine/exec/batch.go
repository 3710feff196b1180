package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// maxBatch is the most rows of a batch that an operator makes.
const maxBatch = 64 << 10

// batch is rows on their way between operators. Its columns follow the operator's Columns, by position. Who receives a
// batch owns it: passes it on or releases it.
type batch struct {
	n    int
	cols []arrow.Array
	late []late // by column, where some have not been made yet; else nil
	*lineage
}

func (b *batch) release() {
	releaseAll(b.cols)
	b.cols, b.late = nil, nil
}

// shared is another owner of the same columns.
func (b *batch) shared() *batch {
	for _, c := range b.cols {
		c.Retain()
	}
	return &batch{n: b.n, cols: slices.Clone(b.cols), lineage: b.lineage}
}

func (b *batch) slice(from, to int) *batch {
	out := &batch{n: to - from, cols: make([]arrow.Array, len(b.cols)), lineage: b.after(from)}
	for i, c := range b.cols {
		out.cols[i] = array.NewSlice(c, int64(from), int64(to))
	}
	out.late = slices.Clone(b.late) // of columns that are there, and may be narrow
	return out
}

// fromRecord shares the columns of a record.
func fromRecord(r arrow.RecordBatch) *batch {
	b := &batch{n: int(r.NumRows()), cols: make([]arrow.Array, r.NumCols())}
	for i := range b.cols {
		b.cols[i] = r.Column(i)
		b.cols[i].Retain()
	}
	return b
}

// marked marks the columns that are narrow.
func (b *batch) marked(fields []types.Field) *batch {
	for i, c := range b.cols {
		if !funcs.IsNarrow(c, fields[i].Type) {
			continue
		}
		if b.late == nil {
			b.late = make([]late, len(b.cols))
		}
		b.late[i].narrow = &fields[i].Type
	}
	return b
}

// record gives the batch its names; the record shares the columns. A dictionary-encoded column stays so.
func (b *batch) record(fields []types.Field) (arrow.RecordBatch, error) {
	fs, err := types.ArrowFields(fields)
	if err != nil {
		return nil, err
	}
	for i, c := range b.cols {
		fs[i].Type = c.DataType()
		fs[i].Nullable = fs[i].Nullable || c.NullN() > 0
	}
	return array.NewRecordBatch(arrow.NewSchema(fs, nil), b.cols, int64(b.n)), nil
}

func releaseAll(as []arrow.Array) {
	for _, a := range as {
		if a != nil {
			a.Release()
		}
	}
}
