package cost

import (
	"runtime"
	"sync"
	"weak"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// learned is what the segments of tables say together, for all programs that are planned as long as somebody has the segments, which do
// not change.
type learned struct {
	mu sync.Mutex
	of map[weak.Pointer[logical.Segment]]*lesson
}

// lesson is of the segments from one on, as many as there were.
type lesson struct {
	segments int
	columns  map[int]*column
	before   map[pair]likelihood
}

// pair is a column of the lesson's segments, and one of others.
type pair struct {
	index  int
	others weak.Pointer[logical.Segment]
	count  int
	other  int
}

// mostCompared is how many comparisons of a table's columns are remembered.
const mostCompared = 1 << 10

var lessons = learned{of: map[weak.Pointer[logical.Segment]]*lesson{}}

// about gives the lesson of a table's segments, or nil where it has none; the lock is held.
func (l *learned) about(t *logical.Table) *lesson {
	if len(t.Segments) == 0 {
		return nil
	}
	first := &t.Segments[0]
	at := weak.Make(first)
	x := l.of[at]
	if x == nil {
		runtime.AddCleanup(first, l.forget, at)
	}
	if x == nil || x.segments != len(t.Segments) {
		x = &lesson{len(t.Segments), map[int]*column{}, map[pair]likelihood{}}
		l.of[at] = x
	}
	return x
}

func (l *learned) forget(at weak.Pointer[logical.Segment]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, at)
}

// column is over, once.
func (l *learned) column(t *logical.Table, i int) *column {
	l.mu.Lock()
	x := l.about(t)
	if x == nil {
		l.mu.Unlock()
		return over(t, i)
	}
	c, ok := x.columns[i]
	l.mu.Unlock()
	if ok && (c == nil || types.Equal(c.of, t.Columns[i].Type)) {
		return c
	}
	c = over(t, i)
	l.mu.Lock()
	defer l.mu.Unlock()
	x.columns[i] = c
	return c
}

// precedes is precedes of two columns, once.
func (l *learned) precedes(a, b *origin) (share float64, known bool) {
	if len(a.scan.Table.Segments) == 0 || len(b.scan.Table.Segments) == 0 {
		return precedes(a.column, b.column)
	}
	others := b.scan.Table.Segments
	p := pair{a.index, weak.Make(&others[0]), len(others), b.index}
	l.mu.Lock()
	x := l.about(a.scan.Table)
	was, ok := x.before[p]
	l.mu.Unlock()
	if ok {
		return was.share, was.known
	}
	was.share, was.known = precedes(a.column, b.column)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(x.before) >= mostCompared { // with others that may be gone
		clear(x.before)
	}
	x.before[p] = was
	return was.share, was.known
}
