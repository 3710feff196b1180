// Package expr evaluates typed scalar expressions (logical.Expr) over Arrow record batches, a column at a time.
//
// It computes equal subexpressions once a batch, constants once, and functions of a single dictionary-encoded column once for
// each value of the dictionary. The branches of "case", and the right sides of "and" and "or", see only the rows that reach
// them, so an error in a branch that no row takes is none. It must not know functions by name, but for "and", "or" and "try": what
// a function does is in package funcs; user-defined ones come through Env.
package expr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Env is what expressions need of their surroundings.
type Env struct {
	// Instance returns the instance that executes f in this goroutine, and the name of its tier. It is asked for when f is
	// first called, and may return the same one for several functions. Nil where no expression calls one.
	Instance func(ctx context.Context, f *udf.Function) (udf.Instance, string, error)
	// Called is told of each call of an instance; nil for nobody.
	Called func(Call)
}

// Call is one call of a function's instance.
type Call struct {
	Function      *udf.Function
	Tier          string
	Rows          int
	Args, Results []arrow.Array // for as long as whoever is told of it looks
	Took          time.Duration
	Err           error
}

// RunError is a failure while evaluating, at a row of the batch (-1: not of one row).
type RunError struct {
	Span    source.Span
	Row     int
	Message string
	Given   string         // the columns that the expression reads, with their values in the row: "a = 1, b = 0"
	Where   string         // the row in words, "row 3 of flights", where who has the batch knows it
	Call    *udf.CallError // of a user-defined function, else nil
	Group   bool           // Call is of an aggregate: no try can be around its rows
}

// Called is the failure of a user-defined function that is called at span: err as it is where it is none.
func Called(err error, span source.Span) error {
	var run *RunError
	var call *udf.CallError
	if errors.As(err, &run) || !errors.As(err, &call) {
		return err
	}
	return &RunError{Span: span, Row: call.Row, Message: call.Message, Given: call.Args, Call: call}
}

// Unwrap gives the function's own error.
func (e *RunError) Unwrap() error {
	if e.Call == nil {
		return nil
	}
	return e.Call
}

func (e *RunError) Error() string {
	if e.Call != nil {
		return e.Call.Error()
	}
	if e.Row < 0 {
		return e.Message
	}
	return fmt.Sprintf("%s (row %d of the batch)", e.Message, e.Row)
}

// Program is a compiled expression. It is for one goroutine.
type Program struct {
	env     Env
	schema  []types.Field
	root    *node
	nodes   int
	cache   map[*node]*dictionaryResult
	lent    []*funcs.Vec                // results of this batch
	records []arrow.Array               // of this batch; they hold on to its columns
	spare   map[types.Kind][]*funcs.Vec // results of earlier batches, to be written over
	into    memory.Allocator            // where the values of the result go; nil for anywhere
	result  *memory.Buffer              // from there
}

// Type is the type of the result.
func (p *Program) Type() types.Type { return p.root.t }

// Column returns the position in the schema of the column that the whole expression is, or -1.
func (p *Program) Column() int {
	if p.root.op == logical.OpColumn {
		return p.root.column
	}
	return -1
}

// Eval computes the expression over a batch whose columns are those of the schema, by position; they may be narrow. The caller
// releases the result, which shares nothing with the batch unless the expression is a column.
func (p *Program) Eval(ctx context.Context, batch arrow.RecordBatch) (arrow.Array, error) {
	return p.evaluate(ctx, batch, false, false)
}

// EvalBriefly is Eval for a caller who keeps nothing of the result when the program is evaluated again: it is then overwritten.
func (p *Program) EvalBriefly(ctx context.Context, batch arrow.RecordBatch) (arrow.Array, error) {
	return p.evaluate(ctx, batch, fixedWidth(p.root.t), false)
}

// EvalNarrow is EvalBriefly for a caller who takes the result by funcs.FromArrow, so that it may be narrow.
func (p *Program) EvalNarrow(ctx context.Context, batch arrow.RecordBatch) (arrow.Array, error) {
	return p.evaluate(ctx, batch, fixedWidth(p.root.t), true)
}

// EvalInto is Eval with the values of a result of fixed width in memory of mem, which may use it again when the result is released.
// Decimals may be narrow.
func (p *Program) EvalInto(ctx context.Context, batch arrow.RecordBatch, mem memory.Allocator) (arrow.Array, error) {
	k := p.root.t.Required().Kind
	if p.Column() < 0 && p.root.constant == nil && (k == types.Int || k == types.Float || k == types.Timestamp) {
		p.into = mem
		defer func() {
			if p.into = nil; p.result != nil {
				p.result.Release()
				p.result = nil
			}
		}()
	}
	return p.evaluate(ctx, batch, false, k == types.Decimal)
}

func (p *Program) evaluate(ctx context.Context, batch arrow.RecordBatch, briefly, narrow bool) (arrow.Array, error) {
	if c := p.Column(); c >= 0 {
		if !narrow {
			return funcs.Widened(memory.DefaultAllocator, batch.Column(c), p.schema[c].Type)
		}
		a := batch.Column(c)
		a.Retain()
		return a, nil
	}
	f := p.frame(ctx, batch)
	v, err := f.eval(p.root)
	defer p.releaseRecords() // the result is held by then
	if briefly {
		p.recycle(nil)
	} else {
		p.recycle(v)
	}
	if err != nil {
		return nil, err
	}
	if p.root.op == logical.OpField && !v.Const { // a constant is copied as it is repeated
		v = v.Take(nil)
	}
	v = f.unlent(v)
	if v.Type.Kind == types.None && p.root.t.Required().Kind != types.None {
		v = funcs.AbsentVec(p.root.t, v.N)
	}
	if narrow {
		return v.ToArrowNarrow()
	}
	v.Widen()
	a, err := v.ToArrow()
	if err == nil && p.result != nil && a.Len() > 0 && len(a.Data().Buffers()) == 2 && &a.Data().Buffers()[1].Bytes()[0] == &p.result.Bytes()[0] {
		defer a.Release()
		d := a.Data()
		held := array.NewData(d.DataType(), d.Len(), []*memory.Buffer{d.Buffers()[0], p.result}, nil, d.NullN(), d.Offset())
		defer held.Release()
		return array.MakeFromData(held), nil
	}
	return a, err
}

// unlent is v with values of its own, where they are those of a column of the batch: their memory may be used again when that is
// released.
func (f *frame) unlent(v *funcs.Vec) *funcs.Vec {
	for _, c := range f.columns {
		switch {
		case c == nil || v.Const:
		case v.Shares(c):
			return v.Take(nil)
		case len(v.Index) > 0 && len(c.Index) > 0 && &v.Index[0] == &c.Index[0]:
			own := *v
			own.Index = slices.Clone(v.Index)
			return &own
		}
	}
	return v
}

// EvalBool computes a predicate: bit i of the words is set where row i is true (absent is not), and count is how many are.
func (p *Program) EvalBool(ctx context.Context, batch arrow.RecordBatch) (bits []uint64, count int, err error) {
	if k := p.root.t.Required().Kind; k != types.Bool && k != types.None {
		return nil, 0, fmt.Errorf("a predicate is a bool, not %s", p.root.t)
	}
	f := p.frame(ctx, batch)
	defer p.recycle(nil)
	defer p.releaseRecords()
	v, err := f.eval(p.root)
	if err != nil {
		return nil, 0, err
	}
	bits = trueBits(v)
	return bits, funcs.Count(bits, f.n), nil
}

// Rows lists the set bits below n.
func Rows(bits []uint64, n int) []int32 {
	return appendRows(make([]int32, 0, funcs.Count(bits, n)), bits, n)
}

func (p *Program) frame(ctx context.Context, batch arrow.RecordBatch) *frame {
	return &frame{p: p, ctx: ctx, batch: batch, n: int(batch.NumRows()), columns: make([]*funcs.Vec, len(p.schema)), memo: make([]*funcs.Vec, p.nodes)}
}
