package udftest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
)

// accumulator keeps every row, so that a result shows whether rows were lost, counted twice or merged out of order.
type accumulator struct {
	ctx    context.Context
	i      *instance
	g      *Function
	groups [][][]cell
}

// cell is a value that JSON keeps as it is.
type cell struct {
	I *int64   `json:"i,omitempty"`
	F *float64 `json:"f,omitempty"`
	S *string  `json:"s,omitempty"`
	B *bool    `json:"b,omitempty"`
}

func cellOf(v any) (c cell) {
	switch v := v.(type) {
	case int64:
		c.I = &v
	case float64:
		c.F = &v
	case string:
		c.S = &v
	case bool:
		c.B = &v
	}
	return c
}

func (c cell) value() any {
	switch {
	case c.I != nil:
		return *c.I
	case c.F != nil:
		return *c.F
	case c.S != nil:
		return *c.S
	case c.B != nil:
		return *c.B
	}
	return nil
}

// Accumulate implements udf.AggregateInstance.
func (i *instance) Accumulate(ctx context.Context, f *udf.Function) (udf.Accumulator, error) {
	g, err := i.use(ctx, f, udf.Aggregate)
	if err != nil {
		return nil, err
	}
	return &accumulator{ctx: ctx, i: i, g: g}, nil
}

func (a *accumulator) Resize(n int) error {
	for len(a.groups) < n {
		a.groups = append(a.groups, nil)
	}
	return a.alive()
}

func (a *accumulator) alive() error {
	if a.i.closed {
		return fmt.Errorf("%s: a state was used after its instance was closed", a.g.ID())
	}
	return a.ctx.Err()
}

func (a *accumulator) Update(n int, groups []uint32, args []arrow.Array) error {
	if err := a.alive(); err != nil {
		return err
	}
	if err := given(&a.g.Function, args, n); err != nil {
		return err
	}
	for row := range n {
		to := uint32(0)
		if groups != nil {
			to = groups[row]
		}
		tuple, ok := arguments(&a.g.Function, args, row)
		if to == udf.NoGroup || !ok {
			continue
		}
		if a.g.Refuse != nil {
			if err := a.g.Refuse(tuple); err != nil {
				return &udf.CallError{Function: a.g.ID(), Row: row, Args: spell(&a.g.Function, tuple), Message: err.Error()}
			}
		}
		cells := make([]cell, len(tuple))
		for i, v := range tuple {
			cells[i] = cellOf(v)
		}
		a.groups[to] = append(a.groups[to], cells)
	}
	return nil
}

func (a *accumulator) Merge(n int, groups []uint32, states arrow.Array) error {
	if err := a.alive(); err != nil {
		return err
	}
	for row := range n {
		to := uint32(0)
		if groups != nil {
			to = groups[row]
		}
		if to == udf.NoGroup {
			continue
		}
		var rows [][]cell
		if err := json.Unmarshal(states.(*array.Binary).Value(row), &rows); err != nil {
			return err
		}
		a.groups[to] = append(a.groups[to], rows...)
	}
	return nil
}

func (a *accumulator) State() (arrow.Array, error) {
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	for _, g := range a.groups {
		text, err := json.Marshal(g)
		if err != nil {
			return nil, err
		}
		b.Append(text)
	}
	return b.NewArray(), a.alive()
}

func (a *accumulator) Finish() (arrow.Array, error) {
	if err := a.alive(); err != nil {
		return nil, err
	}
	out := make([]any, len(a.groups))
	for i, g := range a.groups {
		rows := make([][]any, len(g))
		for k, cells := range g {
			for _, c := range cells {
				rows[k] = append(rows[k], c.value())
			}
		}
		v, err := a.g.Of(rows)
		if err != nil {
			return nil, &udf.CallError{Function: a.g.ID(), Row: -1, Message: err.Error()}
		}
		out[i] = v
	}
	return column(a.g.Result, out)
}

func (a *accumulator) Bytes() int64 {
	n := int64(0)
	for _, g := range a.groups {
		n += 24 + 48*int64(len(g))
	}
	return n
}

func (a *accumulator) Close() error { return nil }
