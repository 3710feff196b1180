package corpora_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/exec"
)

// tpchDiffers are the queries whose answers differ on purpose; answers/NAME.dreamql.csv has what is right here.
var tpchDiffers = map[string]string{
	"q17": "the sum of no rows is 0, not absent",
}

// TestTPCH runs the 22 queries of TPC-H over the tables of tpchgen at scale factor 0.01, against the answers that DuckDB publishes.
// Where they show comments and addresses, which the two generators invent differently, the answers are those that DuckDB
// gives over the same tables.
func TestTPCH(t *testing.T) {
	c := open(t, "tpch/*")
	names := translations(t, "tpch")
	if len(names) != 22 {
		t.Fatalf("there are %d of the 22 queries", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			covers(t, "TPC-H, as DuckDB answers")
			node := c.file(t, filepath.Join("tpch", name+".dql"))
			want := answers(t, "tpch/answers/"+name, "dreamql", "tpchgen")
			for _, y := range ways {
				if d := c.run(t, node, y).difference(want); d != "" {
					t.Errorf("%s: %s", y.name, d)
				}
			}
		})
	}
}

// TestTPCHPublished runs them over the tables of DuckDB's own generator, where scripts/tpch-answers has put them.
func TestTPCHPublished(t *testing.T) {
	if _, err := os.Stat("../../.corpora/tpch-duckdb"); err != nil {
		t.Skip("scripts/tpch-answers makes DuckDB's own tables")
	}
	c := open(t, "tpch-duckdb/*.parquet")
	for _, name := range translations(t, "tpch") {
		if d := c.run(t, c.file(t, filepath.Join("tpch", name+".dql")), ways[0]).difference(answers(t, "tpch/answers/"+name, "dreamql")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestTPCHOracle runs them on the oracle, over a few orders with all that belongs to them.
func TestTPCHOracle(t *testing.T) {
	picked := `
picked = orders -> filter o_custkey % 20 == 1 or o_totalprice > 430_000
lines = lineitem -> semi picked, on: l_orderkey == o_orderkey
`
	c := open(t, "tpch/*").small(t, map[string]string{
		"orders":   picked + "picked",
		"lineitem": picked + "lines",
		"customer": picked + "customer -> filter c_custkey % 20 == 0 -> union (customer -> semi(picked, on: c_custkey == o_custkey))",
		"part":     "part",
		"partsupp": picked + "partsupp -> filter ps_partkey % 10 == 3 -> union (partsupp -> semi(lines, on: ps_partkey == l_partkey and ps_suppkey == l_suppkey)) -> distinct",
		"supplier": "supplier",
		"nation":   "nation",
		"region":   "region",
	})
	for _, name := range translations(t, "tpch") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			covers(t, "TPC-H, as the oracle computes")
			c.agrees(t, c.file(t, filepath.Join("tpch", name+".dql")))
		})
	}
}

// TestTPCHEstimates runs them and holds what was expected of each condition and join against the rows that came: the estimates are
// off by no more than a factor of 2 in the median, and of 10 for 95 of 100.
func TestTPCHEstimates(t *testing.T) {
	c := open(t, "tpch/*")
	var all []float64
	for _, name := range translations(t, "tpch") {
		q, err := compile.Plan(c.file(t, filepath.Join("tpch", name+".dql")))
		if err != nil {
			t.Fatal(err)
		}
		stats, err := exec.RunPlan(t.Context(), exec.Env{}, q.Plan, openSegment, func(arrow.RecordBatch) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, exec.QErrors(q.Plan, stats)...)
	}
	slices.Sort(all)
	if median, p95 := exec.Quantile(all, 0.5), exec.Quantile(all, 0.95); len(all) < 80 || median > 2 || p95 > 10 {
		t.Errorf("%d estimates: off by a factor of %.2f in the median, %.2f at p95; want at least 80, 2 and 10", len(all), median, p95)
	}
}
