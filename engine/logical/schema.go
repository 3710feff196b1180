package logical

import "github.com/dreamql/dreamql/engine/types"

func (n *Scan) Schema() []types.Field   { return n.Columns }
func (n *Filter) Schema() []types.Field { return n.Input.Schema() }
func (n *Project) Schema() []types.Field {
	out := make([]types.Field, len(n.Cols))
	for i, c := range n.Cols {
		out[i] = types.Field{Name: c.Name, Type: c.Expr.T}
	}
	return out
}

func (n *Aggregate) Schema() []types.Field {
	out := make([]types.Field, 0, len(n.Keys)+len(n.Aggs))
	for _, k := range n.Keys {
		out = append(out, types.Field{Name: k.Name, Type: k.Expr.T})
	}
	for _, a := range n.Aggs {
		out = append(out, types.Field{Name: a.Name, Type: a.Type})
	}
	return out
}

func (n *Join) Schema() []types.Field {
	left := n.Left.Schema()
	if n.Kind.LeftOnly() {
		return left
	}
	right := n.Right.Schema()
	out := make([]types.Field, 0, len(left)+len(right))
	for _, f := range left {
		if n.Kind == JoinFull {
			f.Type = types.Optional(f.Type)
		}
		out = append(out, f)
	}
	for _, f := range right {
		if n.Kind == JoinMaybe || n.Kind == JoinLeft || n.Kind == JoinFull {
			f.Type = types.Optional(f.Type)
		}
		out = append(out, f)
	}
	return out
}

func (n *Sort) Schema() []types.Field     { return n.Input.Schema() }
func (n *Limit) Schema() []types.Field    { return n.Input.Schema() }
func (n *TopN) Schema() []types.Field     { return n.Input.Schema() }
func (n *Distinct) Schema() []types.Field { return n.Input.Schema() }
func (n *Union) Schema() []types.Field    { return n.In[0].Schema() }
func (n *Values) Schema() []types.Field   { return n.Columns }
func (n *Bounded) Schema() []types.Field  { return n.Input.Schema() }
func (n *Fix) Schema() []types.Field      { return n.Seed.Schema() }
func (n *Recur) Schema() []types.Field    { return n.Columns }

func (n *Search) Schema() []types.Field {
	in := n.Input.Schema()
	return append(in[:len(in):len(in)], types.Field{Name: n.As, Type: types.Of(types.Float)})
}

func (n *Unnest) Schema() []types.Field {
	in := n.Input.Schema()
	return append(in[:len(in):len(in)], types.Field{Name: n.As, Type: *n.Expr.T.Elem})
}

func (n *Window) Schema() []types.Field {
	in := n.Input.Schema()
	out := in[:len(in):len(in)]
	for _, f := range n.Funcs {
		out = append(out, types.Field{Name: f.Name, Type: f.Type})
	}
	return out
}

func (n *Scan) Inputs() []Node      { return nil }
func (n *Filter) Inputs() []Node    { return []Node{n.Input} }
func (n *Project) Inputs() []Node   { return []Node{n.Input} }
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }
func (n *Join) Inputs() []Node      { return []Node{n.Left, n.Right} }
func (n *Sort) Inputs() []Node      { return []Node{n.Input} }
func (n *Limit) Inputs() []Node     { return []Node{n.Input} }
func (n *TopN) Inputs() []Node      { return []Node{n.Input} }
func (n *Distinct) Inputs() []Node  { return []Node{n.Input} }
func (n *Union) Inputs() []Node     { return n.In }
func (n *Unnest) Inputs() []Node    { return []Node{n.Input} }
func (n *Window) Inputs() []Node    { return []Node{n.Input} }
func (n *Values) Inputs() []Node    { return nil }
func (n *Bounded) Inputs() []Node   { return []Node{n.Input} }
func (n *Search) Inputs() []Node    { return []Node{n.Input} }
func (n *Fix) Inputs() []Node       { return []Node{n.Seed, n.Step} }
func (n *Recur) Inputs() []Node     { return nil }

func (n *Scan) WithInputs(...Node) Node         { c := *n; return &c }
func (n *Filter) WithInputs(in ...Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *Project) WithInputs(in ...Node) Node   { c := *n; c.Input = in[0]; return &c }
func (n *Aggregate) WithInputs(in ...Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Join) WithInputs(in ...Node) Node      { c := *n; c.Left, c.Right = in[0], in[1]; return &c }
func (n *Sort) WithInputs(in ...Node) Node      { c := *n; c.Input = in[0]; return &c }
func (n *Limit) WithInputs(in ...Node) Node     { c := *n; c.Input = in[0]; return &c }
func (n *TopN) WithInputs(in ...Node) Node      { c := *n; c.Input = in[0]; return &c }
func (n *Distinct) WithInputs(in ...Node) Node  { c := *n; c.Input = in[0]; return &c }
func (n *Union) WithInputs(in ...Node) Node     { return &Union{In: in} }
func (n *Unnest) WithInputs(in ...Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *Window) WithInputs(in ...Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *Values) WithInputs(...Node) Node       { c := *n; return &c }
func (n *Bounded) WithInputs(in ...Node) Node   { c := *n; c.Input = in[0]; return &c }
func (n *Search) WithInputs(in ...Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *Fix) WithInputs(in ...Node) Node       { c := *n; c.Seed, c.Step = in[0], in[1]; return &c }
func (n *Recur) WithInputs(...Node) Node        { c := *n; return &c }
