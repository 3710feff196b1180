package format

import (
	"bytes"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

// writeCSV writes a header and a line a row (RFC 4180, with line feeds). An absent value is an empty field, and an empty
// string a quoted one.
func writeCSV(w io.Writer, schema *arrow.Schema, batches Batches) error {
	var out []byte
	for i, f := range schema.Fields() {
		if i > 0 {
			out = append(out, ',')
		}
		out = quoteCSV(append(out, f.Name...), len(out))
	}
	out = append(out, '\n')
	for b, err := range batches {
		if err != nil {
			return err
		}
		for r := range int(b.NumRows()) {
			for i, c := range b.Columns() {
				if i > 0 {
					out = append(out, ',')
				}
				if c.IsNull(r) || c.DataType().ID() == arrow.NULL {
					continue
				}
				start := len(out)
				out, _ = appendText(out, schema.Field(i), c, r)
				out = quoteCSV(out, start)
			}
			out = append(out, '\n')
			if len(out) >= flushBytes {
				if _, err := w.Write(out); err != nil {
					return err
				}
				out = out[:0]
			}
		}
	}
	_, err := w.Write(out)
	return err
}

// quoteCSV quotes the field that starts at start, where it must be.
func quoteCSV(out []byte, start int) []byte {
	field := out[start:]
	if len(field) > 0 && !bytes.ContainsAny(field, ",\"\r\n") && field[0] != ' ' && field[len(field)-1] != ' ' {
		return out
	}
	quoted := append([]byte{'"'}, bytes.ReplaceAll(field, []byte(`"`), []byte(`""`))...)
	return append(append(out[:start], quoted...), '"')
}
