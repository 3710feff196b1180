package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Checker proves that a package does what it says: it compiles the modules and runs every example, in a sandbox. A result
// that is not OK is the author's to mend; an error is the checker's own failure.
type Checker interface {
	CheckPackage(ctx context.Context, p *Package) ([]CheckResult, error)
}

// CheckResult is the outcome of one check.
type CheckResult struct {
	Name    string `json:"name"` // "haversine(0, 0, 0, 0)"
	OK      bool   `json:"ok"`
	Message string `json:"message,omitempty"`
}

// Evaluator runs a program over a package that may not be published yet, and returns the program's value: nil, bool, int64,
// float64, string, []any or map[string]any. A failure of the program itself is an *EvalError.
type Evaluator interface {
	Evaluate(ctx context.Context, p *Package, program string) (any, error)
}

// EvalError is a program that does not check, or that failed when it ran, in words for its author.
type EvalError struct{ Message string }

func (e *EvalError) Error() string { return e.Message }

// Examples is the Checker that runs every example as a program.
type Examples struct{ Evaluator Evaluator }

// checksTime is how long the examples of a package may take together; those after that are not run.
const checksTime = 2 * time.Minute

// CheckPackage evaluates each example's call beside its expected result and compares the two.
func (x Examples) CheckPackage(ctx context.Context, p *Package) ([]CheckResult, error) {
	var out []CheckResult
	begin := time.Now()
	for _, f := range p.Manifest.Functions {
		for _, e := range f.Examples {
			r := CheckResult{Name: e.Call, OK: true}
			if time.Since(begin) > checksTime {
				r.OK, r.Message = false, fmt.Sprintf("it was not run, because the examples before it took more than %s together; make them shorter", checksTime)
				out = append(out, r)
				continue
			}
			value, err := x.Evaluator.Evaluate(ctx, p, Program(p, e))
			if err != nil {
				failed, ok := err.(*EvalError)
				if !ok {
					return nil, fmt.Errorf("example %s: %w", e.Call, err)
				}
				r.OK, r.Message = false, failed.Message
			} else if r.Message = compare(value, e); r.Message != "" {
				r.OK = false
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// Program is the text that an example is run as. Its value is a record of the call's value and the expected one. Both
// stand on lines of their own, so that a comment in one does not swallow what follows.
func Program(p *Package, e Example) string {
	names := make([]string, len(p.Functions))
	for i, f := range p.Functions {
		names[i] = f.Name
	}
	return fmt.Sprintf("import %s@=%s (%s)\n{got: (\n%s\n), want: (\n%s\n)}\n",
		p.Ref().Package(), p.Ref().Version, strings.Join(names, ", "), e.Call, e.Result)
}

// compare returns "" where an example holds, else what was expected.
func compare(value any, e Example) string {
	row, _ := value.(map[string]any)
	if row == nil {
		return fmt.Sprintf("the example gave %s instead of a value", show(value))
	}
	if same(row["got"], row["want"], e.Tolerance) {
		return ""
	}
	message := fmt.Sprintf("expected %s, got %s", show(row["want"]), show(row["got"]))
	if g, ok := number(row["got"]); ok && e.Tolerance == 0 {
		if w, ok := number(row["want"]); ok && math.Abs(g-w) <= 1e-6*math.Abs(w) {
			message += "; set a tolerance where a result is rounded"
		}
	}
	return message
}

// same compares values as a person would: 2 and 2.0 are the same number, and NaN is itself.
func same(a, b any, tolerance float64) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && (x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= tolerance)
	}
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i], tolerance) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k := range x {
			if v, ok := y[k]; !ok || !same(x[k], v, tolerance) {
				return false
			}
		}
		return true
	}
	return a == b
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case int:
		return float64(n), true
	case float64:
		return n, true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}

func show(v any) string {
	switch x := v.(type) {
	case nil:
		return "none"
	case string:
		return "'" + clip(x, 200) + "'"
	case float64:
		return fmt.Sprint(x)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return clip(fmt.Sprint(v), 200)
	}
	return clip(string(b), 200)
}

// ExampleValue reads the rows that an example gave, as JSON, and returns the one that there must be, with numbers as they are written.
func ExampleValue(rows io.Reader) (any, error) {
	var out []map[string]any
	d := json.NewDecoder(rows)
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		return nil, err
	}
	if len(out) != 1 {
		return nil, &EvalError{Message: fmt.Sprintf("the example gave %d rows; write a call that gives one value", len(out))}
	}
	return out[0], nil
}
