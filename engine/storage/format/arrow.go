package format

import (
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Plain decodes the dictionaries of a batch, so that it has exactly the types of schema. Batches of one stream may be
// encoded or not, and by different dictionaries, which Arrow files cannot hold. The caller releases it.
func Plain(b arrow.RecordBatch, schema *arrow.Schema) (arrow.RecordBatch, error) {
	cols := make([]arrow.Array, b.NumCols())
	for i, c := range b.Columns() {
		if d, ok := c.(*array.Dictionary); ok && schema.Field(i).Type.ID() != arrow.DICTIONARY {
			var err error
			if cols[i], err = decode(d); err != nil {
				return nil, err
			}
			defer cols[i].Release()
			continue
		}
		cols[i] = c
	}
	return array.NewRecordBatch(schema, cols, b.NumRows()), nil
}

func decode(d *array.Dictionary) (arrow.Array, error) {
	values, ok := d.Dictionary().(*array.String)
	if !ok {
		return nil, errors.New("a dictionary that does not hold strings")
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(d.Len())
	for i := range d.Len() {
		if d.IsNull(i) || values.IsNull(d.GetValueIndex(i)) {
			b.AppendNull()
			continue
		}
		b.Append(values.Value(d.GetValueIndex(i)))
	}
	return b.NewArray(), nil
}

func writeStream(w io.Writer, schema *arrow.Schema, batches Batches) error {
	return writeArrow(ipc.NewWriter(w, ipc.WithSchema(schema)), schema, batches)
}

func writeFile(w io.Writer, schema *arrow.Schema, batches Batches) error {
	fw, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	return writeArrow(fw, schema, batches)
}

func writeArrow(w interface {
	Write(arrow.RecordBatch) error
	Close() error
}, schema *arrow.Schema, batches Batches) error {
	for b, err := range batches {
		if err != nil {
			return err
		}
		p, err := Plain(b, schema)
		if err != nil {
			return err
		}
		err = w.Write(p)
		p.Release()
		if err != nil {
			return err
		}
	}
	return w.Close()
}
