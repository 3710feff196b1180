package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
)

var errConvert = errors.New("cannot be converted")

var conversions = map[string]function{
	"int": strict(toInt), "try_int": try(toInt),
	"float": strict(toFloat), "try_float": try(toFloat),
	"bool": strict(toBool), "try_bool": try(toBool),
	"date": strict(toDate), "try_date": try(toDate),
	"timestamp": strict(toTimestamp), "try_timestamp": try(toTimestamp),
	"time": strict(toTime), "try_time": try(toTime),
	"decimal": func(a []any, e *logical.Expr) (any, error) {
		v, err := toDecimal(a, e)
		if err == nil && v == nil {
			err = errConvert
		}
		return v, err
	},
	"try_decimal": toDecimal,
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
	if s, ok := v.(string); ok {
		t, err := time.Parse("2006-01-02", strings.TrimSpace(s))
		return Day(t.Unix() / 86400), err == nil && t.Year() > 0
	}
	if at, ok := v.(Instant); ok {
		t, _ := moment(at)
		y, m, d := t.Date()
		out, err := dates["make_date"]([]any{int64(y), int64(m), int64(d)}, nil)
		return out, err == nil
	}
	_, ok := v.(Day)
	return v, ok
}

func toTime(v any) (any, bool) {
	switch v := v.(type) {
	case Clock:
		return v, true
	case Instant:
		return Clock(((v % dayMicros) + dayMicros) % dayMicros), true
	case string:
		for _, layout := range []string{"15:04", "15:04:05"} {
			if t, err := time.Parse(layout, strings.TrimSpace(v)); err == nil && !strings.Contains(v, ",") {
				return Clock(int64(t.Hour())*3600e6 + int64(t.Minute())*60e6 + int64(t.Second())*1e6 + int64(t.Nanosecond()/1000)), true
			}
		}
	}
	return nil, false
}

func toTimestamp(v any) (any, bool) {
	switch v := v.(type) {
	case float64:
		us := v * 1e6
		return Instant(us), us >= -1<<63 && us < 1<<63
	case string:
		for _, zone := range []string{"", "Z07:00"} {
			for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
				if t, err := time.Parse(layout+zone, strings.TrimSpace(v)); err == nil && t.Year() > 0 {
					return Instant(t.UnixMicro()), true
				}
			}
		}
		return nil, false
	}
	_, ok := v.(Instant)
	return v, ok
}

// toDecimal rounds a text or a float to the places of the result; nil where it is no number or does not fit.
func toDecimal(a []any, e *logical.Expr) (any, error) {
	scale := e.T.Required().Scale
	var x *big.Rat
	switch v := a[0].(type) {
	case Decimal:
		if fit, err := fit(v.at(scale)); err == nil {
			return fit, nil
		}
		return nil, nil
	case float64:
		if x = new(big.Rat).SetFloat64(v); x == nil {
			return nil, nil
		}
	case string:
		s := strings.TrimSpace(v)
		if digits := strings.Trim(s, "+-"); strings.Trim(s, "+-.0123456789") != "" || len(s)-len(digits) > 1 || strings.HasSuffix(s, "+") || strings.HasSuffix(s, "-") || len(strings.Replace(digits, ".", "", 1)) > 76 {
			return nil, nil
		}
		s = strings.TrimSuffix(strings.TrimPrefix(s, "+"), ".")
		var ok bool
		if x, ok = new(big.Rat).SetString(s); !ok {
			return nil, nil
		}
	default:
		return nil, errOther
	}
	n, _ := new(big.Int).SetString(strings.Replace(x.FloatString(scale), ".", "", 1), 10)
	if d, err := fit(Decimal{n, scale}); err == nil {
		return d, nil
	}
	return nil, nil
}

// jsonConversions are those of JSON values.
var jsonConversions = map[string]function{
	"int": ofNumber(func(x *big.Rat) any {
		n := new(big.Int).Quo(x.Num(), x.Denom())
		if !n.IsInt64() {
			return nil
		}
		return n.Int64()
	}, true),
	"try_int": ofNumber(func(x *big.Rat) any {
		n := new(big.Int).Quo(x.Num(), x.Denom())
		if !n.IsInt64() {
			return nil
		}
		return n.Int64()
	}, false),
	"float": ofNumber(func(x *big.Rat) any { f, _ := x.Float64(); return f }, true), "try_float": ofNumber(func(x *big.Rat) any { f, _ := x.Float64(); return f }, false),
	"bool": ofJSON(false, func(v any, _, _ []any) (any, error) {
		b, ok := v.(bool)
		if !ok {
			return nil, errConvert
		}
		return b, nil
	}),
	"try_bool": func(a []any, _ *logical.Expr) (any, error) {
		v, err := readJSON(a[0].(string))
		if b, ok := v.(bool); ok && err == nil {
			return b, nil
		}
		return nil, nil
	},
}

// ofNumber converts a JSON number, exactly; nil where it does not fit.
func ofNumber(f func(x *big.Rat) any, strict bool) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		v, err := readJSON(a[0].(string))
		n, ok := v.(json.Number)
		var out any
		if f64, errFloat := n.Float64(); err == nil && ok && errFloat == nil {
			x, isInt := new(big.Rat).SetString(writeFloat(f64))
			if i, err := n.Int64(); err == nil {
				x, isInt = new(big.Rat).SetInt64(i), true
			}
			if isInt {
				out = f(x)
			}
		}
		if out == nil && strict {
			return nil, errConvert
		}
		return out, nil
	}
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
	case Clock:
		t, _ := moment(v)
		return t.Format("15:04:05.999999"), true
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
