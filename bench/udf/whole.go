package main

import (
	"fmt"

	"github.com/dreamql/dreamql/bench/measure"
)

// wholeQueries compares the time from the program's text to its last row over 10,000 rows, warm, with no function, an
// expression, and a function of each kind.
func (b *bench) wholeQueries(r *measure.Report) error {
	r.Header("whole query over 10,000 rows, warm", "target", "ms", "×", "design's promise")
	base := 0.0
	for _, q := range []struct{ name, value, target, promise string }{
		{"no function", "y", "1", "1"},
		{"expression", "y * 1.2", "≤ 1.05", "1.1"},
		{"WASM", "score(x, y)", "≤ 1.2", "1.4"},
		{"Python, typed", "score_python(x, y)", "≤ 2", "11"},
		{"Python, CPython", "score_interpreted(x, y)", "–", "11"},
	} {
		runs, err := b.query("few -> filter price > 20 -> { name, v: "+q.value+" } -> sort -v -> take 100", 20*b.repeat)
		if err != nil {
			return err
		}
		ms := measure.MedianOf(runs, measure.Stats.Whole)
		if base == 0 {
			base = ms
		}
		r.Line(q.name, q.target, fmt.Sprintf("%.3f", ms), fmt.Sprintf("%.2f", ms/base), q.promise)
	}
	return nil
}
