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
		"“Inside” is what the engine itself reports for the calls alone (`--stats`).\n",
		time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), measure.Processor(), b.repeat)
	if b.versions != nil {
		fmt.Fprintf(r, "Peers in the same run: %s; × is how many times as long as DreamQL they take.\n", strings.Join(b.versions, "; "))
	}
}
