package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// insertKnown looks rows up by the positions of their values in dictionaries, without codes and keys of their own: for one column
// the code of a value is the group, for two, whose dictionaries came with rows before, the codes of both are. It returns how many rows
// it did: all, or up to the first with a value that has not come yet.
func (k *groupKeys) insertKnown(mem *budget, cols []arrow.Array, out []uint32, fresh []int32) (int, []int32) {
	if len(cols) == 1 {
		return k.insertDictionary(mem, cols[0], out, fresh)
	}
	if len(cols) > 2 || k.words != 1 || k.direct == nil {
		return 0, fresh
	}
	var known [2]knownKeys
	for i, c := range k.columns {
		if !known[i].take(mem, c, cols[i]) {
			return 0, fresh
		}
	}
	first, second := &known[0], &known[1]
	first.inKeys(k, 0)
	second.inKeys(k, 1)
	switch {
	case first.tiny != nil:
		return knownWith(k, first.keys, first.tiny, second, out, fresh)
	case first.shorts != nil:
		return knownWith(k, first.keys, first.shorts, second, out, fresh)
	}
	return knownWith(k, first.keys, first.ints, second, out, fresh)
}

// insertDictionary is insertKnown for the only column, whose codes are the groups. It stops at no value: one that has not come yet gets
// its code there.
func (k *groupKeys) insertDictionary(mem *budget, a arrow.Array, out []uint32, fresh []int32) (int, []int32) {
	c := k.columns[0]
	d, ok := a.(*array.Dictionary)
	if !ok || d.NullN() > 0 || c.dictionary != nil || c.codes == nil && (k.n > 0 || c.texts != nil) {
		return 0, fresh
	}
	if c.codes == nil {
		c.codes = newColumnCodes()
	}
	c.codes.meet(d, &c.cache)
	var known knownKeys
	if !known.take(mem, c, d) {
		return 0, fresh
	}
	c.encoded = true
	dictionary := d.Dictionary()
	var values []int32
	for done := 0; ; done++ {
		if done += known.codesFrom(done, out); done == len(out) {
			break
		}
		v, next := d.GetValueIndex(done), c.codes.n
		if out[done] = c.codes.valueCode(dictionary, v, &c.cache, true); out[done] < next {
			continue
		}
		fresh = append(fresh, int32(done))
		if dictionary.IsNull(v) {
			v = -1
		}
		values = append(values, int32(v))
	}
	if values != nil {
		c.values = append(c.values, take(mem, dictionary, values))
		k.n = int(c.codes.n)
	}
	return len(out), fresh
}

// codesFrom writes the codes of rows from one on, up to the first that is not known; it returns how many those are.
func (p *knownKeys) codesFrom(from int, out []uint32) int {
	switch {
	case p.tiny != nil:
		return knownCodes(p.codes, p.tiny[from:], out[from:])
	case p.shorts != nil:
		return knownCodes(p.codes, p.shorts[from:], out[from:])
	}
	return knownCodes(p.codes, p.ints[from:], out[from:])
}

// knownKeys is a column as positions in a dictionary, in one of three widths.
type knownKeys struct {
	codes  []uint32 // by position; unset where not known, nil where positions are integers
	values int      // of the dictionary
	keys   []uint32 // the codes where they stand in a key
	tiny   []uint8
	shorts []uint16
	ints   []int32
}

// mostKnown is the largest dictionary whose keys are made anew for each batch.
const mostKnown = 4 << 10

// take reports whether a column has a dictionary that is known or followed, and no absent rows.
func (p *knownKeys) take(mem *budget, c *keyColumn, a arrow.Array) bool {
	d, ok := a.(*array.Dictionary)
	if !ok || d.NullN() > 0 || d.Len() == 0 {
		return false
	}
	of := d.Data().Dictionary()
	if p.values = of.Len(); c.codes != nil && c.cache.dictionary == of {
		p.codes = c.cache.codes
	} else if c.codes != nil || !c.follows(mem, d) {
		return false
	}
	switch at := positionsOf(d).(type) {
	case []uint8:
		p.tiny = at
	case []uint16:
		p.shorts = at
	case []int32:
		p.ints = at
	default:
		return false
	}
	return true
}

// inKeys makes keys of codes, or of positions. One that is not known, or has no room, is past all of them.
func (p *knownKeys) inKeys(k *groupKeys, column int) {
	if p.values > mostKnown {
		return
	}
	c := k.columns[column]
	if cap(c.keys) < p.values {
		c.keys = make([]uint32, p.values)
	}
	p.keys = c.keys[:p.values]
	for i := range p.keys {
		number := uint64(i) - c.base + 1
		if p.codes != nil {
			number = uint64(p.codes[i])
		}
		if p.keys[i] = 1 << 31; number>>c.bits == 0 {
			p.keys[i] = uint32(number) << c.shift
		}
	}
}

func knownCodes[T uint8 | uint16 | int32](codes []uint32, at []T, out []uint32) int {
	out = out[:len(at)]
	for i, v := range at {
		code := codes[v]
		if code == unset {
			return i
		}
		out[i] = code
	}
	return len(at)
}

func knownWith[T uint8 | uint16 | int32](k *groupKeys, keys []uint32, at []T, second *knownKeys, out []uint32, fresh []int32) (int, []int32) {
	switch {
	case keys == nil || second.keys == nil:
		return 0, fresh
	case second.tiny != nil:
		return knownPairs(k, keys, at, second.keys, second.tiny, out, fresh)
	case second.shorts != nil:
		return knownPairs(k, keys, at, second.keys, second.shorts, out, fresh)
	}
	return knownPairs(k, keys, at, second.keys, second.ints, out, fresh)
}

func knownPairs[T, U uint8 | uint16 | int32](k *groupKeys, first []uint32, at []T, second []uint32, with []U, out []uint32, fresh []int32) (int, []int32) {
	direct := k.direct
	with, out = with[:len(at)], out[:len(at)]
	for i, v := range at {
		key := first[v] | second[with[i]]
		if uint(key) >= uint(len(direct)) {
			return i, fresh
		}
		c := direct[key]
		if c == 0 {
			k.keys = append(k.keys, uint64(key))
			k.n++
			c = uint32(k.n)
			direct[key] = c
			fresh = append(fresh, int32(i))
		}
		out[i] = c - 1
	}
	return len(at), fresh
}
