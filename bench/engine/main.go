// Command engine measures queries in milliseconds beside DuckDB and ClickHouse, in one run: the same data, the same threads, warm,
// medians; in native storage and in the same Parquet files. Results of ours and of DuckDB are compared, and a difference fails the row.
//
// Data are made once, into a folder. A set of queries is an entry in sets.go and a folder in queries: NAME.dql beside NAME.sql, and
// NAME.clickhouse.sql where ClickHouse says it otherwise. Figures are written to RESULTS.md only with -write.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/dreamql/dreamql/bench/measure"
)

func main() {
	var b bench
	flag.StringVar(&b.binary, "binary", "bin/dreamql", "the program to measure")
	flag.StringVar(&b.python, "python", "", "a Python that has the peers")
	flag.StringVar(&b.dir, "dir", ".bench", "where the data are kept between runs")
	flag.IntVar(&b.repeat, "repeat", 7, "runs of each measurement after the first; the median counts")
	flag.IntVar(&b.threads, "threads", 2, "threads of everyone")
	flag.StringVar(&b.only, "only", "", "measure only the queries whose name contains this")
	flag.StringVar(&b.set, "set", "", "measure only this set")
	flag.BoolVar(&b.quick, "quick", false, "measure only DreamQL and DuckDB in native storage")
	flag.BoolVar(&b.best, "best", false, "the fastest run counts instead of the median, for a machine that does other things too")
	flag.BoolVar(&b.cpu, "cpu", false, "processor time / threads instead of time, for a machine that others keep busy")
	write := flag.String("write", "", "also write the report to this file")
	flag.Parse()
	if err := b.run(*write); err != nil {
		fmt.Fprintln(os.Stderr, "bench-engine:", err)
		os.Exit(1)
	}
}

// bench is one run of the program.
type bench struct {
	binary, python, dir, only, set string
	repeat, threads                int
	quick, best, cpu               bool
	versions                       []string       // of the peers
	done                           map[string]row // what has been measured, by the name of the query
}

func (b *bench) run(write string) error {
	if err := b.prepare(); err != nil {
		return err
	}
	b.done = map[string]row{}
	var r measure.Report
	var sums []summary
	for _, s := range sets {
		if b.set != "" && s.name != b.set || len(b.wanted(s)) == 0 {
			continue
		}
		sum, err := b.measureSet(&r, s)
		if err != nil {
			return err
		}
		sums = append(sums, sum)
	}
	text := b.introduction() + b.summaries(sums) + b.bound() + b.rates(sums) + r.String()
	fmt.Print(text)
	if write == "" {
		return nil
	}
	return os.WriteFile(write, []byte(text), 0o644)
}
