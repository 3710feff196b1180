package funcs

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/types"
)

// conversion is one way to make a value of the target type; it reports false where row i cannot be converted.
type conversion struct {
	from    string // parameter type
	convert func(c *Call, i int) bool
	example Example
}

// converter builds the function called as the target type, which fails, and its try_ variant, which is then absent.
func converter(target, doc string, ways ...conversion) (strict, try *Func) {
	strict = &Func{Name: target, Kind: Scalar, Family: "conversion", Doc: doc + " What cannot be converted is an error; see try_" + target + "."}
	try = &Func{Name: "try_" + target, Kind: Scalar, Family: "conversion", Doc: "Like " + target + ", but absent where the value cannot be converted."}
	for _, w := range ways {
		strict.Overloads = append(strict.Overloads, Overload{Signature: "(x: " + w.from + ") => " + target, Fails: true, Costly: w.from == "string", Examples: []Example{w.example},
			Kernel: func(c *Call) error {
				for i := range c.N {
					if c.Out.Present(i) && !w.convert(c, i) {
						return &RowError{i, fmt.Sprintf("%s cannot be converted to %s; try_%s gives none instead", show(c.Args[0], i), target, target)}
					}
				}
				return nil
			}})
		try.Overloads = append(try.Overloads, Overload{Signature: "(x: " + w.from + ") => " + target + "?", Costly: w.from == "string",
			Kernel: func(c *Call) error {
				valid := make([]uint64, Words(c.N))
				for i := range c.N {
					if c.Out.Present(i) && w.convert(c, i) {
						setBit(valid, i)
					}
				}
				c.Out.Valid = valid
				return nil
			}})
	}
	return strict, try
}

// show writes a value for a message, cut at 60 bytes.
func show(v *Vec, i int) string {
	out, ok := appendValue(nil, v, i)
	if !ok {
		return "the value"
	}
	if len(out) > 60 {
		out = append(out[:60], "…"...)
	}
	if v.Type.Kind == types.String {
		return strconv.Quote(string(out))
	}
	return string(out)
}

// appendValue writes a scalar as string(x) does.
func appendValue(out []byte, v *Vec, i int) ([]byte, bool) {
	k := v.At(i)
	switch v.Type.Kind {
	case types.Bool:
		return strconv.AppendBool(out, v.Bool(i)), true
	case types.Int:
		return strconv.AppendInt(out, v.Ints[k], 10), true
	case types.Float:
		return appendFloat(out, v.Floats[k]), true
	case types.Decimal:
		return append(out, v.Decimal(i).ToString(int32(v.Type.Scale))...), true
	case types.String, types.JSON:
		return append(out, v.Str(i)...), true
	case types.Date:
		return appendDate(out, v.Days[k]), true
	case types.Time:
		return appendTime(out, v.Ints[k]), true
	case types.Timestamp:
		return appendTimestamp(out, v.Ints[k]), true
	case types.UUID:
		return append(out, uuid.UUID(v.UUIDs[k]).String()...), true
	case types.Duration:
		d := v.Intervals[k]
		return fmt.Appendf(out, "%dmo %dd %gs", d.Months, d.Days, float64(d.Nanoseconds)/1e9), true
	}
	return out, false
}

// ofJSONNumber is the conversion of a JSON number; other values of JSON cannot be converted.
func ofJSONNumber(target string, convert func(c *Call, i int, v *jsonValue) bool, ex Example) conversion {
	return conversion{"json", func(c *Call, i int) bool {
		v, err := readJSON(c.Args[0].Str(i))
		return err == nil && v.kind == '0' && convert(c, i, v)
	}, ex}
}

func floatToInt(x float64) (int64, bool) {
	x = math.Trunc(x)
	return int64(x), x >= -1<<63 && x < 1<<63
}

var toInt, tryInt = converter("int", "An int: of a float or decimal, without its fraction; of a text, of its digits; of a bool, 0 or 1.",
	conversion{"int", func(c *Call, i int) bool { c.Out.Ints[i] = c.Args[0].Ints[c.Args[0].At(i)]; return true }, Example{Call: "int(3)", Result: "3"}},
	conversion{"float", func(c *Call, i int) (ok bool) {
		c.Out.Ints[i], ok = floatToInt(c.Args[0].Floats[c.Args[0].At(i)])
		return ok
	}, Example{Call: "int(-3.7)", Result: "-3"}},
	conversion{"string", func(c *Call, i int) bool {
		n, err := strconv.ParseInt(strings.TrimSpace(c.Args[0].Str(i)), 10, 64)
		c.Out.Ints[i] = n
		return err == nil
	}, Example{Call: "int('x')", Error: "cannot be converted to int"}},
	conversion{"bool", func(c *Call, i int) bool { c.Out.Ints[i] = int64(bool01(c.Args[0].Bool(i))); return true }, Example{Call: "int(true)", Result: "1"}},
	ofJSONNumber("int", func(c *Call, i int, v *jsonValue) bool {
		n, err := strconv.ParseInt(v.text, 10, 64)
		if err != nil {
			x, _ := strconv.ParseFloat(v.text, 64)
			var ok bool
			c.Out.Ints[i], ok = floatToInt(x)
			return ok
		}
		c.Out.Ints[i] = n
		return true
	}, Example{Call: "int(parse_json('-2.5'))", Result: "-2"}),
	conversion{"decimal", func(c *Call, i int) bool {
		a := c.Args[0]
		x, p := a.Decimal(i), decimal128.GetScaleMultiplier(a.Type.Scale)
		q, _ := x.Div(p)
		lo := int64(q.LowBits())
		c.Out.Ints[i] = lo
		return q.HighBits() == lo>>63
	}, Example{Call: "int(decimal('2.50'))", Result: "2"}})

var toFloat, tryFloat = converter("float", "A float, the nearest one.",
	conversion{"float", func(c *Call, i int) bool { c.Out.Floats[i] = c.Args[0].Floats[c.Args[0].At(i)]; return true }, Example{Call: "float(3)", Result: "3.0"}},
	conversion{"string", func(c *Call, i int) bool {
		x, err := strconv.ParseFloat(strings.TrimSpace(c.Args[0].Str(i)), 64)
		c.Out.Floats[i] = x
		return err == nil
	}, Example{Call: "float('2.5e1')", Result: "25.0"}},
	ofJSONNumber("float", func(c *Call, i int, v *jsonValue) bool {
		x, err := strconv.ParseFloat(v.text, 64)
		c.Out.Floats[i] = x
		return err == nil
	}, Example{Call: "float(parse_json('2.5'))", Result: "2.5"}))

var toDate, tryDate = converter("date", "A date: of a timestamp, its day in UTC; of a text like '2024-01-31'.",
	conversion{"date", func(c *Call, i int) bool { c.Out.Days[i] = c.Args[0].Days[c.Args[0].At(i)]; return true }, Example{Call: "date(d'2024-01-31')", Result: "d'2024-01-31'"}},
	conversion{"timestamp", func(c *Call, i int) bool {
		c.Out.Days[i] = int32(floorDiv(c.Args[0].Ints[c.Args[0].At(i)], dayMicros))
		return true
	}, Example{Call: "date(ts'2024-01-31T23:00:00Z')", Result: "d'2024-01-31'"}},
	conversion{"string", func(c *Call, i int) (ok bool) {
		c.Out.Days[i], ok = ParseDate(strings.TrimSpace(c.Args[0].Str(i)))
		return ok
	}, Example{Call: "date('2024-02-30')", Error: "cannot be converted to date"}})

var toTime, tryTime = converter("time", "A time of day: of a timestamp in UTC; of a text like '12:30:00'.",
	conversion{"time", func(c *Call, i int) bool { c.Out.Ints[i] = c.Args[0].Ints[c.Args[0].At(i)]; return true }, Example{Call: "time(t'12:30:00')", Result: "t'12:30:00'"}},
	conversion{"timestamp", func(c *Call, i int) bool {
		t := c.Args[0].Ints[c.Args[0].At(i)]
		c.Out.Ints[i] = t - floorDiv(t, dayMicros)*dayMicros
		return true
	}, Example{Call: "time(ts'2024-01-31T23:00:00Z')", Result: "t'23:00:00'"}},
	conversion{"string", func(c *Call, i int) (ok bool) {
		c.Out.Ints[i], ok = ParseTime(strings.TrimSpace(c.Args[0].Str(i)))
		return ok
	}, Example{Call: "time('12:30')", Result: "t'12:30:00'"}})

var toTimestamp, tryTimestamp = converter("timestamp", "A timestamp: of a date, its midnight in UTC; of a text like '2024-01-31T12:30:00Z'; of a number, so many seconds after 1970.",
	conversion{"timestamp", func(c *Call, i int) bool { c.Out.Ints[i] = c.Args[0].Ints[c.Args[0].At(i)]; return true }, Example{Call: "timestamp(d'2024-01-31')", Result: "ts'2024-01-31T00:00:00Z'"}},
	conversion{"string", func(c *Call, i int) (ok bool) {
		c.Out.Ints[i], ok = ParseTimestamp(strings.TrimSpace(c.Args[0].Str(i)))
		return ok
	}, Example{Call: "timestamp('2024-01-31 12:30:00+01:00')", Result: "ts'2024-01-31T11:30:00Z'"}},
	conversion{"float", func(c *Call, i int) (ok bool) {
		c.Out.Ints[i], ok = floatToInt(c.Args[0].Floats[c.Args[0].At(i)] * 1e6)
		return ok
	}, Example{Call: "timestamp(86400)", Result: "ts'1970-01-02T00:00:00Z'"}})

var toBool, tryBool = converter("bool", "A bool: of a text 'true' or 'false'; of an int, whether it is not 0.",
	conversion{"bool", func(c *Call, i int) bool { assignBit(c.Out.Bits, i, c.Args[0].Bool(i)); return true }, Example{Call: "bool(true)", Result: "true"}},
	conversion{"int", func(c *Call, i int) bool { assignBit(c.Out.Bits, i, c.Args[0].Ints[c.Args[0].At(i)] != 0); return true }, Example{Call: "bool(2)", Result: "true"}},
	conversion{"string", func(c *Call, i int) bool {
		s := strings.ToLower(strings.TrimSpace(c.Args[0].Str(i)))
		assignBit(c.Out.Bits, i, s == "true")
		return s == "true" || s == "false"
	}, Example{Call: "bool('maybe')", Error: "cannot be converted to bool"}},
	conversion{"json", func(c *Call, i int) bool {
		v, err := readJSON(c.Args[0].Str(i))
		assignBit(c.Out.Bits, i, err == nil && v.text == "true")
		return err == nil && v.kind == 'b'
	}, Example{Call: "bool(parse_json('true'))", Result: "true"}})

var toUUID, tryUUID = converter("uuid", "A uuid, of its text.",
	conversion{"string", func(c *Call, i int) bool {
		u, err := uuid.Parse(c.Args[0].Str(i))
		c.Out.UUIDs[i] = u
		return err == nil
	}, Example{Call: "string(uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8'))", Result: "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"}})

// decimalText reads a plain number exactly; more decimal places than the target has are rounded.
func decimalText(s string, t types.Type) (decimal128.Num, bool) {
	s = strings.TrimSpace(s)
	whole, fraction, _ := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	if len(whole)+len(fraction) == 0 || len(whole)+len(fraction) > 76 || len(s)-len(strings.TrimLeft(s, "+-")) > 1 {
		return decimal128.Num{}, false
	}
	var n decimal128.Num
	ok := true
	for _, r := range whole + fraction {
		if r < '0' || r > '9' {
			return n, false
		}
		if n, ok = mulDecimal(n, decimal128.FromI64(10)); !ok {
			return n, false
		}
		n = n.Add(decimal128.FromI64(int64(r - '0')))
	}
	if n, ok = scaleUp(n, t.Scale-len(fraction)); !ok || !n.FitsInPrecision(int32(t.Precision)) {
		return n, false
	}
	if s[0] == '-' {
		n = n.Negate()
	}
	return n, true
}

var decimalResult = func([]types.Type) (types.Type, error) { return decimalOf(38, 9), nil }

var toDecimal, tryDecimal = func() (strict, try *Func) {
	strict, try = converter("decimal", "An exact decimal with nine decimal places, of a number or its text; a decimal keeps its own places.",
		conversion{"decimal", func(c *Call, i int) bool {
			a := c.Args[0]
			d, ok := scaleUp(a.Decimal(i), c.Out.Type.Scale-a.Type.Scale)
			c.Out.Decimals[i] = d
			return ok && d.FitsInPrecision(38)
		}, Example{Call: "decimal(3) == 3", Result: "true"}},
		conversion{"string", func(c *Call, i int) (ok bool) {
			c.Out.Decimals[i], ok = decimalText(c.Args[0].Str(i), c.Out.Type)
			return ok
		}, Example{Call: "string(decimal('1.10') + decimal('2.205'))", Result: "'3.305000000'"}},
		conversion{"float", func(c *Call, i int) bool {
			x := c.Args[0].Floats[c.Args[0].At(i)]
			d, err := decimal128.FromFloat64(x, 38, int32(c.Out.Type.Scale))
			c.Out.Decimals[i] = d
			return err == nil && x-x == 0
		}, Example{Call: "decimal(0.5) == decimal('0.5')", Result: "true"}})
	for i := range strict.Overloads {
		result := decimalResult
		if i == 0 {
			result = firstType
		}
		strict.Overloads[i].Result = result
		try.Overloads[i].Result = func(a []types.Type) (types.Type, error) {
			t, err := result(a)
			return types.Optional(t), err
		}
	}
	return strict, try
}()

var toString = &Func{Name: "string", Kind: Scalar, Family: "conversion", Doc: "The value as text: numbers as they are written (with an exponent below 1e-6 and from 1e21 on), dates and times as in ISO 8601, in UTC.",
	Overloads: []Overload{{Signature: "(x: T) => string", Costly: true, Result: func(a []types.Type) (types.Type, error) {
		switch a[0].Kind {
		case types.List, types.Record, types.Bytes:
			return types.Type{}, fmt.Errorf("a value of type %s has no text; pick its parts", a[0])
		}
		return types.Of(types.String), nil
	}, Kernel: text(func(c *Call, i int, out []byte) []byte {
		out, _ = appendValue(out, c.Args[0], i)
		return out
	}), Examples: []Example{{Call: "string(1.0)", Result: "'1.0'"}, {Call: "string(d'2024-01-31')", Result: "'2024-01-31'"}, {Call: "f'${1 + 1} is ${true}'", Result: "'2 is true'"}}}}}
