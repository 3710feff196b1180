package oracle

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
)

var errConvert = errors.New("cannot be converted")

var conversions = map[string]function{
	"int": strict(toInt), "try_int": try(toInt),
	"float": strict(toFloat), "try_float": try(toFloat),
	"bool": strict(toBool), "try_bool": try(toBool),
	"date": strict(toDate), "try_date": try(toDate),
	"timestamp": strict(toTimestamp), "try_timestamp": try(toTimestamp),
	"string": func(a []any, _ *logical.Expr) (any, error) {
		s, ok := written(a[0])
		if !ok {
			return nil, errOther
		}
		return s, nil
	},
}

func strict(f func(any) (any, bool)) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		v, ok := f(a[0])
		if !ok {
			return nil, errConvert
		}
		return v, nil
	}
}

func try(f func(any) (any, bool)) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		v, ok := f(a[0])
		if !ok {
			return nil, nil
		}
		return v, nil
	}
}

func toInt(v any) (any, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case bool:
		return truth(v), true
	case string:
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return n, err == nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, false
		}
		n, _ := big.NewFloat(math.Trunc(v)).Int(nil)
		return n.Int64(), n.IsInt64()
	case Decimal:
		n := new(big.Int).Quo(v.Unscaled, pow10(v.Scale))
		return n.Int64(), n.IsInt64()
	}
	return nil, false
}

func toFloat(v any) (any, bool) {
	if s, ok := v.(string); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		return f, err == nil
	}
	f, ok := v.(float64)
	return f, ok
}

func toBool(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case int64:
		return v != 0, true
	}
	return v == "true", v == "true" || v == "false"
}

func toDate(v any) (any, bool) {
	if at, ok := v.(Instant); ok {
		t, _ := moment(at)
		y, m, d := t.Date()
		out, err := dates["make_date"]([]any{int64(y), int64(m), int64(d)}, nil)
		return out, err == nil
	}
	_, ok := v.(Day)
	return v, ok
}

func toTimestamp(v any) (any, bool) {
	_, ok := v.(Instant)
	return v, ok
}

// written is a value as text.
func written(v any) (string, bool) {
	switch v := v.(type) {
	case bool, int64:
		return fmt.Sprint(v), true
	case string:
		return v, true
	case float64:
		if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) && !math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'e', -1, 64), true
		}
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if strings.Trim(s, "-0123456789") == "" {
			s += ".0"
		}
		return s, true
	case Day:
		t, _ := moment(v)
		return t.Format("2006-01-02"), true
	case Instant:
		t, _ := moment(v)
		return t.Format("2006-01-02T15:04:05.999999Z"), true
	case Decimal:
		return v.rat().FloatString(v.Scale), true
	}
	return "", false
}
