package storage

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
)

// appended imports each text as a CSV file of its own, one after the other.
func appended(t *testing.T, blobs *Blobs, texts ...string) *logical.Table {
	t.Helper()
	var all *logical.Table
	for i, text := range texts {
		one, err := Import(t.Context(), Input{Name: "a.csv", Table: "t", Reader: strings.NewReader(text)}, blobs, fmt.Sprintf("t/%s-%d", strings.ReplaceAll(t.Name(), "/", "-"), i), nil)
		if err != nil {
			t.Fatal(err)
		}
		var ok bool
		if all, ok = concat(all, one); !ok {
			t.Fatalf("file %d has other columns", i)
		}
	}
	return all
}

func TestMerge(t *testing.T) {
	t.Parallel()
	blobs := newBlobs(t)
	old := appended(t, blobs, "id,word,x\n1,a,1\n2,b,2\n", "id,word,x\n3,a,\n4,b,4\n", "id,word,x\n10,a,10\n")
	added, err := Import(t.Context(), Input{Name: "b.csv", Table: "b", Reader: strings.NewReader("id,word,x\n4,new,40\n3,x,30\n5,a,50\n")}, blobs, "added", nil)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := Merge(t.Context(), old, added, old.Columns, []string{"id"}, blobs, "merged")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rows(t, blobs, merged), "1|a|1\n2|b|2\n10|a|10\n4|new|40\n3|x|30\n5|a|50\n"; got != want {
		t.Errorf("by id\n got %q\nwant %q", got, want)
	}
	if merged.Rows != 6 || merged.Segments[0].Key != old.Segments[0].Key {
		t.Errorf("%d rows; segments without a new key must stay: %v", merged.Rows, merged.Segments[0].Key)
	}
	if got := rows(t, blobs, old); strings.Count(got, "\n") != 5 {
		t.Errorf("who reads the old version sees %q", got)
	}
	two, err := Merge(t.Context(), old, added, old.Columns, []string{"word", "id"}, blobs, "two")
	if err != nil || two.Rows != 8 {
		t.Errorf("by two columns, no row of which is there: %v %v", two, err)
	}
	for text, want := range map[string]string{
		"id,word,x\n7,a,1\n7,b,2\n": "two rows have the key 7; the second is row 2",
		"id,word,x\n7,a,1\n,b,2\n":  "row 2 has no id, which is a key",
	} {
		wrong, err := Import(t.Context(), Input{Name: "b.csv", Table: "b", Reader: strings.NewReader(text)}, blobs, "wrong", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Merge(t.Context(), old, wrong, old.Columns, []string{"id"}, blobs, "no"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := Merge(t.Context(), old, added, old.Columns, []string{"other"}, blobs, "no"); err == nil || !strings.Contains(err.Error(), "no column other") {
		t.Errorf("got %v", err)
	}
	if keys, err := blobs.List(t.Context(), "no/"); err != nil || len(keys) > 0 {
		t.Errorf("left behind: %v %v", keys, err)
	}
}

func TestCompact(t *testing.T) {
	t.Parallel()
	blobs := newBlobs(t)
	var texts []string
	for i := range 9 {
		texts = append(texts, fmt.Sprintf("id,word,x\n%d,w%d,\n%d,w,1.5\n", i, i, 100+i))
	}
	scattered := appended(t, blobs, texts...)
	dense, err := Compact(t.Context(), scattered, 0, blobs, "dense")
	if err != nil {
		t.Fatal(err)
	}
	if len(dense.Segments) != 1 || dense.Rows != 18 {
		t.Errorf("%d segments of %d rows", len(dense.Segments), dense.Rows)
	}
	if got, want := rows(t, blobs, dense), rows(t, blobs, scattered); got != want {
		t.Errorf("rows\n got %q\nwant %q", got, want)
	}
	if s := dense.Segments[0].Columns[0]; *s.Min.Int != 0 || *s.Max.Int != 108 || s.Distinct != 18 {
		t.Errorf("statistics of id: %+v", s)
	}
	few := appended(t, blobs, texts[:3]...)
	if none, err := Compact(t.Context(), few, 0, blobs, "none"); none != nil || err != nil {
		t.Errorf("three segments: %v %v", none, err)
	}
	if all, err := Compact(t.Context(), few, 2, blobs, "all"); err != nil || len(all.Segments) != 1 {
		t.Errorf("three segments, when asked for: %v %v", all, err)
	}
	// A full segment between small ones stays where it is.
	big := few.Segments[1]
	big.Rows = SegmentRows
	between := *few
	between.Segments = slices.Concat(few.Segments[:1], []logical.Segment{big}, few.Segments[2:])
	if none, err := Compact(t.Context(), &between, 2, blobs, "between"); none != nil || err != nil {
		t.Errorf("small ones that are apart: %v %v", none, err)
	}
}
