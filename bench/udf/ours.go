package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dreamql/dreamql/bench/measure"
)

// imports names the functions that are measured.
const imports = "import bench/udf (score, score_columns, size, same, score_python, score_interpreted)\nimport std/geo (haversine)\n"

const nativeImports = "import bench/native (score_numpy)\n"

// withEnvironments is this process's environment, with the folder of Python environments that is the benchmark's own.
func (b *bench) withEnvironments() []string {
	return append(os.Environ(), "DREAMQL_ENVIRONMENTS="+filepath.Join(b.dir, "environments"))
}

// createEnvironment makes the environment of package bench/udf/native, which downloads NumPy once.
func (b *bench) createEnvironment() error {
	cmd := exec.Command(b.binary, "environment", "create", "bench/udf/native/requirements.lock")
	cmd.Env = b.withEnvironments()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// query runs a program over and over in one process on one thread, and returns each run but the first two, which load the
// rows and compile.
func (b *bench) query(program string, repeat int) ([]measure.Stats, error) {
	cmd := exec.Command(b.binary, "query", "-e", imports+nativeImports+program, "--data", "many="+b.data.many, "--data", "some="+b.data.some, "--data", "few="+b.data.few, "--package", "bench/udf/package",
		"--package", "bench/udf/native", "--package", "registry/std/geo", "--threads", "1", "--format", "json", "--stats", "--repeat", fmt.Sprint(repeat+2))
	cmd.Env = b.withEnvironments()
	all, err := measure.Runs(cmd)
	if err != nil {
		return nil, fmt.Errorf("%s\n%w", program, err)
	}
	if len(all) != repeat+2 {
		return nil, fmt.Errorf("%s\nreported %d runs of %d", program, len(all), repeat+2)
	}
	return all[2:], nil
}

// nsPerRow is the median time of f over the rows, per row.
func nsPerRow(repeat int, f func()) float64 {
	var v []float64
	for range repeat {
		began := time.Now()
		f()
		v = append(v, float64(time.Since(began).Nanoseconds())/rowCount)
	}
	return measure.Median(v)
}

// programs returns a query that computes the row's expression, and one that only reads what it reads:
//
//	max(f(x, y)), max(x)    less    max(x), max(y)
//
// Both read the same columns and take as many maxima, so that the difference is the function.
func (r row) programs() (with, without string) {
	if r.filter {
		return "many -> filter " + r.expression + " -> agg { n: count() }", "many -> agg { n: count() }"
	}
	table := "many"
	if r.slow {
		table = "some"
	}
	last := len(r.scan) - 1
	if r.beside {
		last++
	}
	return maxima(table, append([]string{r.expression}, r.scan[:last]...)), maxima(table, r.scan)
}

func maxima(table string, of []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s -> agg { ", table)
	for i, e := range of {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "m%d: max(%s)", i, e)
	}
	return b.String() + " }"
}

// perRow measures each row of the table.
func (b *bench) perRow(r *measure.Report) error {
	r.Header("ns a row over 3,000,000 rows, reading taken off", "target", "DreamQL", "inside", "tier", "Go loop", "× Go", "peers", "design's promise")
	if err := b.inCache(r); err != nil {
		return err
	}
	for _, row := range rows {
		if !strings.Contains(row.name, b.only) {
			continue
		}
		if row.native {
			if err := b.createEnvironment(); err != nil {
				r.Line(row.name, row.target, "–", "–", "no environment: "+err.Error(), "–", "–", "–", row.promise)
				continue
			}
		}
		with, without := row.programs()
		repeat, count := b.repeat, rowCount
		if row.slow {
			count = someCount
		}
		// Turn and turn about, so that both meet the machine in the same mood.
		base, err := b.query(without, repeat)
		if err != nil {
			return err
		}
		runs, err := b.query(with, repeat)
		if err != nil {
			return err
		}
		again, err := b.query(without, repeat)
		if err != nil {
			return err
		}
		exec := func(s measure.Stats) float64 { return s.Exec }
		ns := (measure.MedianOf(runs, exec) - measure.MedianOf(append(base, again...), exec)) * 1e6 / float64(count)
		inside, tier := "–", "expression"
		if len(runs[0].Functions) > 0 {
			inside = measure.Figure(measure.MedianOf(runs, func(s measure.Stats) float64 { return s.Functions[len(s.Functions)-1].NsPerRow }))
			tier = runs[0].Functions[len(runs[0].Functions)-1].Tier
		}
		native := nsPerRow(b.repeat, row.inGo(b.data))
		r.Line(row.name, row.target, measure.Figure(ns), inside, tier, measure.Figure(native), fmt.Sprintf("%.1f", ns/native), b.peerFigures(row, ns), row.promise)
	}
	return nil
}
