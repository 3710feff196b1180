package exec

import (
	"cmp"
	"slices"

	"github.com/dreamql/dreamql/engine/types"
)

// numbered is a batch with its place in the order of the input.
type numbered struct {
	seq int
	b   *batch
}

// gathered collects every batch of its input, in any order, and gives them as one, in order.
type gathered struct {
	r      *runner
	fields []types.Field
	bs     []numbered
}

type gatheredLocal struct {
	g  *gathered
	bs []numbered
}

func (g *gathered) local(*thread) (local, error) { return &gatheredLocal{g: g}, nil }

func (l *gatheredLocal) push(seq int, b *batch) error {
	l.bs = append(l.bs, numbered{seq, b})
	return nil
}

func (l *gatheredLocal) close() error {
	l.g.bs = append(l.g.bs, l.bs...)
	return nil
}

// all returns nil where there are no rows.
func (g *gathered) all() (*batch, error) {
	if len(g.bs) == 0 {
		return nil, nil
	}
	bs := inOrder(g.bs)
	g.bs = nil
	return concat(g.r.mem, bs, g.fields)
}

func inOrder(ns []numbered) []*batch {
	slices.SortStableFunc(ns, func(x, y numbered) int { return cmp.Compare(x.seq, y.seq) })
	bs := make([]*batch, len(ns))
	for i, n := range ns {
		bs[i] = n.b
	}
	return bs
}

func allRows(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}
