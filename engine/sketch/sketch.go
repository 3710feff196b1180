// Package sketch estimates how many distinct values there are, of parts that are seen apart and counted together (HyperLogLog;
// Flajolet et al., 2007, with the linear counting of small sets). Equal values must be added in one way, and then sketches of any
// process agree.
package sketch

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

const (
	index     = 11 // bits of a hash that choose a register: the standard error is 2.3 %
	registers = 1 << index
)

// Distinct is a sketch of a set. The zero Distinct is that of the empty set.
type Distinct struct{ registers [registers]uint8 }

// AddUint adds a number, or the bits of one.
func (d *Distinct) AddUint(v uint64) {
	// The finaliser of MurmurHash3: a bijection that spreads neighbouring integers over all bits.
	v ^= v >> 33
	v *= 0xff51afd7ed558ccd
	v ^= v >> 33
	v *= 0xc4ceb9fe1a85ec53
	v ^= v >> 33
	d.addHash(v)
}

// AddString adds a text.
func (d *Distinct) AddString(v string) { d.addHash(xxhash.Sum64String(v)) }

func (d *Distinct) addHash(h uint64) {
	i := h >> (64 - index)
	rank := uint8(bits.LeadingZeros64(h<<index|1)) + 1
	if rank > d.registers[i] {
		d.registers[i] = rank
	}
}

// Estimate is about the number of distinct values.
func (d *Distinct) Estimate() int64 {
	const m = registers
	var of [256]int // registers of each rank
	for _, r := range d.registers {
		of[r]++
	}
	sum, zeros := 0.0, of[0]
	for r, n := range of {
		if n > 0 {
			sum += math.Ldexp(float64(n), -r)
		}
	}
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && zeros > 0 {
		e = m * math.Log(float64(m)/float64(zeros))
	}
	return int64(math.Round(e))
}

// The two encodings, by their first byte.
const (
	sparse = 1 // two bytes of position and one of rank for each register that is set
	dense  = 2 // the least rank, then half a byte a register of how far it is above it, at most 15
)

// Bytes are the sketch for keeping: at most some 1,000.
func (d *Distinct) Bytes() []byte {
	set, least := 0, uint8(255)
	for _, r := range d.registers {
		least = min(least, r)
		if r > 0 {
			set++
		}
	}
	if 3*set < registers/2 {
		out := []byte{sparse}
		for i, r := range d.registers {
			if r > 0 {
				out = append(binary.LittleEndian.AppendUint16(out, uint16(i)), r)
			}
		}
		return out
	}
	out := make([]byte, 2+registers/2)
	out[0], out[1] = dense, least
	for i, r := range d.registers {
		out[2+i/2] |= min(r-least, 15) << (4 * (i % 2))
	}
	return out
}

// maxRank is the rank of a hash whose other bits are all zero.
const maxRank = 64 - index + 1

var errDamaged = errors.New("this is not a sketch of distinct values")

// Merge makes d the sketch of its set and of that whose Bytes b are, together; ranks far above the least of those are cut. After an error
// d is of no use.
func (d *Distinct) Merge(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == sparse && len(b)%3 == 1:
		for b = b[1:]; len(b) > 0; b = b[3:] {
			i := binary.LittleEndian.Uint16(b)
			if i >= registers || b[2] > maxRank {
				return errDamaged
			}
			d.registers[i] = max(d.registers[i], b[2])
		}
	case len(b) == 2+registers/2 && b[0] == dense && b[1] <= maxRank:
		var ranks [16]uint8
		for i := range ranks {
			ranks[i] = min(b[1]+uint8(i), maxRank)
		}
		for i, two := range b[2:] {
			pair := d.registers[2*i : 2*i+2]
			pair[0], pair[1] = max(pair[0], ranks[two&15]), max(pair[1], ranks[two>>4])
		}
	default:
		return errDamaged
	}
	return nil
}
