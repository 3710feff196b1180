package server

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/runtimes"
	"github.com/dreamql/dreamql/runtimes/python"
	"github.com/dreamql/dreamql/server/run"
)

func query(id, source string) map[string]any {
	return map[string]any{"id": id, "kind": "query", "source": source}
}

func function(id, language, source string) map[string]any {
	return map[string]any{"id": id, "kind": "function", "language": language, "source": source}
}

// withRuntimes lets functions run in this process. The interpreter is compiled before, and kept longer than the test: with the race
// detector that takes longer than a check of an example may.
func (w *world) withRuntimes() *world {
	w.t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "dreamql", "test")
	if err := python.Warm(w.t.Context(), python.Options{CacheDir: dir}); err != nil {
		w.t.Fatal(err)
	}
	set := runtimes.New(runtimes.Options{CacheDir: dir})
	w.engine.runtimes = set.ByKind()
	w.t.Cleanup(func() { set.Close(context.Background()) })
	return w
}

// rowsOf runs a notebook and returns the rows of one of its cells, as JSON.
func (w *world) rowsOf(notebook, cell string) string {
	w.t.Helper()
	var r run.Run
	w.call("POST", "/api/v1/notebooks/"+notebook+"/runs", map[string]any{}, 202, &r)
	r = w.finished(r.ID.String())
	for _, c := range r.Cells {
		if c.State != run.Succeeded {
			w.t.Fatalf("cell %s is %s: %+v", c.CellID, c.State, c.Diagnostics)
		}
	}
	var page struct{ Rows json.RawMessage }
	w.call("GET", "/api/v1/runs/"+r.ID.String()+"/cells/"+cell+"/result?format=json", nil, 200, &page)
	return string(page.Rows)
}

const withTax = `def with_tax(price: float, rate: float) -> float:
    """The price with tax.

    >>> with_tax(100.0, 0.5)
    150.0
    """
    return price * (1 + rate)
`

const meanAndWords = `from typing import Iterator, NamedTuple

class Word(NamedTuple):
    word: str
    n: int

def words(text: str) -> Iterator[Word]:
    for n, word in enumerate(text.split()):
        yield Word(word, n)

class mean_of:
    def __init__(self):
        self.total, self.rows = 0.0, 0
    def step(self, x: float):
        self.total, self.rows = self.total + x, self.rows + 1
    def merge(self, other):
        self.total, self.rows = self.total + other.total, self.rows + other.rows
    def finish(self) -> float | None:
        return self.total / self.rows if self.rows else None
`

func TestFunctionsOfCellsAreCalledLikeAnyOthers(t *testing.T) {
	w := newWorld(t).withRuntimes()
	w.upload("cities", cities)
	n := w.notebook(
		function("tax", "python", withTax),
		function("half", "dreamql", "// Half of it.\nhalf = (x: float) => x / 2"),
		query("q", "cities -> { name, n: with_tax(half(people), 0.5) } -> sort name -> take 1"),
	)
	if got := w.rowsOf(n, "q"); got != `[{"name":"Bern","n":97500}]` && got != `[{"name":"Bern","n":97500.0}]` {
		t.Errorf("got %s", got)
	}
}

func TestAssemblyScriptRunsOnceItsModuleIsThere(t *testing.T) {
	w := newWorld(t).withRuntimes()
	source := "export function shout(s: string): string { return s.toUpperCase() + \"!\"; }\nexport function twice(x: f64): f64 { return 2 * x; }"
	n := w.notebook(function("as", "assemblyscript", source), query("q", "{ a: shout('ab'), b: twice(21) }"))
	var r run.Run
	w.call("POST", "/api/v1/notebooks/"+n+"/runs", map[string]any{}, 202, &r)
	r = w.finished(r.ID.String())
	if d := r.Cells[1].Diagnostics; r.Cells[1].State != run.Failed || len(d) == 0 || d[0].Code != "DQL4407" || d[0].CellID != "as" {
		t.Fatalf("%+v", r.Cells[1])
	}
	var read struct {
		Build     struct{ Source, Digest string }
		Functions []struct{ Name, Signature string }
	}
	w.call("POST", "/api/v1/functions", map[string]any{"language": "assemblyscript", "source": source}, 200, &read)
	if len(read.Functions) != 2 || read.Functions[0].Signature != "(s: string) => string" {
		t.Errorf("%+v", read.Functions)
	}
	module := assemblyScript(t, read.Build.Source)
	var p struct{ Detail string }
	w.call("PUT", "/api/v1/notebooks/"+n+"/modules/"+read.Build.Digest, []byte("no module"), 400, &p, "Content-Type: application/wasm")
	w.call("PUT", "/api/v1/notebooks/"+n+"/modules/"+read.Build.Digest, module, 200, nil, "Content-Type: application/wasm")
	if got := w.rowsOf(n, "q"); !strings.HasPrefix(got, `[{"a":"AB!","b":42`) {
		t.Errorf("got %s", got)
	}
	// Another notebook with the same text has no module of its own.
	m := w.notebook(function("as", "assemblyscript", source), query("q", "twice(1)"))
	w.call("POST", "/api/v1/notebooks/"+m+"/runs", map[string]any{}, 202, &r)
	if r = w.finished(r.ID.String()); r.State != run.Failed {
		t.Error("a module of another notebook was used")
	}
	var list struct{ Items []struct{ Source string } }
	w.call("GET", "/api/v1/notebooks/"+n+"/modules", nil, 200, &list)
	if len(list.Items) != 1 || list.Items[0].Source != read.Build.Digest {
		t.Errorf("%+v", list)
	}
}

// assemblyScript compiles a text as the notebook does.
func assemblyScript(t *testing.T, source string) []byte {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "cell.ts")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "../node_modules/assemblyscript/bin/asc.js", file, "-O3", "--runtime", "stub", "-o", filepath.Join(dir, "cell.wasm"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return must(os.ReadFile(filepath.Join(dir, "cell.wasm")))(t)
}

func TestAFunctionCellBecomesAPackage(t *testing.T) {
	w := newWorld(t).withRuntimes()
	ask := map[string]any{"language": "python", "source": withTax, "scope": "acme", "name": "prices", "version": "1.0.0", "description": "Prices.", "license": "MIT",
		"functions": []any{map[string]any{"name": "with_tax", "doc": "The price with tax.", "examples": []any{map[string]any{"call": "with_tax(100, 0.5)", "result": "151.0"}}}}}
	var out struct {
		Problems []struct{ Field, Message string }
		Checks   []struct {
			Name, Message string
			OK            bool
		}
		Version *struct{ Import string }
	}
	publish := func(change map[string]any) {
		t.Helper()
		for k, v := range change {
			ask[k] = v
		}
		out.Problems, out.Checks, out.Version = nil, nil, nil
		w.call("POST", "/api/v1/packages/of-cell", ask, 200, &out)
	}
	publish(nil)
	if out.Version != nil || len(out.Checks) != 1 || out.Checks[0].OK || !strings.Contains(out.Checks[0].Message, "expected 151") {
		t.Fatalf("%+v", out)
	}
	publish(map[string]any{"scope": "Acme!", "license": " ", "functions": []any{map[string]any{"name": "nope", "doc": "", "examples": []any{}}}})
	fields := map[string]bool{}
	for _, p := range out.Problems {
		fields[p.Field] = true
	}
	if !fields["scope"] || !fields["license"] || !fields["functions.nope"] {
		t.Fatalf("%+v", out)
	}
	publish(map[string]any{"scope": "acme", "license": "MIT", "functions": []any{map[string]any{"name": "with_tax", "doc": " ", "examples": []any{}}}})
	if len(out.Problems) != 2 || out.Problems[0].Field != "functions.with_tax" {
		t.Fatalf("%+v", out)
	}
	good := map[string]any{"name": "with_tax", "doc": "The price with tax.", "examples": []any{map[string]any{"call": "with_tax(100, 0.5)", "result": "150.0"}}}
	publish(map[string]any{"functions": []any{good}, "check_only": true})
	if out.Version != nil || len(out.Checks) != 1 || !out.Checks[0].OK {
		t.Fatalf("%+v", out)
	}
	publish(map[string]any{"check_only": false})
	if out.Version == nil || out.Version.Import != "import acme/prices@1.0.0 (with_tax)" {
		t.Fatalf("%+v", out)
	}
	publish(nil)
	if len(out.Problems) != 1 || out.Problems[0].Field != "version" {
		t.Fatalf("the same version twice: %+v", out)
	}
	n := w.notebook(query("i", "import acme/prices@1.0.0 (with_tax)"), query("q", "with_tax(10, 0.1)"))
	if got := w.rowsOf(n, "q"); !strings.HasPrefix(got, `[{"value":11`) {
		t.Errorf("got %s", got)
	}
	ask = map[string]any{"language": "python", "source": meanAndWords, "scope": "acme", "name": "shapes", "version": "0.1.0", "description": "A mean and words.", "license": "MIT",
		"functions": []any{
			map[string]any{"name": "mean_of", "doc": "The mean.", "examples": []any{map[string]any{"call": "[{x: 1.0}, {x: 4.0}] -> agg { m: mean_of(x) }", "result": "2.5"}}},
			map[string]any{"name": "words", "doc": "The words.", "examples": []any{map[string]any{"call": "words('to be')", "result": "[{word: 'to', n: 0}, {word: 'be', n: 1}]"}}},
		}}
	publish(nil)
	if out.Version == nil {
		t.Fatalf("an aggregate and a table function: %+v", out)
	}
	ask = map[string]any{"source": "// Half of it.\n//\n// >>> half(3)\n// 1.5\nhalf = (x: float) => x / 2", "scope": "acme", "name": "halves", "version": "0.1.0", "description": "Halves.", "license": "MIT",
		"functions": []any{map[string]any{"name": "half", "doc": "Half of it.", "examples": []any{map[string]any{"call": "half(3)", "result": "1.5"}}}}}
	publish(nil)
	if out.Version == nil {
		t.Fatalf("%+v", out)
	}
}
