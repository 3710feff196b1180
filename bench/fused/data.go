package main

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// data is three columns of floats; of the first, values may be absent.
type data struct {
	rows   int
	fields []types.Field
	values [][]float64
	valid  []uint64 // of the first column; nil where all are there
}

func newData(rows int, absent bool) *data {
	r := rand.New(rand.NewPCG(1, 2))
	d := &data{rows: rows}
	for i, name := range []string{"a", "b", "c"} {
		column := make([]float64, rows)
		for k := range column {
			column[k] = r.Float64() * 200
		}
		t := types.Of(types.Float)
		if absent && i == 0 {
			t = types.Optional(t)
		}
		d.values, d.fields = append(d.values, column), append(d.fields, types.Field{Name: name, Type: t})
	}
	if absent {
		d.valid = make([]uint64, rows/64)
		for i := range rows {
			if r.IntN(10) > 0 {
				d.valid[i/64] |= 1 << (i % 64)
			}
		}
	}
	return d
}

// kernelRun evaluates an expression by the engine's kernels, a batch at a time.
type kernelRun struct {
	p       *expr.Program
	d       *data
	batches []arrow.RecordBatch
	out     []uint64
	keep    bool
}

func newKernels(e *logical.Expr, d *data) (*kernelRun, error) {
	p, err := expr.Compile(e, d.fields, expr.Env{})
	if err != nil {
		return nil, err
	}
	k := &kernelRun{p: p, d: d}
	for from := 0; from < d.rows; from += batch {
		to := min(from+batch, d.rows)
		var columns []arrow.Array
		var fields []arrow.Field
		for i, v := range d.values {
			bufs := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Float64Traits.CastToBytes(v[from:to]))}
			nulls := 0
			if i == 0 && d.valid != nil {
				bufs[0] = memory.NewBufferBytes(arrow.Uint64Traits.CastToBytes(d.valid[from/64 : to/64]))
				nulls = array.UnknownNullCount
			}
			columns = append(columns, array.MakeFromData(array.NewData(arrow.PrimitiveTypes.Float64, to-from, bufs, nil, nulls, 0)))
			fields = append(fields, arrow.Field{Name: d.fields[i].Name, Type: arrow.PrimitiveTypes.Float64, Nullable: nulls != 0})
		}
		k.batches = append(k.batches, array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, int64(to-from)))
	}
	return k, nil
}

func (k *kernelRun) run() error {
	ctx := context.Background()
	for _, b := range k.batches {
		if k.p.Type().Required().Kind == types.Bool {
			bits, _, err := k.p.EvalBool(ctx, b)
			if err != nil {
				return err
			}
			if k.keep {
				k.out = append(k.out, bits...)
			}
			continue
		}
		a, err := k.p.EvalBriefly(ctx, b)
		if err != nil {
			return err
		}
		if k.keep {
			for i, v := range a.(*array.Float64).Float64Values() {
				k.out = append(k.out, settled(v, a.IsValid(i)))
			}
		}
		a.Release()
	}
	return nil
}

// result is what a run gives: words of bits, or numbers' bits.
func (k *kernelRun) result() []uint64 {
	k.keep, k.out = true, nil
	if k.run() != nil {
		return nil
	}
	k.keep = false
	return k.out
}

// settled is the bits of a value, of which those of an absent one do not count.
func settled(v float64, present bool) uint64 {
	if !present {
		return 0
	}
	return math.Float64bits(v)
}
