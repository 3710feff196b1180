package main

import (
	"fmt"

	"github.com/dreamql/dreamql/bench/measure"
)

// wholeQueries compares the time from the program's text to its last row over 10,000 rows, warm, with no function, an
// expression, and a function of each kind.
func (b *bench) wholeQueries(r *measure.Report) error {
	r.Header("whole query over 10,000 rows, warm", "target", "ms", "× no function", "design's promise")
	for _, q := range []struct{ name, value, target, promise string }{
		{"no function", "y", "1", "1"},
		{"expression", "y * 1.2", "≤ 1.05", "1.1"},
		{"WASM", "score(x, y)", "≤ 1.2", "1.4"},
		{"Python, typed", "score_python(x, y)", "≤ 2", "11"},
		{"Python, CPython", "score_interpreted(x, y)", "–", "11"},
	} {
		// Turn and turn about, so that both meet the machine in the same mood.
		var base, runs []measure.Stats
		for range 5 {
			for _, half := range []struct {
				value string
				into  *[]measure.Stats
			}{{"y", &base}, {q.value, &runs}} {
				some, err := b.query("few -> filter price > 20 -> { name, v: "+half.value+" } -> sort -v -> take 100", 8*b.repeat)
				if err != nil {
					return err
				}
				*half.into = append(*half.into, some...)
			}
		}
		ms := measure.MedianOf(runs, measure.Stats.Whole)
		r.Line(q.name, q.target, fmt.Sprintf("%.3f", ms), fmt.Sprintf("%.2f", ms/measure.MedianOf(base, measure.Stats.Whole)), q.promise)
	}
	return nil
}
