package python

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/subset"
)

// writer writes random functions of a: float, b: int, c: bool, d: float?.
type writer struct {
	r    *rand.Rand
	vars []string
}

func (w *writer) pick(options ...string) string { return options[w.r.IntN(len(options))] }

func (w *writer) expr(depth int) string {
	if depth == 0 || w.r.IntN(6) == 0 {
		return w.pick(append([]string{"0", "1", "7", "-3", "2.5", "1e300", "0.1", "True", "LIMIT", "9007199254740993"}, w.vars...)...)
	}
	x, y := w.expr(depth-1), w.expr(depth-1)
	switch w.r.IntN(9) {
	case 0, 1, 2:
		return fmt.Sprintf("%s %s %s", x, w.pick("+", "-", "*", "/", "//", "%"), y)
	case 3:
		return fmt.Sprintf("(%s %s %s)", x, w.pick("+", "-", "*", "/", "//", "%"), y)
	case 4:
		return fmt.Sprintf("(%s %s %s %s %s)", x, w.pick("<", "<=", ">", ">=", "==", "!="), y, w.pick("<", "!=", ">="), w.expr(depth-1))
	case 5:
		return fmt.Sprintf("(%s %s %s)", x, w.pick("and", "or"), y)
	case 6:
		return fmt.Sprintf("(%s if %s else %s)", x, w.expr(depth-1), y)
	case 7:
		return fmt.Sprintf("%s(%s, %s)", w.pick("min", "max"), x, y)
	}
	form := w.pick("-_", "abs(_)", "int(_)", "float(_)", "+(_)", "bool(_)", "(d is None or _)", "(not _)")
	return strings.Replace(form, "_", x, 1)
}

func (w *writer) block(indent string, depth int) string {
	var b strings.Builder
	for range 1 + w.r.IntN(3) {
		e := w.expr(2)
		switch k := w.r.IntN(6); {
		case k < 2:
			fmt.Fprintf(&b, "%s%s = %s\n", indent, w.pick("x", "y"), e)
		case k == 2:
			fmt.Fprintf(&b, "%sx %s= %s\n", indent, w.pick("+", "-", "*"), e)
		case k == 3 && depth > 0:
			fmt.Fprintf(&b, "%sif %s:\n%s%selse:\n%s", indent, e, w.block(indent+"    ", depth-1), indent, w.block(indent+"    ", depth-1))
		case k == 4 && depth > 0:
			fmt.Fprintf(&b, "%sfor i in range(%s):\n%s%s    if i > 3:\n%s        %s\n", indent, w.pick("5", "2, 9, 3", "6, 0, -2", "b % 5"),
				w.block(indent+"    ", depth-1), indent, indent, w.pick("break", "continue", "return 1.5"))
		case depth > 0:
			fmt.Fprintf(&b, "%sn = 0\n%swhile n < 3:\n%s    n = n + 1\n%s    y -= 1\n", indent, indent, indent, indent)
		default:
			fmt.Fprintf(&b, "%spass\n", indent)
		}
	}
	return b.String()
}

// TestCompiledAgreesWithCPython runs random functions both ways: where compiled code gives a result, CPython gives the same.
func TestCompiledAgreesWithCPython(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Log("seed", seed)
	w := &writer{r: rand.New(rand.NewPCG(seed, 1)), vars: []string{"a", "b", "c", "d", "x", "y"}}
	params := []types.Field{{Name: "a", Type: types.Of(types.Float)}, {Name: "b", Type: types.Of(types.Int)},
		{Name: "c", Type: types.Of(types.Bool)}, {Name: "d", Type: types.Optional(types.Of(types.Float))}}
	source := "LIMIT = 12\n"
	var funcs []*udf.Function
	for i := range 120 {
		name := fmt.Sprint("f", i)
		source += fmt.Sprintf("def %s(a: float, b: int, c: bool, d):\n    x = b\n    y = a\n%s    return float(x) + y\n", name, w.block("    ", 2))
		funcs = append(funcs, &udf.Function{Name: name, Entry: name, Kind: udf.Python, Shape: udf.Scalar, Params: params, Result: types.Of(types.Float)})
	}
	compiled, ok := subset.Compile(source, funcs)
	if !ok {
		t.Fatalf("not in the subset:\n%s", source)
	}
	p, err := sharedRuntime(t).load(t.Context(), module(source), funcs)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	args := randomRows(w.r, 60)
	decided := 0
	for i, f := range funcs {
		for row := range 60 {
			one := make([]arrow.Array, len(args))
			for k, a := range args {
				one[k] = array.NewSlice(a, int64(row), int64(row+1))
			}
			got, err := compiled[f.ID()].Call(t.Context(), f, one, 1)
			if errors.Is(err, subset.ErrDecline) {
				continue
			}
			decided++
			want, perr := in.Call(t.Context(), f, one, 1)
			if perr != nil || err != nil || !same(got.(*array.Float64).Value(0), want.(*array.Float64).Value(0)) {
				start := strings.Index(source, fmt.Sprintf("def f%d(", i))
				t.Fatalf("row %v: compiled %v %v, CPython %v %v\n%.1500s", one, got, err, want, perr, source[start:])
			}
		}
	}
	if decided < 1000 {
		t.Errorf("compiled code decided only %d of 7200 rows", decided)
	}
}

func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

func randomRows(r *rand.Rand, n int) []arrow.Array {
	a, d := array.NewFloat64Builder(memory.DefaultAllocator), array.NewFloat64Builder(memory.DefaultAllocator)
	b, c := array.NewInt64Builder(memory.DefaultAllocator), array.NewBooleanBuilder(memory.DefaultAllocator)
	odd := []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1e308, 5e-324, 1 << 53}
	ints := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1 << 53, 1<<53 + 1, 3037000500}
	for range n {
		for _, fb := range []*array.Float64Builder{a, d} {
			switch r.IntN(4) {
			case 0:
				fb.Append(odd[r.IntN(len(odd))])
			case 1:
				fb.Append(float64(r.IntN(20) - 10))
			default:
				fb.Append(r.NormFloat64() * 100)
			}
		}
		if r.IntN(3) == 0 {
			b.Append(ints[r.IntN(len(ints))])
		} else {
			b.Append(int64(r.IntN(40) - 20))
		}
		c.Append(r.IntN(2) == 0)
	}
	return []arrow.Array{a.NewArray(), b.NewArray(), c.NewArray(), d.NewArray()}
}

// TestCompiledFallsBack has CPython decide what compiled code declines, and name the tier.
func TestCompiledFallsBack(t *testing.T) {
	t.Parallel()
	f := function(t, "int", "int", "int")
	p, err := sharedRuntime(t).Load(t.Context(), module("def f(a: int, b: int) -> int:\n    return a * a // b\n"), []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	if p.Tier(nil) != "python-compiled" {
		t.Errorf("the tier is %s", p.Tier(nil))
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	call := func(a, b int64) (int64, error) {
		xs, ys := array.NewInt64Builder(memory.DefaultAllocator), array.NewInt64Builder(memory.DefaultAllocator)
		xs.Append(a)
		ys.Append(b)
		out, err := in.Call(t.Context(), f, []arrow.Array{xs.NewArray(), ys.NewArray()}, 1)
		if err != nil {
			return 0, err
		}
		return out.(*array.Int64).Value(0), nil
	}
	if v, err := call(-7, 2); v != 24 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	// The square is past 64 bits, the result is not.
	if v, err := call(1<<40, 1<<41); v != 1<<39 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	if p.Tier(nil) != "python-compiled, cpython-wasi" {
		t.Errorf("the tier is %s", p.Tier(nil))
	}
	var failed *udf.CallError
	if _, err := call(1, 0); !errors.As(err, &failed) || !strings.Contains(failed.Message, "ZeroDivisionError") {
		t.Errorf("got %v", err)
	}
}
