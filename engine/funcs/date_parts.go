package funcs

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
)

const datesFamily = "dates and times"

// dateText builds a name of a part of dates and timestamps.
func dateText(name, doc string, f func(day int64) string, ex ...Example) *Func {
	return scalarFunc(datesFamily, name, doc,
		takes("(at: date) => string", rowText(func(r row, out []byte) ([]byte, error) { return append(out, f(r.day(0))...), nil }), ex...),
		takes("(at: timestamp) => string", rowText(func(r row, out []byte) ([]byte, error) { return append(out, f(floorDiv(r.int(0), dayMicros))...), nil })))
}

var (
	dayNames   = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

	dayName   = dateText("day_name", "The name of the day of the week, in English.", func(d int64) string { return dayNames[weekday(d)-1] }, eg("day_name(d'2024-02-29')", "'Thursday'"))
	monthName = dateText("month_name", "The name of the month, in English.", func(d int64) string { _, m, _ := civil(d); return monthNames[m-1] }, eg("month_name(d'2024-02-29')", "'February'"))

	isoYear = datePart("iso_year", "The year that the ISO 8601 week belongs to; it differs from the year around New Year.", func(d, _ int64) int64 {
		y, _, _ := civil(d - weekday(d) + 4)
		return y
	}, eg("iso_year(d'2024-12-30')", "2025"))
	daysOfMonth = datePart("days_in_month", "The number of days of the month, 28 to 31.", func(d, _ int64) int64 { y, m, _ := civil(d); return daysInMonth(y, m) }, eg("days_in_month(d'2024-02-10')", "29"))
	decade      = datePart("decade", "The first year of the decade.", func(d, _ int64) int64 { y, _, _ := civil(d); return y / 10 * 10 }, eg("decade(d'2024-02-10')", "2020"))
	century     = datePart("century", "The century, from 1; the 21st began in 2001.", func(d, _ int64) int64 { y, _, _ := civil(d); return (y + 99) / 100 }, eg("century(d'2000-02-10')", "20"), eg("century(d'2001-01-01')", "21"))
	milli       = clockPart("millisecond", "The milliseconds within the second.", func(us int64) int64 { return us / 1000 % 1000 }, eg("millisecond(ts'2024-01-31T12:30:05.25Z')", "250"))
)

var isLeapYear = scalarFunc(datesFamily, "is_leap_year", "Whether the year, or the year of the date, has 366 days.",
	takes("(year: int) => bool", rowBits(func(r row) (bool, error) { y := r.int(0); return daysInMonth(y, 2) == 29, nil }), eg("is_leap_year(1900)", "false")),
	takes("(at: date) => bool", rowBits(func(r row) (bool, error) { y, _, _ := civil(r.day(0)); return daysInMonth(y, 2) == 29, nil }), eg("is_leap_year(d'2024-02-10')", "true")))

var isWeekend = scalarFunc(datesFamily, "is_weekend", "Whether the day is a Saturday or a Sunday.",
	takes("(at: date) => bool", rowBits(func(r row) (bool, error) { return weekday(r.day(0)) > 5, nil }), eg("is_weekend(d'2024-03-02')", "true")))

var lastDayOf = scalarFunc(datesFamily, "last_day", "The last day of the period that the date lies in: of the month, if not given, or the 'year', 'quarter', 'month' or 'week'.",
	takes("(at: date) => date", rowCells(func(r row) (int32, error) { return dayIn(periodEnd(r.day(0), "month")) }), eg("last_day(d'2024-02-10')", "d'2024-02-29'")),
	takes("(at: date, period: string) => date", rowCells(func(r row) (int32, error) { return dayIn(periodEnd(r.day(0), r.str(1))) }),
		eg("last_day(d'2024-02-10', 'quarter')", "d'2024-03-31'"), egFails("last_day(d'2024-02-10', 'eon')", "a period is")).failing())

func periodEnd(day int64, period string) (int64, error) {
	start, ok := truncDay(day, period)
	if !ok {
		return 0, errors.New(units)
	}
	return addMonths(start, periodMonths[period]) + periodDays[period] - 1, nil
}

var (
	periodMonths = map[string]int64{"year": 12, "quarter": 3, "month": 1}
	periodDays   = map[string]int64{"week": 7, "day": 1}
)

// dayIn holds a day to the years that dates have.
func dayIn(day int64, err error) (int32, error) {
	if err == nil && (day < firstDay || day > lastDay) {
		err = errors.New(tooFar)
	}
	return int32(day), err
}

var makeTime = scalarFunc(datesFamily, "make_time", "The time of an hour, a minute and a second, which may have a fraction; absent where there is no such time.",
	takes("(hour: int, minute: int, second: float) => time?", rowCells(func(r row) (int64, error) { return clockOf(r, 0) }),
		eg("make_time(12, 30, 5.25)", "t'12:30:05.25'"), eg("make_time(24, 0, 0)", "none")))

// clockOf reads an hour, a minute and a second from argument k on.
func clockOf(r row, k int) (int64, error) {
	h, m, s := r.int(k), r.int(k+1), r.float(k+2)
	if h < 0 || h > 23 || m < 0 || m > 59 || !(s >= 0 && s < 60) {
		return 0, errAbsent
	}
	return min((h*60+m)*60_000_000+int64(s*1e6+0.5), dayMicros-1), nil
}

var makeTimestamp = scalarFunc(datesFamily, "make_timestamp", "The timestamp of a year, month, day, hour, minute and second in UTC; absent where there is none.",
	takes("(year: int, month: int, day: int, hour: int, minute: int, second: float) => timestamp?", rowCells(func(r row) (int64, error) {
		y, m, d := r.int(0), r.int(1), r.int(2)
		if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m) {
			return 0, errAbsent
		}
		clock, err := clockOf(r, 3)
		return days(y, m, d)*dayMicros + clock, err
	}), eg("make_timestamp(2024, 2, 29, 12, 30, 5)", "ts'2024-02-29T12:30:05Z'"), eg("make_timestamp(2023, 2, 29, 0, 0, 0)", "none")))

var epochMillis = scalarFunc(datesFamily, "epoch_millis", "The whole milliseconds since 1970-01-01.",
	takes("(at: timestamp) => int", rowCells(func(r row) (int64, error) { return floorDiv(r.int(0), 1000), nil }), eg("epoch_millis(ts'1970-01-01T00:00:01.5Z')", "1500")))

var epochDays = scalarFunc(datesFamily, "epoch_days", "The days since 1970-01-01.",
	takes("(at: date) => int", rowCells(func(r row) (int64, error) { return r.day(0), nil }), eg("epoch_days(d'1970-02-01')", "31")))

var fromMillis = scalarFunc(datesFamily, "from_epoch_millis", "The timestamp of so many milliseconds since 1970-01-01.",
	takes("(millis: int) => timestamp", rowCells(func(r row) (int64, error) {
		ms := r.int(0)
		if ms < firstDay*dayMicros/1000 || ms >= (lastDay+1)*dayMicros/1000 {
			return 0, errors.New(tooFar)
		}
		return ms * 1000, nil
	}), eg("from_epoch_millis(1500)", "ts'1970-01-01T00:00:01.5Z'"), egFails("from_epoch_millis(9223372036854775807)", "outside the years")).failing())

var fromDays = scalarFunc(datesFamily, "from_epoch_days", "The date of so many days since 1970-01-01.",
	takes("(days: int) => date", rowCells(func(r row) (int32, error) { return dayIn(r.int(0), nil) }), eg("from_epoch_days(31)", "d'1970-02-01'"), egFails("from_epoch_days(9999999)", "outside the years")).failing())

// durationFunc builds the durations of so many of a unit, for numbers that are columns.
func durationFunc(name, unit string, f func(n int64) (arrow.MonthDayNanoInterval, bool), ex Example) *Func {
	return scalarFunc("durations", name, "The duration of so many "+unit+"; a literal such as 90"+map[string]string{"years": "y", "months": "mo", "weeks": "w", "days": "d", "hours": "h", "minutes": "m", "seconds": "s", "milliseconds": "ms"}[unit]+" where the number is known.",
		takes("(n: int) => duration", rowCells(func(r row) (arrow.MonthDayNanoInterval, error) {
			d, ok := f(r.int(0))
			if !ok {
				return d, errors.New("the result does not fit a duration")
			}
			return d, nil
		}), ex).failing())
}

func monthsTimes(k int64) func(n int64) (arrow.MonthDayNanoInterval, bool) {
	return func(n int64) (arrow.MonthDayNanoInterval, bool) {
		return scaleDuration(arrow.MonthDayNanoInterval{Months: int32(k)}, n)
	}
}

func daysTimes(k int64) func(n int64) (arrow.MonthDayNanoInterval, bool) {
	return func(n int64) (arrow.MonthDayNanoInterval, bool) {
		return scaleDuration(arrow.MonthDayNanoInterval{Days: int32(k)}, n)
	}
}

func nanosTimes(k int64) func(n int64) (arrow.MonthDayNanoInterval, bool) {
	return func(n int64) (arrow.MonthDayNanoInterval, bool) {
		return scaleDuration(arrow.MonthDayNanoInterval{Nanoseconds: k}, n)
	}
}

var (
	yearsOf   = durationFunc("years", "years", monthsTimes(12), eg("d'2024-02-29' + years(1)", "d'2025-02-28'"))
	monthsOf  = durationFunc("months", "months", monthsTimes(1), eg("d'2024-01-31' + months(1)", "d'2024-02-29'"))
	weeksOf   = durationFunc("weeks", "weeks", daysTimes(7), eg("d'2024-01-31' + weeks(2)", "d'2024-02-14'"))
	daysOf    = durationFunc("days", "days", daysTimes(1), eg("days(2) == 2d", "true"))
	hoursOf   = durationFunc("hours", "hours", nanosTimes(3600e9), eg("hours(36) == 36h", "true"))
	minutesOf = durationFunc("minutes", "minutes", nanosTimes(60e9), eg("minutes(5) == 5m", "true"))
	secondsOf = durationFunc("seconds", "seconds", nanosTimes(1e9), eg("seconds(5) == 5s", "true"))
	millisOf  = durationFunc("millis", "milliseconds", nanosTimes(1e6), eg("millis(5) == 5ms", "true"))
)

func (r row) span(k int) arrow.MonthDayNanoInterval { a := r.c.Args[k]; return a.Intervals[a.At(r.i)] }

var spanMonths = scalarFunc("durations", "whole_months", "The months of the duration, without its days and its time.",
	takes("(d: duration) => int", rowCells(func(r row) (int64, error) { return int64(r.span(0).Months), nil }), eg("whole_months(1y + 3d)", "12")))

var spanDays = scalarFunc("durations", "whole_days", "The days of the duration, without its months and its time.",
	takes("(d: duration) => int", rowCells(func(r row) (int64, error) { return int64(r.span(0).Days), nil }), eg("whole_days(1y + 3d + 5h)", "3")))

var totalSeconds = scalarFunc("durations", "total_seconds", "The length of the duration in seconds, a day counted as 24 hours; absent where it has months, which have no one length.",
	takes("(d: duration) => float?", rowCells(func(r row) (float64, error) {
		d := r.span(0)
		if d.Months != 0 {
			return 0, errAbsent
		}
		return float64(d.Days)*86400 + float64(d.Nanoseconds)/1e9, nil
	}), eg("total_seconds(1d + 90m)", "91800.0"), eg("total_seconds(1mo)", "none")))
