package cost

import "github.com/dreamql/dreamql/engine/logical"

// Tables remembers what the segments of tables say together, for all that asks while a program is planned. The zero Tables is ready.
// It is of one goroutine.
type Tables struct {
	columns map[columnKey]*column
	before  map[[2]columnKey]likelihood
}

type columnKey struct {
	version *logical.Table
	index   int
}

// likelihood is a share of something, or that nothing is known of it.
type likelihood struct {
	share float64
	known bool
}

// Estimates are new estimates over the tables; of nil tables, what they learn is theirs alone.
func (t *Tables) Estimates() *Estimates {
	if t == nil {
		t = &Tables{}
	}
	return &Estimates{tables: t}
}

// column is the statistics of a column of a table.
func (t *Tables) column(of *logical.Table, i int) *column {
	k := columnKey{of, i}
	c, ok := t.columns[k]
	if !ok {
		if t.columns == nil {
			t.columns = map[columnKey]*column{}
		}
		c = lessons.column(of, i)
		t.columns[k] = c
	}
	return c
}

// precedes is the share of pairs in which a value of a is below one of b, as if the two columns knew nothing of each other.
func (t *Tables) precedes(a, b *origin) (float64, bool) {
	k := [2]columnKey{{a.scan.Table, a.index}, {b.scan.Table, b.index}}
	l, ok := t.before[k]
	if !ok {
		if t.before == nil {
			t.before = map[[2]columnKey]likelihood{}
		}
		l.share, l.known = lessons.precedes(a, b)
		t.before[k] = l
	}
	return l.share, l.known
}
