package exec

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// columnCodes numbers the distinct values of one column; absent is a value too. Integers and other fixed-width values up to
// 64 bits go through an intTable, the rest through a bytesTable over an encoding of the value. A dictionary is numbered
// once, whichever batch it comes with.
type columnCodes struct {
	ints   intTable
	text   *bytesTable
	absent uint32 // code of absent, or none
	n      uint32 // codes given
	// index maps the numbers of ints or text to codes, which count absent too; it is nil until absent has come.
	index []uint32
}

// codeCache is what one thread remembers about dictionaries.
type codeCache struct {
	dictionary arrow.ArrayData
	codes      []uint32 // by position in the dictionary; unset where not looked up
	texts      textOf   // of the dictionary, where it has such and none is absent; else without offsets
	scratch    []byte
}

const unset = none - 1

func newColumnCodes() *columnCodes { return &columnCodes{absent: none} }

// insert writes the code of each row, numbering new values. It must not run beside any other call.
func (c *columnCodes) insert(a arrow.Array, cache *codeCache, out []uint32) {
	c.run(a, cache, out, true)
}

// find writes the code of each row, none for a value that was never inserted. Any number may run at a time, each with a cache of its own.
func (c *columnCodes) find(a arrow.Array, cache *codeCache, out []uint32) {
	c.run(a, cache, out, false)
}

func (c *columnCodes) nullCode(add bool) uint32 {
	if c.absent == none && add {
		c.absent = c.n
		c.n++
		c.index = make([]uint32, max(int(c.ints.n), c.texts()))
		for i := range c.index {
			c.index[i] = uint32(i)
		}
	}
	return c.absent
}

func (c *columnCodes) texts() int {
	if c.text == nil {
		return 0
	}
	return c.text.len()
}

// code turns the number of a table into a code.
func (c *columnCodes) code(number uint32) uint32 {
	if number == none {
		return none
	}
	if c.index == nil {
		c.n = max(c.n, number+1)
		return number
	}
	if int(number) == len(c.index) {
		c.index = append(c.index, c.n)
		c.n++
	}
	return c.index[number]
}

func (c *columnCodes) run(a arrow.Array, cache *codeCache, out []uint32, add bool) {
	switch a := a.(type) {
	case *array.Dictionary:
		c.dictionary(a, cache, out, add)
	case *array.Int64:
		runInts(c, a, a.Int64Values(), func(v int64) uint64 { return uint64(v) }, out, add)
	case *array.Float64:
		runInts(c, a, a.Float64Values(), floatKey, out, add)
	case *array.Date32:
		runInts(c, a, a.Date32Values(), func(v arrow.Date32) uint64 { return uint64(int64(v)) }, out, add)
	case *array.Timestamp:
		runInts(c, a, a.TimestampValues(), func(v arrow.Timestamp) uint64 { return uint64(v) }, out, add)
	case *array.Time64:
		runInts(c, a, a.Time64Values(), func(v arrow.Time64) uint64 { return uint64(v) }, out, add)
	default:
		if add && a.NullN() == 0 && len(out) > 0 && c.allTexts(a, out) {
			return
		}
		for i := range out {
			if a.IsNull(i) {
				out[i] = c.nullCode(add)
				continue
			}
			cache.scratch = appendValue(cache.scratch[:0], a, i)
			out[i] = c.textCode(cache.scratch, add)
		}
	}
}

// allTexts inserts a column of text or bytes without absent values; it reports whether it is one.
func (c *columnCodes) allTexts(a arrow.Array, out []uint32) bool {
	switch a.(type) {
	case *array.String, *array.Binary:
	default:
		return false
	}
	if c.text == nil {
		c.text = newBytesTable()
	}
	texts := textsOf(a.Data())
	c.text.insertAll(texts.offsets, texts.bytes, out)
	if c.index == nil {
		c.n = uint32(c.text.len())
		return true
	}
	for i, number := range out {
		out[i] = c.code(number)
	}
	return true
}

// floatKey makes equal floats equal bits: one zero, one NaN.
func floatKey(v float64) uint64 {
	if v == 0 {
		return 0
	}
	if v != v {
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(v)
}

func runInts[T any](c *columnCodes, a arrow.Array, values []T, key func(T) uint64, out []uint32, add bool) {
	nulls := a.NullN() > 0
	for i, v := range values {
		switch {
		case nulls && a.IsNull(i):
			out[i] = c.nullCode(add)
		case add:
			out[i] = c.code(c.ints.insert(key(v)))
		default:
			out[i] = c.lookup(c.ints.find(key(v)))
		}
	}
}

// lookup is code for readers: it changes nothing.
func (c *columnCodes) lookup(number uint32) uint32 {
	if number == none || c.index == nil {
		return number
	}
	return c.index[number]
}

func (c *columnCodes) textCode(key []byte, add bool) uint32 {
	if add {
		if c.text == nil {
			c.text = newBytesTable()
		}
		return c.code(c.text.insert(key))
	}
	if c.text == nil {
		return none
	}
	return c.lookup(c.text.find(key))
}

// codeOfText is textCode for a text that lies between two offsets.
func (c *columnCodes) codeOfText(offsets []int32, text []byte, add bool) uint32 {
	if add && c.text == nil {
		c.text = newBytesTable()
	}
	var key [1]shortText
	if c.text == nil || c.text.long || c.text.len() == 0 && !add || shortTexts(offsets, text, key[:]) == 0 {
		return c.textCode(text[offsets[0]:offsets[1]], add)
	}
	if add {
		return c.code(c.text.insertShort(key[0], key[0].hash(c.text.mixed)))
	}
	return c.lookup(c.text.findShort(key[0]))
}

// meet makes a dictionary the one whose codes the cache has.
func (c *columnCodes) meet(a *array.Dictionary, cache *codeCache) {
	d := a.Data().Dictionary()
	if cache.dictionary == d {
		return
	}
	cache.dictionary = d
	cache.codes = make([]uint32, d.Len())
	for i := range cache.codes {
		cache.codes[i] = unset
	}
	cache.texts = textOf{}
	if d.DataType().ID() == arrow.STRING && d.NullN() == 0 {
		cache.texts = textsOf(d)
		c.known(a.Len(), cache)
	}
}

// valueCode is the code of value v of the dictionary that the cache has.
func (c *columnCodes) valueCode(dict arrow.Array, v int, cache *codeCache, add bool) uint32 {
	code := cache.codes[v]
	if code == unset {
		switch {
		case cache.texts.offsets != nil:
			code = c.codeOfText(cache.texts.offsets[v:v+2], cache.texts.bytes, add)
		case dict.IsNull(v):
			code = c.nullCode(add)
		default:
			cache.scratch = appendValue(cache.scratch[:0], dict, v)
			code = c.textCode(cache.scratch, add)
		}
		cache.codes[v] = code
	}
	return code
}

func (c *columnCodes) dictionary(a *array.Dictionary, cache *codeCache, out []uint32, add bool) {
	c.meet(a, cache)
	dict := a.Dictionary()
	resolve := func(v int) uint32 { return c.valueCode(dict, v, cache, add) }
	if a.NullN() == 0 {
		switch index := a.Indices().(type) {
		case *array.Int32:
			codesOf(cache.codes, index.Int32Values(), resolve, out)
			return
		case *array.Int16:
			codesOf(cache.codes, index.Int16Values(), resolve, out)
			return
		case *array.Int8:
			codesOf(cache.codes, index.Int8Values(), resolve, out)
			return
		case *array.Uint16:
			codesOf(cache.codes, index.Uint16Values(), resolve, out)
			return
		case *array.Uint8:
			codesOf(cache.codes, index.Uint8Values(), resolve, out)
			return
		}
	}
	for i := range out {
		if a.IsNull(i) {
			out[i] = c.nullCode(add)
		} else {
			out[i] = resolve(a.GetValueIndex(i))
		}
	}
}

// known fills in the codes of values of a dictionary that came with others already, where most are likely to come again with so many
// rows: a few hundred at a time, they cost a fraction of what one by one they do.
func (c *columnCodes) known(rows int, cache *codeCache) {
	if c.text == nil || c.text.long || c.text.len() == 0 || len(cache.codes) > 4*rows || len(cache.codes) == 0 {
		return
	}
	c.text.findAll(cache.texts.offsets, cache.texts.bytes, cache.codes)
	if c.index == nil {
		return
	}
	for i, n := range cache.codes {
		if n != unset {
			cache.codes[i] = c.index[n]
		}
	}
}

// codesOf writes the codes of dictionary values.
func codesOf[T int8 | int16 | int32 | uint8 | uint16](codes []uint32, index []T, resolve func(int) uint32, out []uint32) {
	out = out[:len(index)]
	for i, v := range index {
		code := codes[v]
		if code == unset {
			code = resolve(int(v))
		}
		out[i] = code
	}
}

func (c *columnCodes) bytes() int64 {
	n := c.ints.bytes() + int64(cap(c.index))*4
	if c.text != nil {
		n += c.text.bytes()
	}
	return n
}
