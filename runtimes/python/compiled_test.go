package python

import (
	"errors"
	"flag"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/subset"
)

var programs = flag.Int("programs", 50, "how many random functions to compare with CPython")

// TestRandomPrograms runs random functions both ways.
func TestRandomPrograms(t *testing.T) {
	t.Parallel()
	for done := 0; done < *programs; done += 50 {
		seed := rand.Uint64()
		t.Log("seed", seed)
		w := newWriter(rand.New(rand.NewPCG(seed, 1)))
		source, funcs := w.module(t, min(50, *programs-done))
		rows, refused := 0, 0
		for _, n := range agree(t, w.r, source, funcs, 60, func(f *udf.Function, reason *subset.Reason) {
			refused++
			if reason.Text == "its result is bool, but the signature says int" {
				return // True can stand where an int is wanted; as a result CPython's worker refuses it too
			}
			if !strings.Contains(reason.Text, "sometimes") && !strings.Contains(reason.Text, "before") && !strings.Contains(reason.Text, " of ") {
				t.Errorf("%s is not compiled: %v", f.Name, reason)
			}
		}) {
			rows += n
		}
		if compiled := len(funcs) - refused; compiled < len(funcs)/3 || rows < 10*compiled {
			t.Errorf("%d of %d functions are not compiled, and the others decided only %d rows", refused, len(funcs), rows)
		}
		if t.Failed() {
			return
		}
	}
}

func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
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
	if p.Tier(f) != "python-compiled" {
		t.Errorf("the tier is %s", p.Tier(f))
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
	if p.Tier(f) != "python-compiled, cpython-wasi" {
		t.Errorf("the tier is %s", p.Tier(f))
	}
	var failed *udf.CallError
	if _, err := call(1, 0); !errors.As(err, &failed) || !strings.Contains(failed.Message, "ZeroDivisionError") {
		t.Errorf("got %v", err)
	}
}
