package kernels

import "math/bits"

func add[T float64 | int64](a, b, out []T) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x + b[i]
	}
}

func sub[T float64 | int64](a, b, out []T) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x - b[i]
	}
}

func mul[T float64 | int64](a, b, out []T) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x * b[i]
	}
}

func scale[T float64 | int64](a []T, c T, out []T) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = x * c
	}
}

func shift[T float64 | int64](a []T, c T, out []T) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = x + c
	}
}

func from[T float64 | int64](a []T, c T, out []T) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = c - x
	}
}

func convert[T int64 | int32 | int16 | int8, R int64 | float64](a []T, out []R) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = R(x)
	}
}

func bounds(a []int64) (least, most int64) {
	least, most = a[0], a[0]
	for _, x := range a {
		least, most = min(least, x), max(most, x)
	}
	return least, most
}

func sum(a []int64) (s int64) {
	for _, x := range a {
		s += x
	}
	return s
}

func size(a []int64) (s uint64) {
	for _, x := range a {
		s |= uint64(x ^ x>>63)
	}
	return s
}

func sumKept[T int64 | int32 | int16 | int8](a []T, keep []uint64) (s int64) {
	for w := 0; w*64 < len(a); w++ {
		m := keep[w]
		for _, x := range a[w*64 : min(w*64+64, len(a))] {
			s += int64(x) & -int64(m&1)
			m >>= 1
		}
	}
	return s
}

// Mix is a hash of a word: both halves of its product with a constant, one over the other.
func Mix(x uint64) uint64 {
	hi, lo := bits.Mul64(x^mixShift, mixFactor)
	return hi ^ lo
}

const (
	mixShift  = 0x9e3779b97f4a7c15
	mixFactor = 0xd6e8feb86659fd93
)
