package wasm

import (
	"errors"
	"math"
	"math/bits"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
)

// TestInlined calls functions whose bodies become part of the loop, over more rows than one call takes, with absent ones
// among them, and compares with the same in Go.
func TestInlined(t *testing.T) {
	t.Parallel()
	m := testdata(t, "inline.wasm")
	s := readSections(m.Code)
	for name, want := range map[string]bool{"steps": true, "branch": true, "share": true, "blend": true, "counted": false} {
		if _, ok := inlineBody(s, s.exports[name]); ok != want {
			t.Errorf("%s is inlined: %v", name, ok)
		}
	}
	steps := func(n int64) (count int64) {
		for v := n; count < 1000; count++ {
			if v <= 1 {
				return count
			}
			if v%2 == 0 {
				v /= 2
			} else {
				v = 3*v + 1
			}
		}
		return -1
	}
	branch := func(n int64) int64 {
		v := n / 8
		switch n % 8 {
		case 0:
			return v ^ 31
		case 1:
			return v*v + 5
		case 2:
			return 7 - v
		case 3:
			return v << 4
		case 4:
			return int64(bits.OnesCount64(uint64(v)))
		case 5:
			return 1000 / (v + 1)
		}
		return v
	}
	const n = 3*batchRows + 17
	values := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range n {
		if i%11 == 5 {
			values.AppendNull()
		} else {
			values.Append(int64(i % 1000))
		}
	}
	withAbsent := values.NewInt64Array()
	for i := range n {
		values.Append(int64(i % 1000))
	}
	column := values.NewInt64Array()
	for name, same := range map[string]func(int64) int64{"steps": steps, "branch": branch} {
		f := function(t, name, "int", "int")
		for _, arg := range []*array.Int64{column, withAbsent} {
			got := one(t, m, f, arg).(*array.Int64)
			for i := range n {
				if got.IsNull(i) != arg.IsNull(i) || arg.IsValid(i) && got.Value(i) != same(arg.Value(i)) {
					t.Fatalf("%s(%s) gave %s", name, arg.ValueStr(i), got.ValueStr(i))
				}
			}
		}
	}
	a, b := floats(func(i int) float64 { return float64(i%97) - 40.5 }), floats(func(i int) float64 { return float64(i%89) - 44.25 })
	got := one(t, m, function(t, "blend", "float", "float", "float"), a, b).(*array.Float64)
	for i := range a.Len() {
		x, y := a.Value(i), b.Value(i)
		want := math.Floor(x)
		if x < y {
			want = math.Sqrt(y)
		}
		want += float64(float32(x) * float32(uint32(int32(math.Abs(y)))%17))
		if v := got.Value(i); v != want && !(v != v && want != want) {
			t.Fatalf("blend(%v, %v) gave %v, not %v", x, y, v, want)
		}
	}
}

// TestInlinedTrap finds the row at which an inlined body fails, in a whole round, in the rest, and behind rows left out.
func TestInlinedTrap(t *testing.T) {
	t.Parallel()
	m, f := testdata(t, "inline.wasm"), function(t, "share", "int", "int", "int")
	const n = batchRows + 100
	for _, bad := range []int{0, 1, 15, 16, 17, 8191, 8192, n - 1} {
		for _, absent := range []bool{false, true} {
			divisors := array.NewInt64Builder(memory.DefaultAllocator)
			for i := range n {
				switch {
				case i == bad:
					divisors.Append(0)
				case absent && i%3 == 1:
					divisors.AppendNull()
				default:
					divisors.Append(7)
				}
			}
			b := divisors.NewInt64Array()
			_, err := instanceFor(t, m, f).Call(t.Context(), f, []arrow.Array{b, b}, n)
			var failed *udf.CallError
			if !errors.As(err, &failed) || failed.Row != bad {
				t.Errorf("a division by zero at row %d gave %v", bad, err)
			}
		}
	}
}

func instanceFor(t *testing.T, m udf.Module, f *udf.Function) udf.Instance {
	t.Helper()
	p, err := open(t, Options{}).Load(t.Context(), m, []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func one(t *testing.T, m udf.Module, f *udf.Function, args ...arrow.Array) arrow.Array {
	t.Helper()
	got, err := instanceFor(t, m, f).Call(t.Context(), f, args, args[0].Len())
	if err != nil {
		t.Fatal(err)
	}
	return got
}
