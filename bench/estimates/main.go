// Command estimates runs programs with explain --analyze and reports by which factor the estimates of their conditions and joins were
// off (the q-error: the larger of estimate / rows and rows / estimate), worst first, with median and p95 over all of them. Unlike
// times, these are the same on every machine.
package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// explained is what is read of the explanation.
type explained struct {
	Plan struct {
		Stages []struct {
			Operators []struct{ Kind, Text string }
		}
	}
	Analyzed struct {
		Operators []operator
		QErrors   []float64 `json:"q_errors"`
	}
}

type operator struct {
	Stage, Index int
	Kind         string
	Estimate     int64
	RowsOut      int64   `json:"rows_out"`
	QError       float64 `json:"q_error"`
	query, text  string
}

func main() {
	binary := flag.String("binary", "bin/dreamql", "the program to ask")
	data := flag.String("data", ".corpora/tpch1", "a folder of tables: files, or folders of files")
	queries := flag.String("queries", "e2e/corpora/tpch/*.dql", "the programs")
	worst := flag.Int("worst", 15, "how many of the worst estimates to show")
	flag.Parse()
	if err := run(*binary, *data, *queries, *worst); err != nil {
		fmt.Fprintln(os.Stderr, "estimates:", err)
		os.Exit(1)
	}
}

func run(binary, data, queries string, worst int) error {
	tables, err := filepath.Glob(filepath.Join(data, "*"))
	if err != nil {
		return err
	}
	var flags []string
	for _, path := range tables {
		if strings.HasPrefix(filepath.Base(path), ".") {
			continue // how the tables came to be
		}
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if stat, err := os.Stat(path); err == nil && stat.IsDir() {
			path = filepath.Join(path, "*")
		}
		flags = append(flags, "--data", name+"="+path)
	}
	programs, err := filepath.Glob(queries)
	if err != nil || len(programs) == 0 || len(flags) == 0 {
		return fmt.Errorf("there are %d programs at %s and %d tables in %s", len(programs), queries, len(flags)/2, data)
	}
	var all []float64
	var operators []operator
	for _, program := range programs {
		cmd := exec.Command(binary, append([]string{"explain", "--analyze", "--format", "json", program}, flags...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
		var e explained
		if err := json.Unmarshal(out, &e); err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
		all = append(all, e.Analyzed.QErrors...)
		name := strings.TrimSuffix(filepath.Base(program), ".dql")
		for _, o := range e.Analyzed.Operators {
			o.query = name
			if ops := e.Plan.Stages[o.Stage].Operators; o.Index < len(ops) {
				o.text = ops[len(ops)-1-o.Index].Text
			}
			if o.QError > 0 && slices.Contains([]string{"scan", "filter", "hash_join"}, o.Kind) {
				operators = append(operators, o)
			}
		}
	}
	slices.SortStableFunc(operators, func(a, b operator) int { return -cmp.Compare(a.QError, b.QError) })
	fmt.Printf("| query | operator | estimate | rows | q-error |\n|---|---|---|---|---|\n")
	for _, o := range operators[:min(worst, len(operators))] {
		fmt.Printf("| %s | %s | %d | %d | %.2f |\n", o.query, strings.ReplaceAll(cut(o.text), "|", "\\|"), o.Estimate, o.RowsOut, o.QError)
	}
	slices.Sort(all)
	fmt.Printf("\n%d conditions and joins of %d programs: q-error median %.2f, p95 %.2f, worst %.2f\n",
		len(all), len(programs), quantile(all, 0.5), quantile(all, 0.95), quantile(all, 1))
	return nil
}

func cut(s string) string {
	if len(s) > 90 {
		return strings.ToValidUTF8(s[:90], "") + "…"
	}
	return s
}

// quantile is the value that so large a share of them does not exceed.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := int(q*float64(len(sorted))+0.999999) - 1
	return sorted[max(0, min(at, len(sorted)-1))]
}
