package expr

import (
	"slices"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// An expression of several operators is evaluated a block of rows at a time, so that what one writes is in the first-level cache
// when the next reads it:
//
//	price * 1.2 > 100    for each block: block * 1.2 into scratch, scratch > 100 into bits
//
// This holds for numbers and for operators that cannot fail; all others take whole columns. A result of arithmetic is absent where a
// column that it reads is, and no order holds there; where absent values could be equal, columns with such take whole columns too.

const blockRows = 2048

// markBlocks finds the operators to evaluate so: those of several that no other such operator contains.
func markBlocks(nodes map[string]*node) {
	for _, n := range nodes {
		n.blocks = n.inBlocks() && (!n.args[0].leaf() || !n.args[1].leaf())
	}
	for _, n := range nodes {
		for _, a := range n.args {
			if n.blocks || n.inBlocks() {
				a.blocks = false
			}
		}
	}
}

// inBlocks reports whether n can be computed a block at a time: an operator of floats, each of whose arguments is a column, a
// constant, or such an operator that nothing else uses.
func (n *node) inBlocks() bool {
	if n.op != logical.OpCall || n.overload == nil || n.overload.Fails || n.overload.Volatile || n.overload.Costly || n.constant != nil {
		return false
	}
	if k := n.t.Required().Kind; k != types.Float && k != types.Bool {
		return false
	}
	switch n.name {
	case "+", "-", "*", "<", "<=", ">", ">=", "==", "!=":
	default:
		return false
	}
	for _, a := range n.args {
		if a.t.Required().Kind != types.Float {
			return false
		}
		if !a.leaf() && (a.uses > 1 || !a.inBlocks()) {
			return false
		}
	}
	return len(n.args) == 2
}

// leaf reports whether n is taken as it is: a constant, a column, or a column of whole numbers as floats.
func (n *node) leaf() bool {
	return n.constant != nil || n.op == logical.OpColumn || n.op == logical.OpCast && n.args[0].op == logical.OpColumn && !n.fails
}

// evalBlocks computes a node that is blockwise; nil where a column has absent rows, or is not plain.
func (f *frame) evalBlocks(n *node) (*funcs.Vec, error) {
	if f.n < blockRows {
		return nil, nil
	}
	if n.leaves == nil {
		n.prepareBlocks()
	}
	var valid []uint64
	for _, leaf := range n.leaves {
		if leaf.plain.floats = f.floatsOf(leaf); leaf.plain.floats != nil {
			continue
		}
		v, err := f.eval(leaf)
		if err != nil {
			return nil, err
		}
		if v.Const && (leaf.constant == nil || v.Valid != nil) || v.Type.Kind != types.Float || v.Index != nil {
			return nil, nil
		}
		switch {
		case v.Valid == nil:
		case n.name == "==" || n.name == "!=":
			return nil, nil
		case valid == nil:
			valid = slices.Clone(v.Valid[:funcs.Words(f.n)])
		default:
			kernels.Best.And(valid, v.Valid, valid)
		}
		leaf.plain.whole = v
	}
	out := f.allocate(n, f.n, false)
	for from := 0; from < f.n; from += blockRows {
		rows := min(blockRows, f.n-from)
		if out.Floats != nil {
			n.plain.call.Out.Floats = out.Floats[from : from+rows]
		} else {
			n.plain.call.Out.Bits = out.Bits[from/64 : funcs.Words(from+rows)]
		}
		if err := n.block(from, rows); err != nil {
			return nil, f.failure(n, err)
		}
	}
	for _, leaf := range n.leaves {
		leaf.plain.whole, leaf.plain.floats = nil, nil // of the batch
	}
	switch {
	case valid == nil:
	case out.Floats != nil:
		out.Valid = valid
	default:
		kernels.Best.And(valid, out.Bits, out.Bits)
	}
	return out, nil
}

// floatsOf is how a leaf that is a column of whole numbers as floats is converted a block at a time; nil for any other.
func (f *frame) floatsOf(leaf *node) func(from, to int, out []float64) {
	if leaf.constant != nil || leaf.op != logical.OpCast || f.batch == nil || f.memo[leaf.id] != nil {
		return nil
	}
	c := leaf.args[0].column
	return funcs.FloatsOf(f.batch.Column(c), f.p.schema[c].Type)
}

// plain is a node's part in the evaluation by blocks.
type plain struct {
	whole *funcs.Vec // of a leaf: the column
	view  funcs.Vec  // of a leaf: its rows in the block
	call  funcs.Call // of an operator, whose output is scratch but at the root

	floats  func(from, to int, out []float64) // of a leaf that is converted: instead of whole
	scratch []float64                         // for that
}

func (n *node) prepareBlocks() {
	root := n
	var visit func(*node)
	visit = func(m *node) {
		if m.plain == nil { // leaves may have more than one place
			m.plain = &plain{}
		}
		p := m.plain
		if m.leaf() {
			if !slices.Contains(root.leaves, m) {
				root.leaves = append(root.leaves, m)
			}
			return
		}
		p.call = funcs.Call{Args: make([]*funcs.Vec, len(m.args)), Out: &funcs.Vec{Type: m.t.Required()}}
		if m != root {
			p.call.Out = funcs.NewVec(m.t, blockRows)
		}
		for i, a := range m.args {
			visit(a)
			if a.leaf() {
				p.call.Args[i] = &a.plain.view
			} else {
				p.call.Args[i] = a.plain.call.Out
			}
		}
	}
	visit(n)
}

// block computes rows [from, from+rows) of a node.
func (n *node) block(from, rows int) error {
	p := n.plain
	if n.leaf() && p.floats != nil {
		if p.scratch == nil {
			p.scratch = make([]float64, blockRows)
		}
		p.floats(from, from+rows, p.scratch)
		p.view = funcs.Vec{Type: n.t.Required(), N: rows, Floats: p.scratch[:rows]}
		return nil
	}
	if n.leaf() {
		p.view = funcs.Vec{Type: p.whole.Type, N: rows, Const: p.whole.Const, Floats: p.whole.Floats}
		if !p.view.Const {
			p.view.Floats = p.whole.Floats[from : from+rows]
		}
		return nil
	}
	for _, a := range n.args {
		if err := a.block(from, rows); err != nil {
			return err
		}
	}
	p.call.N, p.call.Out.N = rows, rows
	return n.overload.Kernel(&p.call)
}
