package funcs

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

const (
	dayMicros = 86_400_000_000
	dayNanos  = dayMicros * 1000
	// Years 1 to 9999, in the proleptic Gregorian calendar, are what dates and timestamps may be computed to.
	firstDay = -719162
	lastDay  = 2932896
	tooFar   = "the result is outside the years 1 to 9999"
)

// civil gives year, month and day of a number of days since 1970-01-01. It counts in years that start in March, so that a leap
// day is the last of its year, and in eras of 400 years (146,097 days).
func civil(days int64) (y, m, d int64) {
	days += 719468
	era := floorDiv(days, 146097)
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m = mp + 3
	if m > 12 {
		m -= 12
	}
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

// days is the inverse of civil.
func days(y, m, d int64) int64 {
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func daysInMonth(y, m int64) int64 {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// addMonths keeps the day of the month, or takes the month's last: 31 January and 1mo is 29 February.
func addMonths(day, months int64) int64 {
	if months == 0 {
		return day
	}
	y, m, d := civil(day)
	m += months - 1
	y += floorDiv(m, 12)
	m = m - floorDiv(m, 12)*12 + 1
	return days(y, m, min(d, daysInMonth(y, m)))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func datePlus(sign int64) Kernel {
	return func(c *Call) error {
		a, b := operandOf[int32](c.Args[0], c.N), operandOf[arrow.MonthDayNanoInterval](c.Args[1], c.N)
		for i := 0; i < c.N; i += block {
			j := min(i+block, c.N)
			y := b.at(i, j)
			for k, x := range a.at(i, j) {
				iv := y[k]
				r := addMonths(int64(x), sign*int64(iv.Months)) + sign*int64(iv.Days) + sign*(iv.Nanoseconds/dayNanos)
				if c.Out.Present(i + k) {
					if iv.Nanoseconds%dayNanos != 0 {
						return &RowError{i + k, "a date can move by whole days only; make it a timestamp first, with timestamp(…)"}
					}
					if r < firstDay || r > lastDay {
						return &RowError{i + k, tooFar}
					}
				}
				c.Out.Days[i+k] = int32(r)
			}
		}
		return nil
	}
}

func timestampPlus(sign int64) Kernel {
	return checked(func(a []int64, b []arrow.MonthDayNanoInterval, out []int64) bool {
		bad := false
		for i, x := range a {
			out[i] = shift(x, b[i], sign)
			bad = bad || out[i] < firstDay*dayMicros || out[i] >= (lastDay+1)*dayMicros
		}
		return bad
	}, func(a int64, b arrow.MonthDayNanoInterval) string {
		if t := shift(a, b, sign); t < firstDay*dayMicros || t >= (lastDay+1)*dayMicros {
			return tooFar
		}
		return ""
	})
}

// shift moves a timestamp by months (keeping the time of day), then days, then nanoseconds, which count in microseconds.
func shift(t int64, iv arrow.MonthDayNanoInterval, sign int64) int64 {
	day := floorDiv(t, dayMicros)
	rest := t - day*dayMicros
	day = addMonths(day, sign*int64(iv.Months)) + sign*int64(iv.Days)
	if day < 2*firstDay || day > 2*lastDay {
		return math.MaxInt64 // outside, and the product below might wrap
	}
	return day*dayMicros + rest + sign*(iv.Nanoseconds/1000)
}

func datesBetween(a, b int32) arrow.MonthDayNanoInterval {
	return arrow.MonthDayNanoInterval{Days: a - b}
}

func timestampsBetween(a, b int64) arrow.MonthDayNanoInterval {
	d := a - b
	return arrow.MonthDayNanoInterval{Days: int32(d / dayMicros), Nanoseconds: d % dayMicros * 1000}
}

func durationAdd(a, b arrow.MonthDayNanoInterval) arrow.MonthDayNanoInterval {
	return arrow.MonthDayNanoInterval{Months: a.Months + b.Months, Days: a.Days + b.Days, Nanoseconds: a.Nanoseconds + b.Nanoseconds}
}

func durationSubtract(a, b arrow.MonthDayNanoInterval) arrow.MonthDayNanoInterval {
	return durationAdd(a, durationNegate(b))
}

func durationNegate(a arrow.MonthDayNanoInterval) arrow.MonthDayNanoInterval {
	return arrow.MonthDayNanoInterval{Months: -a.Months, Days: -a.Days, Nanoseconds: -a.Nanoseconds}
}

var durationTimes = checked(func(a []arrow.MonthDayNanoInterval, b []int64, out []arrow.MonthDayNanoInterval) bool {
	bad := false
	for i, x := range a {
		v, ok := scaleDuration(x, b[i])
		out[i] = v
		bad = bad || !ok
	}
	return bad
}, func(a arrow.MonthDayNanoInterval, b int64) string {
	if _, ok := scaleDuration(a, b); !ok {
		return "the result does not fit a duration"
	}
	return ""
})

func scaleDuration(a arrow.MonthDayNanoInterval, k int64) (arrow.MonthDayNanoInterval, bool) {
	m, ok1 := mulInt(int64(a.Months), k)
	d, ok2 := mulInt(int64(a.Days), k)
	n, ok3 := mulInt(a.Nanoseconds, k)
	fits := ok1 && ok2 && ok3 && m == int64(int32(m)) && d == int64(int32(d))
	return arrow.MonthDayNanoInterval{Months: int32(m), Days: int32(d), Nanoseconds: n}, fits
}
