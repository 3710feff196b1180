// Package measure is what the benchmarks share: running the program over and over, medians, and tables that read well as they are.
package measure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// Stats is a line of dreamql query --stats.
type Stats struct {
	Plan      float64 `json:"plan_ms"`
	Exec      float64 `json:"exec_ms"`
	CPU       float64 `json:"cpu_ms"` // of all threads
	Functions []struct {
		Tier     string  `json:"tier"`
		NsPerRow float64 `json:"ns_per_row"`
	} `json:"functions"`
}

// Whole is the time from the program's text to its last row, in milliseconds.
func (s Stats) Whole() float64 { return s.Plan + s.Exec }

// Runs runs a command with --stats, and returns each of its runs, also where the command failed later. The error has what else it wrote.
func Runs(cmd *exec.Cmd) ([]Stats, error) {
	var lines bytes.Buffer
	cmd.Stderr = &lines
	err := cmd.Run()
	var runs []Stats
	var rest strings.Builder
	for line := range strings.Lines(lines.String()) {
		var s Stats
		if json.Unmarshal([]byte(line), &s) == nil && s.Exec > 0 {
			runs = append(runs, s)
		} else {
			rest.WriteString(line)
		}
	}
	if err != nil {
		return runs, fmt.Errorf("%w\n%s", err, rest.String())
	}
	return runs, nil
}

// MedianOf is the median of f over the runs.
func MedianOf(runs []Stats, f func(Stats) float64) float64 {
	var v []float64
	for _, r := range runs {
		v = append(v, f(r))
	}
	return Median(v)
}

// Median is the middle of some values, the upper one of two.
func Median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
