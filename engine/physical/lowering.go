package physical

import (
	"fmt"
	"slices"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// lowering collects finished stages.
type lowering struct {
	plan   *Plan
	opt    Options
	cost   *cost.Estimates
	bound  *logical.Bounded     // that the node being planned is in
	inside *inside              // of a step of a fix; nil outside
	made   map[logical.Node]int // stages that steps of a fix read
}

// building is a stage that still grows at its root.
type building struct {
	root   *Op
	table  *logical.Table // set for a source stage
	inputs []int
}

func (b *building) push(op *Op, columns []types.Field) *building {
	op.Input, op.Columns = b.root, columns
	b.root = op
	return b
}

// stage plans a relation as stages of its own and returns the one that gives its rows.
func (l *lowering) stage(n logical.Node) (int, error) {
	b, err := l.node(n)
	if err != nil {
		return 0, err
	}
	return l.finish(b), nil
}

func (l *lowering) finish(b *building) int {
	id := len(l.plan.Stages)
	l.plan.Stages = append(l.plan.Stages, Stage{
		ID: id, Root: b.root, Columns: b.root.Columns, Table: b.table, Inputs: b.inputs, Ordered: ordered(b),
	})
	return id
}

// ordered is false only where nobody can see in which order the tasks of a stage ended.
func ordered(b *building) bool {
	return b.root.Aggregate == nil || b.root.Aggregate.Mode != Partial
}

// gathered ends a source stage and goes on in a gather stage; a gather stage goes on itself.
func (l *lowering) gathered(b *building) *building {
	if b.table == nil {
		return b
	}
	return l.read(b.root.Columns, l.finish(b))
}

func (l *lowering) read(columns []types.Field, stages ...int) *building {
	return &building{root: &Op{Columns: columns, Read: &Read{Stages: stages}}, inputs: stages}
}

func (l *lowering) node(n logical.Node) (*building, error) {
	if n, ok := n.(*logical.Bounded); ok {
		return l.bounded(n)
	}
	if _, recur := n.(*logical.Recur); recur || l.inside != nil && logical.Recurs(n, l.inside.id) == 0 {
		id, err := l.from(n)
		return l.read(n.Schema(), id), err
	}
	b, err := l.operators(n)
	if err != nil {
		return nil, err
	}
	b.root.Estimate = int64(min(l.cost.Rows(n), 1e15))
	if l.bound != nil {
		b.root.Bound = &Bound{Rows: l.bound.Rows, Span: l.bound.Span}
		if j, ok := n.(*logical.Join); ok {
			b.root.Bound.Span = j.Span
		}
	}
	return b, nil
}

// bounded plans the input with a bound on each operator; of two that are inside each other the smaller holds.
func (l *lowering) bounded(n *logical.Bounded) (*building, error) {
	outer := l.bound
	defer func() { l.bound = outer }()
	if outer == nil || n.Rows < outer.Rows {
		l.bound = n
	}
	return l.node(n.Input)
}

func (l *lowering) operators(n logical.Node) (*building, error) {
	switch n := n.(type) {
	case *logical.Scan:
		scan := &Scan{Filter: n.Filter}
		l.access(n, scan)
		return &building{root: &Op{Columns: n.Columns, Scan: scan}, table: bare(n.Table)}, nil
	case *logical.Values:
		return &building{root: &Op{Columns: n.Columns, Values: &Values{Rows: n.Rows}}}, nil
	case *logical.Union:
		return l.union(n)
	case *logical.Join:
		return l.join(n)
	case *logical.Fix:
		return l.fix(n)
	case *logical.Aggregate:
		if l.inside != nil && !additive(n) {
			l.inside.grouped++
			defer func() { l.inside.grouped-- }()
		}
	}
	if len(n.Inputs()) != 1 {
		return nil, fmt.Errorf("there is no operator for %T", n)
	}
	b, err := l.node(n.Inputs()[0])
	if err != nil {
		return nil, err
	}
	out := n.Schema()
	source := b.table != nil
	switch n := n.(type) {
	case *logical.Filter:
		pred := l.keep(n.Pred, b.root)
		if pred == nil {
			return b, nil
		}
		if j := b.root.HashJoin; j != nil && j.Keep != nil {
			b.root.Estimate = int64(min(l.cost.Rows(&logical.Filter{Input: n.Input, Pred: j.Keep}), 1e15))
		}
		return b.push(&Op{Filter: &Filter{Pred: pred}}, out), nil
	case *logical.Project:
		return b.push(&Op{Project: &Project{Cols: n.Cols}}, out), nil
	case *logical.Unnest:
		return b.push(&Op{Unnest: &Unnest{Expr: n.Expr}}, out), nil
	case *logical.Aggregate:
		if !source {
			return b.push(&Op{Aggregate: &Aggregate{Mode: Complete, Keys: n.Keys, Aggs: n.Aggs}}, out), nil
		}
		states, err := stateColumns(n)
		if err != nil {
			return nil, err
		}
		b.push(&Op{Aggregate: &Aggregate{Mode: Partial, Keys: n.Keys, Aggs: n.Aggs}}, states)
		return l.gathered(b).push(&Op{Aggregate: &Aggregate{Mode: Final, Keys: n.Keys, Aggs: n.Aggs}}, out), nil
	case *logical.Sort:
		return l.gathered(b).push(&Op{Sort: &Sort{Keys: n.Keys}}, out), nil
	case *logical.TopN:
		if source {
			b.push(&Op{TopN: &TopN{By: n.By, Keys: n.Keys, N: n.N}}, out)
		}
		return l.gathered(b).push(&Op{TopN: &TopN{By: n.By, Keys: n.Keys, N: n.N}}, out), nil
	case *logical.Limit:
		if source && n.Count >= 0 {
			b.push(&Op{Limit: &Limit{Count: n.Offset + n.Count}}, out)
		}
		return l.gathered(b).push(&Op{Limit: &Limit{Offset: n.Offset, Count: n.Count}}, out), nil
	case *logical.Distinct:
		if source {
			b.push(&Op{Distinct: &Distinct{}}, out)
		}
		return l.gathered(b).push(&Op{Distinct: &Distinct{}}, out), nil
	case *logical.Search:
		return l.gathered(b).push(&Op{Search: &Search{Text: n.Text, Query: n.Query}}, out), nil
	case *logical.Window:
		return l.gathered(b).push(&Op{Window: &Window{By: n.By, Order: n.Order, Funcs: n.Funcs}}, out), nil
	}
	return nil, fmt.Errorf("there is no operator for %T", n)
}

func (l *lowering) union(n *logical.Union) (*building, error) {
	parts := n.In
	after := 0
	if l.inside != nil {
		after = l.inside.seen + logical.Recurs(n, l.inside.id)
		parts = l.inside.parts(n)
	}
	stages := make([]int, len(parts))
	for i, in := range parts {
		id, err := l.from(in)
		if err != nil {
			return nil, err
		}
		stages[i] = id
	}
	if l.inside != nil {
		l.inside.seen = after
	}
	return l.read(n.Schema(), stages...), nil
}

func (l *lowering) join(n *logical.Join) (*building, error) {
	if l.inside != nil && l.inside.turned(n) {
		return l.turnedJoin(n)
	}
	b, err := l.node(n.Left)
	if err != nil {
		return nil, err
	}
	if l.narrows(n) {
		return l.narrowed(n, b)
	}
	return l.probe(n, b)
}

// probe joins the rows of b, which are the left side.
func (l *lowering) probe(n *logical.Join, b *building) (*building, error) {
	if n.Kind == logical.JoinFull {
		b = l.gathered(b) // only who has seen every left row knows which right rows have no match
	}
	build, err := l.from(n.Right)
	if err != nil {
		return nil, err
	}
	return l.built(n, b, build), nil
}

// built joins the rows of b with a table of a stage's.
func (l *lowering) built(n *logical.Join, b *building, build int) *building {
	b.inputs = append(b.inputs[:len(b.inputs):len(b.inputs)], build)
	return b.push(&Op{HashJoin: &HashJoin{
		Build: build, BuildColumns: n.Right.Schema(), Kind: n.Kind, On: n.On, Residual: n.Residual, Unique: n.Unique, Promised: n.Promised,
		LeftName: relationName(n.Left), RightName: relationName(n.Right), Span: n.Span,
	}}, n.Schema())
}

// bare is a table without what only estimates need, which would make a plan that travels several times as long.
func bare(t *logical.Table) *logical.Table {
	out := *t
	out.Segments = slices.Clone(t.Segments)
	for i := range out.Segments {
		s := &out.Segments[i]
		s.Columns = slices.Clone(s.Columns)
		for j := range s.Columns {
			s.Columns[j].Common, s.Columns[j].Histogram, s.Columns[j].Sketch = nil, nil, nil
		}
	}
	return &out
}

// relationName is the table that a relation's rows come from, for messages.
func relationName(n logical.Node) string {
	for {
		if s, ok := n.(*logical.Scan); ok {
			return s.Table.Name
		}
		in := n.Inputs()
		if len(in) == 0 {
			return ""
		}
		n = in[0]
	}
}

// stateColumns is the output of a partial aggregate: keys, then the columns of each aggregate's state.
func stateColumns(n *logical.Aggregate) ([]types.Field, error) {
	out := n.Schema()[:len(n.Keys):len(n.Keys)]
	for _, a := range n.Aggs {
		if a.User != nil {
			out = append(out, types.Field{Name: a.Name + ".0", Type: types.Of(types.Bytes)})
			continue
		}
		args := make([]types.Type, len(a.Args))
		for i, e := range a.Args {
			args[i] = e.T
		}
		f, err := funcs.Resolve(a.Func, args)
		if err != nil {
			return nil, err
		}
		if f.Overload.Agg == nil {
			return nil, fmt.Errorf("%s is not an aggregate", a.Func)
		}
		for i, t := range f.Overload.Agg.State(args, a.Type) {
			out = append(out, types.Field{Name: fmt.Sprintf("%s.%d", a.Name, i), Type: t})
		}
	}
	return out, nil
}
