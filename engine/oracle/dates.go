package oracle

import (
	"errors"
	"math/big"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
)

const dayMicros = 86_400_000_000

var errCalendar = errors.New("outside the years 1 to 9999, or not a whole day")

// moment is a date or timestamp in UTC.
func moment(v any) (time.Time, bool) {
	switch v := v.(type) {
	case Day:
		return time.Unix(int64(v)*86400, 0).UTC(), true
	case Instant:
		return time.UnixMicro(int64(v)).UTC(), true
	case Clock:
		return time.UnixMicro(int64(v)).UTC(), true
	}
	return time.Time{}, false
}

// like gives t as a value of v's type.
func like(v any, t time.Time) (any, error) {
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, errCalendar
	}
	if _, ok := v.(Day); ok {
		return Day(t.Unix() / 86400), nil
	}
	return Instant(t.UnixMicro()), nil
}

var dates = map[string]function{
	"+": func(a []any, _ *logical.Expr) (any, error) { return plus(a, 1) },
	"-": func(a []any, _ *logical.Expr) (any, error) { return plus(a, -1) },
	"*": func(a []any, _ *logical.Expr) (any, error) {
		s, ok := a[0].(Span)
		if !ok {
			return nil, errOther
		}
		return span(s, Span{}, a[1].(int64))
	},
	"year":    part(func(t time.Time) int { return t.Year() }),
	"quarter": part(func(t time.Time) int { return (int(t.Month()) + 2) / 3 }),
	"month":   part(func(t time.Time) int { return int(t.Month()) }),
	"day":     part(func(t time.Time) int { return t.Day() }),
	"week": part(func(t time.Time) int {
		_, w := t.ISOWeek()
		return w
	}),
	"weekday":     part(func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }),
	"day_of_year": part(func(t time.Time) int { return t.YearDay() }),
	"hour":        part(func(t time.Time) int { return t.Hour() }),
	"minute":      part(func(t time.Time) int { return t.Minute() }),
	"second":      part(func(t time.Time) int { return t.Second() }),
	"microsecond": part(func(t time.Time) int { return t.Nanosecond() / 1000 }),
	"trunc":       truncate,
	"make_date": func(a []any, _ *logical.Expr) (any, error) {
		y, m, d := a[0].(int64), a[1].(int64), a[2].(int64)
		if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 {
			return nil, nil
		}
		t := time.Date(int(y), time.Month(m), int(d), 0, 0, 0, 0, time.UTC)
		if t.Day() != int(d) {
			return nil, nil
		}
		return Day(t.Unix() / 86400), nil
	},
	"days_between": func(a []any, _ *logical.Expr) (any, error) { return int64(a[1].(Day) - a[0].(Day)), nil },
	"seconds_between": func(a []any, _ *logical.Expr) (any, error) {
		return float64(a[1].(Instant)-a[0].(Instant)) / 1e6, nil
	},
	"epoch_seconds": func(a []any, _ *logical.Expr) (any, error) { return float64(a[0].(Instant)) / 1e6, nil },
}

func part(f func(time.Time) int) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		t, ok := moment(a[0])
		if !ok {
			return nil, errOther
		}
		return int64(f(t)), nil
	}
}

// plus adds a duration: months, where the day is at most the month's last, then days, then nanoseconds.
func plus(a []any, sign int64) (any, error) {
	if s, ok := a[0].(Span); ok {
		return span(s, a[1].(Span), sign)
	}
	t, ok := moment(a[0])
	if !ok {
		return nil, errOther
	}
	by, ok := a[1].(Span)
	if !ok {
		u, _ := moment(a[1])
		if _, day := a[0].(Day); day {
			return Span{0, (t.Unix() - u.Unix()) / 86400, 0}, nil
		}
		between := t.UnixMicro() - u.UnixMicro()
		return Span{0, between / dayMicros, between % dayMicros * 1000}, nil
	}
	if _, day := a[0].(Day); day && by[2]%(dayMicros*1000) != 0 {
		return nil, errCalendar
	}
	y, m, d := t.Date()
	months := int64(y)*12 + int64(m) - 1 + sign*by[0]
	first := time.Date(int(months/12), time.Month(months%12+1), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	out := first.AddDate(0, 0, min(d, last)-1+int(sign*by[1]))
	return like(a[0], out.Add(time.Duration(sign*by[2])))
}

// span is s times n, or s and sign times t.
func span(s, t Span, n int64) (any, error) {
	var out Span
	for i := range s {
		x := new(big.Int).Mul(big.NewInt(t[i]), big.NewInt(n))
		if t == (Span{}) && n != 1 && n != -1 {
			x = new(big.Int).Mul(big.NewInt(s[i]), big.NewInt(n-1))
		}
		x.Add(x, big.NewInt(s[i]))
		if !x.IsInt64() || i < 2 && int64(int32(x.Int64())) != x.Int64() {
			return nil, errFit
		}
		out[i] = x.Int64()
	}
	return out, nil
}

func truncate(a []any, _ *logical.Expr) (any, error) {
	t, ok := moment(a[0])
	if !ok || len(a) != 2 {
		return nil, errOther
	}
	y, m, d := t.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	_, day := a[0].(Day)
	switch a[1] {
	case "year":
		t = time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	case "quarter":
		t = time.Date(y, (m-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	case "month":
		t = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	case "week":
		t = midnight.AddDate(0, 0, -(int(t.Weekday())+6)%7)
	case "day":
		t = midnight
	case "hour", "minute", "second":
		if day {
			return nil, errCalendar
		}
		step := map[any]time.Duration{"hour": time.Hour, "minute": time.Minute, "second": time.Second}[a[1]]
		t = midnight.Add(t.Sub(midnight) / step * step)
	default:
		return nil, errCalendar
	}
	return like(a[0], t)
}
