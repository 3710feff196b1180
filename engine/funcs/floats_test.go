package funcs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dreamql/dreamql/engine/types"
)

// TestFloatsAgainstConstants compares the loops for constants, wide where the processor has it, with one row at a time.
func TestFloatsAgainstConstants(t *testing.T) {
	t.Parallel()
	special := []float64{0, math.Copysign(0, -1), 1, -1, 100, 100.5, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64}
	random := rand.New(rand.NewPCG(3, 5))
	for _, n := range []int{0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 1000, 5000} {
		a := make([]float64, n)
		for i := range a {
			if a[i] = random.NormFloat64() * 100; i%3 == 0 {
				a[i] = special[random.IntN(len(special))]
			}
		}
		for _, c := range append(special, 1.2, 37) {
			t.Run(fmt.Sprintf("%d %v", n, c), func(t *testing.T) {
				column := &Vec{Type: types.Of(types.Float), N: n, Floats: a}
				constant := &Vec{Type: types.Of(types.Float), N: n, Const: true, Floats: []float64{c}}
				for name, f := range map[string]func(x, y float64) float64{
					"+": func(x, y float64) float64 { return x + y }, "-": func(x, y float64) float64 { return x - y }, "*": func(x, y float64) float64 { return x * y }} {
					for _, args := range [][]*Vec{{column, constant}, {constant, column}} {
						out := run(t, name, types.Float, n, args)
						for i := range n {
							x, y := args[0].Floats[args[0].At(i)], args[1].Floats[args[1].At(i)]
							if want, got := f(x, y), out.Floats[i]; math.Float64bits(want) != math.Float64bits(got) && !(want != want && got != got) {
								t.Fatalf("%v %s %v gave %v, not %v", x, name, y, got, want)
							}
						}
					}
				}
				less := func(x, y float64) bool { return x < y || y != y && x == x }
				same := func(x, y float64) bool { return x == y || x != x && y != y }
				for name, f := range map[string]func(x, y float64) bool{
					"<": less, ">": func(x, y float64) bool { return less(y, x) }, "==": same, "!=": func(x, y float64) bool { return !same(x, y) },
					"<=": func(x, y float64) bool { return less(x, y) || same(x, y) }, ">=": func(x, y float64) bool { return less(y, x) || same(x, y) }} {
					for _, args := range [][]*Vec{{column, constant}, {constant, column}} {
						out := run(t, name, types.Bool, n, args)
						for i := range n {
							x, y := args[0].Floats[args[0].At(i)], args[1].Floats[args[1].At(i)]
							if out.Bool(i) != f(x, y) {
								t.Fatalf("%v %s %v gave %v", x, name, y, out.Bool(i))
							}
						}
					}
				}
			})
		}
	}
}

func run(t *testing.T, name string, result types.Kind, n int, args []*Vec) *Vec {
	t.Helper()
	r, err := Resolve(name, []types.Type{types.Of(types.Float), types.Of(types.Float)})
	if err != nil {
		t.Fatal(err)
	}
	out := NewVec(types.Of(result), n)
	if err := r.Overload.Kernel(&Call{N: n, Args: args, Out: out}); err != nil {
		t.Fatal(err)
	}
	return out
}
