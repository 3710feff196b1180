package exec

import (
	"cmp"
	"context"
	"hash/maphash"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// aggregate groups rows in every thread and merges the threads' groups, many groups by parts of them in parallel. Groups come
// out in the order in which their first row came in, whatever the number of threads.
type aggregate struct {
	r      *runner
	op     *physical.Op
	agg    *physical.Aggregate
	seed   maphash.Seed
	locals []*aggregateLocal // in the order of the threads
	// divides says that groups can be shared out; states of packages' aggregates stay where they are.
	divides      bool
	tableGroups  int
	texts        []*keyTexts      // by key; nil where it is no text
	dictionaries []*oneDictionary // by key, of all parts; nil where they have several
}

func newAggregate(r *runner, op *physical.Op) breaker { return newGrouping(r, op, op.Aggregate) }

func newGrouping(r *runner, op *physical.Op, agg *physical.Aggregate) *aggregate {
	a := &aggregate{r: r, op: op, agg: agg, seed: maphash.MakeSeed(), tableGroups: earlyGroups}
	for _, k := range agg.Keys {
		var texts *keyTexts
		if k.Expr.T.Required().Kind == types.String {
			texts = &keyTexts{}
		}
		a.texts = append(a.texts, texts)
	}
	a.divides = len(agg.Keys) > 0 && !slices.ContainsFunc(agg.Aggs, func(g logical.Agg) bool { return g.User != nil })
	if r.env.tableGroups > 0 {
		a.tableGroups = r.env.tableGroups
	}
	return a
}

// newDistinct is grouping by every column.
func newDistinct(r *runner, op *physical.Op) breaker {
	agg := &physical.Aggregate{Mode: physical.Complete}
	for _, f := range op.Columns {
		agg.Keys = append(agg.Keys, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type}})
	}
	return newGrouping(r, op, agg)
}

// orderMatters reports whether an aggregate sees the order of rows, so that they must come one batch after the other.
func orderMatters(a *physical.Aggregate) bool {
	return slices.ContainsFunc(a.Aggs, func(g logical.Agg) bool {
		return g.User != nil || g.Func == "first" || g.Func == "last" || g.Func == "collect"
	})
}

// shareMatters reports whether a result may depend on which rows one thread takes, as that of adding floats does.
func shareMatters(a *physical.Aggregate) bool {
	return slices.ContainsFunc(a.Aggs, func(g logical.Agg) bool {
		switch g.Func {
		case "count", "count_if", "count_distinct", "median", "quantile":
			return false
		case "sum", "mean", "min", "max":
			return g.Args[0].T.Required().Kind == types.Float
		}
		return true
	})
}

// groups are the distinct keys so far, and the state of each aggregate for each.
type groups struct {
	keys   *groupKeys
	first  []int64 // where each group's first row stands: batch<<32 | row
	order  []int32 // the groups by first, where others were added to them; nil as long as they are in their own order
	states []funcs.Accumulator
	calls  *callers // of aggregates of packages; nil where there are none
	held   holding
	fresh  []int32
	spent  []*groups // were taken over, and may still be referred to
	// partials are states as columns, of the aggregates that can be taken over only so; else nil.
	partials [][]arrow.Array
}

func (a *aggregate) groups() (*groups, error) {
	g := &groups{keys: newGroupKeys(len(a.agg.Keys)), held: holding{b: a.r.mem}}
	for i, k := range a.agg.Keys {
		if comesNarrow(k.Expr.T) {
			g.keys.columns[i].t = &k.Expr.T
		}
		g.keys.columns[i].texts = a.texts[i]
	}
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

// close ends the states that are kept outside of the engine, and lets go of the rest.
func (g *groups) close() {
	g.held.set(0)
	g.keys.release()
	for i := range g.partials {
		releaseAll(g.partials[i])
	}
	for _, s := range g.states {
		if s, ok := s.(funcs.Releaser); ok {
			s.Release()
		}
	}
	if g.calls != nil {
		g.calls.close()
	}
	for _, o := range g.spent {
		o.close()
	}
	g.calls, g.states, g.partials, g.spent = nil, nil, nil, nil
}

// comesNarrow reports whether keys of a type are taken as narrow as they lie.
func comesNarrow(t types.Type) bool {
	switch t.Required().Kind {
	case types.Int, types.Date, types.Time, types.Timestamp:
		return true
	}
	return false
}

func argTypes(es []*logical.Expr) []types.Type {
	out := make([]types.Type, len(es))
	for i, e := range es {
		out[i] = e.T
	}
	return out
}

// number gives each row the number of its group, adding new groups. Row i stands at places[i], or at place+i where those are
// nil: then no row stands before one that came earlier.
func (g *groups) number(mem *budget, keys []arrow.Array, out []uint32, places []int64, place int64) {
	g.fresh = g.keys.insert(mem, keys, out, g.fresh[:0])
	g.placed(out, places, place)
}

// placed notes where the rows of the fresh groups stand, and which stand before the first of theirs.
func (g *groups) placed(out []uint32, places []int64, place int64) {
	if places == nil {
		for _, r := range g.fresh {
			g.first = append(g.first, place+int64(r))
		}
		return
	}
	for _, r := range g.fresh {
		g.first = append(g.first, places[r])
	}
	for i, c := range out {
		g.first[c] = min(g.first[c], places[i])
	}
}

// bytes is the memory held.
func (g *groups) bytes() int64 {
	n := g.keys.bytes() + int64(cap(g.first))*8
	for _, s := range g.states {
		n += s.Bytes()
	}
	return n
}

// account reports the memory held; it is called after each change.
func (g *groups) account() { g.held.set(g.bytes()) }

// columns returns the key columns whole; the caller releases them.
func (g *groups) columns(mem *budget, keys []logical.Named) ([]arrow.Array, error) {
	out := make([]arrow.Array, 0, len(keys))
	for i, k := range keys {
		c, err := g.keys.column(mem, i, k.Expr.T)
		if err != nil {
			releaseAll(out)
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// partial is the groups as a batch: keys, then the columns of the aggregates' states.
func (a *aggregate) partial(g *groups) (*batch, error) {
	cols, err := g.columns(a.r.mem, a.agg.Keys)
	out := &batch{n: len(g.first), cols: cols}
	for _, s := range g.states {
		if err != nil {
			break
		}
		var state []arrow.Array
		s.Resize(out.n)
		state, err = s.State()
		out.cols = append(out.cols, state...)
	}
	if err != nil {
		out.release()
		return nil, err
	}
	return out, nil
}

// finish is the operator's output of some groups. Threads make it column by column.
func (a *aggregate) finish(g *groups, threads int) (*batch, error) {
	if a.agg.Mode == physical.Partial {
		return a.partial(g)
	}
	keys := len(a.agg.Keys)
	out := &batch{n: len(g.first), cols: make([]arrow.Array, keys+len(g.states))}
	errs := make([]error, len(out.cols))
	err := spread(threads, len(out.cols), func(_, i int) error {
		if i < keys {
			out.cols[i], errs[i] = g.keys.column(a.r.mem, i, a.agg.Keys[i].Expr.T)
			return nil
		}
		s, span := g.states[i-keys], a.agg.Aggs[i-keys].Span
		s.Resize(out.n)
		if out.cols[i], errs[i] = s.Finish(); errs[i] != nil {
			errs[i] = placedAt(calledForGroup(errs[i], span), span)
		}
		return nil
	})
	err = cmp.Or(append([]error{err}, errs...)...) // the first, whoever was faster
	if err != nil {
		releaseAll(out.cols)
		return nil, err
	}
	return out, nil
}

// add merges the groups of another thread, which are spent by it.
func (a *aggregate) add(g, o *groups) error {
	g.spent = append(g.spent, o)
	to, was := make([]uint32, len(o.first)), slices.Clone(g.first)
	if err := a.numbered(g, o, to); err != nil {
		return err
	}
	g.order = g.orderWith(was, to)
	if err := a.prepare(o); err != nil {
		return err
	}
	threads := a.r.threads
	if g.calls != nil || len(to) < absorbedRows {
		threads = 1
	}
	if err := a.absorb(g, o, allRows(len(to)), to, threads); err != nil {
		return err
	}
	g.account()
	return nil
}

// orderWith is the order of groups by first, to which those of a thread were added as to says, in theirs. Before that the groups stood at was.
// Those whose first row is still their own are in order already, and so are the thread's.
func (g *groups) orderWith(was []int64, to []uint32) []int32 {
	ours, theirs := make([]int32, 0, len(was)), make([]int32, 0, len(to))
	for i := range was {
		if g.order != nil {
			i = int(g.order[i])
		}
		if g.first[i] == was[i] {
			ours = append(ours, int32(i))
		}
	}
	for _, k := range to {
		if int(k) >= len(was) || g.first[k] != was[k] {
			theirs = append(theirs, int32(k))
		}
	}
	out := make([]int32, 0, len(g.first))
	for len(ours) > 0 && len(theirs) > 0 {
		if g.first[ours[0]] < g.first[theirs[0]] {
			out, ours = append(out, ours[0]), ours[1:]
		} else {
			out, theirs = append(out, theirs[0]), theirs[1:]
		}
	}
	return append(append(out, ours...), theirs...)
}

// numbered gives each group of o its number in g.
func (a *aggregate) numbered(g, o *groups, to []uint32) error {
	done := false
	if done, g.fresh = g.keys.insertKeys(a.r.mem, o.keys, to, g.fresh[:0]); done {
		g.placed(to, o.first, 0)
		return nil
	}
	keys, err := o.columns(a.r.mem, a.agg.Keys)
	if err != nil {
		return err
	}
	defer releaseAll(keys)
	g.number(a.r.mem, keys, to, o.first, 0)
	return nil
}

// absorbedRows are groups whose states are worth a second thread.
const absorbedRows = 4 << 10

// prepare makes groups ready for being taken over.
func (a *aggregate) prepare(o *groups) error {
	o.partials = make([][]arrow.Array, len(o.states))
	for i, s := range o.states {
		s.Resize(len(o.first))
		if _, able := s.(funcs.Absorber); able {
			continue
		}
		var err error
		if o.partials[i], err = s.State(); err != nil {
			return err
		}
	}
	return nil
}

// absorb adds the groups from of o, which is prepared and stays, to those of g that to says. Threads do it state by state.
func (a *aggregate) absorb(g, o *groups, from []int32, to []uint32, threads int) error {
	return spread(threads, len(g.states), func(_, i int) error {
		s := g.states[i]
		s.Resize(len(g.first))
		var err error
		if able, ok := s.(funcs.Absorber); ok {
			err = able.Absorb(o.states[i], from, to)
		} else {
			state := make([]arrow.Array, len(o.partials[i]))
			for k, c := range o.partials[i] {
				state[k] = take(a.r.mem, c, from)
			}
			groups := to
			if len(a.agg.Keys) == 0 {
				groups = nil
			}
			err = s.Merge(len(from), groups, state)
			releaseAll(state)
		}
		if err != nil {
			return placedAt(calledForGroup(err, a.agg.Aggs[i].Span), a.agg.Aggs[i].Span)
		}
		return nil
	})
}

// merge adds states of groups to those whose numbers to says.
func (a *aggregate) merge(g *groups, to []uint32, state []arrow.Array) error {
	if len(a.agg.Keys) == 0 {
		to = nil
	}
	n := 0
	if len(state) > 0 {
		n = state[0].Len()
	}
	for i, s := range g.states {
		width := stateWidth(&a.agg.Aggs[i])
		s.Resize(len(g.first))
		if err := s.Merge(n, to, state[:width]); err != nil {
			return placedAt(calledForGroup(err, a.agg.Aggs[i].Span), a.agg.Aggs[i].Span)
		}
		state = state[width:]
	}
	return nil
}

// rows finishes the whole.
func (a *aggregate) rows(ctx context.Context) (origin, error) {
	defer func() {
		for _, t := range a.texts {
			t.release()
		}
	}()
	if a.byParts() {
		return a.inParts(ctx)
	}
	var g *groups
	for _, l := range a.locals {
		if g == nil {
			g = l.g
			continue
		}
		if err := a.add(g, l.g); err != nil {
			return nil, err
		}
	}
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
	threads := a.r.threads
	if g.calls != nil || len(g.first) < absorbedRows {
		threads = 1
	}
	out, err := a.finish(g, threads)
	switch {
	case err != nil || slices.IsSorted(g.first):
	case len(g.order) == len(g.first) && slices.IsSortedFunc(g.order, func(a, b int32) int { return cmp.Compare(g.first[a], g.first[b]) }):
		all := out
		out, err = takeBatchBy(threads, a.r.mem, all, g.order)
		all.release()
	default:
		out, err = inOrderOf(ctx, a.r, out, g.first)
	}
	if err != nil {
		return nil, err
	}
	return sliced(out), nil
}

// inOrderOf sorts the rows of b by at, and releases b.
func inOrderOf(ctx context.Context, r *runner, b *batch, at []int64) (*batch, error) {
	defer b.release()
	start, width := placeBits(batchRows(at))
	low := bits.Len(uint(b.n))
	if low+width > 64 {
		return nil, tooManyRows
	}
	es := make([]uint64, b.n)
	for i, p := range at {
		es[i] = uint64(start[p>>32]+p&(1<<32-1))<<low | uint64(i)
	}
	if b.n < radixFrom {
		slices.Sort(es)
	} else if err := radixSort(ctx, es, make([]uint64, b.n), low, low+width); err != nil {
		return nil, err
	}
	rows := make([]int32, b.n)
	for i, e := range es {
		rows[i] = int32(e & (1<<low - 1))
	}
	threads := r.threads
	if b.n < absorbedRows {
		threads = 1
	}
	return takeBatchBy(threads, r.mem, b, rows)
}
