package expr_test

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/types"
)

const batchRows = 64 * 1024

// flights is a batch of 64 Ki rows: two ints, two floats and a dictionary-encoded string of 300 values.
func flights() ([]types.Field, arrow.RecordBatch) {
	schema := []types.Field{{Name: "delay", Type: types.Of(types.Int)}, {Name: "distance", Type: types.Of(types.Int)},
		{Name: "x", Type: types.Of(types.Float)}, {Name: "y", Type: types.Of(types.Float)}, {Name: "origin", Type: types.Of(types.String)}}
	ints, far := array.NewInt64Builder(memory.DefaultAllocator), array.NewInt64Builder(memory.DefaultAllocator)
	x, y := array.NewFloat64Builder(memory.DefaultAllocator), array.NewFloat64Builder(memory.DefaultAllocator)
	names := array.NewStringBuilder(memory.DefaultAllocator)
	index := array.NewInt32Builder(memory.DefaultAllocator)
	for i := range 300 {
		names.Append("AIRPORT " + string(rune('A'+i%26)) + string(rune('A'+i/26)))
	}
	seed := uint64(1)
	for range batchRows {
		seed = seed*6364136223846793005 + 1442695040888963407
		r := seed >> 33
		ints.Append(int64(r%200) - 50)
		far.Append(int64(r>>8%3000) % 3000)
		x.Append(float64(r % 1000))
		y.Append(float64(r%777) / 3)
		index.Append(int32(r % 300))
	}
	dict := array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, index.NewArray(), names.NewArray())
	cols := []arrow.Array{ints.NewArray(), far.NewArray(), x.NewArray(), y.NewArray(), dict}
	fields := make([]arrow.Field, len(cols))
	for i, c := range cols {
		fields[i] = arrow.Field{Name: schema[i].Name, Type: c.DataType()}
	}
	return schema, array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, batchRows)
}

func BenchmarkEval(b *testing.B) {
	schema, batch := flights()
	for _, c := range []struct{ name, text string }{
		{"filter_two_ints", "delay > 60 and distance < 500"},
		{"add_ints", "delay + distance"},
		{"multiply_ints", "delay * 3"},
		{"add_floats", "x + y"},
		{"fused_floats", "(x * 2.0 + y) * (1.0 - x)"},
		{"divide", "x / (y + 1.0)"},
		{"compare_floats", "x < y"},
		{"case", "if delay > 60 { distance } else { 0 }"},
		{"dictionary_equal", "origin == 'AIRPORT CC'"},
		{"dictionary_lower", "lower(origin)"},
		{"hour_math", "sqrt(x) + abs(y)"},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := lower(b, c.text, schema)
			p, err := expr.Compile(e, schema, expr.Env{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if p.Type().Kind == types.Bool {
					if _, _, err := p.EvalBool(context.Background(), batch); err != nil {
						b.Fatal(err)
					}
					continue
				}
				a, err := p.Eval(context.Background(), batch)
				if err != nil {
					b.Fatal(err)
				}
				a.Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batchRows, "ns/row")
		})
	}
}
