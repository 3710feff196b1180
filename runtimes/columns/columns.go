// Package columns is what runtimes share in reading the argument columns of a batch: undoing dictionary encoding, knowing
// which rows to call, and showing a row's arguments in an error.
//
// It knows nothing of any runtime.
package columns

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Check reports an argument list that does not fit f: a mistake of the caller.
func Check(f *udf.Function, args []arrow.Array, n int) error {
	if len(args) != len(f.Params) {
		return fmt.Errorf("%s: called with %d columns for %d parameters", f.ID(), len(args), len(f.Params))
	}
	for i, a := range args {
		want, err := types.ToArrow(f.Params[i].Type)
		if err != nil {
			return err
		}
		have := a.DataType()
		if d, ok := have.(*arrow.DictionaryType); ok {
			have = d.ValueType
		}
		if have.ID() != want.ID() && have.ID() != arrow.NULL {
			return fmt.Errorf("%s: parameter %s takes %s, and was given a column of %s", f.ID(), f.Params[i].Name, want, have)
		}
		if a.Len() != n {
			return fmt.Errorf("%s: parameter %s was given %d of %d rows", f.ID(), f.Params[i].Name, a.Len(), n)
		}
	}
	return nil
}

// Skipped returns which rows are not passed to f, because an argument is absent that f requires; nil when all are passed.
func Skipped(f *udf.Function, args []arrow.Array, n int) []bool {
	var skip []bool
	for i, a := range args {
		if f.CallsOnAbsent(i) {
			continue
		}
		null := nulls(a)
		if null == nil {
			continue
		}
		if skip == nil {
			skip = make([]bool, n)
		}
		for row := range skip {
			if null(row) {
				skip[row] = true
			}
		}
	}
	return skip
}

// nulls returns a test for absent rows, or nil when there are none. A dictionary may hold absence in its values too.
func nulls(a arrow.Array) func(int) bool {
	switch a := a.(type) {
	case *array.Null:
		return func(int) bool { return true }
	case *array.Dictionary:
		values := a.Dictionary()
		if values.NullN() > 0 {
			return func(row int) bool { return a.IsNull(row) || values.IsNull(a.GetValueIndex(row)) }
		}
	}
	if a.NullN() == 0 {
		return nil
	}
	return a.IsNull
}

// Source is a column with its dictionary, if any, set aside: the value of a row is Values at Index(row).
type Source struct {
	Values arrow.Array
	dict   *array.Dictionary
	null   func(int) bool
}

// Open returns the source of a column.
func Open(a arrow.Array) Source {
	s := Source{Values: a, null: nulls(a)}
	if d, ok := a.(*array.Dictionary); ok {
		s.Values, s.dict = d.Dictionary(), d
	}
	return s
}

// Plain reports whether rows are values in order, so that they can be copied as a block.
func (s Source) Plain() bool { return s.dict == nil && s.Values.DataType().ID() != arrow.NULL }

// Absent reports whether a row has no value.
func (s Source) Absent(row int) bool { return s.null != nil && s.null(row) }

// MayBeAbsent reports whether Absent is true of any row.
func (s Source) MayBeAbsent() bool { return s.null != nil }

// Index is where in Values a row's value is; it must not be asked of absent rows.
func (s Source) Index(row int) int {
	if s.dict != nil {
		return s.dict.GetValueIndex(row)
	}
	return row
}

// Text is a row's string or bytes; like Index it must not be asked of absent rows.
func (s Source) Text(row int) string {
	i := s.Index(row)
	switch a := s.Values.(type) {
	case *array.Binary:
		return a.ValueString(i)
	case *array.String:
		return a.Value(i)
	}
	return ""
}

// Describe shows a row's arguments as a call's, in at most 200 bytes.
func Describe(f *udf.Function, args []arrow.Array, row int) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		s := Open(a)
		switch {
		case row < 0 || row >= a.Len():
			return ""
		case s.Absent(row):
			fmt.Fprintf(&b, "%s: none", f.Params[i].Name)
		default:
			fmt.Fprintf(&b, "%s: %s", f.Params[i].Name, show(s, row))
		}
		if b.Len() > 200 {
			break
		}
	}
	return Clip(b.String(), 200)
}

func show(s Source, row int) string {
	i := s.Index(row)
	switch a := s.Values.(type) {
	case *array.String:
		return fmt.Sprintf("%q", Clip(a.Value(i), 80))
	case *array.Binary:
		return fmt.Sprintf("%x", Clip(string(a.Value(i)), 40))
	}
	return s.Values.ValueStr(i)
}

// Clip cuts s to at most n bytes, at a character.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const mark = "…"
	n -= len(mark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}
