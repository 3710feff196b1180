package storage

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// validate checks that no offset or index of an array that came from outside points beyond its buffers. Decoders check
// lengths, but leave offsets inside the data for the first reader to trip over.
func validate(a arrow.Array) error {
	if s, ok := a.(*array.String); ok {
		return validateText(s)
	}
	if v, ok := a.(interface{ ValidateFull() error }); ok {
		if err := v.ValidateFull(); err != nil {
			return err
		}
	}
	switch a := a.(type) {
	case *array.Dictionary:
		if err := validate(a.Dictionary()); err != nil {
			return err
		}
		return validateIndices(a)
	case array.ListLike:
		return validate(a.ListValues())
	case *array.Struct:
		for i := range a.NumField() {
			if f := a.Field(i); f.Len() < a.Len() {
				return fmt.Errorf("field %d has %d of %d rows", i, f.Len(), a.Len())
			} else if err := validate(f); err != nil {
				return err
			}
		}
	case array.ExtensionArray:
		return validate(a.Storage())
	}
	return nil
}

func validateIndices(a *array.Dictionary) error {
	n := a.Dictionary().Len()
	if ix, ok := a.Indices().(*array.Int32); ok { // our own segments
		nulls := ix.NullN() > 0
		for i, v := range ix.Int32Values() {
			if uint32(v) >= uint32(n) && !(nulls && ix.IsNull(i)) {
				return fmt.Errorf("row %d refers to dictionary value %d of %d", i, v, n)
			}
		}
		return nil
	}
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		if v := a.GetValueIndex(i); v < 0 || v >= n {
			return fmt.Errorf("row %d refers to dictionary value %d of %d", i, v, n)
		}
	}
	return nil
}

// validateBatch validates every column and that all have the batch's length.
func validateBatch(b arrow.RecordBatch) error {
	for i, c := range b.Columns() {
		if int64(c.Len()) != b.NumRows() {
			return fmt.Errorf("column %s has %d of %d rows", b.ColumnName(i), c.Len(), b.NumRows())
		}
		if err := validate(c); err != nil {
			return fmt.Errorf("column %s: %w", b.ColumnName(i), err)
		}
	}
	return nil
}
