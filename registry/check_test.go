package registry_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/registry"
)

// answers evaluates programs by looking them up.
type answers func(program string) (any, error)

func (a answers) Evaluate(_ context.Context, _ *registry.Package, program string) (any, error) {
	return a(program)
}

func TestExamplesAreComparedAsPeopleRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		got, want any
		tolerance string
		message   string
	}{
		{int64(4), 4.0, "0", ""},
		{4.0, int64(4), "0", ""},
		{4.01, 4.0, "0.1", ""},
		{4.2, 4.0, "0.1", "expected 4, got 4.2"},
		{4.0000001, 4.0, "0", "set a tolerance"},
		{math.NaN(), math.NaN(), "0", ""},
		{nil, nil, "0", ""},
		{nil, 4.0, "0", "expected 4, got none"},
		{"a", "a", "0", ""},
		{"a", "b", "0", "expected 'b', got 'a'"},
		{"4", 4.0, "0", "expected 4, got '4'"},
		{true, true, "0", ""},
		{[]any{int64(1), "x"}, []any{1.0, "x"}, "0", ""},
		{[]any{int64(1)}, []any{int64(1), int64(2)}, "0", "expected [1,2], got [1]"},
		{map[string]any{"a": 1.5}, map[string]any{"a": 1.0}, "0.5", ""},
		{map[string]any{"a": 1.5}, map[string]any{"b": 1.5}, "0", "expected"},
	} {
		p, err := registry.New(files(`result = "4"`, "result = \"4\"\ntolerance = "+c.tolerance))
		if err != nil {
			t.Fatal(err)
		}
		checks, err := registry.Examples{answers(func(string) (any, error) {
			return map[string]any{"got": c.got, "want": c.want}, nil
		})}.CheckPackage(context.Background(), p)
		if err != nil || len(checks) != 1 {
			t.Fatalf("%v, %v", checks, err)
		}
		if r := checks[0]; r.Name != "twice(2)" || r.OK != (c.message == "") || !strings.Contains(r.Message, c.message) {
			t.Errorf("%v and %v: got %+v, want %q", c.got, c.want, r, c.message)
		}
	}
}

func TestAnExampleIsAProgram(t *testing.T) {
	t.Parallel()
	p, err := registry.New(files())
	if err != nil {
		t.Fatal(err)
	}
	want := "import acme/math@=1.0.0 (twice, slow)\n{got: (\ntwice(2)\n), want: (\n4\n)}\n"
	checks, err := registry.Examples{answers(func(program string) (any, error) {
		if program != want {
			t.Errorf("got %s, want %s", program, want)
		}
		return nil, &registry.EvalError{Message: "DQL2001: twice is broken"}
	})}.CheckPackage(context.Background(), p)
	if err != nil || checks[0].OK || checks[0].Message != "DQL2001: twice is broken" {
		t.Errorf("got %+v, %v", checks, err)
	}
	broken := errors.New("no executor")
	if _, err := (registry.Examples{answers(func(string) (any, error) { return nil, broken })}).CheckPackage(context.Background(), p); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
