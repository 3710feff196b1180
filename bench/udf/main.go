// Command udf measures what functions cost, in nanoseconds a row over 3 million rows, beside the same work as a loop in Go, in
// DuckDB and in ClickHouse, in one run on one thread. What reading the rows costs is measured too, and taken off.
//
// A row of the table is an entry in rows.go. Figures are medians; they are written to UDF.md only with -write.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dreamql/dreamql/bench/measure"
)

func main() {
	var b bench
	flag.StringVar(&b.binary, "binary", "bin/dreamql", "the program to measure")
	flag.StringVar(&b.python, "python", "", "a Python that has the peers; none measures without them")
	flag.StringVar(&b.dir, "dir", filepath.Join(os.TempDir(), "dreamql-bench-udf"), "where the rows and compiled code are kept between runs")
	flag.IntVar(&b.repeat, "repeat", 9, "runs of each measurement; the median counts")
	flag.StringVar(&b.only, "only", "", "measure only the rows whose name contains this")
	write := flag.String("write", "", "also write the table to this file")
	flag.Parse()
	if err := b.run(*write); err != nil {
		fmt.Fprintln(os.Stderr, "bench-udf:", err)
		os.Exit(1)
	}
}

// bench is one run of the program.
type bench struct {
	binary, python, dir, only string
	repeat                    int
	data                      *dataset
	peers                     map[string]float64 // ns a row, by "peer/row"
	versions                  []string           // of the peers
}

func (b *bench) run(write string) error {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	var err error
	if b.data, err = makeDataset(b.dir); err != nil {
		return err
	}
	if b.peers, err = b.measurePeers(); err != nil {
		return err
	}
	var r measure.Report
	b.introduce(&r)
	if err := b.perRow(&r); err != nil {
		return err
	}
	if err := b.wholeQueries(&r); err != nil {
		return err
	}
	if err := b.readiness(&r); err != nil {
		return err
	}
	fmt.Print(r.String())
	if write == "" {
		return nil
	}
	return os.WriteFile(write, []byte(r.String()), 0o644)
}
