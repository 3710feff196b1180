package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/storage/format"
)

const (
	tableRows  = 1000 // rows that a table shows
	tableWidth = 60   // characters of a cell that it shows
)

// writeTable prints rows for people: aligned columns, long values cut, and at most tableRows rows with a count of the rest. Cells are
// written as CSV writes them, so that all formats agree.
func writeTable(w io.Writer, schema *arrow.Schema, batches format.Batches) error {
	r, pipe := io.Pipe()
	var total int64
	go func() {
		counted := func(yield func(arrow.RecordBatch, error) bool) {
			for b, err := range batches {
				if err == nil {
					shown := min(b.NumRows(), max(0, tableRows-total))
					total += b.NumRows()
					b = b.NewSlice(0, shown)
				}
				if !yield(b, err) {
					return
				}
			}
		}
		pipe.CloseWithError(format.Write(pipe, "csv", schema, counted))
	}()
	defer r.Close()
	lines, err := readCSV(r)
	if err != nil {
		return err
	}
	right := make([]bool, schema.NumFields())
	for i, f := range schema.Fields() {
		right[i] = rightAligned(f.Type)
	}
	return layOut(w, right, lines, total)
}

// tableOfCSV lays out CSV with a header; its columns are all aligned to the left, because CSV does not tell numbers from text.
func tableOfCSV(w io.Writer, r io.Reader) error {
	lines, err := readCSV(r)
	if err != nil || len(lines) == 0 {
		return err
	}
	total := int64(len(lines) - 1)
	return layOut(w, make([]bool, len(lines[0])), lines[:min(len(lines), tableRows+1)], total)
}

func readCSV(r io.Reader) ([][]string, error) {
	reader := csv.NewReader(r)
	var lines [][]string
	for {
		line, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
}

func layOut(w io.Writer, right []bool, lines [][]string, total int64) error {
	widths := make([]int, len(right))
	for _, line := range lines {
		for i, cell := range line {
			line[i] = oneLine(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(line[i]))
		}
	}
	for n, line := range lines {
		var b strings.Builder
		for i, cell := range line {
			if i > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
		if n == 0 {
			rules := make([]string, len(widths))
			for i, width := range widths {
				rules[i] = strings.Repeat("─", width)
			}
			fmt.Fprintln(w, strings.Join(rules, "  "))
		}
	}
	_, err := fmt.Fprintln(w, footer(total))
	return err
}

func footer(total int64) string {
	switch {
	case total == 1:
		return "(1 row)"
	case total > tableRows:
		return fmt.Sprintf("(%d rows, of which the first %d are shown; --format csv or json prints all)", total, tableRows)
	}
	return fmt.Sprintf("(%d rows)", total)
}

// oneLine makes a cell fit: control characters would move the cursor of a terminal.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '␣'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > tableWidth {
		s = string([]rune(s)[:tableWidth-1]) + "…"
	}
	return s
}

func rightAligned(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.INT64, arrow.FLOAT64, arrow.DECIMAL128:
		return true
	}
	return false
}
