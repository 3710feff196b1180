package exec

import (
	"context"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

const (
	groupParts    = 64        // parts of the keys, by hash
	earlyGroups   = 128 << 10 // of a thread, before it asks whether grouping early pays
	tableRows     = 4         // rows a group for which it does
	togetherRows  = 32 << 10  // groups of many threads that one merges alone
	togetherBytes = 16 << 20  // of their states
	fewThreads    = 3         // which merge in parts only what is much more
)

// parted is rows, or groups with their states, part after part: keys, then arguments or states, then their places. Those of rows
// follow one another, and are made when they are asked for.
type parted struct {
	b     *batch
	ends  [groupParts]int32
	rows  []int32 // as they came, from place on; nil where places are a column
	place int64
	held  holding // for rows
}

func (p *parted) slice(part int) *batch {
	from := 0
	if part > 0 {
		from = int(p.ends[part-1])
	}
	out := p.b.slice(from, int(p.ends[part]))
	if p.rows != nil {
		places := make([]int64, out.n)
		for i, r := range p.rows[from:p.ends[part]] {
			places[i] = p.place + int64(r)
		}
		out.cols = append(out.cols, placesColumn(places))
	}
	return out
}

func (p *parted) release() {
	p.b.release()
	p.held.set(0)
}

// kindOfRows tells groups that a thread has made from rows that it only shared out, which come after them.
type kindOfRows int

const (
	ofStates kindOfRows = iota
	ofRows
	rowKinds
)

// parts is what one thread has shared out.
type parts struct {
	hashes rowHashes
	codes  []uint64
	held   [rowKinds][]parted
	disk   [rowKinds][]*spilled // by part, where some are on disk
}

// add shares out rows, or groups, by the hashes of the first keys columns. Rows have their places from place on.
func (p *parts) add(mem *budget, kind kindOfRows, cols []arrow.Array, keys, n int, place int64) {
	if cap(p.codes) < n {
		p.codes = make([]uint64, n)
	}
	codes := p.codes[:n]
	p.hashes.hash(cols[:keys], codes)
	var out parted
	var rows []int32
	rows, out.ends = byPart(codes)
	out.b = &batch{n: n, cols: make([]arrow.Array, len(cols))}
	for i, c := range cols {
		out.b.cols[i] = take(mem, c, rows)
	}
	if out.held.b = mem; kind == ofRows {
		out.rows, out.place = rows, place
		out.held.set(4 * int64(n))
	}
	p.held[kind] = append(p.held[kind], out)
}

// byPart lists rows by the part that the upper bits of their hashes say, and where each part ends.
func byPart(hashes []uint64) (rows []int32, ends [groupParts]int32) {
	for _, h := range hashes {
		ends[h>>(64-6)]++
	}
	var next [groupParts]int32
	sum := int32(0)
	for i, k := range ends {
		next[i] = sum
		sum += k
		ends[i] = sum
	}
	rows = make([]int32, len(hashes))
	for i, h := range hashes {
		at := &next[h>>(64-6)]
		rows[*at] = int32(i)
		*at++
	}
	return rows, ends
}

// kept is the groups of a thread that stay where they are until each part takes its own.
type kept struct {
	keys []arrow.Array
	rows []int32 // groups, part after part
	ends [groupParts]int32
}

// keep makes groups that were not shared out ready for the parts, without copying their states.
func (l *aggregateLocal) keep() error {
	mem := l.w.run.mem
	keys, err := l.g.columns(mem, l.a.agg.Keys)
	if err != nil {
		return err
	}
	l.kept.keys = keys
	hashes := make([]uint64, len(l.g.first))
	l.parts.hashes.hash(keys, hashes)
	l.kept.rows, l.kept.ends = byPart(hashes)
	return l.a.prepare(l.g)
}

// absorbPart adds the groups of a part that a thread has kept.
func (a *aggregate) absorbPart(g *groups, l *aggregateLocal, part int) error {
	from := int32(0)
	if part > 0 {
		from = l.kept.ends[part-1]
	}
	rows := l.kept.rows[from:l.kept.ends[part]]
	if len(rows) == 0 {
		return nil
	}
	keys := make([]arrow.Array, len(l.kept.keys))
	for i, k := range l.kept.keys {
		keys[i] = take(a.r.mem, k, rows)
	}
	defer releaseAll(keys)
	places := make([]int64, len(rows))
	for i, r := range rows {
		places[i] = l.g.first[r]
	}
	to := make([]uint32, len(rows))
	g.number(a.r.mem, keys, to, places, 0)
	defer g.account()
	return a.absorb(g, l.g, rows, to, 1)
}

// spill writes all that is held to disk, in its order.
func (p *parts) spill(w *thread, op *physical.Op) error {
	for kind := range p.held {
		held := p.held[kind]
		if len(held) == 0 {
			continue
		}
		if p.disk[kind] == nil {
			for range groupParts {
				p.disk[kind] = append(p.disk[kind], w.spilled(op))
			}
		}
		p.held[kind] = nil
		for part := range groupParts {
			bs := make([]*batch, 0, len(held))
			for i := range held {
				if b := held[i].slice(part); b.n > 0 {
					bs = append(bs, b)
				} else {
					b.release()
				}
			}
			for _, b := range bs {
				if err := p.disk[kind][part].add(w.run.mem, b); err != nil {
					return err
				}
			}
		}
		for i := range held {
			held[i].release()
		}
	}
	return nil
}

// each gives every batch of a part, and lets go of those on disk.
func (p *parts) each(mem *budget, kind kindOfRows, part int, f func(*batch) error) error {
	if p.disk[kind] != nil {
		d := p.disk[kind][part]
		for i := range d.batches {
			b, err := d.read(mem, i)
			if err != nil {
				return err
			}
			err = f(b)
			b.release()
			if err != nil {
				return err
			}
		}
		d.drop()
	}
	for i := range p.held[kind] {
		b := p.held[kind][i].slice(part)
		var err error
		if b.n > 0 {
			err = f(b)
		}
		b.release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *parts) release() {
	for kind := range p.held {
		for i := range p.held[kind] {
			p.held[kind][i].release()
		}
		for _, d := range p.disk[kind] {
			d.drop()
		}
	}
}

// placesColumn holds places as a column; it takes them over.
func placesColumn(places []int64) arrow.Array {
	a, _ := (&funcs.Vec{Type: types.Of(types.Int), N: len(places), Ints: places}).ToArrow() // ints have a column
	return a
}

// share shares out the groups that the thread has made, and begins anew.
func (l *aggregateLocal) share() error {
	if len(l.g.first) == 0 {
		return nil
	}
	b, err := l.a.partial(l.g)
	if err != nil {
		return err
	}
	b.cols = append(b.cols, placesColumn(l.g.first))
	l.parts.add(l.w.run.mem, ofStates, b.cols, len(l.a.agg.Keys), b.n, 0)
	b.release()
	l.g.close()
	l.g, err = l.a.groups()
	return err
}

// settle decides after each batch whether groups are kept, shared out, or put on disk.
func (l *aggregateLocal) settle() error {
	mem, a := l.w.run.mem, l.a
	if !a.divides {
		return nil
	}
	limit := a.tableGroups
	if l.more > 0 {
		limit = l.more
	}
	switch n := len(l.g.first); {
	case mem.always, mem.limit > 0 && l.g.bytes() > mem.limit/int64(8*max(1, l.w.run.threads)):
		if err := l.share(); err != nil {
			return err
		}
	case n >= limit && l.grouped < tableRows*n:
		l.raw = a.agg.Mode != physical.Final
		if err := l.share(); err != nil {
			return err
		}
	case n >= limit:
		l.more = 2 * limit
	}
	if mem.tight() {
		return l.parts.spill(l.w, a.op)
	}
	return nil
}

// shareRows shares out the rows of a batch, with their arguments.
func (l *aggregateLocal) shareRows(b *batch, cols []arrow.Array, place int64) error {
	cols = slices.Clone(cols)
	made := len(cols)
	defer func() { releaseAll(cols[made:]) }()
	for _, f := range l.filters {
		if f == nil {
			continue
		}
		rows, err := f.pred.rows(l.w, b)
		if err != nil {
			return err
		}
		v := funcs.NewVec(types.Of(types.Bool), b.n)
		if rows == nil {
			for i := range v.Bits {
				v.Bits[i] = ^uint64(0)
			}
		}
		for _, r := range rows {
			v.Bits[r/64] |= 1 << (r % 64)
		}
		c, err := v.ToArrow()
		if err != nil {
			return err
		}
		cols = append(cols, c)
	}
	l.parts.add(l.w.run.mem, ofRows, cols, len(l.a.agg.Keys), b.n, place)
	return nil
}

// part groups one part of the keys, from what every thread has shared out, in the order of the threads.
func (a *aggregate) part(part int) (*batch, []int64, error) {
	g, err := a.groups()
	if err != nil {
		return nil, nil, err
	}
	defer g.close()
	for i, one := range a.dictionaries {
		if one != nil {
			g.keys.columns[i].within(one.values)
		}
	}
	var codes, masked []uint32
	nk := len(a.agg.Keys)
	for _, l := range a.locals {
		for kind := range rowKinds {
			err := l.parts.each(a.r.mem, kind, part, func(b *batch) error {
				codes = slices.Grow(codes[:0], b.n)[:b.n]
				last := len(b.cols) - 1
				g.number(a.r.mem, b.cols[:nk], codes, b.cols[last].(*array.Int64).Int64Values(), 0)
				defer g.account()
				if kind == ofStates {
					return a.merge(g, codes, b.cols[nk:last])
				}
				mask := len(l.exprs)
				for i, s := range g.states {
					s.Resize(len(g.first))
					to := codes
					if a.agg.Aggs[i].Filter != nil {
						keep := b.cols[mask].(*array.Boolean)
						mask++
						masked = slices.Grow(masked[:0], b.n)[:b.n]
						for k, c := range codes {
							if masked[k] = c; !keep.Value(k) {
								masked[k] = funcs.NoGroup
							}
						}
						to = masked
					}
					args := make([]arrow.Array, len(l.args[i]))
					for k, at := range l.args[i] {
						args[k] = b.cols[at]
					}
					if err := s.Update(b.n, to, args); err != nil {
						return placedAt(calledForGroup(err, a.agg.Aggs[i].Span), a.agg.Aggs[i].Span)
					}
				}
				return nil
			})
			if err != nil {
				return nil, nil, err
			}
		}
		if l.kept.rows != nil {
			if err := a.absorbPart(g, l, part); err != nil {
				return nil, nil, err
			}
		}
	}
	b, err := a.finish(g, 1)
	return b, g.first, err
}

// byParts reports whether there are so many groups that all threads merge them.
func (a *aggregate) byParts() bool {
	groups, bytes := 0, int64(0)
	for _, l := range a.locals {
		if l.raw || l.parts.held[ofStates] != nil || l.parts.disk[ofStates] != nil {
			return true
		}
		groups += len(l.g.first)
		bytes += l.g.bytes()
	}
	most, mostBytes := a.together()
	return a.divides && len(a.locals) > 1 && (groups > most || bytes > mostBytes)
}

// together is how many groups of all threads one of them merges alone, and with how many bytes. By parts a group costs some four
// times as much: its key is copied, and the parts have to be brought back into order. So few threads must have many groups for that,
// unless memory is limited: then one part a thread is all that has to fit.
func (a *aggregate) together() (groups int, bytes int64) {
	groups, bytes = togetherRows, togetherBytes
	if a.r.mem.limit == 0 && len(a.locals) <= fewThreads {
		groups, bytes = 8*groups, 4*bytes
	}
	return min(groups, 2*a.tableGroups), bytes
}

// inParts merges the threads' groups part by part.
func (a *aggregate) inParts(ctx context.Context) (origin, error) {
	out := newOrdered(a, groupParts)
	err := a.mergeParts(ctx, out)
	if err != nil {
		out.release()
		return nil, err
	}
	return out.origin(ctx)
}

// mergeParts gives the groups of each part, and lets go of what the threads hold: what follows needs the room.
func (a *aggregate) mergeParts(ctx context.Context, out *ordered) error {
	defer func() {
		for _, l := range a.locals {
			l.parts.release()
			releaseAll(l.kept.keys)
			l.g.close()
		}
		for _, one := range a.dictionaries {
			if one != nil {
				one.values.Release()
			}
		}
	}()
	err := a.r.each(ctx, len(a.locals), func(_ *thread, i int) error {
		l := a.locals[i]
		if len(l.g.first) == 0 || a.r.mem.tight() {
			return l.share()
		}
		return l.keep()
	})
	if err == nil {
		err = a.joinDictionaries(ctx)
	}
	if err != nil {
		return err
	}
	return a.r.each(ctx, groupParts, func(w *thread, p int) error {
		b, first, err := a.part(p)
		if err != nil {
			return err
		}
		return out.add(w, p, b, first)
	})
}

// joinDictionaries gives each key of text one dictionary in all that the threads hold, so that parts group by positions in it and never
// look at a text. It leaves alone what is partly on disk.
func (a *aggregate) joinDictionaries(ctx context.Context) error {
	if a.r.mem.tight() {
		return nil
	}
	columns := make([][]*arrow.Array, len(a.agg.Keys))
	for _, l := range a.locals {
		for kind, held := range l.parts.held {
			if l.parts.disk[kind] != nil {
				return nil
			}
			for _, h := range held {
				for i := range columns {
					columns[i] = append(columns[i], &h.b.cols[i])
				}
			}
		}
		for i := range l.kept.keys {
			columns[i] = append(columns[i], &l.kept.keys[i])
		}
	}
	a.dictionaries = make([]*oneDictionary, len(columns))
	err := a.r.each(ctx, len(columns), func(_ *thread, i int) error {
		parts := make([]arrow.Array, len(columns[i]))
		for k, c := range columns[i] {
			parts[k] = *c
		}
		one, ok := a.texts[i].join(a.r.mem, parts)
		if !ok {
			one, ok = joinDictionaries(ctx, a.r.mem, parts)
		}
		if ok {
			a.dictionaries[i] = one
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i, one := range a.dictionaries {
		if one == nil {
			continue
		}
		err := a.r.each(ctx, len(columns[i]), func(_ *thread, k int) error {
			old := (*columns[i][k]).(*array.Dictionary)
			*columns[i][k] = one.recode(a.r.mem, old)
			old.Release()
			return nil
		})
		if err != nil {
			return err
		}
		one.become = nil
	}
	return nil
}

// batchRows says of each batch how many rows it has, as far as places tell.
func batchRows(places []int64) (rows []int64) {
	for _, p := range places {
		seq, row := int(p>>32), p&(1<<32-1)
		for seq >= len(rows) {
			rows = append(rows, 0)
		}
		rows[seq] = max(rows[seq], row+1)
	}
	return rows
}

// placeBits packs places of rows into few bits, in their order: start is where each batch begins. It is given what batchRows says of each
// part of the places.
func placeBits(parts ...[]int64) (start []int64, width int) {
	for _, rows := range parts {
		for seq, n := range rows {
			if seq == len(start) {
				start = append(start, 0)
			}
			start[seq] = max(start[seq], n)
		}
	}
	sum := int64(0)
	for i, n := range start {
		start[i] = sum
		sum += n
	}
	return start, bits.Len64(uint64(sum))
}
