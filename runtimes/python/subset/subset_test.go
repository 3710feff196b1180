package subset

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func intFunction() *udf.Function {
	i := types.Of(types.Int)
	return &udf.Function{Package: "test/subset", Version: "1.0.0", Name: "f", Entry: "f", Kind: udf.Python, Shape: udf.Scalar,
		Params: []types.Field{{Name: "a", Type: i}}, Result: i}
}

func TestOutsideTheSubset(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"",
		"def f(a: int) -> int:\n    return a ** 2\n",
		"def f(a: int) -> int:\n    return len(str(a))\n",
		"def f(a: int) -> int:\n    return f(a)\n",
		"def f(a: float) -> int:\n    return 1\n",
		"def f(a, b):\n    return a\n",
		"def f(a=1):\n    return a\n",
		"def f(*a):\n    return 1\n",
		"@g\ndef f(a):\n    return a\n",
		"def f(a):\n    import os\n    return a\n",
		"import math\ndef f(a):\n    return a\n",
		"def abs(a):\n    return 1\ndef f(a):\n    return abs(a)\n",
		"def f(a):\n    return unknown\n",
		"def f(a):\n    return 'x'\n",
		"def f(a):\n    return a, a\n",
		"def f(a):\n    x, y = a, a\n    return x\n",
		"def f(a):\n    global g\n    return a\n",
		"def f(a):\n    break\n",
		"def g():\n    break\ndef f(a):\n    return a\n",
		"def f(a):\n    return 010\n",
		"def f(a):\n    return a <> 1\n",
		"def f(a):\n    return a\ndef f(a):\n    return 1\n",
		"def f(a):\n    return (lambda: a)()\n",
		"def f(a):\n    return a.real\n",
		"def f(a):\n    return 12345678901234567890\n",
		"def f(a):\n    return " + strings.Repeat("(", 300) + "a" + strings.Repeat(")", 300) + "\n",
		"def f(a):\n    return " + strings.Repeat("-", 300) + "a\n",
		"def f(a):\n    return a # ünïcode\n",
		"def f(a):\n\treturn a\n",
		"def f(a):\n    return f'{a}'\n",
		"def f(a)\n    return a\n",
	} {
		if _, ok := Compile(source, []*udf.Function{intFunction()}); ok {
			t.Errorf("compiled:\n%.300s", source)
		}
	}
}

func TestInsideTheSubset(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]int64{
		"\"\"\"A module.\"\"\"\nSTEP = 3\ndef f(a: int) -> int:\n    \"\"\"Adds.\"\"\"\n    return a + STEP\n":                  13,
		"def f(a):\n    n = 0\n    for i in range(a):\n        if i % 2:\n            continue\n        n += i\n    return n\n": 20,
		"def f(a):\n    n = 0\n    while True:\n        n += 1\n        if n > a:\n            return n\n":                      11,
		"def f(a):\n    return -7 // 2 if a is not None and 1 < a <= 10 else 0\n":                                               -4,
	} {
		fns, ok := Compile(source, []*udf.Function{intFunction()})
		if !ok {
			t.Errorf("not compiled:\n%s", source)
			continue
		}
		got, err := fns[intFunction().ID()].Call(t.Context(), intFunction(), []arrow.Array{ten()}, 1)
		if err != nil || got.(*array.Int64).Value(0) != want {
			t.Errorf("got %v, %v, not %d from\n%s", got, err, want, source)
		}
	}
}

func ten() arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(10)
	return b.NewArray()
}

// TestCancelled stops a loop that never ends.
func TestCancelled(t *testing.T) {
	t.Parallel()
	fns, ok := Compile("def f(a):\n    while True:\n        pass\n", []*udf.Function{intFunction()})
	if !ok {
		t.Fatal("not compiled")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := fns[intFunction().ID()].Call(ctx, intFunction(), []arrow.Array{ten()}, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("def f(a: int) -> int:\n    return a + 1\n")
	f.Add("def f(a):\n    for i in range(a, 3):\n        a -= i\n    return a\n")
	f.Fuzz(func(t *testing.T, source string) {
		fns, ok := Compile(source, []*udf.Function{intFunction()})
		if ok && len(fns) != 1 {
			t.Errorf("%d functions of %q", len(fns), source)
		}
	})
}
