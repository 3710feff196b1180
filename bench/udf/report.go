package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/dreamql/dreamql/bench/measure"
)

func (b *bench) introduce(r *measure.Report) {
	fmt.Fprintf(r, "# What functions cost\n\nWritten by `make bench-udf` on %s, %s %s, %d cores (%s). One thread; medians of %d runs.\n"+
		"“Inside” is what the engine itself reports for the calls alone (`--stats`).\n"+
		"Reading taken off: the time of `max(f(x, y)), max(x)` less that of `max(x), max(y)`, which reads the same columns and takes as many\n"+
		"maxima; for the peers too. Of a filter it is the time of counting all rows. Of text it is the time of `max(len(name))`,\n"+
		"which the query of “string → int” takes beside its own maximum: that is charged to the function.\n",
		time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), measure.Processor(), b.repeat)
	if b.versions != nil {
		fmt.Fprintf(r, "Peers in the same run: %s; × is how many times as long as DreamQL they take.\n", strings.Join(b.versions, "; "))
	}
}
