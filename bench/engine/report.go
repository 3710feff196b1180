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
	unit := "Milliseconds"
	if b.cpu {
		unit = "Milliseconds of processors / threads"
	}
	return fmt.Sprintf("# How fast queries are\n\nWritten by `make bench-engine` on %s, %s %s, %d cores (%s): %s, in the same run. %s, warm (a query runs for %s before it counts), "+
		"%s of %d runs, %d threads each; a process a query and system. In native storage all threads and one take turns (all, one, one, all), with as many runs each time. Ratio is DreamQL / DuckDB: lower is better. Native is DuckDB's own table and "+
		"DreamQL's segments; Parquet is the same files for both: "+
		"DreamQL's first read decodes them, the next program keeps the columns as its own segments beside, and the warm runs read those; decoded is warm runs that keep nothing and decode "+
		"again, as DuckDB's do. Memory is the most that the process had, the mapped file and the interpreter of the peers included. "+
		"Apart is what as many processes of one thread that run at once, and share nothing, do of what one does alone: the speed-up that the machine gives. "+
		"Busy is the share of the threads' time in which they worked, and work is what they did of what one thread does alone: speed-up = threads · busy / work. "+
		"Plan is the part of DreamQL's time that one thread takes for checking and planning.\n",
		time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), measure.Processor(), strings.Join(b.versions, ", "), unit, warmUp, counts, b.repeat, b.threads)
}

// summaries holds each set to its targets.
func (b *bench) summaries(sums []summary) string {
	var r measure.Report
	r.Header("set", "native, geometric mean", "target", "worst single", "target", "Parquet, geometric mean", "target", "decoded each time", "first read", "memory, worst", "target", "speed-up, median", "target", "apart", "DuckDB's", "without a figure")
	for _, s := range sums {
		if s.native == 0 {
			continue
		}
		native, worst, name, missing := s.means(func(m row) float64 { return ratio(m.ours, m.duckdb) })
		parquet, _, _, _ := s.means(func(m row) float64 { return ratio(m.parquet, m.duckdbParquet) })
		each, _, _, _ := s.means(func(m row) float64 { return ratio(m.decoded, m.duckdbParquet) })
		first, _, _, _ := s.means(func(m row) float64 { return ratio(m.parquet.atFirst(), m.duckdbParquet.atFirst()) })
		_, memory, _, _ := s.means(func(m row) float64 {
			if ratio(m.ours, m.duckdb) == 0 {
				return 0
			}
			return float64(m.ours.bytes) / float64(m.duckdb.bytes)
		})
		r.Line(s.name, times(native), target(s.native), times(worst)+" "+name, target(s.worst), times(parquet), target(s.parquetMean), times(each), times(first), times(memory), target(2), times(s.speedUp(func(m row) float64 { return ratio(m.one, m.ours) })), "≥ 1.8", times(s.speedUp(func(m row) float64 { return m.bound(b.threads) })), times(s.speedUp(func(m row) float64 { return ratio(m.duckdbOne, m.duckdb) })),
			fmt.Sprintf("%d of %d", missing, len(s.rows)))
	}
	return r.String()
}

// speedUp is the median of what one thread takes of what all take.
func (s summary) speedUp(of func(row) float64) float64 {
	var v []float64
	for _, m := range s.rows {
		if r := of(m); r > 0 {
			v = append(v, r)
		}
	}
	if v == nil {
		return 0
	}
	return measure.Median(v)
}

// rates is what a row costs in nanoseconds.
func (b *bench) rates(sums []summary) string {
	for _, s := range sums {
		if s.name != "rates" {
			continue
		}
		var r measure.Report
		r.Header("nanoseconds a row", "target", "DreamQL", "DuckDB", "ClickHouse", "DreamQL, 1 thread")
		ns := func(t timing) string {
			if t.err != nil {
				return "–"
			}
			return measure.Figure(t.ms * 1e6 / rateRows)
		}
		for _, q := range []struct{ name, title, target string }{
			{"rates/filter-project", "filter with projection, streaming", fmt.Sprintf("≤ 2 with %d threads", b.threads)},
			{"rates/grouped-sum", "sum by an int of 100 groups", "≤ 3 with 1 thread"},
		} {
			if m, ok := s.rows[q.name]; ok {
				r.Line(q.title, q.target, ns(m.ours), ns(m.duckdb), ns(m.clickhouse), ns(m.one))
			}
		}
		return r.String()
	}
	return ""
}

// rateRows is how many rows the table of the rates has.
const rateRows = 10_000_000

func target(v float64) string { return fmt.Sprintf("≤ %.1f", v) }
