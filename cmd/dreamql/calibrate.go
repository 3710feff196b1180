package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
)

// costsVariable names the file of the costs that calibrate has measured, where it is not in the user's own folder.
const costsVariable = "DREAMQL_COSTS"

func newCalibrateCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Measure what operators cost on this machine",
		Long: `Runs small queries over rows that it makes up, takes some ten seconds, and writes what scans, conditions, joins, groups and sorts cost a row
to costs.json in the user's configuration folder, or to the file that DREAMQL_COSTS names. From then on joins are ordered by these costs;
without them by those of an ordinary server. Rows are the same with any.`,
		Example: `  dreamql calibrate
  dreamql calibrate --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			measured, err := calibrate(cmd.Context(), calibrationRows)
			if err != nil {
				return err
			}
			out, err := json.MarshalIndent(measured, "", "  ")
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\n", out)
			if dry {
				return nil
			}
			path, err := costsFile()
			if err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, append(out, '\n'), 0o644); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "Written to %s.\n", path)
			return nil
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print the costs and write nothing")
	return cmd
}

func costsFile() (string, error) {
	if path := os.Getenv(costsVariable); path != "" {
		return path, nil
	}
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "dreamql", "costs.json"), err
}

// loadCosts takes the costs of this machine into use, if they have been measured.
func loadCosts() error {
	path, err := costsFile()
	if err != nil {
		return nil // without a home there is nothing to load
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && os.Getenv(costsVariable) == "" {
		return nil // a home that is not this user's, as under sudo, holds no costs of theirs
	}
	if err != nil {
		return err
	}
	c := cost.Defaults
	if err := json.Unmarshal(b, &c); err != nil {
		return fmt.Errorf("%s holds no costs: %w; delete it, or run dreamql calibrate", path, err)
	}
	if err := c.Check(); err != nil {
		return fmt.Errorf("%s: %w; delete it, or run dreamql calibrate", path, err)
	}
	cost.Use(&c)
	return nil
}

const calibrationRows = 1 << 20

// calibration is a table to measure over: k is each number once, in no order; g one of 100; v and w numbers.
type calibration struct {
	catalog *storage.LocalCatalog
	rows    float64
}

func calibrate(ctx context.Context, rows int) (*cost.Constants, error) {
	dir, err := os.MkdirTemp("", "dreamql-calibrate-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := writeCalibration(filepath.Join(dir, "c.csv"), rows); err != nil {
		return nil, err
	}
	catalog, err := storage.NewLocalCatalog(map[string]string{"c": filepath.Join(dir, "c.csv")}, filepath.Join(dir, "cache"))
	if err != nil {
		return nil, err
	}
	m := &calibration{catalog: catalog, rows: float64(rows)}
	var failed error
	row := func(program string) float64 { // ns a row of c
		d, err := m.time(ctx, program)
		failed = errors.Join(failed, err)
		return float64(d) / m.rows
	}
	small := fmt.Sprintf("c -> filter k < %d", rows>>10)
	sum := row("c -> agg { s: sum(v) }")
	two := row("c -> agg { s: sum(v), t: sum(w) }")
	filter := row("c -> filter v < 500_000 and w < 500_000 -> agg { n: count() }")
	groups := row("c -> { @g, s: sum(v) } -> agg { n: count() }")
	many := row("c -> { @k, s: sum(v) } -> agg { n: count() }")
	build := row(small + " -> semi c, as: o, on: k == o.k -> agg { n: count() }")
	probe := row("few = " + small + "\nc -> semi few, as: o, on: k == o.k -> agg { n: count() }")
	both := row("c -> semi c, as: o, on: k == o.k -> agg { n: count() }")
	carried := row("c -> join_many c, as: o, on: k == o.k -> agg { n: count(), s: sum(o.v), t: sum(o.w), u: sum(o.g) }")
	sorted := row("c -> sort v -> agg { s: first(v) }")
	if failed != nil {
		return nil, failed
	}
	d := cost.Defaults
	misses := math.Max(0.1, cost.Outside(m.rows))
	at := func(measured, usual float64) float64 { // within a factor of ten of what is usual: more is a disturbed measurement
		return math.Round(100*math.Min(10*usual, math.Max(usual/10, measured))) / 100
	}
	c := &cost.Constants{}
	c.ScanByte = at((two-sum)/8, d.ScanByte)
	c.Filter = at(filter, d.Filter)
	c.Aggregate = at(groups-sum, d.Aggregate)
	c.GroupMiss = at((many-groups)/misses, d.GroupMiss)
	c.Build = at(build-sum, d.Build)
	c.Probe = at(probe-sum, d.Probe)
	c.ProbeMiss = at((both-build-probe)/misses, d.ProbeMiss)
	c.Column = at((carried-both)/6, d.Column)
	c.SortValue = at((sorted-sum)/math.Log2(m.rows), d.SortValue)
	return c, nil
}

// time is how long a program takes on one thread: the least of five runs.
func (m *calibration) time(ctx context.Context, program string) (time.Duration, error) {
	set := source.Set{}
	set.Add("calibrate", program)
	result, diags := compile.Check(ctx, m.catalog, &set, nil)
	if diags.HasErrors() {
		return 0, fmt.Errorf("%s: %v", program, diags)
	}
	q, err := compile.Plan(result.Plan)
	if err != nil {
		return 0, err
	}
	least := time.Duration(math.MaxInt64)
	for range 5 {
		began := time.Now()
		if _, err := exec.RunPlan(ctx, exec.Env{Threads: 1}, q.Plan, openLocal, func(arrow.RecordBatch) error { return nil }); err != nil {
			return 0, err
		}
		least = min(least, time.Since(began))
	}
	return least, nil
}

func writeCalibration(path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "k,g,v,w")
	for i := range rows {
		k := i * 747_796_405 & (rows - 1) // each number once, rows being a power of two
		fmt.Fprintf(w, "%d,%d,%d,%d\n", k, k%100, k*31%1_000_003, k*17%999_983)
	}
	return errors.Join(w.Flush(), f.Close())
}
