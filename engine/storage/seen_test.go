package storage

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
)

// TestStatistics imports columns of known make and holds what the segment says against it.
func TestStatistics(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("id,skewed,word,price,gaps\n")
	const rows = 100_000
	for i := range rows {
		skewed := 7
		if i%2 == 0 {
			skewed = 1000 + i*7919%50_000
		}
		gap := fmt.Sprint(i % 10)
		if i%4 == 0 {
			gap = ""
		}
		fmt.Fprintf(&b, "%d,%d,%s,%d.25,%s\n", i, skewed, []string{"red", "green", "green", "blue"}[i*31%4], i*37%1000, gap)
	}
	blobs := newBlobs(t)
	table, err := Import(t.Context(), Input{Name: "x.csv", Reader: strings.NewReader(b.String())}, blobs, "p", nil)
	if err != nil {
		t.Fatal(err)
	}
	c := table.Segments[0].Columns
	id, skewed, word, price, gaps := c[0], c[1], c[2], c[3], c[4]
	if !id.Rising || !id.Strict || len(id.Common) > 0 || len(id.Histogram) != numberBounds || id.Sketch == nil {
		t.Errorf("id: rising %v, strict %v, %d common, %d bounds", id.Rising, id.Strict, len(id.Common), len(id.Histogram))
	}
	for k, v := range id.Histogram {
		if want := float64(k) * rows / (numberBounds - 1); math.Abs(float64(*v.Int)-want) > rows/100 {
			t.Errorf("bound %d of id is %d, want about %g", k, *v.Int, want)
		}
	}
	if skewed.Rising || len(skewed.Common) == 0 || *skewed.Common[0].Value.Int != 7 || math.Abs(skewed.Common[0].Share-0.5) > 0.05 {
		t.Errorf("skewed: %+v", skewed.Common)
	}
	if len(word.Common) != 3 || *word.Common[0].Value.Text != "green" || math.Abs(word.Common[0].Share-0.5) > 0.05 || word.Histogram != nil || word.Width < 4 || word.Width > 5 {
		t.Errorf("word: %+v of width %g", word.Common, word.Width)
	}
	if price.Min == nil || len(price.Histogram) == 0 {
		t.Errorf("price has no bounds")
	}
	share := 0.0
	for _, x := range gaps.Common {
		share += x.Share
	}
	if gaps.Rising || math.Abs(share-0.75) > 0.02 {
		t.Errorf("gaps: a share of %g is present, want 0.75", share)
	}
	if got := table.Segments[0].Columns[0]; len(got.Histogram) > logical.MaxBounds {
		t.Errorf("%d bounds", len(got.Histogram))
	}
}

// TestClipped keeps characters whole.
func TestClipped(t *testing.T) {
	t.Parallel()
	if got := clipped(strings.Repeat("ä", 50)); got != strings.Repeat("ä", 32) {
		t.Errorf("%q", got)
	}
	if got := clipped(strings.Repeat("ä", 20) + "x" + strings.Repeat("ä", 40)); got != strings.Repeat("ä", 20)+"x"+strings.Repeat("ä", 11) {
		t.Errorf("%q", got)
	}
}
