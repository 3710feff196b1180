// Package kernels is the innermost loops of the engine, over plain slices: comparisons into bitmaps, arithmetic, choosing rows by a
// bitmap, folds and hashes. Each is a plain loop (plain*.go), and where it pays also a wide one, which takes several values at a
// time and gives the same results to the bit:
//
//	assembly   amd64, where the processor has the instructions: found out when the program starts (assembly_amd64.s)
//	simd       amd64, compiled with GOEXPERIMENT=simd, where the processor has AVX-512: for those that it makes faster (simd_*.go)
//
// It must know no columns, types or absence, and allocate nothing. To add a kernel: a field of Loops, its plain loop, its case in
// kernels_test.go, which runs every implementation against the plain one, and wide loops where a benchmark shows a gain.
package kernels

// Loops is one implementation of every kernel.
//
// Bits are of 64 rows a word. Loops that write them write whole words, with the bits past the last row cleared, but for And, Or and
// AndNot, which take any. Slices that are written are at least as long as those that are read, but for Keep*.
type Loops struct {
	// Keep* writes the values whose bit is set, in their order, and returns how many. out may be as short as that and Slack more,
	// whose content is unspecified then.
	Keep64 func(in, out []uint64, keep []uint64) int
	Keep32 func(in, out []uint32, keep []uint64) int
	Keep16 func(in, out []uint16, keep []uint64) int
	Keep8  func(in, out []uint8, keep []uint64) int

	// LessConst64 writes bits of a[i] < c, and so on. Floats are compared as IEEE 754 has it: nothing holds of NaN.
	LessConst64, EqualConst64             func(a []int64, c int64, out []uint64)
	LessConst32, EqualConst32             func(a []int32, c int32, out []uint64)
	LessConst16, EqualConst16             func(a []int16, c int16, out []uint64)
	LessConst8, EqualConst8               func(a []int8, c int8, out []uint64)
	LessConst, LessEqualConst, EqualConst func(a []float64, c float64, out []uint64)

	// Less64 writes bits of a[i] < b[i], and so on.
	Less64, Equal64 func(a, b []int64, out []uint64)
	Less, Equal     func(a, b []float64, out []uint64)

	And, Or, AndNot func(a, b, out []uint64) // AndNot: a without b

	Add, Sub, Mul func(a, b, out []float64)
	Scale, Shift  func(a []float64, c float64, out []float64) // a[i] * c, a[i] + c
	From          func(a []float64, c float64, out []float64) // c - a[i]
	Floats        func(a []int64, out []float64)              // the nearest ones
	Floats32      func(a []int32, out []float64)
	Floats16      func(a []int16, out []float64)
	Floats8       func(a []int8, out []float64)
	Widen32       func(a []int32, out []int64)
	Widen16       func(a []int16, out []int64)
	Widen8        func(a []int8, out []int64)

	// Of whole numbers, modulo 2^64.
	Add64, Sub64, Mul64      func(a, b, out []int64)
	Shift64, From64, Scale64 func(a []int64, c int64, out []int64) // a[i] + c, c - a[i], a[i] * c

	Bounds func(a []int64) (least, most int64) // of at least one value
	Sum    func(a []int64) int64               // modulo 2^64
	Size   func(a []int64) uint64              // all bits that a value has, of a negative one those of what it is below -1

	// SumKept* adds the values whose bit is set, modulo 2^64.
	SumKept64 func(a []int64, keep []uint64) int64
	SumKept32 func(a []int32, keep []uint64) int64
	SumKept16 func(a []int16, keep []uint64) int64
	SumKept8  func(a []int8, keep []uint64) int64
}

// Slack is how many values more than it keeps Keep* may write.
const Slack = 64

// Best is the fastest implementation of each kernel on this processor.
var Best = best()
