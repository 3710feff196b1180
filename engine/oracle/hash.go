package oracle

import (
	"encoding/binary"
	"math"
	"math/big"
)

// hashOf is FNV-1a over the bytes of a value, with its halves mixed twice.
func hashOf(v any) (any, error) {
	b := []byte{0}
	if v != nil {
		b = []byte{1}
	}
	switch v := v.(type) {
	case nil:
	case bool:
		b = append(b, byte(truth(v)))
	case int64:
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	case Instant:
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	case Clock:
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	case Day:
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	case float64:
		if v == 0 {
			v = 0
		}
		if math.IsNaN(v) {
			v = math.NaN()
		}
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v+0))
	case string:
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(v))), v...)
	case Decimal: // two's complement in 128 bits, the high half first
		n := new(big.Int).Set(v.Unscaled)
		if n.Sign() < 0 {
			n.Add(n, new(big.Int).Lsh(big.NewInt(1), 128))
		}
		b = binary.LittleEndian.AppendUint64(b, new(big.Int).Rsh(n, 64).Uint64())
		b = binary.LittleEndian.AppendUint64(b, n.Uint64())
	default:
		return nil, unsupported("hash of a list or a record")
	}
	h := uint64(14695981039346656037)
	for _, c := range b {
		h ^= uint64(c)
		h *= 1099511628211
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	return int64(h), nil
}
