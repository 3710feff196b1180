package udftest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// arguments is a row of arguments; ok is false where one is absent that must be there.
func arguments(f *udf.Function, args []arrow.Array, row int) (tuple []any, ok bool) {
	for i, a := range args {
		v := value(a, row)
		if v == nil && !f.CallsOnAbsent(i) {
			return nil, false
		}
		tuple = append(tuple, v)
	}
	return tuple, true
}

func value(a arrow.Array, row int) any {
	if a.IsNull(row) {
		return nil
	}
	switch a := a.(type) {
	case *array.Null:
		return nil
	case *array.Dictionary:
		return value(a.Dictionary(), a.GetValueIndex(row))
	case *array.Int64:
		return a.Value(row)
	case *array.Float64:
		return a.Value(row)
	case *array.Boolean:
		return a.Value(row)
	case *array.String:
		return a.Value(row)
	}
	panic(fmt.Sprintf("a function in Go takes no %s", a.DataType()))
}

func column(t types.Type, values []any) (arrow.Array, error) {
	dt, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(string(text)), array.WithUseNumber())
	return a, err
}

func spell(f *udf.Function, tuple []any) string {
	parts := make([]string, len(tuple))
	for i, v := range tuple {
		if parts[i] = fmt.Sprintf("%s: %v", f.Params[i].Name, v); v == nil {
			parts[i] = f.Params[i].Name + ": none"
		}
	}
	return strings.Join(parts, ", ")
}
