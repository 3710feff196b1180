package registry_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dreamql/dreamql/registry"
)

const measured = `[package]
scope = "acme"
name = "m"
version = "1.0.0"
description = "x"
license = "MIT"
[[function]]
name = "even"
kind = "python"
module = "f.py"
signature = "(x: int) => bool"
doc = "x"
volatile = true
[[function]]
name = "total"
kind = "python"
shape = "aggregate"
module = "f.py"
signature = "(x: float, at: date?) => float"
doc = "x"
volatile = true
[[function]]
name = "words"
kind = "python"
shape = "table"
module = "f.py"
signature = "(text: string, of: {a: [int]}) => [string]"
doc = "x"
volatile = true
[[function]]
name = "root"
kind = "python"
row_errors = true
module = "f.py"
signature = "(x: float) => float"
doc = "x"
volatile = true
[[function]]
name = "strange"
kind = "python"
module = "f.py"
signature = "(x: json) => int"
doc = "x"
volatile = true
`

// stopwatch takes as long as it is told for each row, and says that a third of them are even.
type stopwatch struct {
	answers
	programs []string
	fails    func(program string) bool
}

func (s *stopwatch) EvaluateTimed(_ context.Context, p *registry.Package, program string) (any, map[string]registry.Ran, error) {
	s.programs = append(s.programs, program)
	if s.fails != nil && s.fails(program) {
		return nil, nil, &registry.EvalError{Message: "it fails"}
	}
	rows := int64(1000)
	if strings.Contains(program, "50000") {
		rows = 50_000
	}
	ran := map[string]registry.Ran{}
	for i, f := range p.Functions {
		if strings.Contains(program, f.Name+"(") {
			ran[f.ID()] = registry.Ran{Tier: "test", Rows: rows, Busy: time.Duration(rows) * time.Duration(10*(i+1)) * time.Nanosecond}
		}
	}
	return map[string]any{"f0": float64(rows) / 4}, ran, nil
}

func TestFunctionsAreMeasured(t *testing.T) {
	t.Parallel()
	load := func() *registry.Package {
		p, err := registry.New(map[string][]byte{"dreamql.toml": []byte(measured), "f.py": []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, s := load(), &stopwatch{}
	if err := (registry.Examples{Evaluator: s}).MeasurePackage(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	want := "import acme/m@=1.0.0 (even, total, words, root)\n[{u: 0}] -> unnest range(0, 1000), as: i -> agg { f0: count_if(even((i * 1 % 1000))), " +
		"f1: total(float(i * 1 % 1000) / 4.0, d'2024-01-01' + 1d * (i * 3 % 1000)), " +
		"f2: sum(len(words(concat('some text ', string((i * 1 % 1000))), {a: [(i * 3 % 1000), (i * 5 % 1000)]}))), " +
		"f3: count(try(root(float(i * 1 % 1000) / 4.0))) }\n"
	if len(s.programs) != 2 || s.programs[0] != want {
		t.Errorf("got %q, want %q", s.programs, want)
	}
	if f := p.Functions[0]; f.Cost != 10 || f.Selectivity != 0.25 || f.Tier != "test" {
		t.Errorf("got %+v", f)
	}
	if f := p.Functions[3]; f.Cost != 40 || f.Selectivity != 0 {
		t.Errorf("got %+v", f)
	}
	if f := p.Functions[4]; f.Cost != 0 {
		t.Errorf("what takes JSON was measured: %+v", f)
	}

	// One that fails does not keep the others from being measured.
	p, s = load(), &stopwatch{fails: func(program string) bool { return strings.Contains(program, "words(") }}
	if err := (registry.Examples{Evaluator: s}).MeasurePackage(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if p.Functions[0].Cost != 10 || p.Functions[2].Cost != 0 || p.Functions[3].Cost != 40 {
		t.Errorf("got %+v", p.Functions)
	}
	broken := errors.New("no executor")
	if err := (registry.Examples{Evaluator: failing{err: broken}}).MeasurePackage(t.Context(), load()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct {
	answers
	err error
}

func (f failing) EvaluateTimed(context.Context, *registry.Package, string) (any, map[string]registry.Ran, error) {
	return nil, nil, f.err
}
