package exec

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/udf"
)

// userAggregate is the state of an aggregate function of a package, seen as that of a built-in one: its partial results are one
// column of bytes. It ends with the instance, which its callers close.
type userAggregate struct {
	udf.Accumulator
	f       *udf.Function
	calls   *callers
	tier    string
	groups  int
	resized error
}

func newUserAggregate(ctx context.Context, calls *callers, f *udf.Function) (*userAggregate, error) {
	instance, tier, err := calls.instance(ctx, f)
	if err != nil {
		return nil, err
	}
	able, ok := instance.(udf.AggregateInstance)
	if !ok {
		return nil, fmt.Errorf("%s cannot be called here: the runtime of %s functions has no aggregates", f.ID(), f.Kind)
	}
	acc, err := able.Accumulate(ctx, f)
	if err != nil {
		return nil, err
	}
	return &userAggregate{Accumulator: acc, f: f, calls: calls, tier: tier}, nil
}

func (u *userAggregate) Resize(n int) {
	if u.resized == nil && n > u.groups {
		u.groups = n
		u.resized = u.Accumulator.Resize(n)
	}
}

func (u *userAggregate) Update(n int, groups []uint32, args []arrow.Array) error {
	return u.timed(n, args, nil, func() error { return u.Accumulator.Update(n, groups, args) })
}

func (u *userAggregate) Merge(n int, groups []uint32, state []arrow.Array) error {
	return u.timed(0, state, nil, func() error { return u.Accumulator.Merge(n, groups, state[0]) })
}

func (u *userAggregate) State() ([]arrow.Array, error) {
	var out arrow.Array
	err := u.timed(0, nil, &out, func() (err error) {
		out, err = u.column("states", u.Accumulator.State)
		return err
	})
	return []arrow.Array{out}, err
}

func (u *userAggregate) Finish() (out arrow.Array, err error) {
	err = u.timed(0, nil, &out, func() (err error) {
		out, err = u.column("results", u.Accumulator.Finish)
		return err
	})
	return out, err
}

// column makes sure that there is a value for each group: what comes from a runtime is not taken on trust.
func (u *userAggregate) column(what string, get func() (arrow.Array, error)) (arrow.Array, error) {
	a, err := get()
	if err == nil && a.Len() != u.groups {
		n := a.Len()
		a.Release()
		a, err = nil, fmt.Errorf("%s returned %d %s for %d groups", u.f.ID(), n, what, u.groups)
	}
	return a, err
}

func (u *userAggregate) timed(rows int, args []arrow.Array, out *arrow.Array, f func() error) error {
	if u.resized != nil {
		return u.resized
	}
	start := time.Now()
	err := f()
	call := expr.Call{Function: u.f, Tier: u.tier, Rows: rows, Args: args, Took: time.Since(start), Err: err}
	if out != nil && *out != nil {
		call.Results = []arrow.Array{*out}
	}
	u.calls.called(call)
	return err
}

// calledForGroup gives the failure of an aggregate of a package its place.
func calledForGroup(err error, span source.Span) error {
	err = expr.Called(err, span)
	var e *expr.RunError
	if errors.As(err, &e) && e.Call != nil {
		e.Group = true
	}
	return err
}
