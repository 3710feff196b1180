package dsl

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// literal writes a JSON value as a constant of a column's type.
func literal(path string, f types.Field, b json.RawMessage) (string, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", wrong(path, "this is not a value")
	}
	unfit := wrong(path, "%.100s does not fit column %s, which is %s", b, f.Name, f.Type)
	switch x := v.(type) {
	case bool:
		if f.Type.Required().Kind == types.Bool {
			return strconv.FormatBool(x), nil
		}
	case json.Number:
		return number(x, f.Type.Required().Kind, unfit)
	case string:
		switch f.Type.Required().Kind {
		case types.String:
			return quoted("", x), nil
		case types.Date:
			return quoted("d", x), nil
		case types.Time:
			return quoted("t", x), nil
		case types.Timestamp:
			return quoted("ts", x), nil
		}
	case nil:
		return "", wrong(path, "null is no value; use exists, in must_not for columns that are absent")
	}
	return "", unfit
}

func number(n json.Number, k types.Kind, unfit error) (string, error) {
	if i, err := n.Int64(); err == nil {
		if k == types.Int || k == types.Float || k == types.Decimal {
			return parenthesised(strconv.FormatInt(i, 10)), nil
		}
		return "", unfit
	}
	x, err := n.Float64()
	if err != nil || math.IsInf(x, 0) || k != types.Float && k != types.Decimal {
		return "", unfit
	}
	return parenthesised(strconv.FormatFloat(x, 'f', -1, 64)), nil
}

// parenthesised keeps a minus apart from the operator before it.
func parenthesised(n string) string {
	if strings.HasPrefix(n, "-") {
		return "(" + n + ")"
	}
	return n
}

var escapes = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func quoted(prefix, s string) string { return prefix + "'" + escapes.Replace(s) + "'" }
