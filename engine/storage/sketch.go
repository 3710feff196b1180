package storage

import (
	"hash/maphash"
	"math"
	"math/bits"
)

// sketch estimates how many distinct values it has seen, within some 2 % (HyperLogLog; Flajolet et al., 2007, with the
// linear counting of small sets).
type sketch struct{ registers [1 << sketchBits]uint8 }

const sketchBits = 11

var sketchSeed = maphash.MakeSeed()

func (s *sketch) addUint(v uint64) {
	// The finaliser of MurmurHash3: a bijection that spreads neighbouring integers over all bits.
	v ^= v >> 33
	v *= 0xff51afd7ed558ccd
	v ^= v >> 33
	v *= 0xc4ceb9fe1a85ec53
	v ^= v >> 33
	s.addHash(v)
}

func (s *sketch) addString(v string) { s.addHash(maphash.String(sketchSeed, v)) }

func (s *sketch) addHash(h uint64) {
	i := h >> (64 - sketchBits)
	rank := uint8(bits.LeadingZeros64(h<<sketchBits|1)) + 1
	if rank > s.registers[i] {
		s.registers[i] = rank
	}
}

func (s *sketch) estimate() int64 {
	const m = 1 << sketchBits
	sum, zeros := 0.0, 0
	for _, r := range s.registers {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			zeros++
		}
	}
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && zeros > 0 {
		e = m * math.Log(float64(m)/float64(zeros))
	}
	return int64(math.Round(e))
}
