package exec

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// scan reads the batches of a task's splits. A segment is opened by the thread that comes to it first.
type scan struct {
	r       *runner
	op      *physical.Op
	fields  []types.Field // what is read: the output, then what only the filter needs
	names   []string
	sorted  int      // the column by which batches are narrowed; -1 for none
	filters sync.Map // *thread → *rowFilter
	prunes  []scanPrune
	lookups sync.Map // lookup → *keyFinder
	grain   int      // rows that are given at a time, where a batch has more

	mu     sync.Mutex
	pieces []piece // in order, once somebody has asked
	open   map[int]*opened
	taken  int     // of them
	own    [][]int // what each thread has taken of them and not read, where it takes more than one at a time
	whole  int     // of the first of them, which are in segments that are taken whole
	bytes  int64
	rows   int64
}

// piece is the rows of a batch from one up to another, which is 0 for the end.
type piece struct{ segment, index, from, to int }

// opened is a segment that is opened at most once.
type opened struct {
	once   sync.Once
	reader SegmentReader
	err    error
}

func newScan(b *builder, op *physical.Op) (origin, error) {
	t := b.r.task.Stage.Table
	if t == nil {
		return nil, fmt.Errorf("exec: stage %d scans no table", b.r.task.Stage.ID)
	}
	if t.External != nil {
		return nil, fmt.Errorf("exec: the table %s is in a database, and was not copied", t.Name)
	}
	s := &scan{r: b.r, op: op, grain: grainOf(b.r, t), fields: slices.Clone(op.Columns), open: map[int]*opened{}}
	used := map[string]bool{}
	logical.ColumnsOf(op.Scan.Filter, used)
	for _, f := range op.Columns {
		delete(used, f.Name)
	}
	for _, f := range t.Columns {
		if used[f.Name] {
			s.fields = append(s.fields, f)
		}
	}
	s.sorted = -1
	for i, f := range s.fields {
		s.names = append(s.names, f.Name)
		if x := op.Scan.Sorted; x != nil && x.Column == f.Name {
			s.sorted = i
		}
	}
	return s, nil
}

// Small tables are read in pieces of batches, so that no thread is left with nothing to do while another has a whole batch before it. Each
// thread is to have so many, if those have so many rows at least.
const (
	threadPieces = 16
	leastPiece   = 1 << 13
)

func grainOf(r *runner, t *logical.Table) int {
	if r.env.grain > 0 {
		return r.env.grain
	}
	if r.threads < 2 {
		return maxBatch
	}
	rows := 0
	for _, sp := range r.task.Splits {
		for _, b := range t.Segments[sp.Segment].Batches[sp.From:sp.To] {
			rows += int(b.Rows)
		}
	}
	return max(leastPiece, rows/(r.threads*threadPieces))
}

// claim takes the next piece for the caller. Those that one thread is given rise.
func (s *scan) claim(w *thread) (seq int, of piece, o *opened) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq = s.take(w); seq == len(s.all()) {
		return 0, piece{}, nil
	}
	of = s.pieces[seq]
	if o = s.open[of.segment]; o == nil {
		o = &opened{}
		s.open[of.segment] = o
	}
	return seq, of, o
}

// take gives the number of a piece: the next of all, or of the thread's own. What a thread knows of a segment's dictionaries no other
// should have to find out, so each takes whole segments, but for the last ones, which are shared by pieces so that all end together.
func (s *scan) take(w *thread) int {
	all := s.all()
	if w.lanes == 0 {
		return s.one()
	}
	if s.own == nil {
		s.own, s.whole = make([][]int, w.lanes), lastSegments(all, w.lanes)
		if w.fixed {
			s.own, s.taken = shares(all, w.lanes), len(all)
		}
	}
	own := &s.own[w.lane]
	if len(*own) == 0 {
		for from := s.taken; s.taken < s.whole && all[s.taken].segment == all[from].segment; {
			*own = append(*own, s.one())
		}
	}
	if len(*own) == 0 {
		return s.one()
	}
	next := (*own)[0]
	*own = (*own)[1:]
	return next
}

// one is the next of all pieces.
func (s *scan) one() int {
	next := s.taken
	s.taken = min(next+1, len(s.all()))
	return next
}

// lastSegments is where the last n segments begin.
func lastSegments(pieces []piece, n int) int {
	for at := len(pieces); at > 0; at-- {
		if at < len(pieces) && pieces[at-1].segment == pieces[at].segment {
			continue
		}
		if n == 0 {
			return at
		}
		n--
	}
	return 0
}

// shares gives each thread as many pieces, whole segments as far as that comes out even. They go round, so that rows which lie
// together, and may be all that a query wants, are shared too.
func shares(pieces []piece, threads int) [][]int {
	own := make([][]int, threads)
	for from := 0; from < len(pieces); {
		to := from + 1
		for to < len(pieces) && pieces[to].segment == pieces[from].segment {
			to++
		}
		least := 0
		for i := range own {
			if len(own[i]) < len(own[least]) {
				least = i
			}
		}
		room := (len(pieces)+threads-1)/threads - len(own[least])
		for to = min(to, from+room); from < to; from++ {
			own[least] = append(own[least], from)
		}
	}
	return own
}

// all is every piece of the task's splits, in order.
func (s *scan) all() []piece {
	if s.pieces != nil {
		return s.pieces
	}
	for _, sp := range s.r.task.Splits {
		t := &s.r.task.Stage.Table.Segments[sp.Segment]
		for at := sp.From; at < sp.To; at++ {
			// What another format has would be decoded anew for each piece.
			from := 0
			for to := from + s.grain; t.Format == "" && int(t.Batches[at].Rows)-to > s.grain/2; to += s.grain {
				s.pieces = append(s.pieces, piece{segment: sp.Segment, index: at, from: from, to: to})
				from = to
			}
			s.pieces = append(s.pieces, piece{segment: sp.Segment, index: at, from: from})
		}
	}
	return s.pieces
}

func (s *scan) laned() {}

// batches implements counted.
func (s *scan) batches() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all())
}

func (s *scan) next(w *thread) (int, *batch, error) {
	seq, of, o := s.claim(w)
	segment, index := of.segment, of.index
	if o == nil {
		return 0, nil, nil
	}
	if s.excludes(segment, index) {
		return seq, &batch{}, nil
	}
	// The group's context, not the thread's first: a reader outlives the thread that opened it.
	o.once.Do(func() { o.reader, o.err = s.r.task.Open(context.WithoutCancel(w.ctx), s.r.task.Stage.Table, segment) })
	if o.err != nil {
		return 0, nil, fmt.Errorf("table %s: %w", s.r.task.Stage.Table.Name, o.err)
	}
	read := o.reader.Batch
	if n, ok := o.reader.(narrowReader); ok {
		read = n.Narrow
	}
	rec, err := read(index, s.names)
	if err != nil {
		return 0, nil, fmt.Errorf("table %s, segment %d, batch %d: %w", s.r.task.Stage.Table.Name, segment, index, err)
	}
	if of.from > 0 || of.to > 0 {
		all := rec
		rec = all.NewSlice(int64(of.from), min(all.NumRows(), cmp.Or(int64(of.to), all.NumRows())))
		all.Release()
	}
	defer rec.Release()
	if int(rec.NumCols()) != len(s.names) {
		return 0, nil, fmt.Errorf("table %s, segment %d: %d columns where %d were asked for", s.r.task.Stage.Table.Name, segment, rec.NumCols(), len(s.names))
	}
	b := fromRecord(rec).marked(s.fields)
	b.lineage = (&lineage{table: s.r.task.Stage.Table, segment: segment, index: index}).after(of.from)
	m := w.meter(s.op)
	m.bytesIn += s.count(b)
	m.in += int64(b.n)
	if s.sorted >= 0 {
		if b, err = s.narrowed(b); err != nil {
			return 0, nil, fmt.Errorf("table %s, segment %d: %w", s.r.task.Stage.Table.Name, segment, err)
		}
	}
	if b, err = s.filter(w, b); err != nil || len(s.prunes) == 0 {
		return seq, b, err
	}
	return seq, s.pick(w, b), nil
}

// narrowReader is a SegmentReader that can leave columns narrow.
type narrowReader interface {
	Narrow(i int, columns []string) (arrow.RecordBatch, error)
}

func (s *scan) count(b *batch) int64 {
	n := b.bytes()
	s.mu.Lock()
	s.rows += int64(b.n)
	s.bytes += n
	s.mu.Unlock()
	return n
}

// filter keeps the rows that the scan's filter wants, and the columns that the output has.
func (s *scan) filter(w *thread, b *batch) (*batch, error) {
	pred := s.op.Scan.Filter
	if s.sorted >= 0 {
		pred = s.op.Scan.Sorted.Rest
	}
	if pred == nil {
		if out := len(s.op.Columns); out < len(b.cols) { // columns that only the bounds read
			releaseAll(b.cols[out:])
			b.cols = b.cols[:out:out]
			if b.late != nil {
				b.late = b.late[:out:out]
			}
		}
		return b, nil
	}
	f, ok := s.filters.Load(w)
	if !ok {
		made, err := newRowFilter(w, pred, s.fields)
		if err != nil {
			b.release()
			return nil, err
		}
		f = made
		s.filters.Store(w, f)
	}
	return f.(*rowFilter).apply(b, len(s.op.Columns))
}

func (s *scan) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.r.stats.RowsRead += s.rows
	s.r.stats.BytesRead += s.bytes
	s.rows, s.bytes = 0, 0
	for i, o := range s.open {
		if u, ok := o.reader.(cacheUser); ok {
			var use CacheUse
			use.Hits, use.Misses, use.Bytes = u.TakeCacheUse()
			s.r.meterOf(s.op).cache.add(use)
		}
		if o.reader != nil {
			s.r.closers = append(s.r.closers, o.reader.Close)
		}
		delete(s.open, i)
	}
}

// cacheUser is a SegmentReader that may have its columns from a cache. It says what it had of that since it was last asked.
type cacheUser interface {
	TakeCacheUse() (hits, misses, bytes int64)
}
