package exec

import (
	"slices"
	"sync"

	"github.com/dreamql/dreamql/engine/physical"
)

// seen are the build rows that had a match.
type seen struct{ bits []uint64 }

func newSeen(rows int) *seen { return &seen{make([]uint64, (rows+63)/64)} }

func (s *seen) add(rows []int32) {
	for _, r := range rows {
		if r >= 0 {
			s.bits[r/64] |= 1 << (r % 64)
		}
	}
}

// fullJoin is a probe in which each thread remembers the build rows that it has met, and the rest that nobody met comes after.
type fullJoin struct {
	op *physical.Op
	t  *joinTable

	mu   sync.Mutex
	seen []*seen
}

func (b *builder) fullJoin(op *physical.Op, t *joinTable) error {
	if len(b.cur.serial) > 0 {
		if err := b.breaker(&physical.Op{}, &collected{}, true); err != nil {
			return err
		}
	}
	f := &fullJoin{op: op, t: t}
	b.stream(op, func(w *thread, op *physical.Op) (stream, error) {
		p, err := newProbe(w, op, t)
		if err == nil {
			f.mu.Lock()
			defer f.mu.Unlock()
			p.seen = newSeen(t.n)
			f.seen = append(f.seen, p.seen)
		}
		return p, err
	})
	b.after(op, f.rest)
	return nil
}

// unmet are the build rows that no thread has met.
func (f *fullJoin) unmet() []int32 {
	var rows []int32
	for r := range int32(f.t.n) {
		met := slices.ContainsFunc(f.seen, func(s *seen) bool { return s.bits[r/64]>>(r%64)&1 != 0 })
		if !met {
			rows = append(rows, r)
		}
	}
	return rows
}

// rest are the rows that no thread has met, each with an absent left side.
func (f *fullJoin) rest(mem *budget) ([]*batch, error) {
	var out []*batch
	for part := range slices.Chunk(f.unmet(), maxBatch) {
		o := &batch{n: len(part)}
		nowhere := &picks{rows: slices.Repeat([]int32{-1}, len(part)), n: len(part)}
		for _, c := range f.op.Input.Columns {
			none, err := concatColumn(mem, nil, c.Type)
			if err != nil {
				o.release()
				return out, err
			}
			o.cols, o.late = append(o.cols, none), append(o.late, late{rows: nowhere})
		}
		rows := &picks{rows: part, n: len(part)}
		for _, c := range f.t.columns {
			o.cols, o.late = append(o.cols, nil), append(o.late, late{rows: rows, of: c})
		}
		out = append(out, o)
	}
	return out, nil
}
