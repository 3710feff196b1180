package exec

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// sortField is a part of a sort key: for every row of a pile a number of few bits, in the order of the values. Fields follow one another
// as the digits of one long number do. What eight bytes do not tell apart, compare does.
type sortField struct {
	column  *pileColumn
	raw     func(b int, out []uint64) // numbers of a whole batch; absent rows get any
	rawAt   func(b, i int) uint64
	lo, hi  uint64 // of the numbers
	low     int    // lowest bits that all have in common
	inverse uint64 // of the odd unit that all distances are multiples of: times it is divided by the unit
	desc    bool
	absence bool // the field says only whether there is a value, 1 where there is none
	bits    int
	compare func(x, y uint32) int // nil where the number is the whole value; of present values, ascending
}

// value is the field of one row, in the bits of the field.
func (f *sortField) value(b, i int) uint64 {
	present := f.column.valid[b].at(i)
	switch {
	case f.absence:
		if present {
			return 0
		}
		return 1
	case !present || f.rawAt == nil: // lists and records have no number: compare does it all
		return 0
	case f.desc:
		return (f.hi - f.rawAt(b, i)) >> f.low * f.inverse
	}
	return (f.rawAt(b, i) - f.lo) >> f.low * f.inverse
}

// values are the fields of a batch.
func (f *sortField) values(b int, out []uint64) {
	valid := f.column.valid[b]
	if f.absence {
		for i := range out {
			out[i] = 0
			if !valid.at(i) {
				out[i] = 1
			}
		}
		return
	}
	f.raw(b, out)
	if f.desc {
		for i, v := range out {
			out[i] = (f.hi - v) >> f.low * f.inverse
		}
	} else {
		for i, v := range out {
			out[i] = (v - f.lo) >> f.low * f.inverse
		}
	}
	if valid.b != nil {
		for i := range out {
			if !valid.at(i) {
				out[i] = 0
			}
		}
	}
}

// order is the comparison that the number leaves open, absent values being equal.
func (f *sortField) order(x, y uint32) int {
	if f.column.nulls {
		b, i := at(x)
		if c, j := at(y); !f.column.valid[b].at(i) || !f.column.valid[c].at(j) {
			return 0
		}
	}
	c := f.compare(x, y)
	if f.desc {
		return -c
	}
	return c
}

// sortFields are the fields of one key column: whether it is absent, which comes last in both directions, then its value. Where rows are
// only to be brought together, text may come in any order.
func (p *pile) sortFields(ctx context.Context, c *pileColumn, desc, together bool) ([]*sortField, error) {
	var out []*sortField
	if c.nulls {
		out = append(out, &sortField{column: c, absence: true, bits: 1})
	}
	var values []*sortField
	switch {
	case len(p.bs) == 0:
		return nil, nil
	case c.dt.ID() == arrow.DECIMAL128:
		values = c.decimalFields()
	case c.dt.ID() == arrow.FIXED_SIZE_BINARY && c.width == 16:
		values = []*sortField{c.wordField(0), c.wordField(8)}
	case together && c.texts != nil:
		values = []*sortField{c.hashField(p.n)}
	default:
		values = []*sortField{c.rawField()}
	}
	for _, f := range values {
		f.column, f.desc = c, desc
		if f.raw != nil {
			if err := p.narrow(ctx, f); err != nil {
				return nil, err
			}
		}
		out = append(out, f)
	}
	return out, nil
}

// narrow finds how many bits a field needs.
func (p *pile) narrow(ctx context.Context, f *sortField) error {
	var mu sync.Mutex
	first, same, any := uint64(0), ^uint64(0), false
	f.inverse = 1
	f.lo, f.hi = math.MaxUint64, 0
	err := p.each(ctx, len(p.bs), func(w *thread, b int) error {
		out := w.words(p.bs[b].n)
		f.raw(b, out)
		lo, hi := uint64(math.MaxUint64), uint64(0)
		var one, differ uint64
		some := false
		valid := f.column.valid[b]
		for i, v := range out {
			if valid.b != nil && !valid.at(i) {
				continue
			}
			if !some {
				one, some = v, true
			}
			lo, hi, differ = min(lo, v), max(hi, v), differ|(v^one)
		}
		if !some {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if !any {
			first, any = one, true
		}
		f.lo, f.hi = min(f.lo, lo), max(f.hi, hi)
		same &^= differ | (one ^ first)
		return nil
	})
	if !any {
		f.lo, f.hi = 0, 0
		return err
	}
	if f.lo != f.hi {
		f.low = bits.TrailingZeros64(^same)
	}
	if id := f.column.dt.ID(); err == nil && (id == arrow.TIMESTAMP || id == arrow.TIME64) {
		err = p.unit(ctx, f)
	}
	f.bits = bits.Len64((f.hi - f.lo) >> f.low * f.inverse)
	return err
}

// oddUnits are the odd parts of days, hours, minutes, seconds and milliseconds in microseconds, each a multiple of the next.
var oddUnits = [...]uint64{10546875, 3515625, 234375, 15625, 125}

// unit finds out whether times are whole minutes, or what else they are: such times take fewer bits.
func (p *pile) unit(ctx context.Context, f *sortField) error {
	// A number is a multiple of an odd one exactly if the product with the inverse is no larger than the largest quotient.
	all := func(b int, raw []uint64, unit uint64) bool {
		inverse, most := inverseOf(unit), math.MaxUint64/unit
		valid := f.column.valid[b]
		for i, v := range raw {
			if (v-f.lo)>>f.low*inverse > most && valid.at(i) {
				return false
			}
		}
		return true
	}
	var fits [len(oddUnits)]atomic.Bool
	sample := make([]uint64, p.bs[0].n)
	f.raw(0, sample)
	for u, unit := range oddUnits {
		fits[u].Store(unit <= (f.hi-f.lo)>>f.low && all(0, sample, unit))
	}
	err := p.each(ctx, len(p.bs), func(w *thread, b int) error {
		raw := w.words(p.bs[b].n)
		f.raw(b, raw)
		for u, unit := range oddUnits {
			if fits[u].Load() && !all(b, raw, unit) {
				fits[u].Store(false)
			} else if fits[u].Load() {
				break // and so does every smaller one
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for u, unit := range oddUnits {
		if fits[u].Load() {
			f.inverse = inverseOf(unit)
			break
		}
	}
	return nil
}

// inverseOf an odd number: their product is 1 in 64 bits.
func inverseOf(odd uint64) uint64 {
	x := odd // right in the lowest 3 bits; each step doubles them
	for range 5 {
		x *= 2 - odd*x
	}
	return x
}

func wordsField[T any](c *pileColumn, cast func([]byte) []T, number func(T) uint64) *sortField {
	parts := casts(c.fixed, cast)
	return &sortField{
		raw: func(b int, out []uint64) {
			for i, v := range parts[b] {
				out[i] = number(v)
			}
		},
		rawAt: func(b, i int) uint64 { return number(parts[b][i]) },
	}
}

func floatNumber(v float64) uint64 {
	b := floatKey(v)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

// wordField is eight bytes of a fixed-width value.
func (c *pileColumn) wordField(from int) *sortField {
	at := func(b, i int) uint64 { return binary.BigEndian.Uint64(c.fixed[b][i*c.width+from:]) }
	return &sortField{rawAt: at, raw: func(b int, out []uint64) {
		for i := range out {
			out[i] = at(b, i)
		}
	}}
}

// decimalFields are the distance from the least value: one field where eight bytes hold it, else two.
func (c *pileColumn) decimalFields() []*sortField {
	parts := casts(c.fixed, arrow.Decimal128Traits.CastFromBytes)
	var least, most decimal128.Num
	some := false
	for b, part := range parts {
		for i, v := range part {
			if !c.valid[b].at(i) {
				continue
			}
			if !some {
				least, most, some = v, v, true
			} else if v.Less(least) {
				least = v
			} else if most.Less(v) {
				most = v
			}
		}
	}
	word := func(high bool) *sortField {
		number := func(v decimal128.Num) uint64 {
			low, borrow := bits.Sub64(v.LowBits(), least.LowBits(), 0)
			if !high {
				return low
			}
			up, _ := bits.Sub64(uint64(v.HighBits()), uint64(least.HighBits()), borrow)
			return up
		}
		return wordsField(c, arrow.Decimal128Traits.CastFromBytes, number)
	}
	if _, borrow := bits.Sub64(most.LowBits(), least.LowBits(), 0); uint64(most.HighBits())-uint64(least.HighBits())-borrow == 0 {
		return []*sortField{word(false)}
	}
	return []*sortField{word(true), word(false)}
}

func (c *pileColumn) rawField() *sortField {
	switch c.dt.ID() {
	case arrow.INT64, arrow.TIMESTAMP, arrow.TIME64:
		return wordsField(c, arrow.Int64Traits.CastFromBytes, signed)
	case arrow.FLOAT64:
		return wordsField(c, arrow.Float64Traits.CastFromBytes, floatNumber)
	case arrow.DATE32:
		return wordsField(c, arrow.Int32Traits.CastFromBytes, func(v int32) uint64 { return signed(int64(v)) })
	case arrow.BOOL:
		at := func(b, i int) uint64 { return uint64(boolInt(c.bools[b].at(i))) }
		return &sortField{rawAt: at, raw: func(b int, out []uint64) {
			for i := range out {
				out[i] = at(b, i)
			}
		}}
	case arrow.STRING, arrow.BINARY:
		return c.textField()
	case arrow.DICTIONARY:
		return c.rankField()
	}
	return &sortField{compare: func(x, y uint32) int {
		b, i := at(x)
		k, j := at(y)
		return comparePlain(c.parts[b], i, c.parts[k], j)
	}}
}

// comparePlain compares values of types that are seldom sorted by.
func comparePlain(a arrow.Array, i int, b arrow.Array, j int) int {
	if x, ok := a.(*array.MonthDayNanoInterval); ok {
		return compareIntervals(x.Value(i), b.(*array.MonthDayNanoInterval).Value(j))
	}
	return bytes.Compare(appendValue(nil, a, i), appendValue(nil, b, j))
}

// rankField numbers the values of a dictionary in their order.
func (c *pileColumn) rankField() *sortField {
	dict := array.MakeFromData(c.dict)
	defer dict.Release()
	order := allRows(dict.Len())
	compare := func(i, j int32) int { return comparePlain(dict, int(i), dict, int(j)) }
	if text, ok := dict.(*array.String); ok {
		compare = func(i, j int32) int { return strings.Compare(text.Value(int(i)), text.Value(int(j))) }
	}
	slices.SortFunc(order, compare)
	rank := make([]uint64, len(order))
	for k, i := range order {
		rank[i] = uint64(k)
		if k > 0 && compare(order[k-1], i) == 0 {
			rank[i] = rank[order[k-1]]
		}
	}
	of := func(code int) uint64 {
		if code < len(rank) { // the code of an absent value may be any
			return rank[code]
		}
		return 0
	}
	if c.width == 4 {
		return wordsField(c, arrow.Int32Traits.CastFromBytes, func(v int32) uint64 { return of(int(uint32(v))) })
	}
	at := func(b, i int) uint64 {
		if !c.valid[b].at(i) {
			return 0
		}
		return of(c.parts[b].(*array.Dictionary).GetValueIndex(i))
	}
	return &sortField{rawAt: at, raw: func(b int, out []uint64) {
		for i := range out {
			out[i] = at(b, i)
		}
	}}
}

var textSeed = maphash.MakeSeed()

// hashField is so much of a hash that few of n values share one.
func (c *pileColumn) hashField(n int) *sortField {
	drop := 64 - min(bits.Len(uint(n))+8, 64)
	at := func(b, i int) uint64 { return maphash.Bytes(textSeed, c.texts[b].at(i)) >> drop }
	return &sortField{compare: c.compareText, rawAt: at, raw: func(b int, out []uint64) {
		for i := range out {
			out[i] = at(b, i)
		}
	}}
}

func (c *pileColumn) compareText(x, y uint32) int {
	b, i := at(x)
	k, j := at(y)
	return bytes.Compare(c.texts[b].at(i), c.texts[k].at(j))
}

// textField is the eight bytes after what all values begin with. Where no value has more than seven, the last byte is how many there
// are, and nothing is left to compare.
func (c *pileColumn) textField() *sortField {
	var start []byte
	longest, some := 0, false
	for b, t := range c.texts {
		for i := range len(t.offsets) - 1 {
			if !c.valid[b].at(i) {
				continue
			}
			s := t.at(i)
			longest = max(longest, len(s))
			if !some {
				start, some = s, true
				continue
			}
			n := 0
			for n < min(len(start), len(s)) && start[n] == s[n] {
				n++
			}
			start = start[:n]
		}
	}
	skip, exact := len(start), longest-len(start) <= 7
	number := func(s []byte) uint64 {
		var v [8]byte
		if len(s) <= skip {
			return 0
		}
		n := copy(v[:], s[skip:])
		if exact {
			v[7] = byte(n)
		}
		return binary.BigEndian.Uint64(v[:])
	}
	f := &sortField{
		raw: func(b int, out []uint64) {
			t := &c.texts[b]
			for i := range out {
				out[i] = number(t.at(i))
			}
		},
		rawAt: func(b, i int) uint64 { return number(c.texts[b].at(i)) },
	}
	if !exact {
		f.compare = c.compareText
	}
	return f
}
