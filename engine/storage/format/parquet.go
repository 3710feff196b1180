package format

import (
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// writeParquet writes row groups of up to a million rows. The Arrow schema goes with them, so that reading gives the same types.
func writeParquet(w io.Writer, schema *arrow.Schema, batches Batches) error {
	for _, f := range schema.Fields() {
		if holdsDuration(f.Type) {
			return fmt.Errorf("a Parquet file cannot hold durations, as in column %s: write it as text, or choose another format", f.Name)
		}
	}
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy))
	fw, err := pqarrow.NewFileWriter(schema, unclosed{w}, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return err
	}
	for b, err := range batches {
		if err != nil {
			return err
		}
		p, err := Plain(b, schema)
		if err != nil {
			return err
		}
		err = fw.WriteBuffered(p)
		p.Release()
		if err != nil {
			return err
		}
	}
	return fw.Close()
}

func holdsDuration(t arrow.DataType) bool {
	switch t := t.(type) {
	case *arrow.MonthDayNanoIntervalType:
		return true
	case arrow.ListLikeType:
		return holdsDuration(t.Elem())
	case *arrow.StructType:
		return slices.ContainsFunc(t.Fields(), func(f arrow.Field) bool { return holdsDuration(f.Type) })
	}
	return false
}

// unclosed keeps the Parquet writer from closing what it did not open.
type unclosed struct{ io.Writer }
