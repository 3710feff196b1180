package funcs

import (
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/pages"
	"github.com/dreamql/dreamql/engine/types"
)

// distincts counts the distinct values of each group. Values are words: numbers and dates themselves, texts by number. A set
// of open addressing says which pairs of group and word have come; they are kept in that order too, for partial results.
type distincts struct {
	of     types.Type
	counts []int64
	slots  []wordOfGroup // a power of two, at most half full; group is one more, 0 for an empty slot
	pairs  []wordOfGroup
	texts  map[string]uint64
	names  []string
	held   int64
	words  []uint64 // of a batch
	dict   []uint64 // of the dictionary that came last
	source arrow.ArrayData
	once   sync.Once // in which the last two are made
	ends   []int32   // of each group's words
	sorted []uint64  // words by group
}

type wordOfGroup struct {
	word  uint64
	group uint32
}

// newDistincts counts by words where values are no more than that, else by collecting what is distinct.
func newDistincts(args []types.Type, result types.Type) (Accumulator, error) {
	of := args[0].Required()
	switch of.Kind {
	case types.Int, types.Time, types.Timestamp, types.Date, types.Float, types.String:
		return &distincts{of: of, texts: map[string]uint64{}}, nil
	}
	return newCollected(true, asCount)(args, result)
}

func (d *distincts) Resize(n int) { d.counts = grow(d.counts, n) }

func (d *distincts) Update(n int, groups []uint32, args []arrow.Array) error {
	v, err := FromArrow(args[0], d.of)
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	words := d.wordsOf(v)
	eachPresent(v, n, groups, func(g uint32, i int) { d.add(g, words[i]) })
	return nil
}

// wordsOf makes words of all rows; those of absent ones mean nothing.
func (d *distincts) wordsOf(v *Vec) []uint64 {
	if cap(d.words) < v.N {
		d.words = make([]uint64, v.N)
	}
	out := d.words[:v.N]
	switch {
	case v.Floats != nil:
		for i, x := range v.Floats {
			switch out[i] = math.Float64bits(x); {
			case x == 0:
				out[i] = 0 // of both signs
			case x != x:
				out[i] = math.Float64bits(math.NaN())
			}
		}
	case v.Days != nil:
		for i, x := range v.Days {
			out[i] = uint64(x)
		}
	case v.Index != nil:
		if d.source == nil || d.source != v.Dict.Source {
			d.source, d.dict = v.Dict.Source, make([]uint64, v.Dict.N)
			for i := range d.dict {
				if v.Dict.Present(i) {
					d.dict[i] = d.text(v.Dict.Str(i))
				}
			}
		}
		for i, k := range v.Index {
			out[i] = d.dict[k]
		}
	case v.Offsets != nil:
		for i := range out {
			if v.Present(i) {
				out[i] = d.text(v.Str(i))
			}
		}
	default:
		for i, x := range v.Ints {
			out[i] = uint64(x)
		}
	}
	return out
}

func (d *distincts) text(s string) uint64 {
	w, ok := d.texts[s]
	if !ok {
		w = uint64(len(d.names))
		s = string([]byte(s)) // the column's memory is not ours
		d.texts[s] = w
		d.names = append(d.names, s)
		d.held += int64(len(s)) + 64
	}
	return w
}

func (p wordOfGroup) hash() uint64 {
	hi, lo := bits.Mul64(p.word^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	hi, lo = bits.Mul64(hi^lo^uint64(p.group), 0xa0761d6478bd642f)
	return hi ^ lo
}

func (d *distincts) add(g uint32, word uint64) {
	if len(d.pairs)*2 >= len(d.slots) {
		d.widen(max(64, 1<<bits.Len(uint(2*len(d.pairs)))))
	}
	if d.place(wordOfGroup{word, g + 1}) {
		d.pairs = append(d.pairs, wordOfGroup{word, g})
		d.counts[g]++
	}
}

// widen makes so many slots, a power of two.
func (d *distincts) widen(slots int) {
	d.slots = pages.Make[wordOfGroup](slots)
	for _, p := range d.pairs {
		d.place(wordOfGroup{p.word, p.group + 1})
	}
}

// place puts a pair into its slot; it reports whether it is new.
func (d *distincts) place(p wordOfGroup) bool {
	mask := uint64(len(d.slots) - 1)
	for i := p.hash() & mask; ; i = (i + 1) & mask {
		switch s := &d.slots[i]; {
		case s.group == 0:
			*s = p
			return true
		case *s == p:
			return false
		}
	}
}

func (d *distincts) Merge(n int, groups []uint32, state []arrow.Array) error {
	lists, err := FromArrow(state[0], types.ListOf(d.of))
	if err != nil {
		return err
	}
	items, err := listItems(lists)
	if err != nil {
		return err
	}
	words := d.wordsOf(items)
	eachPresent(lists, n, groups, func(g uint32, i int) {
		from, to := listRow(lists, i)
		for k := from; k < to; k++ {
			d.add(g, words[k])
		}
	})
	return nil
}

func (d *distincts) State() ([]arrow.Array, error) {
	offsets, words := d.byGroup()
	items, err := d.values(words)
	if err != nil {
		return nil, err
	}
	out := NewVec(types.ListOf(d.of), len(d.counts))
	if err := makeList(out, items, offsets); err != nil {
		return nil, err
	}
	return toArrows(out)
}

// byGroup lists words group after group, and where each begins and the last ends.
func (d *distincts) byGroup() (offsets []int32, words []uint64) {
	offsets = make([]int32, len(d.counts)+1)
	for g, n := range d.counts {
		offsets[g+1] = offsets[g] + int32(n)
	}
	next := slices.Clone(offsets)
	words = make([]uint64, len(d.pairs))
	for _, p := range d.pairs {
		words[next[p.group]] = p.word
		next[p.group]++
	}
	return offsets, words
}

// Absorb adds the values of groups. Several may take from the same accumulator at a time.
func (d *distincts) Absorb(other Accumulator, from []int32, groups []uint32) error {
	o := other.(*distincts)
	o.once.Do(func() { o.ends, o.sorted = o.byGroup() })
	if len(d.pairs) >= manyPairs && len(d.pairs) <= fewWords*len(d.counts) && d.absorbLists(o, from, groups) {
		return nil
	}
	if len(d.pairs) == 0 { // what comes later may be here already
		n := 0
		for _, f := range from {
			n += int(o.ends[f+1] - o.ends[f])
		}
		d.widen(max(64, 1<<bits.Len(uint(2*n))))
		d.pairs = slices.Grow(d.pairs, n)
	}
	for i, g := range groups {
		for _, w := range o.sorted[o.ends[from[i]]:o.ends[from[i]+1]] {
			if d.of.Kind == types.String {
				w = d.text(o.names[w])
			}
			d.add(g, w)
		}
	}
	return nil
}

// Absorbing by lists is worth making them from so many pairs on, and up to so many words of a group: to compare those with each other takes
// less time than to look for each in a set that is larger than a cache.
const (
	manyPairs = 1 << 12
	fewWords  = 32
)

// absorbLists is Absorb, group after group; false, with nothing done, where one of ours would absorb two of theirs.
func (d *distincts) absorbLists(o *distincts, from []int32, groups []uint32) bool {
	theirs := make([]int32, len(d.counts)) // by our group, from one
	for i, g := range groups {
		if theirs[g] != 0 {
			return false
		}
		theirs[g] = from[i] + 1
	}
	ends, ours := d.byGroup()
	pairs := make([]wordOfGroup, 0, len(d.pairs)+len(o.pairs))
	for g := range d.counts {
		begin := len(pairs)
		for _, w := range ours[ends[g]:ends[g+1]] {
			pairs = append(pairs, wordOfGroup{w, uint32(g)})
		}
		if f := theirs[g] - 1; f >= 0 {
			has := d.known(pairs[begin:], int(o.ends[f+1]-o.ends[f]))
			for _, w := range o.sorted[o.ends[f]:o.ends[f+1]] {
				if d.of.Kind == types.String {
					w = d.text(o.names[w])
				}
				if !has(w) {
					pairs = append(pairs, wordOfGroup{w, uint32(g)})
				}
			}
		}
		d.counts[g] = int64(len(pairs) - begin)
	}
	d.pairs, d.slots = pairs, nil // the set is made anew if another word comes
	return true
}

// known looks for one of more words among those of a group.
func (d *distincts) known(pairs []wordOfGroup, more int) func(uint64) bool {
	if len(pairs)*more <= fewWords*fewWords {
		return func(w uint64) bool {
			return slices.ContainsFunc(pairs, func(p wordOfGroup) bool { return p.word == w })
		}
	}
	set := make(map[uint64]bool, len(pairs))
	for _, p := range pairs {
		set[p.word] = true
	}
	return func(w uint64) bool { return set[w] }
}

// values turns words back.
func (d *distincts) values(words []uint64) (*Vec, error) {
	v := NewVec(d.of, len(words))
	switch d.of.Kind {
	case types.Float:
		for i, w := range words {
			v.Floats[i] = math.Float64frombits(w)
		}
	case types.Date:
		for i, w := range words {
			v.Days[i] = int32(w)
		}
	case types.String:
		b := newText(len(words))
		for _, w := range words {
			b.add(d.names[w])
		}
		return v, b.to(v)
	default:
		for i, w := range words {
			v.Ints[i] = int64(w)
		}
	}
	return v, nil
}

func (d *distincts) Finish() (arrow.Array, error) {
	return (&Vec{Type: types.Of(types.Int), N: len(d.counts), Ints: slices.Clone(d.counts)}).ToArrow()
}

func (d *distincts) Bytes() int64 {
	return int64(cap(d.counts)*8+len(d.slots)*16+cap(d.pairs)*16+cap(d.words)*8+cap(d.dict)*8) + d.held
}

var countDistinct = &Func{Name: "count_distinct", Kind: Aggregate, Family: "aggregates", Doc: "The number of distinct present values, exactly.",
	Overloads: []Overload{{Signature: "(x: T?) => int", Absence: Sees, Agg: &AggregateSpec{State: collectedState, New: newDistincts},
		Examples: []Example{{Call: "count_distinct(x)", Over: "[1, 2, 1, none]", Result: "2"}}}}}
