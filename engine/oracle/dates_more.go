package oracle

import (
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
)

// calendar are the functions of dates, times and durations beyond the first.
var calendar = map[string]function{
	"iso_year":      part(func(t time.Time) int { y, _ := t.ISOWeek(); return y }),
	"days_in_month": part(func(t time.Time) int { return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() }),
	"decade":        part(func(t time.Time) int { return t.Year() - t.Year()%10 }),
	"century":       part(func(t time.Time) int { return (t.Year()-1)/100 + 1 }),
	"millisecond":   part(func(t time.Time) int { return t.Nanosecond() / 1_000_000 }),
	"day_name":      name(func(t time.Time) string { return t.Weekday().String() }),
	"month_name":    name(func(t time.Time) string { return t.Month().String() }),
	"is_leap_year": func(a []any, _ *logical.Expr) (any, error) {
		y, ok := a[0].(int64)
		if t, is := moment(a[0]); is {
			y, ok = int64(t.Year()), true
		}
		return y%4 == 0 && (y%100 != 0 || y%400 == 0), nil2(ok)
	},
	"is_weekend": func(a []any, _ *logical.Expr) (any, error) {
		t, _ := moment(a[0])
		return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday, nil
	},
	"last_day": func(a []any, _ *logical.Expr) (any, error) {
		t, _ := moment(a[0])
		period := "month"
		if len(a) == 2 {
			period = a[1].(string)
		}
		if strings.Contains("hour minute second", period) {
			return nil, errCalendar
		}
		_, next, err := around(t, period)
		if err != nil {
			return nil, err
		}
		return like(a[0], next.AddDate(0, 0, -1))
	},
	"make_time": func(a []any, _ *logical.Expr) (any, error) {
		us, ok := clock(a)
		if !ok {
			return nil, nil
		}
		return Clock(us), nil
	},
	"make_timestamp": func(a []any, e *logical.Expr) (any, error) {
		d, _ := dates["make_date"](a[:3], e)
		us, ok := clock(a[3:])
		if d == nil || !ok {
			return nil, nil
		}
		return Instant(int64(d.(Day))*dayMicros + us), nil
	},
	"epoch_millis": func(a []any, _ *logical.Expr) (any, error) {
		return time.UnixMicro(int64(a[0].(Instant))).UnixMilli(), nil
	},
	"epoch_days": func(a []any, _ *logical.Expr) (any, error) { return int64(a[0].(Day)), nil },
	"from_epoch_millis": func(a []any, _ *logical.Expr) (any, error) {
		if ms := a[0].(int64); ms > -1<<47 && ms < 1<<48 {
			return like(Instant(0), time.UnixMilli(ms).UTC())
		}
		return nil, errCalendar
	},
	"from_epoch_days": func(a []any, _ *logical.Expr) (any, error) {
		if n := a[0].(int64); n > -1<<21 && n < 1<<22 {
			return like(Day(0), time.Unix(n*86400, 0).UTC())
		}
		return nil, errCalendar
	},
	"units_between": func(a []any, _ *logical.Expr) (any, error) {
		x, y := int64(a[0].(Instant)), int64(a[1].(Instant))
		switch unit := a[2].(string); unit {
		case "year", "quarter", "month":
			months, _ := complete(x, y)
			return months / map[string]int64{"year": 12, "quarter": 3, "month": 1}[unit], nil
		default:
			size := map[string]int64{"week": 7 * dayMicros, "day": dayMicros, "hour": 3600e6, "minute": 60e6, "second": 1e6, "millisecond": 1000}[unit]
			if size == 0 {
				return nil, errCalendar
			}
			return (y - x) / size, nil
		}
	},
	"age": func(a []any, _ *logical.Expr) (any, error) {
		months, rest := complete(int64(a[0].(Instant)), int64(a[1].(Instant)))
		return Span{months, rest / dayMicros, rest % dayMicros * 1000}, nil
	},
	"round_time": func(a []any, _ *logical.Expr) (any, error) {
		t, _ := moment(a[0])
		from, to, err := around(t, a[1].(string))
		if err != nil {
			return nil, err
		}
		if t.UnixMicro()-from.UnixMicro() < to.UnixMicro()-t.UnixMicro() {
			return like(a[0], from)
		}
		return like(a[0], to)
	},
	"ceil_time": func(a []any, _ *logical.Expr) (any, error) {
		t, _ := moment(a[0])
		from, to, err := around(t, a[1].(string))
		if err != nil {
			return nil, err
		}
		if from.Equal(t) {
			return a[0], nil
		}
		return like(a[0], to)
	},
	"time_bucket": func(a []any, _ *logical.Expr) (any, error) {
		w := a[1].(Span)
		width := new(big.Int).Add(new(big.Int).Mul(big.NewInt(w[1]), big.NewInt(dayMicros)), big.NewInt(w[2]/1000))
		if w[0] != 0 || width.Sign() <= 0 {
			return nil, errCalendar
		}
		origin := big.NewInt(time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC).UnixMicro())
		at := big.NewInt(int64(a[0].(Instant)))
		buckets := new(big.Int).Div(new(big.Int).Sub(at, origin), width)
		start := origin.Add(origin, buckets.Mul(buckets, width))
		if !start.IsInt64() {
			return nil, errCalendar
		}
		return like(a[0], time.UnixMicro(start.Int64()).UTC())
	},
	"to_zone": func(a []any, _ *logical.Expr) (any, error) {
		t, z, err := zoned(a)
		if err != nil {
			return nil, err
		}
		t = t.In(z)
		return like(a[0], time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC))
	},
	"from_zone": func(a []any, _ *logical.Expr) (any, error) {
		t, z, err := zoned(a)
		if err != nil {
			return nil, err
		}
		// the first point in time at which clocks show this, of those within a day and a half
		var skipped time.Time
		for offset := 26 * time.Hour; offset >= -26*time.Hour; offset -= 15 * time.Minute {
			at := t.Add(-offset)
			if _, is := at.In(z).Zone(); time.Duration(is)*time.Second == offset {
				return like(a[0], at)
			}
		}
		for _, around := range []time.Duration{-24 * time.Hour} {
			_, is := t.Add(around).In(z).Zone()
			skipped = t.Add(-time.Duration(is) * time.Second)
		}
		return like(a[0], skipped)
	},
	"zone_offset": func(a []any, _ *logical.Expr) (any, error) {
		t, z, err := zoned(a)
		if err != nil {
			return nil, err
		}
		_, is := t.In(z).Zone()
		return Span{0, 0, int64(is) * 1e9}, nil
	},
	"is_zone": func(a []any, _ *logical.Expr) (any, error) {
		_, err := location(a[0].(string))
		return err == nil, nil
	},
	"format_date":     formatDate,
	"parse_date":      parseBy(func(us int64) any { return Day(math.Floor(float64(us) / dayMicros)) }),
	"parse_time":      parseBy(func(us int64) any { return Clock(((us % dayMicros) + dayMicros) % dayMicros) }),
	"parse_timestamp": parseBy(func(us int64) any { return Instant(us) }),
	"years":           durations(Span{12, 0, 0}), "months": durations(Span{1, 0, 0}), "weeks": durations(Span{0, 7, 0}), "days": durations(Span{0, 1, 0}),
	"hours": durations(Span{0, 0, 3600e9}), "minutes": durations(Span{0, 0, 60e9}), "seconds": durations(Span{0, 0, 1e9}), "millis": durations(Span{0, 0, 1e6}),
	"whole_months": func(a []any, _ *logical.Expr) (any, error) { return a[0].(Span)[0], nil },
	"whole_days":   func(a []any, _ *logical.Expr) (any, error) { return a[0].(Span)[1], nil },
	"total_seconds": func(a []any, _ *logical.Expr) (any, error) {
		d := a[0].(Span)
		if d[0] != 0 {
			return nil, nil
		}
		return float64(d[1])*86400 + float64(d[2])/1e9, nil
	},
}

func nil2(ok bool) error {
	if !ok {
		return errOther
	}
	return nil
}

func name(f func(time.Time) string) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		t, ok := moment(a[0])
		return f(t), nil2(ok)
	}
}

func durations(unit Span) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		var out Span
		for i, u := range unit {
			x := new(big.Int).Mul(big.NewInt(u), big.NewInt(a[0].(int64)))
			if !x.IsInt64() || i < 2 && int64(int32(x.Int64())) != x.Int64() {
				return nil, errFit
			}
			out[i] = x.Int64()
		}
		return out, nil
	}
}

func clock(a []any) (int64, bool) {
	h, m, s := a[0].(int64), a[1].(int64), a[2].(float64)
	if h < 0 || h > 23 || m < 0 || m > 59 || math.IsNaN(s) || s < 0 || s >= 60 {
		return 0, false
	}
	return min(h*3600e6+m*60e6+int64(math.Floor(s*1e6+0.5)), dayMicros-1), true
}

// around is the start of the period that t lies in and of the one after.
func around(t time.Time, period string) (from, to time.Time, err error) {
	v, err := truncate([]any{Instant(t.UnixMicro()), period}, nil)
	if err != nil {
		return t, t, err
	}
	from, _ = moment(v)
	switch period {
	case "year":
		return from, from.AddDate(1, 0, 0), nil
	case "quarter":
		return from, from.AddDate(0, 3, 0), nil
	case "month":
		return from, from.AddDate(0, 1, 0), nil
	case "week":
		return from, from.AddDate(0, 0, 7), nil
	case "day":
		return from, from.AddDate(0, 0, 1), nil
	}
	return from, from.Add(map[string]time.Duration{"hour": time.Hour, "minute": time.Minute, "second": time.Second}[period]), nil
}

// complete counts months one by one, as long as they do not go past the other end.
func complete(x, y int64) (months, rest int64) {
	at := func(n int64) int64 {
		v, err := plus([]any{Instant(x), Span{n, 0, 0}}, 1)
		if err != nil { // out of the calendar: past any end
			return map[bool]int64{true: math.MaxInt64, false: math.MinInt64}[n > 0]
		}
		return int64(v.(Instant))
	}
	if y >= x {
		for at(months+1) <= y {
			months++
		}
	} else {
		for at(months-1) >= y {
			months--
		}
	}
	return months, y - at(months)
}

func location(s string) (*time.Location, error) {
	if s == "" || s == "Local" {
		return nil, errCalendar
	}
	return time.LoadLocation(s)
}

func zoned(a []any) (time.Time, *time.Location, error) {
	z, err := location(a[1].(string))
	t, _ := moment(a[0])
	return t, z, err
}

// layouts translates a field to a layout of package time; those that have none are written by hand.
var layouts = map[string]string{"yyyy": "2006", "yy": "06", "MMMM": "January", "MMM": "Jan", "MM": "01", "M": "1", "dd": "02", "d": "2", "DDD": "002",
	"EEEE": "Monday", "EEE": "Mon", "HH": "15", "H": "H", "hh": "03", "h": "3", "a": "PM", "mm": "04", "m": "4", "ss": "05", "s": "5", "SSS": "SSS", "SSSSSS": "SSSSSS", "ww": "ww", "xxx": "-07:00"}

// fieldsOf takes a pattern apart: text, and fields that start with \x00.
func fieldsOf(pattern string) ([]string, error) {
	var out []string
	rs := []rune(pattern)
	for i := 0; i < len(rs); {
		j := i + 1
		switch c := rs[i]; {
		case c == '\'':
			for j < len(rs) && rs[j] != '\'' {
				j++
			}
			if j == len(rs) {
				return nil, errCalendar
			}
			text := string(rs[i+1 : j])
			if text == "" {
				text = "'"
			}
			out, j = append(out, text), j+1
		case letter(c) && !(c >= '0' && c <= '9') && isLetter(c):
			for j < len(rs) && rs[j] == c {
				j++
			}
			if layouts[string(rs[i:j])] == "" {
				return nil, errCalendar
			}
			out = append(out, "\x00"+string(rs[i:j]))
		default:
			out = append(out, string(c))
		}
		i = j
	}
	return out, nil
}
