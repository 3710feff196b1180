package wasm

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/udf"
)

// geo is a module that is large enough to be interpreted first.
func geo(t testing.TB) (udf.Module, *udf.Function, []arrow.Array) {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("..", "..", "registry", "std", "geo", "geo.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	lats, lons := floats(func(i int) float64 { return float64(i%1801)/10 - 90 }), floats(func(i int) float64 { return float64(i%3607)/10 - 180 })
	const rows = 5000
	return module(code), function(t, "haversine", "float", "float", "float", "float", "float"),
		[]arrow.Array{array.NewSlice(lats, 0, rows), array.NewSlice(lons, 0, rows), array.NewSlice(lons, 100, 100+rows), array.NewSlice(lats, 7, 7+rows)}
}

// TestSwap begins with the interpreter while the compiler is held up, and goes on with compiled code when that is there, in the
// same instance and in a new one, with the same results.
func TestSwap(t *testing.T) {
	t.Parallel()
	m, f, args := geo(t)
	r := open(t, Options{CacheDir: t.TempDir()})
	r.compiling <- struct{}{} // the compiler is busy
	p, err := r.Load(t.Context(), m, []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	call := func(in udf.Instance, tier string) arrow.Array {
		t.Helper()
		if have := p.Tier(f); have != tier {
			t.Errorf("the tier is %s, not %s", have, tier)
		}
		out, err := in.Call(t.Context(), f, args, args[0].Len())
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := call(in, "wasm-interpreted")
	if p.Made().Compile <= 0 {
		t.Error("making the program ready took no time")
	}
	<-r.compiling
	r.background.Wait()
	if again := call(in, "wasm"); !array.Equal(first, again) {
		t.Error("compiled code gives other results")
	}
	if in.(*instance).program.interpreted {
		t.Error("the instance stayed with the interpreter")
	}
	other, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again := call(other, "wasm"); !array.Equal(first, again) || other.(*instance).program.interpreted {
		t.Error("a new instance is not compiled")
	}
}

// TestSwapKeepsStates leaves an accumulator where it began.
func TestSwapKeepsStates(t *testing.T) {
	t.Parallel()
	chain := shaped(t, udf.Aggregate, "chain", "string", "string")
	m := testdata(t, "shapes.wasm")
	r := open(t, Options{})
	code, err := inspect(m.Code, 1<<20, r.pages())
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.load(t.Context(), interpreter, code, []*udf.Function{chain})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	update := func(a udf.Accumulator, texts string) {
		t.Helper()
		c := column(t, "string", texts)
		if err := a.Update(c.Len(), nil, []arrow.Array{c}); err != nil {
			t.Fatal(err)
		}
	}
	whole := accumulate(t, in.(*instance), chain, 1)
	update(whole, `["a", "b"]`)
	r.compileBehind(p, code, []*udf.Function{chain})
	r.background.Wait()
	update(whole, `["c", "d"]`)
	compiled, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same := accumulate(t, compiled.(*instance), chain, 1)
	update(same, `["a", "b", "c", "d"]`)
	one, err := whole.Finish()
	if err != nil {
		t.Fatal(err)
	}
	two, err := same.Finish()
	if err != nil || !array.Equal(one, two) {
		t.Errorf("split by the swap: %v, at once: %v, %v", one, two, err)
	}
}

// TestShared loads a program once for many, gives nobody an instance that another query has used, and forgets the oldest.
func TestShared(t *testing.T) {
	t.Parallel()
	f := function(t, "scale", "float", "float", "float")
	m := testdata(t, "functions.wasm")
	r := open(t, Options{})
	load := func() *lease {
		p, err := r.Load(t.Context(), m, []*udf.Function{f})
		if err != nil {
			t.Fatal(err)
		}
		return p.(*lease)
	}
	one, two := load(), load()
	if one.program != two.program {
		t.Fatal("the module was loaded twice")
	}
	used, err := one.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	used.Close(t.Context())
	one.Close(t.Context())
	one.Close(t.Context())
	two.Close(t.Context())
	r.background.Wait()
	three := load()
	if fresh, err := three.Instance(t.Context()); err != nil || fresh == used || three.program != one.program {
		t.Errorf("the next query got %p, after %p, %v", fresh, used, err)
	}
	for i := range maxKept + 1 {
		g := *f
		g.Version = string(rune('a' + i))
		p, err := r.Load(t.Context(), m, []*udf.Function{&g})
		if err != nil {
			t.Fatal(err)
		}
		p.Close(t.Context())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.programs) != maxKept+1 {
		t.Errorf("%d programs are kept, one of them in use", len(r.programs))
	}
}
