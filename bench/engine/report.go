package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/dreamql/dreamql/bench/measure"
)

func (b *bench) noteVersion(v string) {
	if !slices.Contains(b.versions, v) {
		b.versions = append(b.versions, v)
	}
}

func (b *bench) introduction() string {
	counts := "medians"
	if b.best {
		counts = "the fastest"
	}
	return fmt.Sprintf("# How fast queries are\n\nWritten by `make bench-engine` on %s, %s %s, %d cores (%s): %s, in the same run. Milliseconds, warm, "+
		"%s of %d runs, %d threads each; a process a query and system. Ratio is DreamQL / DuckDB: lower is better. Native is DuckDB's own table and "+
		"DreamQL's segments; Parquet is the same files for both. Memory is the most that the process had, the mapped file and the interpreter of the peers included.\n",
		time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), measure.Processor(), strings.Join(b.versions, ", "), counts, b.repeat, b.threads)
}

// summaries holds each set to its targets.
func summaries(sums []summary) string {
	var r measure.Report
	r.Header("set", "native, geometric mean", "target", "worst single", "target", "Parquet, geometric mean", "target", "memory, worst", "target", "without a figure")
	for _, s := range sums {
		native, worst, name, missing := s.means(func(m row) float64 { return ratio(m.ours, m.duckdb) })
		parquet, _, _, _ := s.means(func(m row) float64 { return ratio(m.parquet, m.duckdbParquet) })
		_, memory, _, _ := s.means(func(m row) float64 {
			if ratio(m.ours, m.duckdb) == 0 {
				return 0
			}
			return float64(m.ours.bytes) / float64(m.duckdb.bytes)
		})
		r.Line(s.name, times(native), target(s.native), times(worst)+" "+name, target(s.worst), times(parquet), target(s.parquetMean), times(memory), target(2),
			fmt.Sprintf("%d of %d", missing, len(s.rows)))
	}
	return r.String()
}

func target(v float64) string { return fmt.Sprintf("≤ %.1f", v) }
