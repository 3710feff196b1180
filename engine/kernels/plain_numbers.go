package kernels

import "math/bits"

func add(a, b, out []float64) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x + b[i]
	}
}

func sub(a, b, out []float64) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x - b[i]
	}
}

func mul(a, b, out []float64) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x * b[i]
	}
}

func scale(a []float64, c float64, out []float64) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = x * c
	}
}

func shift(a []float64, c float64, out []float64) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = x + c
	}
}

func floats(a []int64, out []float64) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = float64(x)
	}
}

func least(a []int64) int64 {
	m := a[0]
	for _, x := range a {
		m = min(m, x)
	}
	return m
}

func most(a []int64) int64 {
	m := a[0]
	for _, x := range a {
		m = max(m, x)
	}
	return m
}

func sum(a []int64) (s int64) {
	for _, x := range a {
		s += x
	}
	return s
}

func hash(a, h []uint64) {
	h = h[:len(a)]
	for i, x := range a {
		h[i] = Mix(h[i] ^ x)
	}
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
