package kernels

import "golang.org/x/sys/cpu"

// The loops of assembly_amd64.s take whole registers; what is left over is for the plain ones.

//go:noescape
func scaleAVX2(a *float64, c float64, out *float64, n int)

//go:noescape
func shiftAVX2(a *float64, c float64, out *float64, n int)

//go:noescape
func fromAVX2(a *float64, c float64, out *float64, n int)

//go:noescape
func addAVX2(a, b, out *float64, n int)

//go:noescape
func subAVX2(a, b, out *float64, n int)

//go:noescape
func mulAVX2(a, b, out *float64, n int)

//go:noescape
func lessAVX2(a *float64, c float64, out *uint64, n int)

//go:noescape
func lessEqualAVX2(a *float64, c float64, out *uint64, n int)

//go:noescape
func equalAVX2(a *float64, c float64, out *uint64, n int)

//go:noescape
func less64AVX512(a *int64, c int64, out *uint64, words int)

//go:noescape
func equal64AVX512(a *int64, c int64, out *uint64, words int)

//go:noescape
func less32AVX512(a *int32, c int32, out *uint64, words int)

//go:noescape
func equal32AVX512(a *int32, c int32, out *uint64, words int)

//go:noescape
func keep64AVX512(in, out, keep *uint64, words int) int

//go:noescape
func keep32AVX512(in, out *uint32, keep *uint64, words int) int

//go:noescape
func keep16AVX512(in, out *uint16, keep *uint64, words int) int

//go:noescape
func keep8AVX512(in, out *uint8, keep *uint64, words int) int

//go:noescape
func floatsAVX512(a *int64, out *float64, n int)

//go:noescape
func less16AVX512(a *int16, c int16, out *uint64, words int)

//go:noescape
func equal16AVX512(a *int16, c int16, out *uint64, words int)

//go:noescape
func less8AVX512(a *int8, c int8, out *uint64, words int)

//go:noescape
func equal8AVX512(a *int8, c int8, out *uint64, words int)

//go:noescape
func widen32AVX512(a *int32, out *int64, n int)

//go:noescape
func floats32AVX512(a *int32, out *float64, n int)

//go:noescape
func widen16AVX512(a *int16, out *int64, n int)

//go:noescape
func floats16AVX512(a *int16, out *float64, n int)

//go:noescape
func widen8AVX512(a *int8, out *int64, n int)

//go:noescape
func floats8AVX512(a *int8, out *float64, n int)

//go:noescape
func add64AVX512(a, b, out *int64, n int)

//go:noescape
func sub64AVX512(a, b, out *int64, n int)

//go:noescape
func mul64AVX512(a, b, out *int64, n int)

//go:noescape
func shift64AVX512(a *int64, c int64, out *int64, n int)

//go:noescape
func from64AVX512(a *int64, c int64, out *int64, n int)

//go:noescape
func scale64AVX512(a *int64, c int64, out *int64, n int)

//go:noescape
func sizeAVX512(a *int64, n int) uint64

//go:noescape
func sumKept64AVX512(a *int64, keep *uint64, words int) int64

//go:noescape
func sumKept32AVX512(a *int32, keep *uint64, words int) int64

//go:noescape
func sumKept16AVX512(a *int16, keep *uint64, words int) int64

//go:noescape
func sumKept8AVX512(a *int8, keep *uint64, words int) int64

func avx512() bool {
	return cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasPOPCNT
}

// WideSums reports whether SumKept* take whole registers on this processor: else they cost more than to add each value where it belongs.
func WideSums() bool { return avx512() }

// assembly is the plain loops, and those of assembly_amd64.s that the processor has the instructions for.
func assembly() Loops {
	l := Plain
	if cpu.X86.HasAVX2 {
		l.Scale, l.Shift = byConstant(scaleAVX2, scale[float64]), byConstant(shiftAVX2, shift[float64])
		l.From = byConstant(fromAVX2, from[float64])
		l.Add, l.Sub, l.Mul = byColumn(addAVX2, add[float64]), byColumn(subAVX2, sub[float64]), byColumn(mulAVX2, mul[float64])
		l.LessConst = against(lessAVX2, 64, lessConst[float64])
		l.LessEqualConst = against(lessEqualAVX2, 64, lessEqualConst[float64])
		l.EqualConst = against(equalAVX2, 64, equalConst[float64])
	}
	if avx512() {
		l.LessConst64, l.EqualConst64 = against(less64AVX512, 1, lessConst[int64]), against(equal64AVX512, 1, equalConst[int64])
		l.LessConst32, l.EqualConst32 = against(less32AVX512, 1, lessConst[int32]), against(equal32AVX512, 1, equalConst[int32])
		l.Keep64, l.Keep32 = keepWords(keep64AVX512, keep[uint64]), keepWords(keep32AVX512, keep[uint32])
		l.LessConst16, l.EqualConst16 = against(less16AVX512, 1, lessConst[int16]), against(equal16AVX512, 1, equalConst[int16])
		l.LessConst8, l.EqualConst8 = against(less8AVX512, 1, lessConst[int8]), against(equal8AVX512, 1, equalConst[int8])
		l.Floats, l.Floats32, l.Floats16, l.Floats8 = converting(floatsAVX512), converting(floats32AVX512), converting(floats16AVX512), converting(floats8AVX512)
		l.Widen32, l.Widen16, l.Widen8 = converting(widen32AVX512), converting(widen16AVX512), converting(widen8AVX512)
		l.Size = sizes
		l.Add64, l.Sub64, l.Mul64 = byColumn(add64AVX512, add[int64]), byColumn(sub64AVX512, sub[int64]), byColumn(mul64AVX512, mul[int64])
		l.Shift64, l.From64 = byConstant(shift64AVX512, shift[int64]), byConstant(from64AVX512, from[int64])
		l.Scale64 = byConstant(scale64AVX512, scale[int64])
		l.SumKept64, l.SumKept32 = addingKept(sumKept64AVX512), addingKept(sumKept32AVX512)
		l.SumKept16, l.SumKept8 = addingKept(sumKept16AVX512), addingKept(sumKept8AVX512)
		if cpu.X86.HasAVX512VBMI2 {
			l.Keep16, l.Keep8 = keepWords(keep16AVX512, keep[uint16]), keepWords(keep8AVX512, keep[uint8])
		}
	}
	return l
}

func byConstant[T float64 | int64](wide func(*T, T, *T, int), rest func([]T, T, []T)) func([]T, T, []T) {
	return func(a []T, c T, out []T) {
		out = out[:len(a)]
		n := len(a) &^ 15
		if n > 0 {
			wide(&a[0], c, &out[0], n)
		}
		rest(a[n:], c, out[n:])
	}
}

func byColumn[T float64 | int64](wide func(a, b, out *T, n int), rest func(a, b, out []T)) func(a, b, out []T) {
	return func(a, b, out []T) {
		b, out = b[:len(a)], out[:len(a)]
		n := len(a) &^ 15
		if n > 0 {
			wide(&a[0], &b[0], &out[0], n)
		}
		rest(a[n:], b[n:], out[n:])
	}
}

func converting[T int64 | int32 | int16 | int8, R int64 | float64](wide func(a *T, out *R, n int)) func(a []T, out []R) {
	return func(a []T, out []R) {
		out = out[:len(a)]
		n := len(a) &^ 15
		if n > 0 {
			wide(&a[0], &out[0], n)
		}
		convert(a[n:], out[n:])
	}
}

// against gives the wide loop whole words of bits; each is so many of its units.
func against[T number](wide func(*T, T, *uint64, int), units int, rest func([]T, T, []uint64)) func([]T, T, []uint64) {
	return func(a []T, c T, out []uint64) {
		words := len(a) / 64
		if words > 0 {
			_ = out[words-1]
			wide(&a[0], c, &out[0], words*units)
		}
		rest(a[words*64:], c, out[words:])
	}
}

func keepWords[T uint64 | uint32 | uint16 | uint8](wide func(in, out *T, keep *uint64, words int) int, rest func(in, out []T, keep []uint64) int) func(in, out []T, keep []uint64) int {
	return func(in, out []T, bits []uint64) int {
		words := len(in) / 64
		if words == 0 || len(out) < Slack {
			return rest(in, out, bits)
		}
		_ = bits[words-1]
		k := wide(&in[0], &out[0], &bits[0], words)
		return k + rest(in[words*64:], out[k:], bits[words:])
	}
}

func sizes(a []int64) uint64 {
	n := len(a) &^ 15
	s := size(a[n:])
	if n > 0 {
		s |= sizeAVX512(&a[0], n)
	}
	return s
}

// keptWords is how many words the wide loops take at most: they add two shorts in 32 bits.
const keptWords = 1 << 10

func addingKept[T int64 | int32 | int16 | int8](wide func(a *T, keep *uint64, words int) int64) func(a []T, keep []uint64) int64 {
	return func(a []T, keep []uint64) (s int64) {
		for len(a) >= 64 {
			words := min(len(a)/64, keptWords)
			_ = keep[words-1]
			s += wide(&a[0], &keep[0], words)
			a, keep = a[words*64:], keep[words:]
		}
		return s + sumKept(a, keep)
	}
}
