package format

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

const flushBytes = 64 << 10

// writeJSON writes one array of objects, with the columns in order, an object a line.
func writeJSON(w io.Writer, schema *arrow.Schema, batches Batches) error {
	out, first := []byte{'['}, true
	err := eachObject(w, schema, batches, &out, func() {
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(out, '\n')
	}, func() {})
	if err != nil {
		return err
	}
	if !first {
		out = append(out, '\n')
	}
	_, err = w.Write(append(out, ']', '\n'))
	return err
}

// writeNDJSON writes an object a line.
func writeNDJSON(w io.Writer, schema *arrow.Schema, batches Batches) error {
	var out []byte
	if err := eachObject(w, schema, batches, &out, func() {}, func() { out = append(out, '\n') }); err != nil {
		return err
	}
	_, err := w.Write(out)
	return err
}

func eachObject(w io.Writer, schema *arrow.Schema, batches Batches, out *[]byte, before, after func()) error {
	names := make([][]byte, schema.NumFields())
	for i, f := range schema.Fields() {
		names[i] = append(appendQuoted(nil, f.Name), ':')
	}
	for b, err := range batches {
		if err != nil {
			return err
		}
		for r := range int(b.NumRows()) {
			before()
			*out = append(*out, '{')
			for i, c := range b.Columns() {
				if i > 0 {
					*out = append(*out, ',')
				}
				*out = append(*out, names[i]...)
				*out = appendJSON(*out, schema.Field(i), c, r)
			}
			*out = append(*out, '}')
			after()
			if len(*out) >= flushBytes {
				if _, err := w.Write(*out); err != nil {
					return err
				}
				*out = (*out)[:0]
			}
		}
	}
	return nil
}
