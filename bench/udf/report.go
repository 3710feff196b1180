package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// report is Markdown that reads well as it is.
type report struct{ strings.Builder }

func (r *report) introduce(b *bench) {
	fmt.Fprintf(r, "# What functions cost\n\nWritten by `make bench-udf` on %s, %s %s, %d cores (%s). One thread; medians of %d runs.\n"+
		"“Inside” is what the engine itself reports for the calls alone (`--stats`).\n",
		time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), b.repeat)
	if b.versions != nil {
		fmt.Fprintf(r, "Peers in the same run: %s; × is how many times as long as DreamQL they take.\n", strings.Join(b.versions, "; "))
	}
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // elsewhere there is none, and the line stays short
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func (r *report) header(cells ...string) {
	r.WriteString("\n")
	r.line(cells...)
	r.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

func (r *report) line(cells ...string) {
	line := "| " + strings.Join(cells, " | ") + " |\n"
	r.WriteString(line)
	fmt.Fprint(os.Stderr, line)
}

// figure shows a time with as many digits as it deserves.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
