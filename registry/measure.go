package registry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Timed is an Evaluator that can tell what the functions of a program cost.
type Timed interface {
	Evaluator
	// EvaluateTimed is Evaluate, and says how each function ran, by its ID.
	EvaluateTimed(ctx context.Context, p *Package, program string) (value any, ran map[string]Ran, err error)
}

// Ran is what the runtime did for one function.
type Ran struct {
	Tier string
	Rows int64
	Busy time.Duration
}

// Measurer finds out what a package's functions cost.
type Measurer interface {
	// MeasurePackage sets Cost, Selectivity and Tier of the functions that it could measure. A package that cannot be measured is none
	// the worse; an error is the measurer's own failure.
	MeasurePackage(ctx context.Context, p *Package) error
}

// measureRows are the sizes that are tried, one after the other while the time lasts: the largest one counts.
var measureRows = []int{1000, 50_000}

const (
	measureTime = 10 * time.Second       // for all functions of a package together
	quickEnough = 200 * time.Millisecond // a size after which the next is tried
)

// MeasurePackage calls every function over generated rows. What fails for those, or takes values that cannot be generated, has no
// measured cost.
func (x Examples) MeasurePackage(ctx context.Context, p *Package) error {
	timed, ok := x.Evaluator.(Timed)
	if !ok {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, measureTime)
	defer cancel()
	var all []int
	for i := range p.Functions {
		if _, ok := measuredCall(&p.Functions[i]); ok {
			all = append(all, i)
		}
	}
	done, err := measure(limited, timed, p, all)
	if err == nil && !done { // one of them fails: each by itself
		for _, i := range all {
			if _, err = measure(limited, timed, p, []int{i}); err != nil {
				break
			}
		}
	}
	if limited.Err() != nil && ctx.Err() == nil {
		return nil // what was measured in time stays
	}
	return err
}

// measure runs one program for some functions; done is false where the program fails.
func measure(ctx context.Context, timed Timed, p *Package, which []int) (done bool, err error) {
	if len(which) == 0 {
		return true, nil
	}
	for k, rows := range measureRows {
		start := time.Now()
		value, ran, err := timed.EvaluateTimed(ctx, p, measureProgram(p, which, rows))
		var failed *EvalError
		if errors.As(err, &failed) {
			return k > 0, nil
		}
		if err != nil {
			return false, err
		}
		columns, _ := value.(map[string]any)
		for n, i := range which {
			f := &p.Functions[i]
			r := ran[f.ID()]
			if r.Rows == 0 {
				continue
			}
			f.Cost = math.Round(float64(r.Busy)/float64(r.Rows)*10) / 10
			f.Tier = r.Tier
			if kept, ok := number(columns[fmt.Sprint("f", n)]); ok && f.Shape == udf.Scalar && f.Result.Required().Kind == types.Bool {
				f.Selectivity = math.Max(kept/float64(rows), 0.001) // never is not known after some rows
			}
		}
		if time.Since(start) > quickEnough {
			break
		}
	}
	return true, nil
}

// measureProgram calls functions once for each generated row, and gives one row with a column for each of them.
func measureProgram(p *Package, which []int, rows int) string {
	var names, calls []string
	for n, i := range which {
		call, _ := measuredCall(&p.Functions[i])
		names = append(names, p.Functions[i].Name)
		calls = append(calls, fmt.Sprintf("f%d: %s", n, call))
	}
	return fmt.Sprintf("import %s@=%s (%s)\n[{u: 0}] -> unnest range(0, %d), as: i -> agg { %s }\n",
		p.Ref().Package(), p.Ref().Version, strings.Join(names, ", "), rows, strings.Join(calls, ", "))
}

// measuredCall is an aggregate over the rows' calls of a function; not ok where its arguments cannot be generated.
func measuredCall(f *udf.Function) (string, bool) {
	if f.Kind == udf.Expression || len(f.Params) == 0 {
		return "", false
	}
	args := make([]string, len(f.Params))
	for k, param := range f.Params {
		a, ok := generated(param.Type, k)
		if !ok {
			return "", false
		}
		args[k] = a
	}
	call := f.Name + "(" + strings.Join(args, ", ") + ")"
	switch {
	case f.Shape == udf.Aggregate:
		return call, f.Result.Required().Kind != types.Bytes
	case f.Shape == udf.Table:
		return "sum(len(" + call + "))", true
	case f.Result.Required().Kind == types.Bool:
		if f.RowErrors {
			call = "try(" + call + ")"
		}
		return "count_if(" + call + ")", true
	case f.RowErrors:
		call = "try(" + call + ")"
	}
	return "count(" + call + ")", true
}

// generated is an expression over the row's number i; k is the place of the parameter, so that arguments differ.
func generated(t types.Type, k int) (string, bool) {
	i := fmt.Sprintf("(i * %d %% 1000)", 2*k+1)
	switch t.Kind {
	case types.Option:
		return generated(*t.Elem, k)
	case types.Bool:
		return i + " % 2 == 0", true
	case types.Int:
		return i, true
	case types.Float:
		return "float" + i + " / 4.0", true
	case types.String:
		return "concat('some text ', string(" + i + "))", true
	case types.Date:
		return "d'2024-01-01' + 1d * " + i, true
	case types.Timestamp:
		return "ts'2024-01-01T00:00:00Z' + 1s * " + i, true
	case types.List:
		a, ok := generated(*t.Elem, k)
		b, _ := generated(*t.Elem, k+1)
		return "[" + a + ", " + b + "]", ok
	case types.Record:
		var fields []string
		for n, f := range t.Fields {
			a, ok := generated(f.Type, k+n)
			if !ok {
				return "", false
			}
			fields = append(fields, f.Name+": "+a)
		}
		return "{" + strings.Join(fields, ", ") + "}", true
	}
	return "", false
}
