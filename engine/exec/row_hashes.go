package exec

import (
	"hash/maphash"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// rowHashes hashes rows of key columns by their values: equal keys have equal hashes in every thread, however they are encoded.
// It is for one thread.
type rowHashes struct {
	seed    maphash.Seed
	dicts   []hashedDictionary // by column
	scratch []byte
}

// hashedDictionary is the hashes of the dictionary that a column had last.
type hashedDictionary struct {
	of     arrow.ArrayData
	hashes []uint64
}

const absentHash = 0x2545f4914f6cdd1d

func (h *rowHashes) hash(cols []arrow.Array, out []uint64) {
	clear(out)
	if h.dicts == nil {
		h.dicts = make([]hashedDictionary, len(cols))
	}
	for c, a := range cols {
		switch a := a.(type) {
		case *array.Dictionary:
			h.dictionary(&h.dicts[c], a, out)
		case *array.Int64:
			hashNumbers(a, a.Int64Values(), out)
		case *array.Int32: // narrow, like the next two, with the hashes that wide ones have
			hashNumbers(a, a.Int32Values(), out)
		case *array.Int16:
			hashNumbers(a, a.Int16Values(), out)
		case *array.Int8:
			hashNumbers(a, a.Int8Values(), out)
		case *array.Timestamp:
			hashNumbers(a, a.TimestampValues(), out)
		case *array.Time64:
			hashNumbers(a, a.Time64Values(), out)
		case *array.Date32:
			hashNumbers(a, a.Date32Values(), out)
		default:
			for i, x := range out {
				out[i] = hashInt(x ^ h.value(a, i))
			}
		}
	}
}

func hashNumbers[T ~int8 | ~int16 | ~int32 | ~int64](a arrow.Array, in []T, out []uint64) {
	if a.NullN() == 0 {
		for i, v := range in {
			out[i] = hashInt(out[i] ^ uint64(int64(v)))
		}
		return
	}
	for i, v := range in {
		x := uint64(int64(v))
		if a.IsNull(i) {
			x = absentHash
		}
		out[i] = hashInt(out[i] ^ x)
	}
}

func (h *rowHashes) value(a arrow.Array, i int) uint64 {
	if a.IsNull(i) {
		return absentHash
	}
	h.scratch = appendValue(h.scratch[:0], a, i)
	return maphash.Bytes(h.seed, h.scratch)
}

func (h *rowHashes) dictionary(d *hashedDictionary, a *array.Dictionary, out []uint64) {
	if of := a.Data().Dictionary(); d.of != of {
		d.of = of
		d.hashes = make([]uint64, of.Len())
		for i := range d.hashes {
			d.hashes[i] = h.value(a.Dictionary(), i)
		}
	}
	if a.NullN() == 0 {
		switch index := a.Indices().(type) {
		case *array.Int32:
			hashIndex(d.hashes, index.Int32Values(), out)
			return
		case *array.Int16:
			hashIndex(d.hashes, index.Int16Values(), out)
			return
		case *array.Int8:
			hashIndex(d.hashes, index.Int8Values(), out)
			return
		}
	}
	for i, x := range out {
		v := uint64(absentHash)
		if a.IsValid(i) {
			v = d.hashes[a.GetValueIndex(i)]
		}
		out[i] = hashInt(x ^ v)
	}
}

func hashIndex[T int8 | int16 | int32](hashes []uint64, index []T, out []uint64) {
	out = out[:len(index)]
	for i, v := range index {
		out[i] = hashInt(out[i] ^ hashes[v])
	}
}
