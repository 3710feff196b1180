package check

import (
	"cmp"
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// instance is a diagnostic with the program that produces it.
type instance struct {
	d       source.Diagnostic
	program string
	shown   string // for the page, where the program is too long
	rank    int    // of the file: examples are taken from those of mistakes first
}

// madeByBounds are programs too long for testdata, and ones that need a particular world.
func madeByBounds() []instance {
	long := func(shown, program string) instance { return instance{program: program, shown: shown} }
	var doubling, chain strings.Builder
	doubling.WriteString("a0 = x => x + x\n")
	chain.WriteString("a0 = 1\n")
	for i := 1; i <= 1100; i++ {
		if i <= 60 {
			doubling.WriteString("a" + strconv.Itoa(i) + " = x => a" + strconv.Itoa(i-1) + "(a" + strconv.Itoa(i-1) + "(x))\n")
		}
		chain.WriteString("a" + strconv.Itoa(i) + " = a" + strconv.Itoa(i-1) + " + 1\n")
	}
	wide := "f = x => [" + strings.Repeat("x, ", 2000) + "x]\ng = x => [" + strings.Repeat("f(x), ", 2000) + "x]\ng(1)"
	var imports, modules strings.Builder
	for i := range maxModules + 1 {
		imports.WriteString("import './m" + strconv.Itoa(i) + ".dql'\n")
		modules.WriteString("\n---\nmodule m" + strconv.Itoa(i) + ".dql\nexport a = 1")
	}
	return []instance{
		long("import './m0.dql'\nimport './m1.dql'\n…", imports.String()+"1"+modules.String()),
		long("// more than 4 MB", strings.Repeat("a -> b\n", 700_000)),
		long("((((…", strings.Repeat("(", 600)+"1"+strings.Repeat(")", 600)),
		long("a_very_long_name…", strings.Repeat("a", 1001)),
		long("a = \xff", "a = \xff"),
		long(doubling.String()[:40]+"…\na60(1)", doubling.String()+"a60(1)"),
		long("a0 = 1\na1 = a0 + 1\n…\na1100", chain.String()+"a1100"),
		long("f = x => [x, x, …]\ng = x => [f(x), f(x), …]\ng(1)", wide),
		long("1 + 1 + 1 + …", strings.Repeat("1 + ", 5000)+"1"),
	}
}

// instances are all diagnostics that the test data produce, by code.
func instances(t *testing.T) map[string][]instance {
	t.Helper()
	madeOnce.Do(func() { made = makeInstances(t) })
	return made
}

var (
	madeOnce sync.Once
	made     map[string][]instance
)

func makeInstances(t *testing.T) map[string][]instance {
	out := map[string][]instance{}
	add := func(x instance, ds source.Diagnostics) {
		for _, d := range ds {
			x.d = d
			out[d.Code] = append(out[d.Code], x)
		}
	}
	for _, dir := range []string{"../syntax/testdata", "testdata"} {
		datadriven.Walk(t, dir, func(t *testing.T, path string) {
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				given, body := givenOf(t, d.Input)
				if d.Cmd != "fmt" {
					_, _, ds := checked(strings.Split(body, "\n---\n"), given)
					rank := 1
					if base := filepath.Base(path); base == "mistakes.txt" || base == "errors.txt" {
						rank = 0
					}
					add(instance{program: d.Input, rank: rank}, ds)
				}
				return d.Expected
			})
		})
	}
	for _, x := range madeByBounds() {
		_, _, ds := checked(strings.Split(x.program, "\n---\n"), nil)
		add(x, ds)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p, _ := syntax.Parse(0, "["+strings.Repeat("1, ", 2000)+"1]")
	_, ds := Check(ctx, testCatalog{}, Program{Sources: []*syntax.Program{p}}, nil)
	p, _ = syntax.Parse(0, "param n: int\n$n")
	_, notJSON := Check(context.Background(), testCatalog{}, Program{Sources: []*syntax.Program{p}}, map[string]json.RawMessage{"n": json.RawMessage("x")})
	add(instance{program: "param n: int\n$n", shown: "// given n=x\nparam n: int\n$n"}, notJSON)
	add(instance{program: "[" + strings.Repeat("1, ", 2000) + "1]", shown: "// a program whose check is cancelled"}, ds)
	return out
}

func givenOf(t *testing.T, input string) (given map[string]json.RawMessage, body string) {
	t.Helper()
	rest, ok := strings.CutPrefix(input, "given ")
	if !ok {
		return nil, input
	}
	line, body, _ := strings.Cut(rest, "\n")
	if err := json.Unmarshal([]byte(line), &given); err != nil {
		t.Fatal(err)
	}
	return given, body
}

// TestConstructors: a diagnostic of the checker is made in an errors_*.go, and a code has its place in one of them.
func TestConstructors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code, makes := regexp.MustCompile(`"DQL\d{4}"`), regexp.MustCompile(`\b(diag|warning)\(`)
	place := map[string]string{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") || path == "errors.go" {
			continue
		}
		if !strings.HasPrefix(path, "errors_") {
			for _, found := range append(code.FindAllString(string(text), -1), makes.FindAllString(string(text), -1)...) {
				t.Errorf("%s has %s; constructors of diagnostics are in errors_*.go", path, found)
			}
			continue
		}
		for _, c := range code.FindAllString(string(text), -1) {
			if other := place[c]; other != "" && other != path {
				t.Errorf("%s is in %s and in %s", c, other, path)
			}
			place[c] = path
		}
	}
	if len(place) < 80 {
		t.Errorf("only %d codes were found", len(place))
	}
}

// codes are those that the sources of the parser and the checker hold.
func codes(t *testing.T) []string {
	t.Helper()
	code := regexp.MustCompile(`^DQL\d{4}$`)
	found := map[string]bool{}
	for _, dir := range []string{".", "../syntax"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					if s, _ := strconv.Unquote(l.Value); code.MatchString(s) {
						found[s] = true
					}
				}
				return true
			})
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// TestDiagnostics holds every diagnostic to what people are promised: a case that produces it, a place inside the program, one
// sentence on what is wrong and one on how to mend it, neither of them long.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	made := instances(t)
	all := codes(t)
	if len(all) < 80 {
		t.Errorf("%d kinds of diagnostics; at least 80 are promised", len(all))
	}
	for _, code := range all {
		if len(made[code]) == 0 {
			t.Errorf("%s: no case in testdata produces it", code)
		}
	}
	for code, list := range made {
		if !slices.Contains(all, code) {
			t.Errorf("%s is produced and not found in the sources", code)
		}
		for _, x := range list {
			if x.d.Message == "" || x.d.Help == "" {
				t.Errorf("%s: message %q, help %q", code, x.d.Message, x.d.Help)
			}
			if len(x.d.Message) > 300 || len(x.d.Help) > 300 {
				t.Errorf("%s: a message of %d and a help of %d bytes", code, len(x.d.Message), len(x.d.Help))
			}
			if strings.HasSuffix(x.d.Message, ".") || strings.HasSuffix(x.d.Help, ".") {
				t.Errorf("%s: sentences end without a point here: %q, %q", code, x.d.Message, x.d.Help)
			}
			_, body := givenOf(t, x.program)
			var cells, modules []string
			for _, cell := range strings.Split(body, "\n---\n") {
				if _, ok := strings.CutPrefix(cell, "module "); ok {
					modules = append(modules, cell) // after the cells, in the order of their imports
				} else {
					cells = append(cells, cell)
				}
			}
			if int(x.d.Span.File) >= len(cells) && len(modules) > 0 {
				continue
			}
			s := x.d.Span
			if int(s.File) >= len(cells) || s.File < 0 || s.Start < 0 || s.Start > s.End || s.End > len(cells[s.File]) {
				t.Errorf("%s: the place %v lies outside the program", code, s)
			}
		}
	}
}

// page is the reference of errors.
func page(t *testing.T) string {
	made := instances(t)
	var b strings.Builder
	b.WriteString(pageHead)
	for _, part := range []struct{ digit, title string }{
		{"1", "Syntax"}, {"2", "Names"}, {"3", "Types and values"}, {"4", "Tables and joins"}, {"5", "Modules and packages"},
	} {
		b.WriteString("\n## " + part.title + "\n")
		for _, code := range codes(t) {
			if code[3:4] != part.digit || len(made[code]) == 0 {
				continue
			}
			x := plainest(made[code])
			shown := x.shown
			if shown == "" {
				shown = x.program
			}
			b.WriteString("\n### " + code + "\n\n```text\n" + strings.ToValidUTF8(shown, "�") + "\n```\n\n" + sentence(x.d.Message) + " To mend it: " + sentence(x.d.Help) + "\n")
			for i, f := range x.d.Fixes {
				if i == 0 {
					b.WriteString("An editor offers: ")
				} else {
					b.WriteString("; ")
				}
				b.WriteString("“" + f.Title + "”")
				if i == len(x.d.Fixes)-1 {
					b.WriteString(".\n")
				}
			}
		}
	}
	return b.String()
}

const pageHead = `# Errors

<!-- Generated from the cases of the checker's tests; go generate ./engine/check writes it again. -->

Every error that is found before a run, by its code, with a program that produces it. Codes are stable: a number is never used for anything
else. The data of the examples are those of the tests (tracks, orders, person, city and others).
`

// plainest is the shortest program that has the diagnostic.
func plainest(list []instance) instance {
	return slices.MinFunc(list, func(a, b instance) int {
		return cmp.Or(a.rank-b.rank, len(a.program)-len(b.program), strings.Compare(a.program, b.program), a.d.Span.Start-b.d.Span.Start)
	})
}

func sentence(s string) string {
	if r := []rune(s); len(r) > 0 && r[0] >= 'a' && r[0] <= 'z' && !strings.HasPrefix(s, "did you") {
		return strings.ToUpper(string(r[0])) + string(r[1:]) + "."
	}
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

//go:generate go test . -run TestErrorsPage -count=1 -rewrite

// TestErrorsPage: the book's page of errors is what the cases produce.
func TestErrorsPage(t *testing.T) {
	t.Parallel()
	const path = "../../docs/book/errors.md"
	want := page(t)
	if rewriting() {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/book/errors.md is not what the cases produce: run go generate ./engine/check")
	}
}

// rewriting reports whether the test data are written anew.
func rewriting() bool {
	return slices.Contains(os.Args, "-rewrite") || slices.Contains(os.Args, "-test.rewrite")
}
