package funcs

import "math/bits"

// Words is the number of 64-bit words that n bits take.
func Words(n int) int { return (n + 63) / 64 }

func bit(b []uint64, i int) bool { return b[uint(i)>>6]>>(uint(i)&63)&1 != 0 }

func setBit(b []uint64, i int) { b[uint(i)>>6] |= 1 << (uint(i) & 63) }

func clearBit(b []uint64, i int) { b[uint(i)>>6] &^= 1 << (uint(i) & 63) }

// assignBit sets bit i to x.
func assignBit(b []uint64, i int, x bool) {
	if x {
		setBit(b, i)
	} else {
		clearBit(b, i)
	}
}

// Count is the number of set bits among the first n.
func Count(b []uint64, n int) int {
	c := 0
	for i := range n / 64 {
		c += bits.OnesCount64(b[i])
	}
	if n%64 != 0 {
		c += bits.OnesCount64(b[n/64] & (1<<(n%64) - 1))
	}
	return c
}

// FillBits sets the first n bits and clears the rest of their last word.
func FillBits(b []uint64, n int) {
	for i := range n / 64 {
		b[i] = ^uint64(0)
	}
	if n%64 != 0 {
		b[n/64] = 1<<(n%64) - 1
	}
}
