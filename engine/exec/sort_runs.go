package exec

import (
	"context"
	"slices"
	"sync"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// sortRuns is a sort that goes to disk: runs are sorted parts of the input, with the place of every row behind its keys, so that equal rows
// stay in their order. They are merged piece by piece: a batch of each run is in memory, all of those are sorted together, and
// what comes up to the first end of a batch can be given, because no run has anything before it any more.
type sortRuns struct {
	r       *runner
	op      *physical.Op
	k       keyed // with the place
	keys    []logical.SortKey
	columns int // to give
	runs    []*sortRun

	mu    sync.Mutex
	seq   int
	ready []*batch
}

// sortRun is how far a run has been merged.
type sortRun struct {
	f    *spilled
	next int
	b    *batch // nil when used up
}

const (
	runRows   = 8 << 10   // of a batch of a run, at most
	runBytes  = 256 << 10 // of a batch of a run, at most
	runShare  = 256       // of the memory that a batch of a run takes, at most
	mergeRuns = 48        // at a time
	leastRun  = 16 << 10  // rows for which a run is begun
)

// withPlace adds the place to what is sorted by.
func (k keyed) withPlace(keys []logical.SortKey) (keyed, []logical.SortKey) {
	k.columns = append(slices.Clone(k.columns), len(k.fields))
	k.fields = append(slices.Clone(k.fields), types.Field{Type: types.Of(types.Int)})
	return k, append(slices.Clone(keys), logical.SortKey{})
}

// writeRun sorts batches, which it owns, and puts them on disk.
func writeRun(w *thread, op *physical.Op, batches []numbered, k keyed, keys []logical.SortKey) (*spilled, error) {
	for i, n := range batches {
		batches[i].b = addPlaces(w.run.mem, n.b, n.seq, nil)
	}
	k, keys = k.withPlace(keys)
	p, err := newPileOf(w, inOrder(batches), k.fields, nil)
	if err != nil {
		return nil, err
	}
	defer p.release()
	refs, err := sortedRefs(w.ctx, p, k.columns, keys)
	if err != nil {
		return nil, err
	}
	f := w.spilled(op)
	rows, size := 256, int64(runBytes)
	if limit := w.run.mem.limit; limit > 0 {
		size = min(size, limit/runShare)
	}
	for len(refs) > 0 {
		if err := w.ctx.Err(); err != nil {
			return f, err
		}
		n := min(rows, len(refs))
		if err := f.add(w.run.mem, p.take(len(k.fields), refs[:n])); err != nil {
			return f, err
		}
		refs = refs[n:]
		last := f.batches[len(f.batches)-1]
		rows = int(min(max(size*int64(last.n)/max(last.at.size, 1), 64), runRows))
	}
	return f, nil
}

// newSortRuns merges runs until few enough are left to be merged as rows are asked for.
func newSortRuns(ctx context.Context, r *runner, op *physical.Op, runs []*spilled, k keyed, keys []logical.SortKey) (*sortRuns, error) {
	k, keys = k.withPlace(keys)
	w := r.thread(ctx)
	defer r.collect([]*thread{w})
	out := &sortRuns{r: r, op: op, k: k, keys: keys, columns: len(op.Columns)}
	for len(runs) > mergeRuns {
		m := &sortRuns{r: r, op: op, k: k, keys: keys, columns: len(k.fields)}
		for _, f := range runs[:mergeRuns] {
			m.runs = append(m.runs, &sortRun{f: f})
		}
		f := w.spilled(op)
		runs = append(runs[mergeRuns:], f)
		err := m.each(w, func(b *batch) error { return f.add(r.mem, b) })
		m.close()
		if err != nil {
			for _, f := range runs {
				f.drop()
			}
			return nil, err
		}
	}
	for _, f := range runs {
		out.runs = append(out.runs, &sortRun{f: f})
	}
	return out, nil
}

// each gives all rows, in batches no larger than those of runs.
func (m *sortRuns) each(w *thread, f func(*batch) error) error {
	for {
		_, b, err := m.next(w)
		if err != nil || b == nil {
			return err
		}
		for from := 0; from < b.n; from += runRows {
			if err := f(b.slice(from, min(b.n, from+runRows))); err != nil {
				b.release()
				return err
			}
		}
		b.release()
	}
}

func (m *sortRuns) next(w *thread) (int, *batch, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.ready) == 0 {
		if err := w.ctx.Err(); err != nil {
			return 0, nil, err
		}
		if err := m.load(); err != nil {
			return 0, nil, err
		}
		if len(m.runs) == 0 {
			return 0, nil, nil
		}
		if err := m.merge(w); err != nil {
			return 0, nil, err
		}
	}
	b := m.ready[0]
	m.ready = m.ready[1:]
	m.seq++
	return m.seq - 1, b, nil
}

// load brings a batch of each run into memory, and drops runs that have no more.
func (m *sortRuns) load() error {
	m.runs = slices.DeleteFunc(m.runs, func(s *sortRun) bool {
		if s.b == nil && s.next == len(s.f.batches) {
			s.f.drop()
			return true
		}
		return false
	})
	for _, s := range m.runs {
		if s.b != nil {
			continue
		}
		b, err := s.f.read(m.r.mem, s.next)
		if err != nil {
			return err
		}
		s.b = b
		s.next++
	}
	return nil
}

// merge makes ready what comes before all that is still on disk.
func (m *sortRuns) merge(w *thread) error {
	bs := make([]*batch, len(m.runs))
	last := map[int]bool{} // rows behind which a run goes on on disk, counted over all batches
	end := make([]int, len(m.runs))
	rows := 0
	for i, s := range m.runs {
		bs[i] = s.b.shared()
		rows += s.b.n
		end[i] = rows
		if s.next < len(s.f.batches) {
			last[rows-1] = true
		}
	}
	p, err := newPileOf(w, bs, m.k.fields, nil)
	if err != nil {
		return err
	}
	defer p.release()
	refs, err := sortedRefs(w.ctx, p, m.k.columns, m.keys)
	if err != nil {
		return err
	}
	first := make([]int, len(p.bs)) // row of each batch of the pile, which need not be those of the runs
	for i := 1; i < len(first); i++ {
		first[i] = first[i-1] + p.bs[i-1].n
	}
	given := make([]int, len(m.runs))
	n := 0
	for n < len(refs) {
		b, i := at(refs[n])
		row := first[b] + i
		run, _ := slices.BinarySearch(end, row+1)
		given[run]++
		n++
		if last[row] {
			break
		}
	}
	for i, s := range m.runs {
		switch left := s.b.n - given[i]; {
		case left == 0:
			s.b.release()
			s.b = nil
		case given[i] > 0:
			rest := s.b.slice(given[i], s.b.n)
			s.b.release()
			s.b = rest
		}
	}
	for from := 0; from < n; from += maxBatch {
		m.ready = append(m.ready, p.take(m.columns, refs[from:min(n, from+maxBatch)]))
	}
	return nil
}

func (m *sortRuns) close() {
	for _, b := range m.ready {
		b.release()
	}
	for _, s := range m.runs {
		if s.b != nil {
			s.b.release()
		}
		s.f.drop()
	}
	m.ready, m.runs = nil, nil
}
