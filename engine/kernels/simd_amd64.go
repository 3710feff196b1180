//go:build goexperiment.simd && amd64

package kernels

import "simd/archsimd"

// best is the assembly, and what the simd_*.go files have besides or do better.
func best() Loops { return simd(assembly()) }

// simd replaces loops by those that take eight words at a time, where the processor has AVX-512. They leave what is no whole word of
// bits, or no whole registers, to the plain ones.
func simd(l Loops) Loops {
	if !archsimd.X86.AVX512() {
		return l
	}
	l.Less64, l.Equal64, l.Less, l.Equal = simdLess64, simdEqual64, simdLess, simdEqual
	l.And, l.Or, l.AndNot = simdAnd, simdOr, simdAndNot
	l.Add, l.Sub, l.Mul = simdAdd, simdSub, simdMul
	l.Bounds, l.Sum = simdBounds, simdSum
	return l
}
