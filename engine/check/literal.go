package check

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

func constant(t types.Type, l *logical.Literal, at source.Span) *scalar {
	return &scalar{e: &logical.Expr{Op: logical.OpLiteral, T: t, Lit: l, Span: at}, size: 1, deep: 1}
}

func intConst(n int64, at source.Span) *scalar {
	return constant(types.Of(types.Int), &logical.Literal{Int: &n}, at)
}

func boolConst(b bool, at source.Span) *scalar {
	return constant(types.Of(types.Bool), &logical.Literal{Bool: &b}, at)
}

func textConst(s string, at source.Span) *scalar {
	return constant(types.Of(types.String), &logical.Literal{Text: &s}, at)
}

func (c *checker) none(at source.Span) *scalar { return constant(types.Of(types.None), nil, at) }

// literal is a constant of type t; an empty list where t is one.
func (c *checker) literal(t types.Type, l *logical.Literal, at source.Span, empty bool) *scalar {
	if empty && t.Required().Kind == types.List {
		return &scalar{e: &logical.Expr{Op: logical.OpList, T: t.Required(), Span: at}, size: 1, deep: 1}
	}
	return constant(t, l, at)
}

func (c *checker) number(e *syntax.Number, negative bool) value {
	at := c.place(e)
	text := e.Text
	if negative {
		text = "-" + text
	}
	if e.Int {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return c.report(errIntRange(e.Span))
		}
		out := intConst(n, at)
		out.text = text
		return out
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(x, 0) {
		return c.report(errFloatRange(e.Span))
	}
	f := logical.Float(x)
	out := constant(types.Of(types.Float), &logical.Literal{Float: &f}, at)
	out.text = text
	return out
}

// units are the months and nanoseconds, or days, of a unit of duration.
var units = map[string][3]int64{
	"ns": {0, 0, 1}, "us": {0, 0, 1e3}, "ms": {0, 0, 1e6}, "s": {0, 0, 1e9}, "m": {0, 0, 60e9}, "h": {0, 0, 3600e9},
	"d": {0, 1, 0}, "w": {0, 7, 0}, "mo": {1, 0, 0}, "q": {3, 0, 0}, "y": {12, 0, 0},
}

func (c *checker) duration(e *syntax.DurationLit) value {
	unit, ok := units[e.Unit]
	count, exact := new(big.Rat).SetString(e.Count)
	if !ok || !exact || len(e.Count) > 30 || strings.ContainsAny(e.Count, "eE") {
		return c.report(errDuration(e.Span))
	}
	var out [3]int64
	for i, u := range unit {
		n := new(big.Rat).Mul(count, new(big.Rat).SetInt64(u))
		if !n.IsInt() || !n.Num().IsInt64() || i < 2 && n.Num().BitLen() > 31 {
			return c.report(errDuration(e.Span))
		}
		out[i] = n.Num().Int64()
	}
	return constant(types.Of(types.Duration), &logical.Literal{Interval: &out}, c.place(e))
}

func (c *checker) text(e *syntax.String) value {
	at := c.place(e)
	var t types.Kind
	switch e.Prefix {
	case "", "r":
		return textConst(e.Value, at)
	case "b":
		return constant(types.Of(types.Bytes), &logical.Literal{Bytes: append([]byte{}, e.Value...)}, at)
	case "d":
		t = types.Date
	case "t":
		t = types.Time
	default:
		t = types.Timestamp
	}
	l, err := readScalar(types.Of(t), e.Value)
	if err != nil {
		return c.report(errLiteral(e.Span, types.Of(t), e.Value))
	}
	return constant(types.Of(t), l, at)
}

var errNotThatType = errors.New("not of that type")

// readScalar reads the text of a date, time, timestamp, decimal, uuid or string.
func readScalar(t types.Type, s string) (*logical.Literal, error) {
	switch t.Kind {
	case types.Date:
		d, err := time.Parse("2006-01-02", s)
		if err != nil {
			return nil, err
		}
		n := d.Unix() / 86400
		if d.Unix()%86400 != 0 {
			return nil, errNotThatType
		}
		return &logical.Literal{Int: &n}, nil
	case types.Time:
		for _, layout := range []string{"15:04:05.999999", "15:04"} {
			if d, err := time.Parse(layout, s); err == nil {
				n := d.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)).Microseconds()
				return &logical.Literal{Int: &n}, nil
			}
		}
	case types.Timestamp:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
			if d, err := time.Parse(layout, s); err == nil {
				n := d.UnixMicro()
				return &logical.Literal{Int: &n}, nil
			}
		}
	case types.String, types.JSON:
		return &logical.Literal{Text: &s}, nil
	case types.UUID:
		if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
			low := strings.ToLower(s)
			if strings.Trim(strings.ReplaceAll(low, "-", ""), "0123456789abcdef") == "" {
				return &logical.Literal{Text: &low}, nil
			}
		}
	case types.Decimal:
		r, ok := new(big.Rat).SetString(s)
		if !ok || len(s) > 60 || strings.ContainsAny(s, "eE/") {
			return nil, errNotThatType
		}
		r.Mul(r, new(big.Rat).SetInt(power10(t.Scale)))
		if !r.IsInt() || new(big.Int).Abs(r.Num()).Cmp(power10(t.Precision)) >= 0 {
			return nil, errNotThatType
		}
		text := r.Num().String()
		return &logical.Literal{Text: &text}, nil
	}
	return nil, errNotThatType
}

func power10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
