//go:build goexperiment.simd && amd64

package kernels

import "simd/archsimd"

func simdLess64(a, b []int64, out []uint64) {
	words := len(a) / 64
	for w := range out[:words] {
		x, y := a[w*64:w*64+64], b[w*64:w*64+64]
		var m uint64
		for i := 0; i < 64; i += 8 {
			m |= uint64(archsimd.LoadInt64x8Slice(x[i:]).Less(archsimd.LoadInt64x8Slice(y[i:])).ToBits()) << i
		}
		out[w] = m
	}
	archsimd.ClearAVXUpperBits()
	Plain.Less64(a[words*64:], b[words*64:], out[words:])
}

func simdLess(a, b []float64, out []uint64) {
	words := len(a) / 64
	for w := range out[:words] {
		x, y := a[w*64:w*64+64], b[w*64:w*64+64]
		var m uint64
		for i := 0; i < 64; i += 8 {
			m |= uint64(archsimd.LoadFloat64x8Slice(x[i:]).Less(archsimd.LoadFloat64x8Slice(y[i:])).ToBits()) << i
		}
		out[w] = m
	}
	archsimd.ClearAVXUpperBits()
	Plain.Less(a[words*64:], b[words*64:], out[words:])
}

func simdEqual64(a, b []int64, out []uint64) {
	words := len(a) / 64
	for w := range out[:words] {
		x, y := a[w*64:w*64+64], b[w*64:w*64+64]
		var m uint64
		for i := 0; i < 64; i += 8 {
			m |= uint64(archsimd.LoadInt64x8Slice(x[i:]).Equal(archsimd.LoadInt64x8Slice(y[i:])).ToBits()) << i
		}
		out[w] = m
	}
	archsimd.ClearAVXUpperBits()
	Plain.Equal64(a[words*64:], b[words*64:], out[words:])
}

func simdEqual(a, b []float64, out []uint64) {
	words := len(a) / 64
	for w := range out[:words] {
		x, y := a[w*64:w*64+64], b[w*64:w*64+64]
		var m uint64
		for i := 0; i < 64; i += 8 {
			m |= uint64(archsimd.LoadFloat64x8Slice(x[i:]).Equal(archsimd.LoadFloat64x8Slice(y[i:])).ToBits()) << i
		}
		out[w] = m
	}
	archsimd.ClearAVXUpperBits()
	Plain.Equal(a[words*64:], b[words*64:], out[words:])
}
