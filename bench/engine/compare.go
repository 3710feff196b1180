package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

const (
	tolerance = 1e-9  // how far two floats may be apart, relative to the larger
	leftover  = 1e-15 // or relative to the largest of the column: what rounding leaves of a zero
)

// rows are those of a result: exact values as text that is the same for the same value, floats as what they are.
type rows struct {
	floats []bool // by column
	cells  [][]cell
}

type cell struct {
	text  string
	float float64
}

// difference compares two files of Arrow streams whatever the order of their rows, and says where they differ.
func difference(ours, theirs string) (string, error) {
	a, err := readRows(ours)
	if err != nil {
		return "", err
	}
	b, err := readRows(theirs)
	if err != nil {
		return "", err
	}
	if len(a.floats) != len(b.floats) {
		return fmt.Sprintf("%d columns, not %d", len(a.floats), len(b.floats)), nil
	}
	if len(a.cells) != len(b.cells) {
		return fmt.Sprintf("%d rows, not %d", len(a.cells), len(b.cells)), nil
	}
	// A column that is of floats on one side is compared as one.
	for i := range a.floats {
		a.floats[i] = a.floats[i] || b.floats[i]
	}
	a.sort(a.floats)
	b.sort(a.floats)
	zero := b.largest()
	for i, x := range a.cells {
		for k, v := range x {
			w := b.cells[i][k]
			if a.floats[k] && close(v.float, w.float, zero[k]*leftover) || !a.floats[k] && v.text == w.text {
				continue
			}
			return fmt.Sprintf("row %d, column %d: %s, not %s", i+1, k+1, v.text, w.text), nil
		}
	}
	return "", nil
}

func close(a, b, zero float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= max(zero, tolerance*max(math.Abs(a), math.Abs(b)))
}

// largest is the largest finite value of each column, without its sign.
func (r rows) largest() []float64 {
	out := make([]float64, len(r.floats))
	for _, row := range r.cells {
		for k, v := range row {
			if a := math.Abs(v.float); a > out[k] && !math.IsInf(a, 0) {
				out[k] = a
			}
		}
	}
	return out
}

// sort orders rows by their exact columns first, since floats that are almost equal may be either way round.
func (r rows) sort(floats []bool) {
	slices.SortFunc(r.cells, func(a, b []cell) int {
		for k := range a {
			if c := strings.Compare(a[k].text, b[k].text); c != 0 && !floats[k] {
				return c
			}
		}
		for k := range a {
			if c := cmp.Compare(a[k].float, b[k].float); c != 0 && floats[k] {
				return c
			}
		}
		return 0
	})
}

func readRows(path string) (rows, error) {
	var out rows
	f, err := os.Open(path)
	if err != nil {
		return out, err
	}
	defer f.Close()
	r, err := ipc.NewReader(f)
	if err != nil {
		return out, err
	}
	defer r.Release()
	for _, field := range r.Schema().Fields() {
		out.floats = append(out.floats, arrow.IsFloating(field.Type.ID()))
	}
	for r.Next() {
		b := r.RecordBatch()
		for i := range int(b.NumRows()) {
			row := make([]cell, b.NumCols())
			for k, column := range b.Columns() {
				row[k] = cellOf(column, i)
			}
			out.cells = append(out.cells, row)
		}
	}
	return out, r.Err()
}

// cellOf is a value in a form that does not depend on the width of its type.
func cellOf(a arrow.Array, i int) cell {
	if d, ok := a.(*array.Dictionary); ok {
		if d.IsNull(i) {
			return cell{text: "none", float: math.NaN()}
		}
		a, i = d.Dictionary(), d.GetValueIndex(i)
	}
	if a.IsNull(i) {
		return cell{text: "none", float: math.NaN()}
	}
	text := strings.Clone(a.ValueStr(i))
	if t, ok := a.(*array.Timestamp); ok { // in whatever unit
		text = strconv.FormatInt(t.Value(i).ToTime(t.DataType().(*arrow.TimestampType).Unit).UnixNano(), 10)
	}
	if _, ok := a.DataType().(arrow.DecimalType); ok && strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		number = math.NaN()
	}
	return cell{text, number}
}
