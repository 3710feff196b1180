package exec

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// ordered brings groups that were made part by part into the order of their first rows. Parts that do not fit into memory are
// put on disk in that order, and then all are merged.
type ordered struct {
	a      *aggregate
	bs     []*batch // by part; nil for those on disk
	first  [][]int64
	disk   []*spilled
	onDisk bool
	mu     sync.Mutex
}

func newOrdered(a *aggregate, parts int) *ordered {
	return &ordered{a: a, bs: make([]*batch, parts), first: make([][]int64, parts), disk: make([]*spilled, parts)}
}

const mergedRows = 1 << 10 // of a part that are in memory at a time while parts are merged: of all parts as many as a batch has

// add takes over the groups of a part.
func (o *ordered) add(w *thread, part int, b *batch, first []int64) error {
	if !w.run.mem.tight() {
		o.bs[part], o.first[part] = b, first
		return nil
	}
	b = withPlaces(w.run.mem, b, first)
	defer b.release()
	d := w.spilled(o.a.op)
	o.mu.Lock()
	o.disk[part], o.onDisk = d, true
	o.mu.Unlock()
	for from := 0; from < b.n; from += mergedRows {
		if err := d.add(w.run.mem, b.slice(from, min(b.n, from+mergedRows))); err != nil {
			return err
		}
	}
	return nil
}

// withPlaces is b, which it releases, in the order of the places, with them as its last column.
func withPlaces(mem *budget, b *batch, first []int64) *batch {
	rows := allRows(b.n)
	slices.SortFunc(rows, func(x, y int32) int { return cmp.Compare(first[x], first[y]) })
	b.cols = append(b.cols, placesColumn(first))
	defer b.release()
	return takeBatch(mem, b, rows)
}

func (o *ordered) origin(ctx context.Context) (origin, error) {
	if o.onDisk {
		return o.merged(), nil
	}
	r := o.a.r
	var bs []*batch
	var first [][]int64
	for i, b := range o.bs {
		if b.n == 0 {
			b.release()
			continue
		}
		bs, first = append(bs, b), append(first, o.first[i])
	}
	o.bs = nil
	p, err := newPile(ctx, r, bs, o.a.op.Columns, nil)
	if err != nil {
		return nil, err
	}
	held := holding{b: r.mem}
	held.set(16 * int64(p.n))
	defer held.set(0)
	es, width, err := o.entries(ctx, p, first)
	if err != nil {
		p.release()
		return nil, err
	}
	es, err = p.sortEntries(ctx, es, p.refBits, p.refBits+width)
	if err != nil {
		p.release()
		return nil, err
	}
	refs, err := p.refs(ctx, es)
	if err != nil {
		p.release()
		return nil, err
	}
	return &taken{p: p, columns: len(o.a.op.Columns), refs: refs}, nil
}

// entries are the places of the groups of each part, packed, above where the groups are in the pile.
func (o *ordered) entries(ctx context.Context, p *pile, first [][]int64) (es []uint64, width int, err error) {
	type cursor struct{ at, batch, row int }
	from := make([]cursor, len(first)) // of each part
	var c cursor
	for part, places := range first {
		for c.batch < len(p.bs) && c.row >= p.bs[c.batch].n {
			c.row -= p.bs[c.batch].n
			c.batch++
		}
		from[part] = c
		c.at, c.row = c.at+len(places), c.row+len(places)
	}
	rows := make([][]int64, len(first))
	err = p.each(ctx, len(first), func(_ *thread, part int) error {
		rows[part] = batchRows(first[part])
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	start, width := placeBits(rows...)
	if width+p.refBits > 64 {
		return nil, 0, tooManyRows
	}
	es = make([]uint64, p.n)
	return es, width, p.each(ctx, len(first), func(_ *thread, part int) error {
		c := from[part]
		for _, at := range first[part] {
			for c.row == p.bs[c.batch].n {
				c.batch, c.row = c.batch+1, 0
			}
			rank := start[at>>32] + at&(1<<32-1)
			es[c.at] = uint64(rank)<<p.refBits | uint64(ref(c.batch, c.row))
			c.at++
			c.row++
		}
		return nil
	})
}

func (o *ordered) release() {
	for i, b := range o.bs {
		if b != nil {
			b.release()
		}
		if o.disk[i] != nil {
			o.disk[i].drop()
		}
	}
}

// merging gives the rows of sorted parts in their order.
type merging struct {
	o      *ordered
	fields []types.Field
	mu     sync.Mutex
	seq    int
	parts  []*sortedPart
}

// sortedPart is how far one part has been merged.
type sortedPart struct {
	disk   *spilled
	next   int    // batch on disk
	b      *batch // the one in memory
	at     int
	places []int64
}

func (o *ordered) merged() origin {
	m := &merging{o: o}
	m.fields = append(slices.Clone(o.a.op.Columns), types.Field{Type: types.Of(types.Int)})
	for i, b := range o.bs {
		p := &sortedPart{disk: o.disk[i]}
		if b != nil {
			p.hold(withPlaces(o.a.r.mem, b, o.first[i]))
		}
		o.bs[i] = nil
		m.parts = append(m.parts, p)
	}
	return m
}

func (p *sortedPart) hold(b *batch) {
	p.b, p.at = b, 0
	p.places = b.cols[len(b.cols)-1].(*array.Int64).Int64Values()
}

// load makes sure that the part's next row is in memory; false at its end.
func (p *sortedPart) load(mem *budget) (bool, error) {
	for p.b == nil || p.at == p.b.n {
		if p.b != nil {
			p.b.release()
			p.b = nil
		}
		if p.disk == nil || p.next == len(p.disk.batches) {
			return false, nil
		}
		b, err := p.disk.read(mem, p.next)
		if err != nil {
			return false, err
		}
		p.next++
		p.hold(b)
	}
	return true, nil
}

// next gives batches of maxBatch rows, as many as where all is in memory: how rows are cut into batches must not depend on
// what went to disk.
func (m *merging) next(w *thread) (int, *batch, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var bs []*batch
	rows := 0
	for rows < maxBatch {
		b, err := m.piece(w.run.mem, maxBatch-rows)
		if err != nil {
			for _, b := range bs {
				b.release()
			}
			return 0, nil, err
		}
		if b == nil {
			break
		}
		bs, rows = append(bs, b), rows+b.n
	}
	if rows == 0 {
		return 0, nil, nil
	}
	m.seq++
	out, err := concat(w.run.mem, bs, m.fields[:len(m.fields)-1])
	return m.seq - 1, out, err
}

// piece gives the next rows, at most so many; nil at the end.
func (m *merging) piece(mem *budget, most int) (*batch, error) {
	live := m.parts[:0]
	for _, p := range m.parts {
		ok, err := p.load(mem)
		if err != nil {
			return nil, err
		}
		if ok {
			live = append(live, p)
		} else if p.disk != nil {
			p.disk.drop()
		}
	}
	m.parts = live
	if len(live) == 0 {
		return nil, nil
	}
	bs := make([]*batch, len(live))
	offset := make([]int, len(live))
	for i, p := range live {
		offset[i] = p.at
		bs[i] = p.b.slice(p.at, min(p.b.n, p.at+mergedRows))
	}
	out, err := concat(mem, bs, m.fields)
	if err != nil {
		return nil, err
	}
	defer out.release()
	start := make([]int32, len(live))
	for i := 1; i < len(live); i++ {
		start[i] = start[i-1] + int32(min(live[i-1].b.n-offset[i-1], mergedRows))
	}
	rows := mergeHeads(live, offset, start, most)
	kept := &batch{n: out.n, cols: out.cols[:len(m.fields)-1]}
	return takeBatch(mem, kept, rows), nil
}

// mergeHeads lists rows of the parts' heads, which stand one after the other, in the order of their places, until one head ends
// or there are enough.
func mergeHeads(parts []*sortedPart, offset []int, start []int32, most int) []int32 {
	heap := make([]int, len(parts))
	for i := range heap {
		heap[i] = i
	}
	less := func(x, y int) bool { return parts[x].places[parts[x].at] < parts[y].places[parts[y].at] }
	down := func(i int) {
		for {
			c := 2*i + 1
			if c >= len(heap) {
				return
			}
			if c+1 < len(heap) && less(heap[c+1], heap[c]) {
				c++
			}
			if !less(heap[c], heap[i]) {
				return
			}
			heap[c], heap[i] = heap[i], heap[c]
			i = c
		}
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		down(i)
	}
	var rows []int32
	for len(rows) < most {
		k := heap[0]
		p := parts[k]
		rows = append(rows, start[k]+int32(p.at-offset[k]))
		p.at++
		if p.at == p.b.n || p.at-offset[k] == mergedRows {
			break
		}
		down(0)
	}
	return rows
}

func (m *merging) close() {
	for _, p := range m.parts {
		if p.b != nil {
			p.b.release()
		}
		if p.disk != nil {
			p.disk.drop()
		}
	}
	m.parts = nil
}
