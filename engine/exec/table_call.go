package exec

import (
	"errors"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// tableCall is unnest of a table function: its rows are taken piece by piece, so that a function without an end holds no memory.
type tableCall struct {
	w     *thread
	f     *udf.Function
	span  source.Span
	args  []scalar
	calls *callers // of its own: what comes behind may call functions of the same module while rows are open
}

func newTableCall(w *thread, e *logical.Expr, in []types.Field) (stream, error) {
	t := &tableCall{w: w, f: e.Func, span: e.Span, calls: w.calls.apart()}
	for i, a := range e.Args {
		want := e.Func.Params[i].Type
		if a.T.IsOption() {
			want = types.Optional(want.Required())
		}
		s, err := w.compile(&logical.Expr{Op: logical.OpCast, T: want, Args: []*logical.Expr{a}, Span: a.Span}, in)
		if err != nil {
			return nil, err
		}
		t.args = append(t.args, s)
	}
	return t, nil
}

func (t *tableCall) push(b *batch, out emit) error {
	defer b.release()
	args, err := evalAll(t.w, t.args, b)
	if err != nil {
		return err
	}
	defer releaseAll(args)
	instance, tier, err := t.calls.instance(t.w.ctx, t.f)
	if err != nil {
		return err
	}
	start := time.Now()
	call := expr.Call{Function: t.f, Tier: tier, Rows: b.n, Args: args}
	ran := func(elements arrow.Array, err error) {
		if call.Took, call.Err = time.Since(start), err; errors.Is(err, io.EOF) {
			call.Err = nil
		}
		if err == nil && elements != nil {
			call.Results = []arrow.Array{elements}
		}
		t.calls.called(call)
		call.Rows, call.Args, call.Results = 0, nil, nil
	}
	rows, err := expr.OpenRows(t.w.ctx, instance, t.f, args, b.n)
	ran(nil, err)
	if err != nil {
		return b.located(expr.Called(err, t.span))
	}
	defer rows.Close()
	for {
		start = time.Now()
		elements, of, err := rows.Next(maxBatch)
		ran(elements, err)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return b.located(expr.Called(err, t.span))
		}
		o := takeBatch(t.w.run.mem, b, of)
		o.cols = append(o.cols, elements)
		if err := out(o); err != nil {
			return err
		}
	}
}
