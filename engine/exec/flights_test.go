package exec

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
)

// flights imports the three million flights of npm vega-datasets; it skips where they are not installed.
func flights(t testing.TB) *world {
	path := filepath.Join("..", "..", "node_modules", "vega-datasets", "data", "flights-3m.parquet")
	if _, err := os.Stat(path); err != nil {
		t.Skip("npm ci brings the flights: ", err)
	}
	blobs, err := storage.Open(context.Background(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	table, err := storage.Import(context.Background(), storage.Input{Path: path, Table: "flights"}, blobs, "flights/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	w.tables["flights"] = table
	w.blobs = blobs
	return w
}

func (w *world) openStored(ctx context.Context, t *logical.Table, segment int) (SegmentReader, error) {
	return w.blobs.OpenTable(ctx, t, segment)
}

func BenchmarkFlights(b *testing.B) {
	w := flights(b)
	for _, c := range []struct{ name, text string }{
		{"filter_count", "flights -> filter delay > 60 and distance < 500 -> agg { n: count() }"},
		{"group_origin", "flights -> { @origin, n: count(), d: mean(delay) }"},
		{"group_pair", "flights -> { @origin, @destination, n: count() }"},
		{"top", "flights -> sort -delay -> take 10"},
		{"sort", "flights -> sort delay"},
	} {
		b.Run(c.name, func(b *testing.B) {
			plan, err := w.plan(b.Context(), c.text, way{rules: true})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				rows := int64(0)
				_, err := RunPlan(b.Context(), Env{Threads: 2}, plan, w.openStored, func(r arrow.RecordBatch) error {
					rows += r.NumRows()
					return nil
				})
				if err != nil || rows == 0 {
					b.Fatal(rows, err)
				}
			}
		})
	}
}
