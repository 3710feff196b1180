package funcs

import (
	"encoding/base64"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// jsonOf is row i of a column as JSON.
func jsonOf(v *Vec, i int) (*jsonValue, error) {
	if v.Type.Kind == types.None || !v.Present(i) {
		return &jsonValue{kind: 'n', text: "null"}, nil
	}
	k := v.At(i)
	switch v.Type.Kind {
	case types.JSON:
		return readJSON(v.Str(i))
	case types.Float:
		x := floatText(v.Floats[k])
		if x == "null" {
			return &jsonValue{kind: 'n', text: x}, nil
		}
		return &jsonValue{kind: '0', text: x}, nil
	case types.Decimal:
		text, _ := numberText(v.Decimal(i).ToString(int32(v.Type.Scale)))
		return &jsonValue{kind: '0', text: text}, nil
	case types.Bytes:
		return &jsonValue{kind: 's', text: base64.StdEncoding.EncodeToString([]byte(v.Str(i)))}, nil
	case types.List:
		items, err := listItems(v)
		if err != nil {
			return nil, err
		}
		out := &jsonValue{kind: '['}
		from, to := listRow(v, i)
		for at := from; at < to; at++ {
			item, err := jsonOf(items, at)
			if err != nil {
				return nil, err
			}
			out.items = append(out.items, item)
		}
		return out, nil
	case types.Record:
		out := &jsonValue{kind: '{'}
		for j, f := range v.Type.Fields {
			column, err := FromArrow(v.Array.(*array.Struct).Field(j), f.Type)
			if err != nil {
				return nil, err
			}
			item, err := jsonOf(column, k)
			if err != nil {
				return nil, err
			}
			out.names, out.items = append(out.names, f.Name), append(out.items, item)
		}
		out.settle()
		return out, nil
	}
	text, _ := appendValue(nil, v, i)
	kind := map[types.Kind]byte{types.Bool: 'b', types.Int: '0'}[v.Type.Kind]
	if kind == 0 {
		kind = 's'
	}
	return &jsonValue{kind: kind, text: string(text)}, nil
}
