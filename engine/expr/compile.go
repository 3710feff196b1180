package expr

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// node is a compiled expression. Equal expressions share one node.
type node struct {
	id   int
	op   logical.Op
	name string
	t    types.Type
	span source.Span
	args []*node
	uses int

	column   int             // OpColumn: position in the schema
	constant *funcs.Vec      // one row, or nil
	overload *funcs.Overload // OpCall
	state    any             // of the overload's kernel
	function *udf.Function   // OpUDF
	instance udf.Instance    //
	tier     string          //
	repeated []arrow.Array   // arguments of that which are constants, as columns
	names    []string        // OpRecord
	body     *Program        // OpEach, OpFold
	spelled  string          // the body, for equality
	reads    []int           // columns below, ascending
	volatile bool            // this or something below gives different results for equal arguments
	fails    bool            // this or something below may end in an error
	costly   bool            // this or something below is slow
	burnt    bool            // evaluating over all rows, ahead of the selection, has failed before
	pays     float64         // of a part of a conjunction: ns a row, estimated
	keeps    float64         // of a part of a conjunction: the rows for which it is true, estimated
	quick    []int           // of a conjunction: the order of its parts that is likely to cost least; nil where that is their own
	hasty    bool            // trying that order has failed before
	blocks   bool            // evaluated a block at a time (blocks.go)
	plain    *plain          // its part in that
	leaves   []*node         // what that reads
	domain   bool            // worth evaluating once for each value of the column's dictionary
}

type compiler struct {
	p      *Program
	shared map[string]*node
}

// Compile prepares e for batches whose columns are schema. It converts arguments where e has no OpCast for them.
func Compile(e *logical.Expr, schema []types.Field, env Env) (*Program, error) {
	p := &Program{env: env, schema: schema, cache: map[*node]*dictionaryResult{}}
	c := &compiler{p: p, shared: map[string]*node{}}
	root, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	root.uses++
	p.root = root
	markBlocks(c.shared) // now that all uses are counted
	return p, nil
}

func (c *compiler) compile(e *logical.Expr) (*node, error) {
	n := &node{op: e.Op, name: e.Name, t: e.T, span: e.Span, names: e.Names, column: -1}
	for _, a := range e.Args {
		x, err := c.compile(a)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, x)
	}
	switch e.Op {
	case logical.OpColumn:
		n.column = slices.IndexFunc(c.p.schema, func(f types.Field) bool { return f.Name == e.Name })
		if n.column < 0 {
			return nil, fmt.Errorf("the expression reads column %s, which its input lacks", e.Name)
		}
		n.t = c.p.schema[n.column].Type
		n.reads = []int{n.column}
	case logical.OpLiteral:
		v, err := literal(e.Lit, e.T)
		if err != nil {
			return nil, err
		}
		n.constant = v
	case logical.OpCall:
		if e.Name == "and" || e.Name == "or" {
			for i, a := range e.Args {
				if !chains(a, e.Name) {
					n.args[i].pays, n.args[i].keeps = cost.PerRow(a), cost.Share(a)
				}
			}
		}
		if err := c.call(n); err != nil {
			return nil, err
		}
	case logical.OpUDF:
		if e.Func == nil {
			return nil, fmt.Errorf("a call of a user-defined function names none")
		}
		n.function = e.Func
		n.volatile, n.fails, n.costly = e.Func.Volatile, true, true
		if len(n.args) != len(e.Func.Params) {
			return nil, fmt.Errorf("%s takes %d arguments, not %d", e.Func.ID(), len(e.Func.Params), len(n.args))
		}
		for i, p := range e.Func.Params {
			n.args[i] = c.cast(n.args[i], p.Type)
		}
	case logical.OpCase:
		for i := range n.args {
			if i%2 == 1 || i == len(n.args)-1 {
				n.args[i] = c.cast(n.args[i], n.t)
			}
		}
	case logical.OpCast:
		return c.cast(n.args[0], e.T), nil
	case logical.OpEach, logical.OpFold:
		if err := c.each(n, e); err != nil {
			return nil, err
		}
	case logical.OpField, logical.OpRecord:
	case logical.OpList:
		if n.t.Kind != types.List {
			return nil, fmt.Errorf("a list has the type %s", n.t)
		}
		for i := range n.args {
			n.args[i] = c.cast(n.args[i], *n.t.Elem)
		}
	default:
		return nil, fmt.Errorf("an expression of the unknown kind %q", e.Op)
	}
	return c.intern(n), nil
}

func (c *compiler) call(n *node) error {
	args := make([]types.Type, len(n.args))
	for i, a := range n.args {
		args[i] = a.t
	}
	r, err := funcs.Resolve(n.name, args)
	if err != nil {
		return err
	}
	if r.Func.Kind != funcs.Scalar {
		return fmt.Errorf("%s is a function of kind %s and has no value for a single row", n.name, r.Func.Kind)
	}
	n.overload = r.Overload
	n.t = r.Result
	for i := range n.args {
		n.args[i] = c.cast(n.args[i], r.Params[i])
	}
	n.volatile, n.fails, n.costly = r.Overload.Volatile, r.Overload.Fails, r.Overload.Costly
	if n.name == "and" || n.name == "or" { // a chain is one node, so that its parts can be ordered
		var flat []*node
		for _, a := range n.args {
			if a.op == logical.OpCall && a.name == n.name {
				flat = append(flat, a.args...)
			} else {
				flat = append(flat, a)
			}
		}
		n.args = flat
		slices.SortStableFunc(n.args, func(a, b *node) int { return a.rank() - b.rank() })
		n.quick = quickest(n.args, n.name == "or")
	}
	return nil
}

// chains reports whether e is a part of a longer chain of and, or of or, and no part by itself.
func chains(e *logical.Expr, name string) bool { return e.Op == logical.OpCall && e.Name == name }

// quickest is the order of parts that is likely to cost least, or nil where it is the one that they are in. What differs from call to
// call is evaluated where it stands.
func quickest(parts []*node, or bool) []int {
	order := make([]int, len(parts))
	ranks := make([]float64, len(parts))
	for i, p := range parts {
		if p.volatile {
			return nil
		}
		keeps := p.keeps
		if or { // what is true is decided
			keeps = 1 - keeps
		}
		order[i], ranks[i] = i, cost.Rank(keeps, p.pays)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ranks[a], ranks[b]) })
	if slices.IsSorted(order) {
		return nil
	}
	return order
}

// rank orders the parts of a conjunction: first what is cheap, then what is costly, and what may fail last, in the order written, so
// that a part never fails at a row which a part before it excludes.
func (n *node) rank() int {
	switch {
	case n.fails:
		return 2
	case n.costly:
		return 1
	}
	return 0
}

// cast returns n converted to t; an option and its element have the same columns here.
func (c *compiler) cast(n *node, t types.Type) *node {
	if types.Equal(n.t.Required(), t.Required()) {
		return n
	}
	from, to := n.t.Required().Kind, t.Required().Kind
	return c.intern(&node{op: logical.OpCast, t: t, span: n.span, args: []*node{n}, column: -1,
		fails: to == types.Decimal && (from == types.Decimal || from == types.Int)})
}

// intern returns the node that stands for all equal ones, and settles what follows from its arguments.
func (c *compiler) intern(n *node) *node {
	for _, a := range n.args {
		n.volatile = n.volatile || a.volatile
		n.fails = n.fails || a.fails
		n.costly = n.costly || a.costly
		for _, r := range a.reads {
			if !slices.Contains(n.reads, r) {
				n.reads = append(n.reads, r)
			}
		}
	}
	if n.op == logical.OpCall && n.name == "try" {
		n.fails = false
	}
	slices.Sort(n.reads)
	key := n.key()
	if old := c.shared[key]; old != nil && !n.volatile {
		return old
	}
	for _, a := range n.args {
		a.uses++
	}
	n.id = c.p.nodes
	c.p.nodes++
	if n.op != logical.OpUDF && n.body == nil && n.op != logical.OpLiteral && !n.volatile && len(n.args) > 0 {
		c.fold(n)
	}
	n.domain = len(n.reads) == 1 && (n.function == nil || n.function.Shape != udf.Table) && n.op != logical.OpColumn && !n.volatile && c.p.schema[n.reads[0]].Type.Required().Kind == types.String
	c.shared[key] = n
	return n
}

// fold computes a node of constants now. A failure is left for the run, where the row may turn out not to be reached.
func (c *compiler) fold(n *node) {
	for _, a := range n.args {
		if a.constant == nil {
			return
		}
	}
	f := &frame{p: c.p, ctx: context.Background(), keep: true, n: 1, memo: make([]*funcs.Vec, c.p.nodes)}
	if v, err := f.compute(n); err == nil {
		if !v.Const {
			one := *v
			one.Const = true
			v = &one
		}
		n.constant = v
		n.fails, n.costly = false, false
	}
}

// key spells the node out by its arguments' numbers; equal keys are equal expressions.
func (n *node) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%s|%s|%d|%q|", n.op, n.name, n.t, n.column, n.names)
	for _, a := range n.args {
		fmt.Fprintf(&b, "%d,", a.id)
	}
	if n.op == logical.OpLiteral {
		fmt.Fprintf(&b, "|%s", literalKey(n.constant))
	}
	b.WriteString(n.spelled)
	if n.function != nil {
		s, _ := json.Marshal(n.function) // plain data: always succeeds
		b.Write(s)
	}
	return b.String()
}
