package python

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
)

// calls loads a source that counts the calls of its function, calls it once in a program of its own, and returns the count.
func calls(t *testing.T, r *Runtime, source string) string {
	t.Helper()
	f := function(t, "string", "string")
	f.Volatile = true // each row counts
	p, err := r.Load(t.Context(), module(source), []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Append("x")
	column := b.NewArray()
	defer column.Release()
	out, err := in.Call(t.Context(), f, []arrow.Array{column}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	return out.ValueStr(0)
}

func TestTheNextProgramOfASourceFindsItLoaded(t *testing.T) {
	t.Parallel()
	r := New(Options{Path: located(t), CacheDir: sharedRuntime(t).opts.CacheDir})
	defer r.Close(t.Context())
	const counting = "n = 0\ndef f(a):\n  global n\n  n += 1\n  return str(n)\n"
	for _, want := range []string{"1", "2", "3"} {
		if got := calls(t, r, counting); got != want {
			t.Errorf("call %s came as %s: the interpreter was not kept", want, got)
		}
	}
	if got := calls(t, r, counting+"# another source\n"); got != "1" {
		t.Errorf("another source found the state of the first: %s", got)
	}
}
