package exec

import (
	"cmp"
	"context"
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/pages"
)

// sortOrder sorts the rows of a pile. An entry is a row as one uint64: as many of the first bits of its key as there is room for,
// above its ref. Entries are sorted as numbers, so that equal keys stay in the order of the rows; where rows agree in those bits, the
// rest of the key decides.
type sortOrder struct {
	p      *pile
	fields []*sortField
}

// digit is a place in a key: fields before field are behind it, and of that the lowest left bits are still to come, then compare.
type digit struct{ field, left int }

// newSortOrder sorts by columns of the pile.
func newSortOrder(ctx context.Context, p *pile, columns []int, keys []logical.SortKey) (*sortOrder, error) {
	o := &sortOrder{p: p}
	for i, c := range columns {
		fs, err := p.sortFields(ctx, &p.cols[c], keys[i].Desc, false)
		if err != nil {
			return nil, err
		}
		o.fields = append(o.fields, fs...)
	}
	return o, nil
}

// start is the place before the first bit of a field, or of the next one that tells any rows apart.
func (o *sortOrder) start(field int) digit {
	for field < len(o.fields) && o.fields[field].bits == 0 && o.fields[field].compare == nil {
		field++
	}
	if field == len(o.fields) {
		return digit{field, 0}
	}
	return digit{field, o.fields[field].bits}
}

// next is the place after n more bits, or where a comparison is due. used is how many bits it took.
func (o *sortOrder) next(d digit, n int) (after digit, used int) {
	for d.field < len(o.fields) {
		k := min(d.left, n-used)
		d.left -= k
		used += k
		if d.left > 0 || o.fields[d.field].compare != nil {
			break
		}
		d = o.start(d.field + 1)
	}
	return d, used
}

// done reports whether nothing of the key is left.
func (o *sortOrder) done(d digit) bool { return d.field >= len(o.fields) }

// pieces calls f with the bits from one place to another, field by field.
func (o *sortOrder) pieces(from, to digit, f func(s *sortField, bits, drop int)) {
	for d := from; d.field < len(o.fields) && d != to; d = o.start(d.field + 1) {
		drop := 0
		if d.field == to.field {
			drop = to.left
		}
		if d.left > drop {
			f(o.fields[d.field], d.left-drop, drop)
		}
		if d.field == to.field {
			return
		}
	}
}

// sort returns the entries of all rows in order, and the place up to which they tell keys apart, in how many bits.
func (o *sortOrder) sort(ctx context.Context) (es []uint64, after digit, used int, err error) {
	p := o.p
	begin := o.start(0)
	after, used = o.next(begin, 64-p.refBits)
	es = make([]uint64, p.n)
	first := make([]int, len(p.bs)+1)
	for b := range p.bs {
		first[b+1] = first[b] + p.bs[b].n
	}
	err = p.each(ctx, len(p.bs), func(w *thread, b int) error {
		out := es[first[b]:first[b+1]]
		pages.Touch(out)
		o.pieces(begin, after, func(s *sortField, bits, drop int) {
			values := w.words(len(out))
			s.values(b, values)
			for i, v := range values {
				out[i] = out[i]<<bits | v>>drop&(1<<bits-1)
			}
		})
		for i := range out {
			out[i] = out[i]<<p.refBits | uint64(ref(b, i))
		}
		return nil
	})
	if err != nil {
		return nil, after, used, err
	}
	if es, err = p.sortEntries(ctx, es, p.refBits, p.refBits+used); err != nil || o.done(after) {
		return es, after, used, err
	}
	return es, after, used, o.refineAll(ctx, es, after)
}

// refineGrain is how many entries are refined at a time, or as many more as are equal.
const refineGrain = 1 << 15

func (o *sortOrder) refineAll(ctx context.Context, es []uint64, d digit) error {
	from := func(i int) int { // the first group that begins at i*refineGrain or later
		at := min(i*refineGrain, len(es))
		for at > 0 && at < len(es) && es[at]>>o.p.refBits == es[at-1]>>o.p.refBits {
			at++
		}
		return at
	}
	return o.p.each(ctx, (len(es)+refineGrain-1)/refineGrain, func(w *thread, i int) error {
		part := es[from(i):max(from(i), from(i+1))]
		o.groups(part, func(g []uint64) { o.refine(w.ctx, g, d) })
		return w.ctx.Err()
	})
}

// groups calls f for each row of entries that agree, if there are several.
func (o *sortOrder) groups(es []uint64, f func([]uint64)) {
	for from := 0; from < len(es); {
		to := from + 1
		for to < len(es) && es[to]>>o.p.refBits == es[from]>>o.p.refBits {
			to++
		}
		if to-from > 1 {
			f(es[from:to])
		}
		from = to
	}
}

const fewEntries = 32

// refine sorts entries whose keys are equal before d. It panics when ctx is done.
func (o *sortOrder) refine(ctx context.Context, es []uint64, d digit) {
	mask := uint64(1)<<o.p.refBits - 1
	switch {
	case o.done(d):
	case len(es) <= fewEntries:
		slices.SortFunc(es, func(x, y uint64) int {
			return cmp.Or(o.compare(d.field, len(o.fields), uint32(x&mask), uint32(y&mask)), cmp.Compare(x, y))
		})
	case d.left == 0:
		f := o.fields[d.field]
		order := func(x, y uint64) int { return f.order(uint32(x&mask), uint32(y&mask)) }
		rest := o.start(d.field + 1)
		same := func(x uint64) bool { return order(x, es[0]) == 0 }
		if n := slices.IndexFunc(es, func(x uint64) bool { return !same(x) }); n < 0 {
			o.refine(ctx, es, rest)
			return
		}
		steps := 0
		slices.SortFunc(es, func(x, y uint64) int {
			if steps++; steps&0xfff == 0 && ctx.Err() != nil {
				panic(stopped{ctx.Err()})
			}
			return cmp.Or(order(x, y), cmp.Compare(x, y))
		})
		for from := 0; from < len(es); {
			to := from + 1
			for to < len(es) && order(es[from], es[to]) == 0 {
				to++
			}
			if to-from > 1 {
				o.refine(ctx, es[from:to], rest)
			}
			from = to
		}
	default:
		after, used := o.next(d, 64-o.p.refBits)
		high := es[0] &^ mask
		next := make([]uint64, len(es))
		for i, e := range es {
			b, k := at(uint32(e & mask))
			var key uint64
			o.pieces(d, after, func(s *sortField, bits, drop int) {
				key = key<<bits | s.value(b, k)>>drop&(1<<bits-1)
			})
			next[i] = key<<o.p.refBits | e&mask
		}
		if len(next) < radixFrom {
			slices.Sort(next)
		} else if radixSort(ctx, next, make([]uint64, len(next)), o.p.refBits, o.p.refBits+used) != nil {
			panic(stopped{ctx.Err()})
		}
		if !o.done(after) {
			o.groups(next, func(g []uint64) { o.refine(ctx, g, after) })
		}
		for i, e := range next {
			es[i] = high | e&mask
		}
	}
}

// compare compares two rows by the fields from one to another.
func (o *sortOrder) compare(from, to int, x, y uint32) int {
	b, i := at(x)
	c, j := at(y)
	for _, f := range o.fields[from:to] {
		if r := cmp.Compare(f.value(b, i), f.value(c, j)); r != 0 {
			return r
		}
		if f.compare != nil {
			if r := f.order(x, y); r != 0 {
				return r
			}
		}
	}
	return 0
}

// refs are the rows of entries, in the same memory order.
func (p *pile) refs(ctx context.Context, es []uint64) ([]uint32, error) {
	out := make([]uint32, len(es))
	mask := uint64(1)<<p.refBits - 1
	const grain = 1 << 18
	err := p.each(ctx, (len(es)+grain-1)/grain, func(_ *thread, i int) error {
		to := min((i+1)*grain, len(es))
		for k := i * grain; k < to; k++ {
			out[k] = uint32(es[k] & mask)
		}
		return nil
	})
	return out, err
}
