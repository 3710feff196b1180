package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/server/run"
)

// saved runs a program and returns its rows as CSV.
func (w *world) saved(source string) string {
	w.t.Helper()
	var text string
	w.call("POST", "/api/v1/query", map[string]any{"source": source, "format": "csv"}, 200, &text)
	return text
}

// segments are the blobs of datasets, committed or not.
func (w *world) segments() int {
	w.t.Helper()
	return len(must(w.blobs.List(w.t.Context(), "segments/"))(w.t))
}

func TestAQuerySavesDatasets(t *testing.T) {
	w := newWorld(t)
	w.upload("cities", cities)
	for _, step := range []struct{ source, want string }{
		{"cities -> filter people > 500000 -> { name, people, seen: if people > 1 { none } else { 1 } } -> save big", "dataset,rows,version\nbig,3,1\n"},
		{"big -> sort name", "name,people,seen\nMilan,1400000,\nOslo,700000,\nRome,2800000,\n"},
		{"[{ people: 1, name: 'Bern', seen: 2 }] -> save big, mode: 'append'", "dataset,rows,version\nbig,4,2\n"},
		{"[{ name: 'Bern', people: 5, seen: 3 }, { name: 'Paris', people: 6, seen: 4 }] -> save big, mode: 'merge', key: name", "dataset,rows,version\nbig,5,3\n"},
		{"big -> filter people < 10 -> sort name", "name,people,seen\nBern,5,3\nParis,6,4\n"},
		// The rows of a program are those from before it ran; all of its saves come together.
		{"big -> save copy\nbig -> filter people > 10 -> save big, mode: 'replace'\nbig -> agg { n: count() }", "n\n5\n"},
		{"copy -> agg { n: count() }", "n\n5\n"},
		{"big -> agg { n: count() }", "n\n3\n"},
		{"big -> { name } -> save a\nbig -> filter people < 0 -> save b", "dataset,rows,version\na,3,1\nb,0,1\n"},
		{"b", "name,people,seen\n"},
	} {
		if got := w.saved(step.source); got != step.want {
			t.Errorf("%s\ngot %q, want %q", step.source, got, step.want)
		}
	}
	var origin string
	must0(t, w.db.QueryRow(t.Context(), `SELECT v.origin->>'cell' FROM dataset_versions v JOIN datasets d ON d.id = v.dataset_id WHERE d.name = 'copy'`).Scan(&origin))
	if origin != "query" {
		t.Errorf("the origin is %s", origin)
	}
	if left := must(w.blobs.List(t.Context(), "results/"))(t); len(left) > 0 {
		t.Errorf("results that nobody needs: %v", left)
	}
}

func TestASaveThatFailsLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.upload("cities", cities)
	before := w.segments()
	for source, want := range map[string]string{
		"cities -> save cities": "There is a dataset",
		"cities -> save out\ncities -> { q: 1 % (people - people) }":                            "division by zero",
		"cities -> save out\ncities -> { q: 1 % (people - people) } -> save other":              "division by zero",
		"cities -> save out\n(cities -> union cities) -> save cities, mode: 'merge', key: name": "have the key name",
	} {
		var text string
		w.call("POST", "/api/v1/query", map[string]any{"source": source}, 422, &text)
		if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
			t.Errorf("%s: %s", source, text)
		}
	}
	// Cancelled after its rows were computed, before the last of its plans ran.
	id := w.notebook(cell("a", "query", "cities -> save out\ncities"))
	release := w.engine.holdJobs()
	var made run.Run
	w.call("POST", "/api/v1/notebooks/"+id+"/runs", map[string]any{}, 202, &made)
	w.eventually("a job", func() bool { return w.engine.submitted() > 0 })
	w.call("POST", "/api/v1/runs/"+made.ID.String()+"/cancel", nil, 202, nil)
	w.finished(made.ID.String())
	release()
	w.call("GET", "/api/v1/datasets/out", nil, 404, nil)
	w.eventually("nothing to be left", func() bool { return w.segments() == before })
}

func TestSavesNeedTheScopeToWrite(t *testing.T) {
	w := newWorld(t)
	w.upload("cities", cities)
	var made struct{ Secret string }
	w.call("POST", "/api/v1/tokens", map[string]any{"name": "runner", "scopes": []string{"read", "run"}}, 201, &made)
	var text string
	w.call("POST", "/api/v1/query", map[string]any{"source": "cities -> save out"}, 422, &text, "Authorization: Bearer "+made.Secret)
	if !strings.Contains(text, "DQL4221") {
		t.Error(text)
	}
	w.call("POST", "/api/v1/query", map[string]any{"source": "cities -> take 1"}, 200, nil, "Authorization: Bearer "+made.Secret)
	w.call("GET", "/api/v1/datasets/out", nil, 404, nil)
}

// TestASaveHappensOnce: a node dies behind its last plan, another takes the run over, and the first comes back to life.
func TestASaveHappensOnce(t *testing.T) {
	w := newWorld(t)
	w.upload("cities", cities)
	id := w.notebook(cell("a", "query", "cities -> save cities, mode: 'append'"))
	release := w.engine.holdJobs()
	var made run.Run
	w.call("POST", "/api/v1/notebooks/"+id+"/runs", map[string]any{}, 202, &made)
	w.eventually("a job", func() bool { return w.engine.submitted() == 1 })
	must(w.db.Exec(t.Context(), `UPDATE runs SET lease_owner = 'other', lease_until = now() - interval '1 second', attempt = attempt + 1`))(t)
	release()
	if r := w.finished(made.ID.String()); r.State != run.Succeeded {
		t.Fatalf("%+v", r)
	}
	if got := w.saved("cities -> agg { n: count() }"); got != "n\n8\n" {
		t.Errorf("rows: %s", got)
	}
	var versions, attempt int
	must0(t, w.db.QueryRow(t.Context(), `SELECT count(*) FROM dataset_versions`).Scan(&versions))
	must0(t, w.db.QueryRow(t.Context(), `SELECT attempt FROM runs WHERE id = $1`, made.ID.String()).Scan(&attempt))
	if versions != 2 || attempt < 3 {
		t.Errorf("%d versions after attempt %d", versions, attempt)
	}
}

func TestAMergeIntoADatasetThatChangedIsRefused(t *testing.T) {
	w := newWorld(t)
	w.upload("cities", cities)
	id := w.notebook(
		cell("a", "query", "[{ name: 'Rome', people: 1, country: 'IT' }] -> save cities, mode: 'merge', key: name"),
		cell("b", "query", "cities -> save fresh"))
	release := w.engine.holdJobs()
	var made run.Run
	w.call("POST", "/api/v1/notebooks/"+id+"/runs", map[string]any{}, 202, &made)
	w.eventually("two jobs", func() bool { return w.engine.submitted() == 2 })
	w.call("POST", "/api/v1/datasets?filename=cities.csv&mode=append", []byte("name,people,country\nBonn,300000,DE\n"), 201, nil)
	w.call("POST", "/api/v1/datasets?filename=fresh.csv", []byte("a\n1\n"), 201, nil)
	release()
	r := w.finished(made.ID.String())
	for _, c := range r.Cells {
		if c.State != run.Failed || c.Result != nil || len(c.Diagnostics) != 1 || c.Diagnostics[0].Code != "DQL4222" {
			t.Errorf("%+v", c)
		}
	}
	if got := w.saved("cities -> agg { n: count(), least: min(people) }"); got != "n,least\n5,130000\n" {
		t.Error(got)
	}
	if got := fmt.Sprint(r.State); got != "failed" {
		t.Error(got)
	}
}
