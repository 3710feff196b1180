package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// aggregate groups rows in every thread and merges the threads' groups. Groups come out in the order in which their first
// row came in, whatever the number of threads.
type aggregate struct {
	r     *runner
	op    *physical.Op
	agg   *physical.Aggregate
	whole *groups
}

func newAggregate(r *runner, op *physical.Op) breaker {
	return &aggregate{r: r, op: op, agg: op.Aggregate}
}

// newDistinct is grouping by every column.
func newDistinct(r *runner, op *physical.Op) breaker {
	agg := &physical.Aggregate{Mode: physical.Complete}
	for _, f := range op.Columns {
		agg.Keys = append(agg.Keys, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type}})
	}
	return &aggregate{r: r, op: op, agg: agg}
}

// orderMatters reports whether an aggregate sees the order of rows, so that they must come one batch after the other.
func orderMatters(a *physical.Aggregate) bool {
	return slices.ContainsFunc(a.Aggs, func(g logical.Agg) bool {
		return g.User != nil || g.Func == "first" || g.Func == "last" || g.Func == "collect"
	})
}

// groups are the distinct keys so far, and the state of each aggregate for each.
type groups struct {
	codes  *keyCodes
	cache  *keyCache
	first  []int64         // where each group's first row stands: batch<<32 | row
	keys   [][]arrow.Array // the key columns, in chunks of new groups
	states []funcs.Accumulator
	calls  *callers // of aggregates of packages; nil where there are none
	held   holding
}

func (a *aggregate) groups() (*groups, error) {
	g := &groups{codes: newKeyCodes(len(a.agg.Keys)), cache: newKeyCache(len(a.agg.Keys)), held: holding{b: a.r.mem}}
	for i := range a.agg.Aggs {
		s, err := a.accumulator(&a.agg.Aggs[i], g)
		if err != nil {
			return nil, err
		}
		g.states = append(g.states, s)
	}
	return g, nil
}

func (a *aggregate) accumulator(agg *logical.Agg, g *groups) (funcs.Accumulator, error) {
	if agg.User != nil {
		if g.calls == nil {
			g.calls = a.r.library.lasting()
		}
		return newUserAggregate(a.r.library.ctx, g.calls, agg.User)
	}
	args := argTypes(agg.Args)
	f, err := funcs.Resolve(agg.Func, args)
	if err != nil {
		return nil, err
	}
	return f.Overload.Agg.New(args, agg.Type)
}

// close ends the states that are kept outside of the engine.
func (g *groups) close() {
	g.held.set(0)
	if g.calls != nil {
		g.calls.close()
	}
}

func argTypes(es []*logical.Expr) []types.Type {
	out := make([]types.Type, len(es))
	for i, e := range es {
		out[i] = e.T
	}
	return out
}

// number gives each row the number of its group, adding new groups; at is the place of the first row, or of each.
func (g *groups) number(mem *budget, keys []arrow.Array, out []uint32, at func(row int) int64) {
	old := len(g.first)
	if len(keys) == 0 {
		clear(out)
		if old == 0 {
			g.first = append(g.first, 0)
		}
		return
	}
	g.codes.insert(keys, g.cache, out)
	if g.codes.len() == old {
		return
	}
	var fresh []int32
	next := uint32(old)
	for i, c := range out {
		switch {
		case c == next:
			fresh = append(fresh, int32(i))
			g.first = append(g.first, at(i))
			next++
		case c >= uint32(old): // met before in this very batch
			g.first[c] = min(g.first[c], at(i))
		}
	}
	chunk := make([]arrow.Array, len(keys))
	for i, k := range keys {
		chunk[i] = take(mem, k, fresh)
	}
	g.keys = append(g.keys, chunk)
}

// account reports the memory held; it is called after each change.
func (g *groups) account() {
	n := g.codes.bytes() + int64(cap(g.first))*8
	for _, s := range g.states {
		n += s.Bytes()
	}
	g.held.set(n)
}

// columns returns the key columns whole; the caller releases them.
func (g *groups) columns(mem *budget, keys []logical.Named) ([]arrow.Array, error) {
	out := make([]arrow.Array, 0, len(keys))
	for i, k := range keys {
		parts := make([]arrow.Array, len(g.keys))
		for j, chunk := range g.keys {
			parts[j] = chunk[i]
		}
		c, err := concatColumn(mem, parts, k.Expr.T)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	for _, chunk := range g.keys {
		releaseAll(chunk)
	}
	g.keys = nil
	return out, nil
}

// merge adds the groups of another thread, which are spent by it.
func (g *groups) merge(mem *budget, o *groups, keys []logical.Named) error {
	cols, err := o.columns(mem, keys)
	if err != nil {
		return err
	}
	defer releaseAll(cols)
	old := len(g.first)
	to := make([]uint32, len(o.first))
	g.number(mem, cols, to, func(row int) int64 { return o.first[row] })
	for i, c := range to {
		if int(c) < old {
			g.first[c] = min(g.first[c], o.first[i])
		}
	}
	for i, s := range g.states {
		state, err := o.states[i].State()
		if err != nil {
			return err
		}
		s.Resize(len(g.first))
		err = s.Merge(len(to), to, state)
		releaseAll(state)
		if err != nil {
			return err
		}
	}
	g.account()
	o.close()
	return nil
}

// rows finishes the whole.
func (a *aggregate) rows(context.Context) (origin, error) {
	g := a.whole
	if g == nil {
		var err error
		if g, err = a.groups(); err != nil {
			return nil, err
		}
	}
	defer g.close()
	if len(a.agg.Keys) == 0 && len(g.first) == 0 {
		g.first = []int64{0}
	}
	cols, err := g.columns(a.r.mem, a.agg.Keys)
	if err != nil {
		return nil, err
	}
	out := &batch{n: len(g.first), cols: cols}
	for i, s := range g.states {
		s.Resize(out.n)
		if a.agg.Mode == physical.Partial {
			state, err := s.State()
			if err != nil {
				return nil, err
			}
			out.cols = append(out.cols, state...)
			continue
		}
		c, err := s.Finish()
		if err != nil {
			return nil, placedAt(calledForGroup(err, a.agg.Aggs[i].Span), a.agg.Aggs[i].Span)
		}
		out.cols = append(out.cols, c)
	}
	if !slices.IsSorted(g.first) {
		out = inOrderOf(a.r.mem, out, g.first)
	}
	return sliced(out), nil
}

// inOrderOf sorts the rows of b by at, and releases b.
func inOrderOf(mem *budget, b *batch, at []int64) *batch {
	defer b.release()
	rows := make([]int32, b.n)
	for i := range rows {
		rows[i] = int32(i)
	}
	slices.SortFunc(rows, func(x, y int32) int {
		if at[x] < at[y] {
			return -1
		}
		return 1
	})
	return takeBatch(mem, b, rows)
}
