// Package corpora_test proves the language against programs and results that others have published. Each folder is a corpus: a
// translation a file, written before the engine was run on it. The tables, and results that may not be copied, are fetched by
// scripts/corpora; without them these tests fail. docs/book/corpora.md reports what is covered and what differs.
package corpora_test

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/types"
)

// corpus is the tables of one corpus, by name.
type corpus struct{ catalog *storage.LocalCatalog }

// open imports tables from files of .corpora, or folders of files, by pattern, named after them.
func open(t testing.TB, pattern string) *corpus {
	t.Helper()
	return openFiles(t, filepath.Join("..", "..", ".corpora", pattern))
}

func openFiles(t testing.TB, pattern string) *corpus {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("there is no %s: run scripts/corpora, which fetches the outside corpora", pattern)
	}
	data := map[string]string{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, "*")
		}
		data[name] = path
	}
	files, err := storage.NewLocalCatalog(data, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &corpus{files}
}

// file takes the program of a file as far as its checked plan; warnings are failures too.
func (c *corpus) file(t testing.TB, path string) logical.Node {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return c.check(t, path, string(text))
}

func (c *corpus) check(t testing.TB, name, text string) logical.Node {
	t.Helper()
	var set source.Set
	set.Add(name, text)
	checked, diags := compile.Check(t.Context(), c.catalog, &set, nil)
	if len(diags) > 0 {
		t.Fatal(set.RenderAll(diags))
	}
	return checked.Plan
}

// difference says where rows are not those wanted, in order; "" where they are. Floats may differ by their rounding, which depends
// on the order of additions: by 1e-12 of their size. Everything else is exact.
func (r result) difference(want [][]string) string {
	for i := range max(len(r.rows), len(want)) {
		switch {
		case i >= len(want):
			return fmt.Sprintf("row %d is one too many: %s", i+1, strings.Join(r.rows[i], "|"))
		case i >= len(r.rows):
			return fmt.Sprintf("row %d is missing: %s", i+1, strings.Join(want[i], "|"))
		case len(want[i]) != len(r.columns):
			return fmt.Sprintf("row %d has %d columns, not %d: %s", i+1, len(r.columns), len(want[i]), strings.Join(want[i], "|"))
		}
		for j, f := range r.columns {
			if got := r.rows[i][j]; !same(got, want[i][j], f.Type) {
				return fmt.Sprintf("row %d, column %s (%s): %q, not %q", i+1, f.Name, f.Type, got, want[i][j])
			}
		}
	}
	return ""
}

func same(got, want string, t types.Type) bool {
	if got == want || got == "" || want == "" {
		return got == want
	}
	switch t.Required().Kind {
	case types.Int, types.Decimal:
		a, okA := new(big.Rat).SetString(got)
		b, okB := new(big.Rat).SetString(want)
		return okA && okB && a.Cmp(b) == 0
	case types.Float:
		a, errA := strconv.ParseFloat(got, 64)
		b, errB := strconv.ParseFloat(want, 64)
		return errA == nil && errB == nil && math.Abs(a-b) <= 1e-12*math.Abs(b)
	default:
		return false
	}
}

// translations are the names of a corpus' programs.
func translations(t testing.TB, dir string) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.dql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(path), ".dql"))
	}
	return names
}

// answers are the rows of a .csv file as DuckDB has them: a header, and cells between bars. Of the variants the first that exists is taken.
func answers(t testing.TB, path string, variants ...string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(path + ".csv")
	for _, variant := range variants {
		if own, e := os.ReadFile(path + "." + variant + ".csv"); e == nil {
			text = own
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")[1:] {
		rows = append(rows, strings.Split(line, "|"))
	}
	return rows
}
