package exec

import (
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
)

// keyColumn makes numbers of the values of one key column, and values of the numbers. Integers, dates and times are their
// own numbers, less a base, so that the smallest is 1 and 0 is absent; other values are coded, absent among them.
type keyColumn struct {
	codes   *columnCodes // nil: integers
	cache   codeCache
	values  []arrow.Array // of the codes, in their order
	encoded bool          // some came with a dictionary
	keys    []uint32      // room for what the codes of a dictionary are in keys

	// dictionary is what all rows have, if it is not nil: the positions in it, whose values differ, are integers. Where texts is not nil,
	// they are positions in the chain's as long as each dictionary follows it.
	dictionary *array.String
	texts      *keyTexts
	met        arrow.ArrayData // the dictionary that came last, and followed
	strange    bool            // the last rows are no integers, and those before were

	t      *types.Type    // the column's, where it may come narrow
	dt     arrow.DataType // of integers
	lo, hi int64          // of those that have come
	some   bool           // one has
	base   uint64         // has the number 1

	bits, shift uint // where in a key's word the number stands
	word        int

	rows   arrow.Array // that were loaded last
	batch  []uint32    // their codes
	ints   any         // or integers: a slice of int64, int32, int16, int8, uint16 or uint8
	absent bool        // some of them are
	bools  []int64
}

// maxKeyBits is for an integer; columns of wider ranges are coded.
const maxKeyBits = 62

// within says that all rows will have a dictionary, whose values differ.
func (c *keyColumn) within(dictionary *array.String) {
	c.texts = nil
	c.positionsIn(dictionary)
}

// positionsIn makes the integers positions in a dictionary, which may be longer than one before.
func (c *keyColumn) positionsIn(dictionary *array.String) {
	c.dictionary = dictionary
	c.dt = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: dictionary.DataType()}
	c.some, c.hi = true, int64(max(dictionary.Len(), 1)-1)
}

// load takes the values of the next rows. They must stay until their groups are known.
func (c *keyColumn) load(mem *budget, a arrow.Array) {
	c.rows = a
	if c.codes == nil && !c.integers(mem, a) {
		c.codes = newColumnCodes()
	}
	if c.codes != nil {
		c.code(mem, a)
	}
}

// code makes codes of rows, and keeps the values of new ones, without their dictionary.
func (c *keyColumn) code(mem *budget, a arrow.Array) {
	if c.t != nil {
		wide, err := funcs.Widened(mem, a, *c.t)
		if err != nil {
			panic(stopped{err})
		}
		defer wide.Release()
		a = wide
	}
	if cap(c.batch) < a.Len() {
		c.batch = make([]uint32, a.Len())
	}
	c.batch = c.batch[:a.Len()]
	next := c.codes.n
	c.codes.insert(a, &c.cache, c.batch)
	d, encoded := a.(*array.Dictionary)
	c.encoded = c.encoded || encoded
	if c.codes.n == next {
		return
	}
	fresh := make([]int32, 0, c.codes.n-next)
	for i, code := range c.batch {
		if code == next {
			fresh = append(fresh, int32(i))
			next++
		}
	}
	if encoded {
		for i, r := range fresh {
			if fresh[i] = -1; d.IsValid(int(r)) {
				fresh[i] = int32(d.GetValueIndex(int(r)))
			}
		}
		a = d.Dictionary()
	}
	a = take(mem, a, fresh)
	if f, ok := a.(*array.Float64); ok { // of the two zeros, which are one key, always the same
		vals := f.Float64Values()
		for i, x := range vals {
			if x == 0 {
				vals[i] = 0
			}
		}
	}
	c.values = append(c.values, a)
}

// encode turns from integers to codes, and gives the codes of the groups so far.
func (c *keyColumn) encode(mem *budget, k *groupKeys) []uint32 {
	rows := c.rows
	var groups []uint32
	c.codes = newColumnCodes()
	if k.n > 0 {
		a := c.numbers(mem, k)
		c.code(mem, a)
		groups = slices.Clone(c.batch)
		a.Release()
	}
	c.dictionary, c.texts, c.strange = nil, nil, false
	c.code(mem, rows)
	return groups
}

// integers looks at a column as numbers, if it is one whose range is small enough, or has been so far.
func (c *keyColumn) integers(mem *budget, a arrow.Array) bool {
	c.ints, c.absent, c.strange = nil, a.NullN() > 0, false
	switch a := a.(type) {
	case *array.Int64:
		c.ints = a.Int64Values()
	case *array.Timestamp:
		c.ints = arrow.Int64Traits.CastFromBytes(arrow.TimestampTraits.CastToBytes(a.TimestampValues()))
	case *array.Time64:
		c.ints = arrow.Int64Traits.CastFromBytes(arrow.Time64Traits.CastToBytes(a.Time64Values()))
	case *array.Date32:
		c.ints = arrow.Int32Traits.CastFromBytes(arrow.Date32Traits.CastToBytes(a.Date32Values()))
	case *array.Int32:
		c.ints = a.Int32Values()
	case *array.Int16:
		c.ints = a.Int16Values()
	case *array.Int8:
		c.ints = a.Int8Values()
	case *array.Boolean:
		if cap(c.bools) < a.Len() {
			c.bools = make([]int64, a.Len())
		}
		bools := c.bools[:a.Len()]
		for i := range bools {
			bools[i] = 0
			if a.Value(i) {
				bools[i] = 1
			}
		}
		c.ints = bools
	case *array.Dictionary:
		if c.dictionary != nil && c.texts == nil || c.follows(mem, a) {
			c.ints = positionsOf(a)
		}
	}
	if c.ints == nil {
		c.strange = c.dictionary != nil
		return c.strange
	}
	if c.dt == nil && c.t != nil {
		c.dt, _ = types.ToArrow(*c.t) // that of whole numbers and dates is there
	}
	if c.dt == nil {
		c.dt = a.DataType()
	}
	return true
}

// follows reports whether positions in the dictionary of a column are positions in the chain's.
func (c *keyColumn) follows(mem *budget, a *array.Dictionary) bool {
	d := a.Data().Dictionary()
	if c.met == d {
		return true
	}
	of, ok := d.(*array.Data)
	if !ok || c.texts == nil || positionsOf(a) == nil || !c.texts.follow(mem, of, a.Len()) {
		return false
	}
	c.met = d
	c.positionsIn(c.texts.texts())
	return true
}

// positionsOf is the positions of a column in its dictionary, or nil where they have another width. Those of absent rows may be
// anything.
func positionsOf(a *array.Dictionary) any {
	b, from, n := a.Data().Buffers()[1].Bytes(), a.Data().Offset(), a.Len()
	switch a.DataType().(*arrow.DictionaryType).IndexType.ID() {
	case arrow.INT8, arrow.UINT8:
		return b[from : from+n]
	case arrow.INT16, arrow.UINT16:
		return arrow.Uint16Traits.CastFromBytes(b)[from : from+n]
	case arrow.INT32:
		return arrow.Int32Traits.CastFromBytes(b)[from : from+n]
	}
	return nil
}

// measure finds how many bits the numbers need by now; it reports whether those are few enough for integers.
func (c *keyColumn) measure() bool {
	if c.codes != nil {
		c.base = 0
		c.bits = uint(max(1, bits.Len32(max(c.codes.n, 1)-1)))
		return true
	}
	if c.strange {
		return false
	}
	old := *c
	switch in := c.ints.(type) {
	case []int64:
		widest(c, in)
	case []int32:
		widest(c, in)
	case []int16:
		widest(c, in)
	case []int8:
		widest(c, in)
	case []uint16:
		widest(c, in)
	case []uint8:
		widest(c, in)
	}
	if !c.some {
		c.bits = 1
		return true
	}
	if uint64(c.hi)-uint64(c.lo) >= 1<<maxKeyBits {
		return false
	}
	if !old.some || c.lo < old.lo {
		c.base = uint64(c.lo)
	}
	c.bits = uint(bits.Len64(uint64(c.hi) - c.base + 1))
	if old.some && c.lo < old.lo { // they get smaller: leave room below
		if base := uint64(c.hi) + 2 - 1<<c.bits; int64(base) < c.lo {
			c.base = base
		}
	}
	// What fits without a change counts as having come.
	c.lo = int64(c.base)
	if hi := int64(c.base + 1<<c.bits - 2); hi > c.hi {
		c.hi = hi
	}
	return true
}

func widest[T integer](c *keyColumn, in []T) {
	var lo, hi int64
	some := false
	if words, ok := any(in).([]int64); ok && !c.absent && len(words) > 0 {
		lo, hi = kernels.Best.Bounds(words)
		in, some = nil, true
	}
	for i, v := range in {
		if c.absent && c.rows.IsNull(i) {
			continue
		}
		if v := int64(v); !some {
			lo, hi, some = v, v, true
		} else {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	switch {
	case some && c.some:
		c.lo, c.hi = min(lo, c.lo), max(hi, c.hi)
	case some:
		c.lo, c.hi, c.some = lo, hi, true
	}
}

// pack adds the numbers of the rows to their keys, or begins the keys; the result has bits where one does not fit.
func (c *keyColumn) pack(out []uint64, words int, begin bool) uint64 {
	switch {
	case c.codes != nil && words == 1:
		var over uint64
		if begin {
			for i, code := range c.batch {
				over |= uint64(code)
				out[i] = uint64(code)
			}
			return over >> c.bits
		}
		for i, code := range c.batch {
			over |= uint64(code)
			out[i] |= uint64(code) << c.shift
		}
		return over >> c.bits
	case c.codes != nil:
		var over uint64
		for i, code := range c.batch {
			over |= uint64(code)
			out[i*words+c.word] |= uint64(code) << c.shift
		}
		return over >> c.bits
	case c.strange:
		return 1
	}
	switch in := c.ints.(type) {
	case []int32:
		return packInts(c, in, out, words, begin)
	case []int16:
		return packInts(c, in, out, words, begin)
	case []int8:
		return packInts(c, in, out, words, begin)
	case []uint16:
		return packInts(c, in, out, words, begin)
	case []uint8:
		return packInts(c, in, out, words, begin)
	}
	return packInts(c, c.ints.([]int64), out, words, begin)
}

// integer is how integers may lie.
type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16
}

func packInts[T integer](c *keyColumn, in []T, out []uint64, words int, begin bool) uint64 {
	base, shift := c.base, c.shift
	if !c.some && !c.absent {
		return 1 // these are the first: there is no base yet
	}
	var over uint64
	if begin && !c.absent {
		out = out[:len(in)]
		for i, v := range in {
			d := uint64(int64(v)) - base
			over |= d | (d + 1)
			out[i] = (d + 1) << shift
		}
		return over >> c.bits
	}
	if words == 1 && !c.absent {
		out = out[:len(in)]
		for i, v := range in {
			d := uint64(int64(v)) - base
			over |= d | (d + 1)
			out[i] |= (d + 1) << shift
		}
		return over >> c.bits
	}
	for i, v := range in {
		at := i*words + c.word
		if begin {
			out[at] = 0
		}
		if c.absent && c.rows.IsNull(i) {
			continue
		}
		d := uint64(int64(v)) - base
		over |= d | (d + 1)
		out[at] |= (d + 1) << shift
	}
	if !c.some {
		return over // not 0 where a value is present
	}
	return over >> c.bits
}

// column gives back the values, a row for each group.
func (c *keyColumn) column(mem *budget, k *groupKeys, t types.Type) (arrow.Array, error) {
	if c.codes == nil && k.n > 0 {
		a := c.numbers(mem, k)
		if d, ok := a.(*array.Dictionary); ok && c.texts != nil && 2*k.n < d.Dictionary().Len() {
			defer a.Release()
			return onlyUsed(mem, d), nil
		}
		return a, nil
	}
	values, err := concatColumn(mem, c.values, t)
	if err != nil || k.words == 0 {
		return values, err
	}
	defer values.Release()
	rows := make([]int32, k.n)
	for g := range rows {
		rows[g] = int32(k.number(c, g))
	}
	if !c.encoded {
		return take(mem, values, rows), nil
	}
	index := allocate(mem, 4*k.n)
	defer index.Release()
	copy(arrow.Int32Traits.CastFromBytes(index.Bytes()), rows)
	var valid *memory.Buffer
	nulls := 0
	if c.codes.absent != none {
		valid = allocate(mem, int(bitutil.BytesForBits(int64(k.n))))
		defer valid.Release()
		clear(valid.Bytes())
		for g, r := range rows {
			if uint32(r) == c.codes.absent {
				nulls++
			} else {
				bitutil.SetBit(valid.Bytes(), g)
			}
		}
	}
	dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: values.DataType()}
	d := array.NewDataWithDictionary(dt, k.n, []*memory.Buffer{valid, index}, nulls, 0, values.Data().(*array.Data))
	defer d.Release()
	return array.MakeFromData(d), nil
}

// numbers gives back integers, a row for each group.
func (c *keyColumn) numbers(mem *budget, k *groupKeys) arrow.Array {
	width := c.dt.(arrow.FixedWidthDataType).BitWidth()
	data := allocate(mem, (k.n*width+7)/8)
	defer data.Release()
	var absent []int32
	switch width {
	case 1:
		values := make([]uint8, k.n)
		absent = unpack(c, k, values)
		clear(data.Bytes())
		for g, v := range values {
			bitutil.SetBitTo(data.Bytes(), g, v == 1)
		}
	case 32:
		absent = unpack(c, k, arrow.Int32Traits.CastFromBytes(data.Bytes()))
	default:
		absent = unpack(c, k, arrow.Int64Traits.CastFromBytes(data.Bytes()))
	}
	var valid *memory.Buffer
	if len(absent) > 0 {
		valid = allocate(mem, int(bitutil.BytesForBits(int64(k.n))))
		defer valid.Release()
		for i := range valid.Bytes() {
			valid.Bytes()[i] = 0xff
		}
		for _, g := range absent {
			bitutil.ClearBit(valid.Bytes(), int(g))
		}
	}
	d := array.NewData(c.dt, k.n, []*memory.Buffer{valid, data}, nil, len(absent), 0)
	switch {
	case c.dictionary != nil && c.texts != nil: // others may have followed further, and their groups be here
		d.SetDictionary(c.texts.texts().Data())
	case c.dictionary != nil:
		d.SetDictionary(c.dictionary.Data())
	}
	defer d.Release()
	return array.MakeFromData(d)
}

// onlyUsed gives rows a dictionary of their own texts, one for each row.
func onlyUsed(mem *budget, a *array.Dictionary) arrow.Array {
	index := allocate(mem, 4*a.Len())
	defer index.Release()
	at := arrow.Int32Traits.CastFromBytes(index.Bytes())
	copy(at, a.Indices().(*array.Int32).Int32Values())
	values := take(mem, a.Dictionary(), at)
	defer values.Release()
	for i := range at {
		at[i] = int32(i)
	}
	d := array.NewDataWithDictionary(a.DataType(), a.Len(), []*memory.Buffer{a.Data().Buffers()[0], index}, a.NullN(), 0, values.Data().(*array.Data))
	defer d.Release()
	return array.MakeFromData(d)
}

// unpack writes the column's integers of all groups, and lists those where it is absent.
func unpack[T uint8 | int32 | int64](c *keyColumn, k *groupKeys, out []T) (absent []int32) {
	mask, base := uint64(1)<<c.bits-1, c.base-1
	at := c.word
	for g := range out {
		v := k.keys[at] >> c.shift & mask
		if out[g] = T(v + base); v == 0 {
			out[g] = 0
			absent = append(absent, int32(g))
		}
		at += k.words
	}
	return absent
}

func (c *keyColumn) bytes() int64 {
	n := int64(cap(c.batch)+cap(c.keys))*4 + int64(cap(c.bools))*8
	if c.codes != nil {
		n += c.codes.bytes()
	}
	return n
}
