package funcs

import (
	"encoding/binary"
	"math"

	"github.com/dreamql/dreamql/engine/types"
)

// appendKey writes row i so that equal values, and only those, have equal bytes: -0.0 as 0.0, every NaN alike.
func appendKey(out []byte, v *Vec, i int) []byte {
	if !v.Present(i) {
		return append(out, 0)
	}
	out = append(out, 1)
	k := v.At(i)
	switch v.Type.Kind {
	case types.Bool:
		return append(out, byte(bool01(v.Bool(i))))
	case types.Int, types.Time, types.Timestamp:
		return binary.LittleEndian.AppendUint64(out, uint64(v.Ints[k]))
	case types.Date:
		return binary.LittleEndian.AppendUint32(out, uint32(v.Days[k]))
	case types.Float:
		x := v.Floats[k] + 0 // -0.0 becomes 0.0
		if x != x {
			x = math.NaN()
		}
		return binary.LittleEndian.AppendUint64(out, math.Float64bits(x))
	case types.Decimal:
		d := v.Decimal(i)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(out, uint64(d.HighBits())), d.LowBits())
	case types.Duration:
		d := v.Intervals[k]
		out = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(out, uint32(d.Months)), uint32(d.Days))
		return binary.LittleEndian.AppendUint64(out, uint64(d.Nanoseconds))
	case types.UUID:
		return append(out, v.UUIDs[k][:]...)
	case types.String, types.Bytes, types.JSON:
		s := v.Str(i)
		return append(binary.LittleEndian.AppendUint32(out, uint32(len(s))), s...)
	}
	return append(out, v.Array.ValueStr(k)...)
}

// hash64 is FNV-1a with its bits mixed once more; the same on every machine and in every version.
func hash64(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	return h
}

var hash = &Func{Name: "hash", Kind: Scalar, Family: "conversion", Doc: "A number that is equal for equal values, and evenly spread; the same in every run. Not for secrets.",
	Overloads: []Overload{{Signature: "(x: T?) => int", Absence: Sees, Costly: true, Examples: []Example{{Call: "hash('a') == hash('a')", Result: "true"}, {Call: "hash(1) == hash(2)", Result: "false"}},
		Kernel: func(c *Call) error {
			var key []byte
			for i := range c.N {
				key = appendKey(key[:0], c.Args[0], i)
				c.Out.Ints[i] = int64(hash64(key))
			}
			return nil
		}}}}
