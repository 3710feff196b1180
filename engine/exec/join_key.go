package exec

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// joinKey is one column of a key.
type joinKey struct {
	least  int64
	most   uint64 // the greatest value, counted from least
	some   bool   // whether a build row has a value
	absent bool   // whether one has none; that comes after most
	text   *bytesTable
	ints   *intTable // numbers values that are too far apart; nil where they count from least
	fold   *intTable // numbers what the columns before give, where that is too much to share a word with
	stride uint64
}

// keyScratch is what one thread needs to make words.
type keyScratch struct {
	words   []uint64
	columns []dictionaryWords
	bytes   []byte
}

// dictionaryWords are those of a dictionary's values; one dictionary comes with many batches.
type dictionaryWords struct {
	of    arrow.ArrayData
	words []uint64
}

// In the place of a word: no value, and a dictionary's value that nobody has asked for.
const (
	absentWord = miss - 1
	unsetWord  = miss - 2
)

func newKeyScratch(columns int) *keyScratch {
	return &keyScratch{columns: make([]dictionaryWords, columns)}
}

// learn sees every build value of column c.
func (key *joinKey) learn(threads, c int, cols [][]arrow.Array) error {
	if len(cols) == 0 {
		return nil
	}
	if !narrow(cols[0][c]) {
		key.text = newBytesTable()
		s := newKeyScratch(c + 1)
		for _, batch := range cols {
			for _, w := range key.texts(batch[c], c, s, true) {
				key.absent = key.absent || w == absentWord
			}
		}
		if n := key.text.len(); n > 0 {
			key.some, key.most = true, uint64(n-1)
		}
		return nil
	}
	found := make([]joinKey, len(cols)) // of each batch, with the greatest value in most
	err := spread(threads, len(cols), func(_, i int) error {
		a := cols[i][c]
		low, high := int64(math.MaxInt64), int64(math.MinInt64)
		values, nulls := fixedWords(a, &keyScratch{}), a.NullN() > 0
		for j, v := range values {
			if !nulls || a.IsValid(j) {
				low, high = min(low, int64(v)), max(high, int64(v))
			}
		}
		found[i] = joinKey{least: low, most: uint64(high), some: len(values) > a.NullN(), absent: nulls}
		return nil
	})
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, f := range found {
		low, high = min(low, f.least), max(high, int64(f.most))
		key.some, key.absent = key.some || f.some, key.absent || f.absent
	}
	if key.some {
		key.least, key.most = low, uint64(high)-uint64(low)
	}
	return err
}

// size is how many words the column alone has; false where that is more than are below unsetWord.
func (key *joinKey) size() (uint64, bool) {
	if !key.some {
		return 1, true
	}
	if key.most >= unsetWord-1 {
		return miss, false
	}
	if key.absent {
		return key.most + 2, true
	}
	return key.most + 1, true
}

// number replaces values by numbers, in the order of the build side.
func (key *joinKey) number(c int, cols [][]arrow.Array) {
	key.ints, key.least = &intTable{}, 0
	s := &keyScratch{}
	for _, batch := range cols {
		a := batch[c]
		nulls := a.NullN() > 0
		for i, v := range fixedWords(a, s) {
			if !nulls || a.IsValid(i) {
				key.ints.insert(v)
			}
		}
	}
	key.most = uint64(key.ints.n - 1)
}

// add adds column c's part to the words of a batch.
func (key *joinKey) add(a arrow.Array, c int, s *keyScratch, out []uint64) {
	nulls := a.NullN() > 0
	var values []uint64
	switch {
	case !key.some && !key.absent: // there are no build rows, and no types to compare
	case key.text != nil:
		values, nulls = key.texts(a, c, s, false), false
	default:
		values = fixedWords(a, s)
	}
	if key.ints != nil {
		s.words = slices.Grow(s.words[:0], len(values))[:len(values)]
		for i, v := range values {
			s.words[i] = wordOf(key.ints.find(v))
		}
		values = s.words
	}
	if !key.some || key.absent || nulls {
		key.addSome(a, values, nulls, out)
		return
	}
	least, most, stride := uint64(key.least), key.most, key.stride
	for i, v := range values {
		v -= least
		if v > most || out[i] == miss {
			out[i] = miss
			continue
		}
		out[i] += v * stride
	}
}

// addSome is add where a value may be absent, on either side.
func (key *joinKey) addSome(a arrow.Array, values []uint64, nulls bool, out []uint64) {
	gone := uint64(0)
	if key.some {
		gone = key.most + 1
	}
	for i := range out {
		w := uint64(miss)
		switch {
		case values == nil:
		case nulls && a.IsNull(i) || values[i] == absentWord && key.text != nil:
			if key.absent {
				w = gone
			}
		case key.some && values[i]-uint64(key.least) <= key.most:
			w = values[i] - uint64(key.least)
		}
		if w == miss || out[i] == miss {
			out[i] = miss
			continue
		}
		out[i] += w * key.stride
	}
}

// texts are the numbers of values of any type: absentWord for none, and miss for one that was not added.
func (key *joinKey) texts(a arrow.Array, c int, s *keyScratch, add bool) []uint64 {
	d, encoded := a.(*array.Dictionary)
	out := slices.Grow(s.words[:0], a.Len())[:a.Len()]
	s.words = out
	if !encoded {
		for i := range out {
			out[i] = key.textWord(a, i, s, add)
		}
		return out
	}
	known := &s.columns[c]
	values := d.Dictionary()
	if of := d.Data().Dictionary(); known.of != of {
		known.of, known.words = of, slices.Repeat([]uint64{unsetWord}, values.Len())
	}
	index, nulls := dictionaryIndex(d), d.NullN() > 0
	for i, v := range index {
		if nulls && d.IsNull(i) {
			out[i] = absentWord
			continue
		}
		if known.words[v] == unsetWord {
			known.words[v] = key.textWord(values, int(v), s, add)
		}
		out[i] = known.words[v]
	}
	return out
}

// dictionaryIndex is the position of each row's value, whatever it is where the row is absent.
func dictionaryIndex(d *array.Dictionary) []int32 {
	if index, ok := d.Indices().(*array.Int32); ok {
		return index.Int32Values()
	}
	out := make([]int32, d.Len())
	for i := range out {
		if d.IsValid(i) {
			out[i] = int32(d.GetValueIndex(i))
		}
	}
	return out
}

func (key *joinKey) textWord(a arrow.Array, i int, s *keyScratch, add bool) uint64 {
	if a.IsNull(i) {
		return absentWord
	}
	s.bytes = appendValue(s.bytes[:0], a, i)
	if add {
		return uint64(key.text.insert(s.bytes))
	}
	return wordOf(key.text.find(s.bytes))
}

// narrow reports whether values of the type are of 64 bits at most, and compared as those.
func narrow(a arrow.Array) bool {
	switch a.(type) {
	case *array.Int64, *array.Date32, *array.Timestamp, *array.Time64, *array.Float64:
		return true
	}
	return false
}

// fixedWords are the values of a narrow column, whatever they are where it is absent.
func fixedWords(a arrow.Array, s *keyScratch) []uint64 {
	switch a := a.(type) {
	case *array.Int64:
		return arrow.Uint64Traits.CastFromBytes(arrow.Int64Traits.CastToBytes(a.Int64Values()))
	case *array.Timestamp:
		return arrow.Uint64Traits.CastFromBytes(arrow.TimestampTraits.CastToBytes(a.TimestampValues()))
	case *array.Time64:
		return arrow.Uint64Traits.CastFromBytes(arrow.Time64Traits.CastToBytes(a.Time64Values()))
	case *array.Date32:
		return wordsOf(a.Date32Values(), s, func(v arrow.Date32) uint64 { return uint64(int64(v)) })
	case *array.Float64:
		return wordsOf(a.Float64Values(), s, floatKey)
	}
	return nil
}

func wordsOf[T any](values []T, s *keyScratch, word func(T) uint64) []uint64 {
	s.words = slices.Grow(s.words[:0], len(values))[:len(values)]
	for i, v := range values {
		s.words[i] = word(v)
	}
	return s.words
}
