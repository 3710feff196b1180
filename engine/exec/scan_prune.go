package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// scanPrune is what the table of a join tells the scan of its stage.
type scanPrune struct {
	column int // of the scan's output
	place  int // of the table's columns
	rows   bool
	t      *joinTable
	key    *joinKey
}

// prune tells the scan which keys a table has.
func (b *builder) prune(j *physical.HashJoin, t *joinTable) {
	s, ok := b.cur.from.(*scan)
	if !ok || t == nil {
		return
	}
	for _, p := range j.Prunes {
		out := scanPrune{column: -1, place: -1, rows: p.Rows, t: t, key: t.keys.columns[p.Key]}
		for i, f := range s.op.Columns {
			if f.Name == p.Column {
				out.column = i
			}
		}
		for i, f := range b.r.task.Stage.Table.Columns {
			if f.Name == p.Column {
				out.place = i
			}
		}
		if out.column >= 0 && out.place >= 0 {
			s.prunes = append(s.prunes, out)
		}
	}
}

// excludes reports whether no row of a batch can have a key of every table, as its zone map shows.
func (s *scan) excludes(segment, index int) bool {
	ranges := s.r.task.Stage.Table.Segments[segment].Batches[index].Ranges
	for _, p := range s.prunes {
		if p.place < len(ranges) && p.key.excludes(&ranges[p.place]) {
			return true
		}
	}
	return false
}

// excludes reports whether no build row has a value in a range.
func (key *joinKey) excludes(r *logical.Range) bool {
	switch {
	case key.absent && r.Nulls > 0:
		return false
	case !key.some:
		return true
	case key.text != nil || key.ints != nil || r.Min == nil || r.Max == nil || r.Min.Int == nil || r.Max.Int == nil:
		return false
	}
	greatest := int64(uint64(key.least) + key.most)
	return *r.Max.Int < key.least || *r.Min.Int > greatest
}

// pick keeps the rows whose keys the tables have.
func (s *scan) pick(w *thread, b *batch) *batch {
	for i, p := range s.prunes {
		if !p.rows || b.n == 0 {
			continue
		}
		look, ok := s.lookups.Load(lookup{w, i})
		if !ok {
			look = &keyFinder{probe: probe{t: p.t, scratch: newKeyScratch(1)}}
			s.lookups.Store(lookup{w, i}, look)
		}
		finder := look.(*keyFinder)
		key, err := finder.wide.brief(b.asItCame(w.run.mem, p.column), s.fields[p.column].Type)
		if err != nil {
			panic(stopped{err})
		}
		finder.find([]arrow.Array{key}, b.n)
		key.Release()
		rows := make([]int32, 0, b.n)
		for row, head := range finder.heads {
			if head >= 0 {
				rows = append(rows, int32(row))
			}
		}
		if len(rows) < b.n {
			kept := b.picked(rows, len(b.cols))
			b.release()
			b = kept
		}
	}
	return b
}

// keyFinder looks up the keys of one thread.
type keyFinder struct {
	probe
	wide widener
}

// lookup is one thread's use of a prune.
type lookup struct {
	w     *thread
	prune int
}
