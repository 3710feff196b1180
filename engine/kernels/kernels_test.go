package kernels

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// lengths and offsets make every remainder of every register, and addresses that are no multiple of one.
func lengths(yield func(n, offset int) bool) {
	for n := range 131 {
		for _, offset := range []int{0, 1, 3} {
			if !yield(n, offset) {
				return
			}
		}
	}
	for _, n := range []int{1000, 1024, 4096, 5003} {
		if !yield(n, 5) {
			return
		}
	}
}

var (
	strangeFloats = []float64{0, math.Copysign(0, -1), 1, -1, 100, 100.5, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64,
		math.Float64frombits(0x7ff0000000000001), math.Float64frombits(0xfff8000000000123)}
	strangeInts = []int64{0, 1, -1, 2, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1, math.MaxInt32, math.MinInt32, 1 << 53, 1<<53 + 1, -(1<<53 + 1), 1 << 62}
)

func someFloats(r *rand.Rand, n, offset int) []float64 {
	out := make([]float64, offset+n)
	for i := range out {
		if out[i] = r.NormFloat64() * 100; i%3 == 0 {
			out[i] = strangeFloats[r.IntN(len(strangeFloats))]
		}
	}
	return out[offset:]
}

func someInts[T int64 | int32 | int16 | int8](r *rand.Rand, n, offset int) []T {
	out := make([]T, offset+n)
	for i := range out {
		switch i % 3 {
		case 0:
			out[i] = T(strangeInts[r.IntN(len(strangeInts))])
		case 1:
			out[i] = T(r.Uint64())
		default:
			out[i] = T(r.IntN(5))
		}
	}
	return out[offset:]
}

// someBits has words with all bits, with none, and with any number between; also past the last row.
func someBits(r *rand.Rand, n int) []uint64 {
	out := make([]uint64, (n+63)/64)
	for i := range out {
		switch out[i] = r.Uint64(); r.IntN(5) {
		case 0:
			out[i] = 0
		case 1:
			out[i] = ^uint64(0)
		case 2:
			out[i] &= r.Uint64() & r.Uint64() & r.Uint64()
		case 3:
			out[i] |= r.Uint64() | r.Uint64() | r.Uint64()
		}
	}
	return out
}

func asWords[T int64 | int32, U uint64 | uint32 | uint16 | uint8](in []T) []U {
	out := make([]U, len(in))
	for i, x := range in {
		out[i] = U(x)
	}
	return out
}

// TestImplementationsAgree runs every kernel in every implementation over the same values as the plain one, and compares to the bit.
func TestImplementationsAgree(t *testing.T) {
	t.Parallel()
	for name, loops := range implementations() {
		fields := reflect.ValueOf(loops)
		for i := range fields.NumField() {
			kernel := fields.Type().Field(i).Name
			wide, plain := fields.Field(i).Interface(), reflect.ValueOf(Plain).Field(i).Interface()
			t.Run(name+"/"+kernel, func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(7, uint64(i)))
				lengths(func(n, offset int) bool {
					for range 3 {
						if got, want := results(wide, random, n, offset); !slices.Equal(got, want(plain)) {
							t.Fatalf("of %d values at %d: %x, and %x plain", n, offset, got, want(plain))
						}
					}
					return true
				})
			})
		}
	}
}

// results runs a kernel over random values, and gives what it wrote as words; plain runs another one over the same.
func results(kernel any, r *rand.Rand, n, offset int) (got []uint64, plain func(any) []uint64) {
	run := func(any) []uint64 { return nil }
	words := (n + 63) / 64
	switch kernel.(type) {
	case func(in, out []uint64, keep []uint64) int:
		run = runKeep[uint64](r, n, offset)
	case func(in, out []uint32, keep []uint64) int:
		run = runKeep[uint32](r, n, offset)
	case func(in, out []uint16, keep []uint64) int:
		run = runKeep[uint16](r, n, offset)
	case func(in, out []uint8, keep []uint64) int:
		run = runKeep[uint8](r, n, offset)
	case func(a []int64, c int64, out []uint64):
		run = runAgainst[int64](r, n, offset, words)
	case func(a []int64, out []float64):
		run = runConvert[int64, float64](r, n, offset)
	case func(a []int32, c int32, out []uint64):
		run = runAgainst[int32](r, n, offset, words)
	case func(a []int32, out []float64):
		run = runConvert[int32, float64](r, n, offset)
	case func(a []int16, c int16, out []uint64):
		run = runAgainst[int16](r, n, offset, words)
	case func(a []int16, out []float64):
		run = runConvert[int16, float64](r, n, offset)
	case func(a []int8, c int8, out []uint64):
		run = runAgainst[int8](r, n, offset, words)
	case func(a []int8, out []float64):
		run = runConvert[int8, float64](r, n, offset)
	case func(a []int32, out []int64):
		run = runConvert[int32, int64](r, n, offset)
	case func(a []int16, out []int64):
		run = runConvert[int16, int64](r, n, offset)
	case func(a []int8, out []int64):
		run = runConvert[int8, int64](r, n, offset)
	case func(a []float64, c float64, out []uint64):
		a, c := someFloats(r, n, offset), someFloats(r, 9, 0)[r.IntN(9)]
		run = func(k any) []uint64 {
			out := make([]uint64, words)
			k.(func([]float64, float64, []uint64))(a, c, out)
			return out
		}
	case func(a, b []int64, out []uint64):
		a, b := someInts[int64](r, n, offset), someInts[int64](r, n, 1)
		run = func(k any) []uint64 {
			out := make([]uint64, words)
			k.(func(a, b []int64, out []uint64))(a, b, out)
			return out
		}
	case func(a, b []float64, out []uint64):
		a, b := someFloats(r, n, offset), someFloats(r, n, 1)
		run = func(k any) []uint64 {
			out := make([]uint64, words)
			k.(func(a, b []float64, out []uint64))(a, b, out)
			return out
		}
	case func(a, b, out []uint64):
		a, b := asWords[int64, uint64](someInts[int64](r, n, offset)), someBits(r, n*64)
		run = func(k any) []uint64 {
			out := make([]uint64, n)
			k.(func(a, b, out []uint64))(a, b, out)
			return out
		}
	case func(a, b, out []float64):
		a, b := someFloats(r, n, offset), someFloats(r, n, 1)
		run = func(k any) []uint64 {
			out := make([]float64, n)
			k.(func(a, b, out []float64))(a, b, out)
			return floatBits(out)
		}
	case func(a []float64, c float64, out []float64):
		a, c := someFloats(r, n, offset), someFloats(r, 9, 0)[r.IntN(9)]
		run = func(k any) []uint64 {
			out := make([]float64, n)
			k.(func(a []float64, c float64, out []float64))(a, c, out)
			return floatBits(out)
		}
	case func(a, b, out []int64):
		a, b := someInts[int64](r, n, offset), someInts[int64](r, n, 1)
		run = func(k any) []uint64 {
			out := make([]int64, n)
			k.(func(a, b, out []int64))(a, b, out)
			return asWords[int64, uint64](out)
		}
	case func(a []int64, c int64, out []int64):
		a, c := someInts[int64](r, n, offset), someInts[int64](r, 9, 0)[r.IntN(9)]
		run = func(k any) []uint64 {
			out := make([]int64, n)
			k.(func(a []int64, c int64, out []int64))(a, c, out)
			return asWords[int64, uint64](out)
		}
	case func(a []int64) int64:
		a := someInts[int64](r, n+1, offset)
		run = func(k any) []uint64 { return []uint64{uint64(k.(func([]int64) int64)(a))} }
	case func(a []int64) uint64:
		a := someInts[int64](r, n, offset)
		if r.IntN(2) == 0 { // else one that has all bits hides the others
			for i := range a {
				a[i] >>= r.IntN(64)
			}
		}
		run = func(k any) []uint64 { return []uint64{k.(func([]int64) uint64)(a)} }
	case func(a []int64, keep []uint64) int64:
		run = runSumKept[int64](r, n, offset)
	case func(a []int32, keep []uint64) int64:
		run = runSumKept[int32](r, n, offset)
	case func(a []int16, keep []uint64) int64:
		run = runSumKept[int16](r, n, offset)
	case func(a []int8, keep []uint64) int64:
		run = runSumKept[int8](r, n, offset)
	case func(a []int64) (int64, int64):
		a := someInts[int64](r, n+1, offset)
		run = func(k any) []uint64 {
			least, most := k.(func([]int64) (int64, int64))(a)
			return []uint64{uint64(least), uint64(most)}
		}
	default:
		panic(fmt.Sprintf("no case for kernels of %T", kernel))
	}
	return run(kernel), run
}

func runAgainst[T int64 | int32 | int16 | int8](r *rand.Rand, n, offset, words int) func(any) []uint64 {
	a, c := someInts[T](r, n, offset), someInts[T](r, 9, 0)[r.IntN(9)]
	return func(k any) []uint64 {
		out := make([]uint64, words)
		k.(func([]T, T, []uint64))(a, c, out)
		return out
	}
}

func runConvert[T int64 | int32 | int16 | int8, R int64 | float64](r *rand.Rand, n, offset int) func(any) []uint64 {
	a := someInts[T](r, n, offset)
	return func(k any) []uint64 {
		out := make([]R, n)
		k.(func([]T, []R))(a, out)
		words := make([]uint64, n)
		for i, x := range out {
			words[i] = math.Float64bits(float64(x))
		}
		return words
	}
}

func runKeep[T uint64 | uint32 | uint16 | uint8](r *rand.Rand, n, offset int) func(any) []uint64 {
	in, keep := asWords[int64, T](someInts[int64](r, n, offset)), someBits(r, n)
	return func(k any) []uint64 {
		count := 0
		for i := range n {
			count += int(keep[i/64] >> (i % 64) & 1)
		}
		out := make([]T, count+Slack)
		got := out[:k.(func(in, out []T, keep []uint64) int)(in, out, keep)]
		words := []uint64{uint64(count)}
		for _, x := range got {
			words = append(words, uint64(x))
		}
		return words
	}
}

func runSumKept[T int64 | int32 | int16 | int8](r *rand.Rand, n, offset int) func(any) []uint64 {
	a, keep := someInts[T](r, n, offset), someBits(r, n)
	return func(k any) []uint64 { return []uint64{uint64(k.(func([]T, []uint64) int64)(a, keep))} }
}

// TestSumsOfMany adds the least and the greatest of each width so often that a narrower sum would have no room.
func TestSumsOfMany(t *testing.T) {
	t.Parallel()
	const n = 64*keptWordsAtOnce*2 + 7
	keep := make([]uint64, n/64+1)
	for i := range keep {
		keep[i] = ^uint64(0)
	}
	sumOfMany(t, math.MinInt8, n, keep, Best.SumKept8)
	sumOfMany(t, math.MaxInt8, n, keep, Best.SumKept8)
	sumOfMany(t, math.MinInt16, n, keep, Best.SumKept16)
	sumOfMany(t, math.MaxInt16, n, keep, Best.SumKept16)
	sumOfMany(t, math.MinInt32, n, keep, Best.SumKept32)
	sumOfMany(t, math.MaxInt32, n, keep, Best.SumKept32)
}

const keptWordsAtOnce = 1 << 10

func sumOfMany[T int32 | int16 | int8](t *testing.T, x T, n int, keep []uint64, sum func([]T, []uint64) int64) {
	if got, want := sum(slices.Repeat([]T{x}, n), keep), int64(n)*int64(x); got != want {
		t.Errorf("%d times %d is %d, not %d", n, x, got, want)
	}
}

// floatBits makes all numbers that are none the same: which of two an operation gives is the processor's.
func floatBits(in []float64) []uint64 {
	out := make([]uint64, len(in))
	for i, x := range in {
		if out[i] = math.Float64bits(x); x != x {
			out[i] = math.Float64bits(math.NaN())
		}
	}
	return out
}

// TestPlainLoops holds the plain loops, which the others are compared with, to what they say.
func TestPlainLoops(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	lengths(func(n, offset int) bool {
		ints, more, floats, others := someInts[int64](r, n, offset), someInts[int64](r, n, 0), someFloats(r, n, offset), someFloats(r, n, 0)
		keep := someBits(r, n)
		var kept []uint64
		for i, x := range ints {
			if keep[i/64]>>(i%64)&1 != 0 {
				kept = append(kept, uint64(x))
			}
		}
		out := make([]uint64, n+Slack)
		if out = out[:Plain.Keep64(asWords[int64, uint64](ints), out, keep)]; !slices.Equal(out, kept) {
			t.Fatalf("keeps %x, not %x", out, kept)
		}
		for _, c := range strangeInts {
			wantBits(t, n, func(out []uint64) { Plain.LessConst64(ints, c, out) }, func(i int) bool { return ints[i] < c })
			wantBits(t, n, func(out []uint64) { Plain.EqualConst64(ints, c, out) }, func(i int) bool { return ints[i] == c })
		}
		for _, c := range strangeFloats {
			wantBits(t, n, func(out []uint64) { Plain.LessConst(floats, c, out) }, func(i int) bool { return floats[i] < c })
			wantBits(t, n, func(out []uint64) { Plain.LessEqualConst(floats, c, out) }, func(i int) bool { return floats[i] <= c })
			wantBits(t, n, func(out []uint64) { Plain.EqualConst(floats, c, out) }, func(i int) bool { return floats[i] == c })
		}
		wantBits(t, n, func(out []uint64) { Plain.Less64(ints, more, out) }, func(i int) bool { return ints[i] < more[i] })
		wantBits(t, n, func(out []uint64) { Plain.Equal64(ints, more, out) }, func(i int) bool { return ints[i] == more[i] })
		wantBits(t, n, func(out []uint64) { Plain.Less(floats, others, out) }, func(i int) bool { return floats[i] < others[i] })
		wantBits(t, n, func(out []uint64) { Plain.Equal(floats, others, out) }, func(i int) bool { return floats[i] == others[i] })
		bits, total := uint64(0), int64(0)
		for i, x := range ints {
			if bits |= uint64(max(x, -1-x)); keep[i/64]>>(i%64)&1 != 0 {
				total += x
			}
		}
		if Plain.Size(ints) != bits || Plain.SumKept64(ints, keep) != total {
			t.Fatalf("of %d: size %x, not %x; sum %d, not %d", ints, Plain.Size(ints), bits, Plain.SumKept64(ints, keep), total)
		}
		if n > 0 {
			if least, most := Plain.Bounds(ints); least != slices.Min(ints) || most != slices.Max(ints) {
				t.Fatalf("of %d: from %d to %d", ints, least, most)
			}
		}
		return true
	})
	if hi, lo := bits.Mul64(5^mixShift, mixFactor); Mix(5) != hi^lo {
		t.Error("Mix is another function")
	}
}

func wantBits(t *testing.T, n int, kernel func(out []uint64), want func(i int) bool) {
	t.Helper()
	out := make([]uint64, (n+63)/64)
	kernel(out)
	for i := range len(out) * 64 {
		if got := out[i/64]>>(i%64)&1 != 0; got != (i < n && want(i)) {
			t.Fatalf("row %d of %d is %v", i, n, got)
		}
	}
}
