package main

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/bench/measure"
	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// cached is how many rows lie in the processor's second cache.
const cached = 64 << 10

// inCache measures the expression alone, over the same 64 Ki rows again and again until 3 million are done.
func (b *bench) inCache(r *measure.Report) error {
	const name = "expression `price * 1.2 > 100`, in cache"
	column := &logical.Expr{Op: logical.OpColumn, Name: "price", T: types.Of(types.Float)}
	literal := func(v float64) *logical.Expr {
		return &logical.Expr{Op: logical.OpLiteral, T: types.Of(types.Float), Lit: &logical.Literal{Float: (*logical.Float)(&v)}}
	}
	product := &logical.Expr{Op: logical.OpCall, Name: "*", T: types.Of(types.Float), Args: []*logical.Expr{column, literal(1.2)}}
	more := &logical.Expr{Op: logical.OpCall, Name: ">", T: types.Of(types.Bool), Args: []*logical.Expr{product, literal(100)}}
	p, err := expr.Compile(more, []types.Field{{Name: "price", Type: types.Of(types.Float)}}, expr.Env{})
	if err != nil {
		return err
	}
	builder := array.NewFloat64Builder(memory.DefaultAllocator)
	builder.AppendValues(b.data.price[:cached], nil)
	schema := arrow.NewSchema([]arrow.Field{{Name: "price", Type: arrow.PrimitiveTypes.Float64}}, nil)
	batch := array.NewRecordBatch(schema, []arrow.Array{builder.NewArray()}, cached)
	var failed error
	ns := nsPerRow(b.repeat, func() {
		for range rowCount / cached {
			if _, _, err := p.EvalBool(context.Background(), batch); err != nil {
				failed = err
			}
		}
	})
	if failed != nil {
		return failed
	}
	native := nsPerRow(b.repeat, func() {
		for range rowCount / cached {
			n := 0
			for _, v := range b.data.price[:cached] {
				if v*1.2 > 100 {
					n++
				}
			}
			sink += float64(n)
		}
	})
	r.Line(name, "≤ 0.7", measure.Figure(ns), measure.Figure(ns), "expression", measure.Figure(native), measure.Figure(ns/native), "ClickHouse and DuckDB as below, streaming", "5")
	return nil
}
