package funcs

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
)

// stepMicros are the units of fixed length.
var stepMicros = map[string]int64{"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1000}

const countedUnits = "a unit is 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second' or 'millisecond'"

// unitsBetween counts the whole units from one point in time to a later one: complete months, not month ends crossed. Towards an
// earlier one it counts back, negative.
func unitsBetween(from, to int64, unit string) (int64, error) {
	if step := stepMicros[unit]; step > 0 {
		return (to - from) / step, nil
	}
	if n := periodDays[unit]; n > 0 {
		return (to - from) / (n * dayMicros), nil
	}
	n := periodMonths[unit]
	if n == 0 {
		return 0, errors.New(countedUnits)
	}
	months, _ := monthsBetween(from, to)
	return months / n, nil
}

// monthsBetween is the complete months from one point in time to another, and the microseconds that remain.
func monthsBetween(from, to int64) (months, rest int64) {
	y1, m1, _ := civil(floorDiv(from, dayMicros))
	y2, m2, _ := civil(floorDiv(to, dayMicros))
	months = (y2-y1)*12 + m2 - m1
	at := movedMonths(from, months)
	switch {
	case to >= from && at > to:
		months--
	case to < from && at < to:
		months++
	}
	return months, to - movedMonths(from, months)
}

func movedMonths(t, months int64) int64 {
	day := floorDiv(t, dayMicros)
	return addMonths(day, months)*dayMicros + t - day*dayMicros
}

var countBetween = scalarFunc(datesFamily, "units_between", "The number of whole units from the first point in time to the second, negative backwards: 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second' or 'millisecond'. A month counts when its day comes round.",
	takes("(from: timestamp, to: timestamp, unit: string) => int", rowCells(func(r row) (int64, error) { return unitsBetween(r.int(0), r.int(1), r.str(2)) }),
		eg("units_between(d'2024-01-31', d'2024-03-01', 'month')", "1"), eg("units_between(d'2000-06-15', d'2024-06-14', 'year')", "23"),
		eg("units_between(ts'2024-01-01T00:00:00Z', ts'2024-01-01T05:59:00Z', 'hour')", "5"), egFails("units_between(d'2024-01-01', d'2024-01-02', 'eon')", "a unit is")).failing())

var age = scalarFunc(datesFamily, "age", "The duration from the first point in time to the second in whole months, then days, then time, such that the first plus the duration is the second.",
	takes("(from: timestamp, to: timestamp) => duration", rowCells(func(r row) (arrow.MonthDayNanoInterval, error) {
		months, rest := monthsBetween(r.int(0), r.int(1))
		return arrow.MonthDayNanoInterval{Months: int32(months), Days: int32(rest / dayMicros), Nanoseconds: rest % dayMicros * 1000}, nil
	}), eg("age(d'2000-06-15', d'2024-08-20') == 290mo + 5d", "true"), eg("whole_days(age(d'2024-01-31', d'2024-03-01'))", "1")))

var roundTime = scalarFunc(datesFamily, "round_time", "The start or the end of the period ('year' to 'second', as for trunc) that the timestamp lies in, whichever is nearer; the end where both are.",
	takes("(at: timestamp, period: string) => timestamp", rowCells(func(r row) (int64, error) {
		start, end, err := periodAround(r.int(0), r.str(1))
		if r.int(0)-start < end-r.int(0) {
			return start, err
		}
		return instantIn(end, err)
	}), eg("round_time(ts'2024-02-29T12:30:00Z', 'hour')", "ts'2024-02-29T13:00:00Z'"), eg("round_time(d'2024-02-10', 'month')", "ts'2024-02-01T00:00:00Z'"), egFails("round_time(d'2024-02-10', 'eon')", "a period is")).failing())

var ceilTime = scalarFunc(datesFamily, "ceil_time", "The timestamp itself where a period ('year' to 'second', as for trunc) starts at it, else the start of the next.",
	takes("(at: timestamp, period: string) => timestamp", rowCells(func(r row) (int64, error) {
		start, end, err := periodAround(r.int(0), r.str(1))
		if start == r.int(0) {
			return start, err
		}
		return instantIn(end, err)
	}), eg("ceil_time(ts'2024-02-29T12:30:00Z', 'day')", "ts'2024-03-01T00:00:00Z'"), egFails("ceil_time(d'2024-02-10', 'eon')", "a period is")).failing())

// periodAround is the period that t lies in, and where the next starts.
func periodAround(t int64, period string) (start, end int64, err error) {
	if step := stepMicros[period]; step > 0 && period != "millisecond" {
		start = floorDiv(t, step) * step
		return start, start + step, nil
	}
	day, ok := truncDay(floorDiv(t, dayMicros), period)
	if !ok {
		return 0, 0, errors.New(units)
	}
	end, err = periodEnd(day, period)
	return day * dayMicros, (end + 1) * dayMicros, err
}

func instantIn(t int64, err error) (int64, error) {
	if err == nil && (t < firstDay*dayMicros || t >= (lastDay+1)*dayMicros) {
		err = errors.New(tooFar)
	}
	return t, err
}

var timeBucket = scalarFunc(datesFamily, "time_bucket", "The start of the bucket of a fixed width that the timestamp lies in, counted from 2000-01-03, a Monday. The width has no months; see trunc for those.",
	takes("(at: timestamp, width: duration) => timestamp", rowCells(func(r row) (int64, error) {
		w := r.span(1)
		width := int64(w.Days)*dayMicros + w.Nanoseconds/1000
		if w.Months != 0 || width <= 0 {
			return 0, errors.New("time_bucket: a width is positive and without months, as 15m or 7d")
		}
		origin := days(2000, 1, 3) * dayMicros
		return instantIn(origin+floorDiv(r.int(0)-origin, width)*width, nil)
	}), eg("time_bucket(ts'2024-02-29T12:44:00Z', 15m)", "ts'2024-02-29T12:30:00Z'"), eg("time_bucket(d'2024-02-29', 7d)", "ts'2024-02-26T00:00:00Z'"), egFails("time_bucket(d'2024-02-29', 1mo)", "without months")).failing())
