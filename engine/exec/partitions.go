package exec

import (
	"context"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// partitions are the rows of a pile in the order of a window: position s is row refs[s], partition i is the positions from start[i] to
// start[i+1].
type partitions struct {
	p       *pile
	refs    []uint32
	place   [][]uint32 // the positions of the rows, batch by batch
	start   []int
	peer    []bool // the position has the order keys of the one before; nil where nobody asks
	morsels []int  // partitions at which shares of the work begin, and the end
	held    holding
}

const windowGrain = 1 << 15 // rows of a morsel, or more where a partition has more

func newPartitions(ctx context.Context, p *pile, k keyed, x *physical.Window) (*partitions, error) {
	s := &partitions{p: p, held: holding{b: p.r.mem}}
	s.held.set(24 * int64(p.n))
	by, columns := len(x.By), k.columns[:len(x.By)+len(x.Order)]
	keys := append(make([]logical.SortKey, by), x.Order...)
	o := &sortOrder{p: p}
	fields := 0
	for i, c := range columns {
		fs, err := p.sortFields(ctx, &p.cols[c], keys[i].Desc, i < by)
		if err != nil {
			return nil, err
		}
		if o.fields = append(o.fields, fs...); i < by {
			fields = len(o.fields)
		}
	}
	es, after, used, err := o.sort(ctx)
	if err != nil {
		return nil, err
	}
	first, peer, err := o.changes(ctx, es, after, used, fields, ordersRows(x.Funcs))
	if err != nil {
		return nil, err
	}
	s.peer = peer
	if s.refs, err = p.refs(ctx, es); err != nil {
		return nil, err
	}
	for i, is := range first {
		if is {
			s.start = append(s.start, i)
		}
	}
	s.start = append(s.start, len(es))
	grain := windowGrain
	for _, f := range x.Funcs {
		if f.User != nil { // instances cost much to make
			grain = max(grain, p.n/max(p.r.threads, 1)+1)
		}
	}
	for i := range s.start {
		if n := len(s.morsels); n == 0 || i == len(s.start)-1 || s.start[i]-s.start[s.morsels[n-1]] >= grain {
			s.morsels = append(s.morsels, i)
		}
	}
	s.place = make([][]uint32, len(p.bs))
	for i, b := range p.bs {
		s.place[i] = make([]uint32, b.n)
	}
	const block = 1 << 17
	err = p.each(ctx, (p.n+block-1)/block, func(_ *thread, i int) error {
		for j := i * block; j < min(p.n, (i+1)*block); j++ {
			b, k := at(s.refs[j])
			s.place[b][k] = uint32(j)
		}
		return nil
	})
	s.held.set(12 * int64(p.n))
	return s, err
}

func (s *partitions) release() { s.held.set(0) }

// each does f for every morsel: the positions from from to to, and where partitions begin in them, counted from there.
func (s *partitions) each(ctx context.Context, f func(w *thread, i, from, to int, start []int) error) error {
	return s.p.each(ctx, len(s.morsels)-1, func(w *thread, i int) error {
		a, b := s.morsels[i], s.morsels[i+1]
		from := s.start[a]
		start := make([]int, 0, b-a+1)
		for _, at := range s.start[a : b+1] {
			start = append(start, at-from)
		}
		return f(w, i, from, s.start[b], start)
	})
}

// changes says at which entries the first fields change, and where all fields are those of the entry before. Entries tell keys apart in
// their first used bits, up to the place after.
func (o *sortOrder) changes(ctx context.Context, es []uint64, after digit, used, fields int, peers bool) (first, peer []bool, err error) {
	bits, exact := 0, true
	for _, f := range o.fields[:fields] {
		bits += f.bits
		exact = exact && f.compare == nil
	}
	exact = exact && bits <= used
	shift := o.p.refBits + used - min(bits, used)
	whole := o.done(after)
	mask := uint64(1)<<o.p.refBits - 1
	first = make([]bool, len(es))
	if peers {
		peer = make([]bool, len(es))
	}
	const block = 1 << 16
	err = o.p.each(ctx, (len(es)+block-1)/block, func(_ *thread, i int) error {
		for at := i * block; at < min(len(es), (i+1)*block); at++ {
			if at == 0 {
				first[0] = true
				continue
			}
			x, y := es[at-1], es[at]
			first[at] = x>>shift != y>>shift || !exact && o.compare(0, fields, uint32(x&mask), uint32(y&mask)) != 0
			if peers && !first[at] {
				peer[at] = x>>o.p.refBits == y>>o.p.refBits && (whole || o.compare(after.field, len(o.fields), uint32(x&mask), uint32(y&mask)) == 0)
			}
		}
		return nil
	})
	return first, peer, err
}
