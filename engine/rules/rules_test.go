package rules

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// tables are what the cases read.
type tables struct{ catalog.Catalog }

var columns = map[string]string{
	"t": "{a: int, b: string?, c: float, d: date}",
	"u": "{x: int, y: string}",
}

func (tables) Table(_ context.Context, name string) (*logical.Table, error) {
	text, ok := columns[name]
	if !ok {
		return nil, catalog.ErrNotFound
	}
	t, err := types.Parse(text)
	return &logical.Table{Name: name, Columns: t.Fields}, err
}

func (tables) TableNames(context.Context) ([]string, error)   { return []string{"t", "u"}, nil }
func (tables) PackageNames(context.Context) ([]string, error) { return []string{"acme/p"}, nil }

func (tables) Package(context.Context, string, string) (*catalog.Package, error) {
	f := udf.Function{
		Package: "acme/p", Version: "1.0.0", Name: "slow", Kind: udf.WASM, Shape: udf.Scalar, Entry: "slow", Module: strings.Repeat("0", 64),
		Params: []types.Field{{Name: "x", Type: types.Of(types.Int)}}, Result: types.Of(types.Int),
	}
	return &catalog.Package{Name: "acme/p", Version: "1.0.0", Functions: []udf.Function{f}}, nil
}

func checked(t *testing.T, text string) logical.Node {
	t.Helper()
	p, diags := syntax.Parse(0, text)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	res, diags := check.Check(t.Context(), tables{}, check.Program{Sources: []*syntax.Program{p}}, nil)
	if diags.HasErrors() || res.Plan == nil {
		t.Fatal(diags)
	}
	return res.Plan
}

// TestRules shows, for each rule alone, the plan before and after. testdata/<rule>.txt must hold a case in which it fires and
// one in which it does not. Arguments name rules that are applied before.
func TestRules(t *testing.T) {
	for _, rule := range All {
		t.Run(rule.Name, func(t *testing.T) {
			var fired, not bool
			datadriven.RunTest(t, filepath.Join("testdata", rule.Name+".txt"), func(t *testing.T, d *datadriven.TestData) string {
				before := checked(t, d.Input)
				for _, arg := range d.CmdArgs { // other rules that go ahead
					for _, other := range All {
						if other.Name == arg.Key {
							before, _ = rewrite(before, []*Rule{other})
						}
					}
				}
				after, steps := rewrite(before, []*Rule{rule})
				if len(steps) == 0 {
					not = true
					return "does not fire on\n" + logical.Format(before)
				}
				fired = true
				for _, s := range steps {
					if s.Rejected != "" {
						d.Fatalf(t, "%s: %s", s, s.Rejected)
					}
				}
				if len(steps) >= MaxSteps {
					d.Fatalf(t, "%s never ends", rule.Name)
				}
				return logical.Format(before) + "becomes\n" + logical.Format(after)
			})
			if !fired || !not {
				t.Errorf("fires in some case: %v; does not in some: %v; both are needed", fired, not)
			}
			if rule.Doc == "" {
				t.Error("no doc")
			}
		})
	}
}

// TestTogether shows what all rules make of a program, and that they come to an end.
func TestTogether(t *testing.T) {
	datadriven.RunTest(t, filepath.Join("testdata", "together.txt"), func(t *testing.T, d *datadriven.TestData) string {
		after, steps := Rewrite(checked(t, d.Input))
		for _, s := range steps {
			if s.Rejected != "" {
				d.Fatalf(t, "%s: %s", s, s.Rejected)
			}
		}
		if len(steps) >= MaxSteps {
			d.Fatalf(t, "the rules never end")
		}
		return logical.Format(after)
	})
}

// TestEveryFileHasARule keeps testdata in step with all.go.
func TestEveryFileHasARule(t *testing.T) {
	known := map[string]bool{"together.txt": true}
	for _, r := range All {
		known[r.Name+".txt"] = true
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("testdata/%s belongs to no rule", f.Name())
		}
	}
}

// TestGrowth doubles a column forty times: what is written into a predicate must not grow with it.
func TestGrowth(t *testing.T) {
	text := "t -> { x0: c }"
	for i := range 40 {
		text += fmt.Sprintf(" -> { x%d: x%d + x%d }", i+1, i, i)
	}
	n, steps := Rewrite(checked(t, text+" -> filter x40 > 1"))
	if len(steps) == 0 || len(steps) >= MaxSteps {
		t.Errorf("%d steps", len(steps))
	}
	if len(logical.Format(n)) > 100_000 {
		t.Error("the plan has grown out of proportion")
	}
}
