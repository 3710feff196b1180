package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// Keep stores rows that are there already, such as a query's result, as segments under prefix, which must be new. The table has
// just the given columns: one that may be absent stays so, also where no value is. After an error nothing is left under prefix.
func Keep(ctx context.Context, name string, columns []types.Field, rows iter.Seq2[arrow.RecordBatch, error], blobs *Blobs, prefix string) (*logical.Table, error) {
	plain := make([]types.Field, len(columns))
	for i, c := range columns {
		plain[i] = types.Field{Name: c.Name, Type: c.Type.Required()}
	}
	w := newTableWriter(blobs, prefix, plain)
	t, err := keep(ctx, w, name, rows)
	if err != nil {
		for _, s := range w.segments {
			err = errors.Join(err, blobs.Delete(context.WithoutCancel(ctx), s.Key))
		}
		return nil, err
	}
	for i, c := range columns {
		if t.Columns[i].Type.IsOption() && !c.Type.IsOption() {
			return nil, fmt.Errorf("the column %s has absent values, and its type is %s", c.Name, c.Type)
		}
	}
	t.Columns = columns
	return t, nil
}

func keep(ctx context.Context, w *tableWriter, name string, rows iter.Seq2[arrow.RecordBatch, error]) (t *logical.Table, err error) {
	defer recovered(name, "Arrow", &err)
	schema, err := types.ArrowSchema(w.columns)
	if err != nil {
		return nil, err
	}
	for b, err := range rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		cols := make([]arrow.Array, b.NumCols())
		for i := range cols {
			if cols[i], err = convert(b.Column(i), w.columns[i].Type); err != nil {
				return nil, fmt.Errorf("column %s: %w", w.columns[i].Name, err)
			}
		}
		if err := w.add(ctx, array.NewRecordBatch(schema, cols, b.NumRows())); err != nil {
			return nil, err
		}
	}
	return w.finish(ctx, name)
}
