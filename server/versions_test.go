package server

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
)

type versionView struct {
	Version  int64
	Rows     int64
	Segments int
}

func TestAnUploadMerges(t *testing.T) {
	w := newWorld(t)
	w.upload("stock", "id,place,n\n1,a,1\n2,a,2\n2,b,3\n")
	var d versionView
	h := w.call("POST", "/api/v1/datasets?name=stock&filename=x.csv&mode=merge&key=id,place", []byte("id,place,n\n2,b,30\n3,a,4\n"), 201, &d)
	if d.Version != 2 || d.Rows != 4 || h.Get("ETag") != `"2"` {
		t.Errorf("%+v, ETag %s", d, h.Get("ETag"))
	}
	if got, want := w.saved("stock -> sort { id, place }"), "id,place,n\n1,a,1\n2,a,2\n2,b,30\n3,a,4\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for query, c := range map[string]struct {
		status       int
		body, detail string
	}{
		"mode=merge":           {400, "id,place,n\n1,a,1\n", "the two go together"},
		"mode=append&key=id":   {400, "id,place,n\n1,a,1\n", "the two go together"},
		"mode=merge&key=other": {422, "id,place,n\n1,a,1\n", "no column other"},
		"mode=merge&key=id":    {422, "id,place,n\n7,a,1\n7,b,1\n", "two rows have the key 7"},
	} {
		before := w.segments()
		var p struct{ Detail string }
		w.call("POST", "/api/v1/datasets?name=stock&filename=x.csv&"+query, []byte(c.body), c.status, &p)
		if !strings.Contains(p.Detail, c.detail) {
			t.Errorf("%s: %q does not speak of %q", query, p.Detail, c.detail)
		}
		if after := w.segments(); after != before {
			t.Errorf("%s: %d segments, before %d", query, after, before)
		}
	}
}

func TestAnUploadHoldsToTheVersionThatItWasMadeFor(t *testing.T) {
	w := newWorld(t)
	w.upload("a", "n\n1\n")
	path := "/api/v1/datasets?name=a&filename=x.csv&mode=append"
	w.call("POST", path, []byte("n\n2\n"), 201, nil, `If-Match: "1"`)
	var p struct {
		Current int64 `json:"current_version"`
	}
	before := w.segments()
	w.call("POST", path, []byte("n\n3\n"), 412, &p, `If-Match: "1"`)
	if p.Current != 2 || w.segments() != before {
		t.Errorf("the version is %d, and %d segments were %d", p.Current, w.segments(), before)
	}
	w.call("POST", path, []byte("n\n3\n"), 400, nil, "If-Match: two")
	if tag := w.call("GET", "/api/v1/datasets/a", nil, 200, nil).Get("ETag"); tag != `"2"` {
		t.Errorf("ETag %s", tag)
	}
}

// TestManyAppendsAreCompacted checks that neither rows nor version change, that who has begun to read goes on, and that the next
// version has the next number.
func TestManyAppendsAreCompacted(t *testing.T) {
	w := newWorld(t)
	w.upload("log", "n\n0\n")
	for i := range storage.ManySmall {
		w.call("POST", "/api/v1/datasets?name=log&filename=x.csv&mode=append", fmt.Appendf(nil, "n\n%d\n", i+1), 201, nil)
	}
	before := must(w.api.Datasets.Get(t.Context(), "log"))(t)
	var d versionView
	w.call("POST", "/api/v1/datasets/log/_compact", nil, 200, &d)
	if d.Segments != 1 || d.Version != before.Version || d.Rows != 9 {
		t.Fatalf("%+v, before version %d in %d segments", d, before.Version, len(before.Table.Segments))
	}
	after := must(w.api.Datasets.Get(t.Context(), "log"))(t)
	if after.Table.Version != before.Table.Version || len(after.Table.Segments[0].Columns[0].Histogram)+len(after.Table.Segments[0].Columns[0].Common) == 0 || after.Table.Segments[0].Sums == nil {
		t.Errorf("the table is %+v", after.Table)
	}
	if got, want := w.saved("log -> agg { rows: count(), s: sum(n) }"), "rows,s\n9,36\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for i, g := range before.Table.Segments {
		if _, err := w.blobs.OpenTable(t.Context(), before.Table, i); err != nil {
			t.Errorf("who reads the old segment %s: %v", g.Key, err)
		}
	}
	w.call("POST", "/api/v1/datasets?name=log&filename=x.csv&mode=append", []byte("n\n10\n"), 201, &d, fmt.Sprintf(`If-Match: "%d"`, before.Version))
	if d.Version <= before.Version || d.Segments != 2 || d.Rows != 10 {
		t.Errorf("after the next append: %+v", d)
	}
	w.call("POST", "/api/v1/datasets/none/_compact", nil, 404, nil)
	must(w.db.Exec(t.Context(), `UPDATE dataset_versions SET created_at = created_at - interval '2 days'`))(t)
	must(w.db.Exec(t.Context(), `UPDATE segments SET created_at = created_at - interval '2 days'`))(t)
	must0(t, w.api.Datasets.Clean(t.Context()))
	if n := w.segments(); n != 2 {
		t.Errorf("%d segments two days later, want the 2 that are in use", n)
	}
}

// TestWhatAKilledUploadLeftIsCollected: a process that is killed after its segments and before its version leaves the old version and
// blobs that no row tells of, which go when no import can be at work on them any more.
func TestWhatAKilledUploadLeftIsCollected(t *testing.T) {
	w := newWorld(t)
	w.upload("a", "n\n1\n")
	for _, key := range []string{"segments/lost/000000.arrow", "segments/lost/000001.arrow"} {
		must0(t, w.blobs.Put(t.Context(), key, strings.NewReader("half a segm")))
	}
	old := time.Now().Add(-25 * time.Hour)
	for i, g := range append(must(w.api.Datasets.Get(t.Context(), "a"))(t).Table.Segments, logical.Segment{Key: "segments/lost/000000.arrow"}) {
		must0(t, os.Chtimes(must(w.blobs.Local(t.Context(), g.Key, ""))(t), old, old))
		if i > 1 {
			t.Fatal("one segment is enough")
		}
	}
	must0(t, w.api.Datasets.Clean(t.Context()))
	if left := fmt.Sprint(must(w.blobs.List(t.Context(), "segments/lost"))(t)); left != "[segments/lost/000001.arrow]" {
		t.Errorf("left: %s", left)
	}
	if got := w.saved("a"); got != "n\n1\n" {
		t.Errorf("the dataset is %q", got)
	}
}
