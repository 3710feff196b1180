//go:build goexperiment.simd && amd64

package kernels

import "simd/archsimd"

func simdAnd(a, b, out []uint64) {
	b, out = b[:len(a)], out[:len(a)]
	n := len(a) &^ 15
	for i := 0; i < n; i += 16 {
		x, y, z := a[i:i+16], b[i:i+16], out[i:i+16]
		archsimd.LoadUint64x8Slice(x).And(archsimd.LoadUint64x8Slice(y)).StoreSlice(z)
		archsimd.LoadUint64x8Slice(x[8:]).And(archsimd.LoadUint64x8Slice(y[8:])).StoreSlice(z[8:])
	}
	archsimd.ClearAVXUpperBits()
	and(a[n:], b[n:], out[n:])
}

func simdOr(a, b, out []uint64) {
	b, out = b[:len(a)], out[:len(a)]
	n := len(a) &^ 15
	for i := 0; i < n; i += 16 {
		x, y, z := a[i:i+16], b[i:i+16], out[i:i+16]
		archsimd.LoadUint64x8Slice(x).Or(archsimd.LoadUint64x8Slice(y)).StoreSlice(z)
		archsimd.LoadUint64x8Slice(x[8:]).Or(archsimd.LoadUint64x8Slice(y[8:])).StoreSlice(z[8:])
	}
	archsimd.ClearAVXUpperBits()
	or(a[n:], b[n:], out[n:])
}

func simdAndNot(a, b, out []uint64) {
	b, out = b[:len(a)], out[:len(a)]
	n := len(a) &^ 15
	for i := 0; i < n; i += 16 {
		x, y, z := a[i:i+16], b[i:i+16], out[i:i+16]
		archsimd.LoadUint64x8Slice(x).AndNot(archsimd.LoadUint64x8Slice(y)).StoreSlice(z)
		archsimd.LoadUint64x8Slice(x[8:]).AndNot(archsimd.LoadUint64x8Slice(y[8:])).StoreSlice(z[8:])
	}
	archsimd.ClearAVXUpperBits()
	andNot(a[n:], b[n:], out[n:])
}

func simdAdd(a, b, out []float64) {
	b, out = b[:len(a)], out[:len(a)]
	n := len(a) &^ 15
	for i := 0; i < n; i += 16 {
		x, y, z := a[i:i+16], b[i:i+16], out[i:i+16]
		archsimd.LoadFloat64x8Slice(x).Add(archsimd.LoadFloat64x8Slice(y)).StoreSlice(z)
		archsimd.LoadFloat64x8Slice(x[8:]).Add(archsimd.LoadFloat64x8Slice(y[8:])).StoreSlice(z[8:])
	}
	archsimd.ClearAVXUpperBits()
	add(a[n:], b[n:], out[n:])
}

func simdSub(a, b, out []float64) {
	b, out = b[:len(a)], out[:len(a)]
	n := len(a) &^ 15
	for i := 0; i < n; i += 16 {
		x, y, z := a[i:i+16], b[i:i+16], out[i:i+16]
		archsimd.LoadFloat64x8Slice(x).Sub(archsimd.LoadFloat64x8Slice(y)).StoreSlice(z)
		archsimd.LoadFloat64x8Slice(x[8:]).Sub(archsimd.LoadFloat64x8Slice(y[8:])).StoreSlice(z[8:])
	}
	archsimd.ClearAVXUpperBits()
	sub(a[n:], b[n:], out[n:])
}

func simdMul(a, b, out []float64) {
	b, out = b[:len(a)], out[:len(a)]
	n := len(a) &^ 15
	for i := 0; i < n; i += 16 {
		x, y, z := a[i:i+16], b[i:i+16], out[i:i+16]
		archsimd.LoadFloat64x8Slice(x).Mul(archsimd.LoadFloat64x8Slice(y)).StoreSlice(z)
		archsimd.LoadFloat64x8Slice(x[8:]).Mul(archsimd.LoadFloat64x8Slice(y[8:])).StoreSlice(z[8:])
	}
	archsimd.ClearAVXUpperBits()
	mul(a[n:], b[n:], out[n:])
}

func simdBounds(a []int64) (least, most int64) {
	if len(a) < 16 {
		return bounds(a)
	}
	x := archsimd.LoadInt64x8Slice(a)
	y := x
	for i := 8; i+8 <= len(a); i += 8 {
		next := archsimd.LoadInt64x8Slice(a[i:])
		x, y = x.Min(next), y.Max(next)
	}
	var low, high [8]int64
	x.Store(&low)
	y.Store(&high)
	archsimd.ClearAVXUpperBits()
	least, most = bounds(a[len(a)-8:])
	for i := range low {
		least, most = min(least, low[i]), max(most, high[i])
	}
	return least, most
}

func simdSum(a []int64) int64 {
	n := len(a) &^ 15
	var x, y archsimd.Int64x8
	for i := 0; i < n; i += 16 {
		x, y = x.Add(archsimd.LoadInt64x8Slice(a[i:])), y.Add(archsimd.LoadInt64x8Slice(a[i+8:]))
	}
	var lanes [8]int64
	x.Add(y).Store(&lanes)
	archsimd.ClearAVXUpperBits()
	return sum(lanes[:]) + sum(a[n:])
}
