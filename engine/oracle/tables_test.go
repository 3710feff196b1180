package oracle

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// parseDataset reads a table as the data-driven tests write it: a record type, then a JSON array for each row. NaN and infinite
// floats are the texts "NaN", "+Inf" and "-Inf".
func parseDataset(name, text string) (*dataset, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	t, err := types.Parse(lines[0])
	if err != nil {
		return nil, err
	}
	d := &dataset{name: name, fields: t.Fields}
	for _, line := range lines[1:] {
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		var cells []any
		if err := dec.Decode(&cells); err != nil || len(cells) != len(t.Fields) {
			return nil, fmt.Errorf("row %s of table %s: %v", line, name, err)
		}
		row := Row{}
		for i, f := range t.Fields {
			if row[f.Name], err = fromJSON(cells[i], f.Type); err != nil {
				return nil, err
			}
		}
		d.rows = append(d.rows, row)
	}
	return d, nil
}

func fromJSON(v any, t types.Type) (any, error) {
	t = t.Required()
	text := strings.Trim(fmt.Sprint(v), `"`)
	switch {
	case v == nil:
		return nil, nil
	case t.Kind == types.Int:
		return strconv.ParseInt(text, 10, 64)
	case t.Kind == types.Float:
		return strconv.ParseFloat(text, 64)
	case t.Kind == types.Decimal:
		r, _ := new(big.Rat).SetString(text)
		n, _ := r.Mul(r, new(big.Rat).SetInt(pow10(t.Scale))).Float64()
		return Decimal{big.NewInt(int64(math.Round(n))), t.Scale}, nil
	case t.Kind == types.Date:
		at, err := timeOf(text)
		return Day(at / dayMicros), err
	case t.Kind == types.Timestamp:
		at, err := timeOf(text)
		return Instant(at), err
	case t.Kind == types.List:
		out := []any{}
		for _, x := range v.([]any) {
			y, err := fromJSON(x, *t.Elem)
			if err != nil {
				return nil, err
			}
			out = append(out, y)
		}
		return out, nil
	case t.Kind == types.Record:
		out := map[string]any{}
		for _, f := range t.Fields {
			y, err := fromJSON(v.(map[string]any)[f.Name], f.Type)
			if err != nil {
				return nil, err
			}
			out[f.Name] = y
		}
		return out, nil
	}
	return v, nil
}

// define writes a dataset as parseDataset reads it.
func (d *dataset) define() string {
	var b strings.Builder
	b.WriteString(types.RecordOf(d.fields...).String() + "\n")
	for _, row := range d.rows {
		var cells []string
		for _, f := range d.fields {
			cells = append(cells, toJSON(row[f.Name]))
		}
		b.WriteString("[" + strings.Join(cells, ", ") + "]\n")
	}
	return b.String()
}

func toJSON(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.Quote(fmt.Sprintf("%+v", v))
		}
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, toJSON(x))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Day, Instant, Decimal:
		s, _ := written(v)
		return strconv.Quote(s)
	}
	b, _ := json.Marshal(v)
	return string(b)
}
