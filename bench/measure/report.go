package measure

import (
	"fmt"
	"os"
	"strings"
)

// Report is Markdown that reads well as it is. Lines of tables are shown on standard error while it grows.
type Report struct{ strings.Builder }

// Processor is the name of this machine's, where it tells.
func Processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // elsewhere there is none, and the line stays short
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// Header begins a table.
func (r *Report) Header(cells ...string) {
	r.WriteString("\n")
	r.Line(cells...)
	r.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

// Line is a line of a table.
func (r *Report) Line(cells ...string) {
	line := "| " + strings.Join(cells, " | ") + " |\n"
	r.WriteString(line)
	fmt.Fprint(os.Stderr, line)
}

// Figure shows a time with as many digits as it deserves.
func Figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
