package funcs

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:noescape
func scaleAVX2(a *float64, c float64, out *float64, n int)

//go:noescape
func shiftAVX2(a *float64, c float64, out *float64, n int)

//go:noescape
func lessAVX2(a *float64, c float64, out *uint64, n int)

//go:noescape
func lessEqualAVX2(a *float64, c float64, out *uint64, n int)

//go:noescape
func equalAVX2(a *float64, c float64, out *uint64, n int)

var wideFloats = cpu.X86.HasAVX2

// whole is how many of n numbers the wide loops take; the rest is left to the plain ones.
func whole(n, by int) int {
	if !wideFloats {
		return 0
	}
	return n &^ (by - 1)
}

func scaleWide(a []float64, c float64, out []float64) int {
	n := whole(len(a), 16)
	if n > 0 {
		scaleAVX2(unsafe.SliceData(a), c, unsafe.SliceData(out), n)
	}
	return n
}

func shiftWide(a []float64, c float64, out []float64) int {
	n := whole(len(a), 16)
	if n > 0 {
		shiftAVX2(unsafe.SliceData(a), c, unsafe.SliceData(out), n)
	}
	return n
}

func compareWide(kind comparison, a []float64, c float64, out []uint64) int {
	n := whole(len(a), 64)
	if n == 0 {
		return 0
	}
	switch kind {
	case isLess:
		lessAVX2(unsafe.SliceData(a), c, unsafe.SliceData(out), n)
	case isLessEqual:
		lessEqualAVX2(unsafe.SliceData(a), c, unsafe.SliceData(out), n)
	default:
		equalAVX2(unsafe.SliceData(a), c, unsafe.SliceData(out), n)
	}
	return n
}
