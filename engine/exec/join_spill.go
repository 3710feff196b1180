package exec

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// spilledJoin is a join whose build side does not fit into memory: both sides are dealt to files by their keys, the files of one
// number are joined after those of another, and what that gives is merged by the places of the left rows. So the rows and their
// order, and the row that is named when the guard is broken, are those of a join in memory.
type spilledJoin struct {
	b     *builder
	op    *physical.Op
	build *dealt
	probe *dealt
	w     *thread
	out   []*spilled // what each pair of files gives, in the order of its places, which are the last column
	bad   error      // of the guard
	badAt int64
}

const (
	maxDeals     = 4    // how often rows are dealt that do not fit still; rows of one key always stay together
	mergedBatch  = 4096 // rows of a batch that waits to be merged
	placesOfRest = 1 << 62
)

var errBroken = errors.New("the guard is broken")

func (s *spilledJoin) local(*thread) (local, error) {
	var err error
	s.probe, err = s.b.dealt(s.op, s.op.Input.Columns, left, 0)
	return s, err
}

func (s *spilledJoin) push(_ int, b *batch) error { return s.probe.push(b) }

func (s *spilledJoin) close() error { return nil }

func (s *spilledJoin) rows(context.Context) (origin, error) {
	s.w = s.b.r.thread(s.b.ctx)
	drop := func() {
		s.build.drop()
		s.probe.drop()
		for _, f := range s.out {
			f.drop()
		}
		s.b.r.collect([]*thread{s.w})
	}
	err := guard(func() error { return s.join(s.build, s.probe) })
	if err == nil {
		err = s.bad
	}
	if err != nil {
		drop()
		return nil, err
	}
	p := &pulled{closing: drop}
	p.pull, p.stop = iter.Pull2(merged(s.w, s.out, s.op.Columns))
	return p, nil
}

// join joins the files of each number.
func (s *spilledJoin) join(build, probe *dealt) error {
	for i := range build.files {
		err := s.files(build.files[i], probe.files[i], build.level)
		if err != nil && err != errBroken { //nolint:errorlint // exactly ours
			return err
		}
		build.files[i].drop()
		probe.files[i].drop()
	}
	return nil
}

func (s *spilledJoin) files(build, probe *spilled, level int) error {
	j := s.op.HashJoin
	if len(probe.batches) == 0 && j.Kind != logical.JoinFull && !j.Unique {
		return nil
	}
	mem := s.w.run.mem
	need := build.rows * 44
	for _, b := range build.batches {
		need += b.at.size
	}
	if level < maxDeals && build.rows > 1 && (!mem.fits(need) || mem.always && level == 0) {
		return s.again(build, probe, level+1)
	}
	var bs []*batch
	var places []int64 // of build rows, which a full join gives
	for i := range build.batches {
		b, err := build.read(mem, i)
		if err != nil {
			releaseBatches(bs)
			return err
		}
		at := takePlaces(b)
		if j.Kind == logical.JoinFull {
			places = append(places, at...)
		}
		bs = append(bs, b)
	}
	t, err := s.b.tableOf(s.op, bs)
	if t != nil {
		defer t.close()
	}
	if err != nil {
		return err
	}
	return s.lookUp(t, probe, places, level)
}

// again deals files that are too large still.
func (s *spilledJoin) again(build, probe *spilled, level int) error {
	var sides [2]*dealt
	defer func() {
		for _, d := range sides {
			d.drop()
		}
	}()
	for i, from := range []*spilled{build, probe} {
		columns, side := s.op.HashJoin.BuildColumns, right
		if i == 1 {
			columns, side = s.op.Input.Columns, left
		}
		d, err := s.b.dealt(s.op, columns, side, level)
		if err != nil {
			return err
		}
		sides[i] = d
		for k := range from.batches {
			b, err := from.read(s.w.run.mem, k)
			if err != nil {
				return err
			}
			if err := d.push(b); err != nil {
				return err
			}
		}
	}
	return s.join(sides[0], sides[1])
}

// lookUp probes a table with the rows of a file.
func (s *spilledJoin) lookUp(t *joinTable, file *spilled, places []int64, level int) error {
	mem := s.w.run.mem
	p, err := newProbe(s.w, s.op, t)
	if err != nil {
		return err
	}
	full := s.op.HashJoin.Kind == logical.JoinFull
	if full {
		p.seen = newSeen(t.n)
	}
	out := s.w.spilled(s.op)
	s.out = append(s.out, out)
	size := max(64, mergedBatch>>(2*level)) // the more files there are to merge, the less of each
	give := func(b *batch, at []int64) error {
		b.flatten(mem)
		defer b.release()
		b.cols = append(slices.Clip(b.cols), placesOf(mem, at))
		for from := 0; from < b.n; from += size {
			if err := out.add(mem, b.slice(from, min(b.n, from+size))); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range file.batches {
		if err := s.w.ctx.Err(); err != nil {
			return err
		}
		b, err := file.read(mem, i)
		if err != nil {
			return err
		}
		at := takePlaces(b)
		p.broken = -1
		err = p.push(b, func(o *batch) error {
			here := at
			if p.given != nil {
				here = make([]int64, len(p.given))
				for k, row := range p.given {
					here[k] = at[row]
				}
			}
			return give(o, here)
		})
		if err != nil && p.broken >= 0 {
			if s.bad == nil || at[p.broken] < s.badAt {
				s.bad, s.badAt = err, at[p.broken]
			}
			return errBroken
		}
		if err != nil {
			return err
		}
	}
	if !full {
		return nil
	}
	f := &fullJoin{op: s.op, t: t, seen: []*seen{p.seen}}
	rest, err := f.rest(mem)
	unmet := f.unmet()
	for len(rest) > 0 && err == nil {
		b := rest[0]
		at := make([]int64, b.n)
		for i, row := range unmet[:b.n] {
			at[i] = placesOfRest + places[row]
		}
		rest, unmet = rest[1:], unmet[b.n:]
		err = give(b, at)
	}
	releaseBatches(rest)
	return err
}

// merged gives the rows of files in the order of their places, each file being in that order already.
func merged(w *thread, files []*spilled, fields []types.Field) iter.Seq2[*batch, error] {
	type run struct {
		file *spilled
		next int
		b    *batch
		at   []int64
	}
	return func(yield func(*batch, error) bool) {
		runs := make([]*run, len(files))
		for i, f := range files {
			runs[i] = &run{file: f}
		}
		defer func() {
			for _, r := range runs {
				if r.b != nil {
					r.b.release()
				}
			}
		}()
		for {
			cut, some := int64(math.MaxInt64), false
			for _, r := range runs { // up to where all rows are there
				if r.b == nil && r.next < len(r.file.batches) {
					b, err := r.file.read(w.run.mem, r.next)
					if err != nil {
						yield(nil, err)
						return
					}
					r.next++
					r.b, r.at = b, takePlaces(b)
				}
				if r.b != nil {
					cut, some = min(cut, r.at[len(r.at)-1]), true
				}
			}
			if !some {
				return
			}
			var parts []*batch
			var at []int64
			for _, r := range runs {
				if r.b == nil {
					continue
				}
				n, _ := slices.BinarySearch(r.at, cut+1)
				if n == 0 {
					continue
				}
				parts, at = append(parts, r.b.slice(0, n)), append(at, r.at[:n]...)
				rest := r.b.slice(n, r.b.n)
				r.b.release()
				if r.b, r.at = rest, r.at[n:]; rest.n == 0 {
					rest.release()
					r.b = nil
				}
			}
			b, err := concat(w.run.mem, parts, fields)
			if err != nil {
				yield(nil, err)
				return
			}
			if !slices.IsSorted(at) {
				rows := allRows(b.n)
				slices.SortStableFunc(rows, func(x, y int32) int {
					switch {
					case at[x] < at[y]:
						return -1
					case at[x] > at[y]:
						return 1
					}
					return 0
				})
				sorted := takeBatch(w.run.mem, b, rows)
				b.release()
				b = sorted
			}
			for from := 0; from < b.n; from += maxBatch {
				if !yield(b.slice(from, min(b.n, from+maxBatch)), nil) {
					b.release()
					return
				}
			}
			b.release()
		}
	}
}
