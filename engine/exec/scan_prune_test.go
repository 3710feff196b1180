package exec

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
)

// TestScanIsPrunedByJoins reads only the batches whose zone maps may have a key of the build side, and gives the later of two joins'
// keys to the scan, but leaves out nothing that a guard has to see.
func TestScanIsPrunedByJoins(t *testing.T) {
	t.Parallel()
	w := numbers(t, 10_000)
	y := way{rules: true, batch: 1000}
	w.prepare(y)
	segment := &w.tables["t"].Segments[0]
	for i := range segment.Batches {
		low, high := int64(i)*1000, int64(i)*1000+999
		segment.Batches[i].Ranges = []logical.Range{{Min: &logical.Literal{Int: &low}, Max: &logical.Literal{Int: &high}}}
	}
	for _, c := range []struct {
		text, want string
		read       int64
	}{
		{"t -> semi([{k: 4200}, {k: 4300}], on: a == k) -> agg { n: count(), s: sum(a) }", "[2] [8500]", 1000},
		{"t -> join_many([{k: 1200}, {k: 3300}], on: a == k) -> agg { n: count(), s: sum(a) }", "[2] [4500]", 3000},
		{"t -> join_many([{k: 12000}], on: a == k) -> agg { n: count(), s: sum(a) }", "[0] [0]", 0},
		{"t -> join_left([{k: 1}], on: a == k) -> semi([{z: 2500}], on: a == z) -> agg { n: count(), s: sum(a) }", "[1] [2500]", 1000},
		{"t -> anti([{k: 4200}], on: a == k) -> agg { n: count(), s: sum(a) }", "[9999] [49990800]", 10_000},
		{"t -> join_left([{k: 4200}], on: a == k) -> agg { n: count(), s: sum(a) }", "[10000] [49995000]", 10_000},
		{"t -> join_maybe([{k: 1}], on: a == k) -> semi([{z: 2500}], on: a == z) -> agg { n: count(), s: sum(a) }", "[1] [2500]", 0},
	} {
		plan, err := w.plan(t.Context(), c.text, y)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		stats, err := RunPlan(t.Context(), Env{Threads: 2}, plan, w.opener(y), func(r arrow.RecordBatch) error {
			for _, column := range r.Columns() {
				got = append(got, column.String())
			}
			return nil
		})
		if err != nil {
			t.Fatal(c.text, err)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.text, got, c.want)
		}
		if c.read > 0 && stats.RowsRead != c.read {
			t.Errorf("%s: %d rows were read, want %d", c.text, stats.RowsRead, c.read)
		}
	}
}
