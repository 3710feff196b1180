package columns

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// TestPick: a value of a dictionary is called for once, and an absent row never, as far as the function allows that.
func TestPick(t *testing.T) {
	t.Parallel()
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues([]string{"a", "b"}, nil)
	values := b.NewArray()
	plain := func(valid []bool) arrow.Array {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		b.AppendValues([]int64{7, 7, 7}, valid)
		return b.NewArray()
	}
	repeated := Take(values, []int{1, 0, 1, 1})
	text, number := types.Type{Kind: types.String}, types.Type{Kind: types.Int}
	for name, c := range map[string]struct {
		f    udf.Function
		arg  arrow.Array
		rows []int
		pick []int32
	}{
		"all rows":             {udf.Function{Params: []types.Field{{Type: number}}}, plain(nil), nil, nil},
		"an absent row":        {udf.Function{Params: []types.Field{{Type: number}}}, plain([]bool{true, false, true}), []int{0, 2}, []int32{0, -1, 1}},
		"repeated values":      {udf.Function{Params: []types.Field{{Type: text}}}, repeated, []int{0, 1}, []int32{0, 1, 0, 0}},
		"of a volatile one":    {udf.Function{Params: []types.Field{{Type: text}}, Volatile: true}, repeated, nil, nil},
		"of a table function":  {udf.Function{Params: []types.Field{{Type: text}}, Shape: udf.Table}, repeated, nil, nil},
		"a dictionary's holes": {udf.Function{Params: []types.Field{{Type: number}}}, Take(plain([]bool{true, false, true}), []int{2, 1, 2}), []int{0}, []int32{0, -1, 0}},
	} {
		rows, pick := Pick(&c.f, []arrow.Array{c.arg}, c.arg.Len())
		if !slices.Equal(rows, c.rows) || !slices.Equal(pick, c.pick) || (pick == nil) != (c.pick == nil) {
			t.Errorf("%s: rows %v in the places %v; %v in %v are wanted", name, rows, pick, c.rows, c.pick)
		}
	}
}
