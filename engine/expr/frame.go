package expr

import (
	"context"
	"errors"
	"fmt"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// frame is the evaluation of a program over one set of rows: a batch, a selection of another frame's rows, or the values
// of a dictionary. It remembers columns and the results of shared nodes.
type frame struct {
	p       *Program
	ctx     context.Context
	n       int
	batch   arrow.RecordBatch
	columns []*funcs.Vec
	memo    []*funcs.Vec

	parent  *frame   // of a selection
	rows    []int32  // of the parent
	keep    bool     // results outlive the batch: no recycled memory
	quiet   bool     // failures are expected, and need no explanation
	failing *failing // of the try around; nil outside
}

func (f *frame) column(i int) (*funcs.Vec, error) {
	if v := f.columns[i]; v != nil {
		return v, nil
	}
	var v *funcs.Vec
	if f.parent != nil {
		up, err := f.parent.column(i)
		if err != nil {
			return nil, err
		}
		v = up.Take(f.rows)
	} else if a, t := f.batch.Column(i), f.p.schema[i].Type; a.DataType().ID() != arrow.DICTIONARY && funcs.IsNarrow(a, t) {
		v = f.room(t.Required(), f.n, true)
		v.Fill(a)
	} else {
		var err error
		if v, err = funcs.FromArrow(a, t); err != nil {
			return nil, fmt.Errorf("column %s: %w", f.p.schema[i].Name, err)
		}
	}
	f.columns[i] = v
	return v, nil
}

// narrow is the frame of some of f's rows.
func (f *frame) narrow(rows []int32) *frame {
	return &frame{p: f.p, ctx: f.ctx, n: len(rows), parent: f, rows: rows, keep: f.keep, quiet: f.quiet, failing: f.failing, columns: make([]*funcs.Vec, len(f.columns)), memo: make([]*funcs.Vec, len(f.memo))}
}

func (f *frame) eval(n *node) (*funcs.Vec, error) {
	if n.constant != nil {
		c := *n.constant
		c.N = f.n
		return &c, nil
	}
	if n.op == logical.OpColumn {
		return f.column(n.column)
	}
	if v := f.memo[n.id]; v != nil {
		return v, nil
	}
	if f.parent != nil && n.uses > 1 {
		if v := f.parent.memo[n.id]; v != nil {
			f.memo[n.id] = v.Take(f.rows)
			return f.memo[n.id], nil
		}
	}
	v, err := f.evalDictionary(n)
	if v == nil && err == nil {
		v, err = f.compute(n)
	}
	if err != nil {
		return nil, err
	}
	if n.uses > 1 && !n.volatile {
		f.memo[n.id] = v
	}
	return v, nil
}

// compute evaluates a node that is neither a column nor remembered.
func (f *frame) compute(n *node) (*funcs.Vec, error) {
	switch n.op {
	case logical.OpCase:
		return f.evalCase(n)
	case logical.OpUDF:
		return f.evalUDF(n)
	case logical.OpEach:
		return f.evalEach(n)
	case logical.OpFold:
		return f.evalFold(n)
	case logical.OpCall:
		if n.name == "and" || n.name == "or" {
			return f.evalChain(n, n.name == "or")
		}
		if n.name == "try" {
			return f.evalTry(n)
		}
		if n.blocks {
			if v, err := f.evalBlocks(n); v != nil || err != nil {
				return v, err
			}
		}
		if v := f.evalNarrow(n); v != nil {
			return v, nil
		}
	}
	args := make([]*funcs.Vec, len(n.args))
	for i, a := range n.args {
		v, err := f.eval(a)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	switch n.op {
	case logical.OpCast:
		v, err := funcs.Cast(args[0], n.t)
		return v, f.failure(n, err)
	case logical.OpRecord:
		f.p.lent = nil // the record shares its columns' memory
		v, err := f.evalRecord(n, args, f.n)
		if err == nil && !f.keep {
			f.p.records = append(f.p.records, v.Array)
		}
		return v, err
	case logical.OpList:
		return evalList(n, args, f.n)
	case logical.OpField:
		return evalField(n, args[0])
	}
	return f.call(n, args)
}

// evalNarrow compares a narrow column with a constant without widening it; nil where n is something else.
func (f *frame) evalNarrow(n *node) *funcs.Vec {
	if f.batch == nil || len(n.args) != 2 || n.t.Required().Kind != types.Bool {
		return nil
	}
	a, b := n.args[0], n.args[1]
	swapped := a.constant != nil
	if swapped {
		a, b = b, a
	}
	if a.op != logical.OpColumn || b.constant == nil {
		return nil
	}
	column, t := f.batch.Column(a.column), f.p.schema[a.column].Type
	if !funcs.IsNarrow(column, t) {
		return nil
	}
	out := f.allocate(n, f.n, false)
	if !funcs.CompareNarrow(n.name, column, t, b.constant, swapped, out.Bits) {
		return nil
	}
	return out
}

func (f *frame) call(n *node, args []*funcs.Vec) (*funcs.Vec, error) {
	rows, constant := f.n, !n.overload.Volatile
	for _, a := range args {
		constant = constant && a.Const
	}
	if constant && rows > 0 {
		rows = 1
	}
	constant = constant && rows == 1
	var valid []uint64
	if n.overload.Absence == funcs.Lifts {
		for _, a := range args {
			if a.Absent() || a.Type.Kind == types.None {
				return funcs.AbsentVec(n.t, f.n), nil
			}
			if a.Valid == nil || a.Const {
				continue
			}
			if valid == nil {
				valid = append([]uint64(nil), a.Valid[:funcs.Words(rows)]...)
				continue
			}
			kernels.Best.And(valid, a.Valid, valid)
		}
	}
	narrow := n.overload.Narrows
	for _, a := range args {
		narrow = narrow && a.Narrow != nil
	}
	out := f.allocate(n, rows, narrow)
	if valid != nil {
		out.Valid = valid
	}
	c := funcs.Call{N: rows, Args: args, Out: out, State: n.state}
	err := n.overload.Kernel(&c)
	n.state = c.State
	if err != nil {
		return nil, f.failure(n, err)
	}
	if constant {
		out.Const, out.N = true, f.n
	}
	return out, nil
}

// failure gives an error its place in the program.
func (f *frame) failure(n *node, err error) error {
	var row *funcs.RowError
	if errors.As(err, &row) {
		return &RunError{Span: n.span, Row: row.Row, Message: row.Message, Given: f.given(n, row.Row)}
	}
	if err != nil {
		return &RunError{Span: n.span, Row: -1, Message: err.Error()}
	}
	return nil
}

// outward says in which row of the parent an error of this frame happened.
func (f *frame) outward(err error) error {
	var run *RunError
	var call *udf.CallError
	switch {
	case f.rows == nil:
	case errors.As(err, &run) && run.Row >= 0 && run.Row < len(f.rows):
		e := *run
		e.Row = int(f.rows[run.Row])
		return &e
	case errors.As(err, &call) && call.Row >= 0 && call.Row < len(f.rows):
		e := *call
		e.Row = int(f.rows[call.Row])
		return &e
	}
	return err
}

// among evaluates n for the given rows of f (all: nil). The result is over all of f's rows if whole, else over rows. Where n is
// cheap, computing it for every row costs less than gathering, and an error in a row that was not asked for only sends us back.
func (f *frame) among(n *node, rows []int32) (v *funcs.Vec, whole bool, err error) {
	if rows == nil || len(rows) == f.n || n.constant != nil || n.op == logical.OpColumn {
		v, err = f.eval(n)
		return v, true, err
	}
	if !n.costly && !n.volatile && !n.burnt && len(rows) > f.n/16 {
		if v, err = f.eval(n); err == nil {
			return v, true, nil
		}
		if f.ctx.Err() != nil {
			return nil, false, err
		}
		n.burnt = true
	}
	g := f.narrow(rows)
	v, err = g.eval(n)
	return v, false, g.outward(err)
}

// trueBits is the rows where a bool column is present and true.
func trueBits(v *funcs.Vec) []uint64 {
	out := make([]uint64, funcs.Words(v.N))
	switch {
	case v.Type.Kind != types.Bool || v.Absent():
	case v.Const:
		if v.Bits[0]&1 != 0 {
			funcs.FillBits(out, v.N)
		}
	default:
		funcs.FillBits(out, v.N)
		for i := range out {
			out[i] &= v.Bits[i]
			if v.Valid != nil {
				out[i] &= v.Valid[i]
			}
		}
	}
	return out
}

func appendRows(rows []int32, b []uint64, n int) []int32 {
	for w := range funcs.Words(n) {
		m := b[w]
		if rest := n - w*64; rest < 64 {
			m &= 1<<rest - 1
		}
		for ; m != 0; m &= m - 1 {
			rows = append(rows, int32(w*64+bits.TrailingZeros64(m)))
		}
	}
	return rows
}
