package funcs

// datePart builds a part of dates and timestamps; f gets the day and the microseconds since its midnight.
func datePart(name, doc string, f func(day, rest int64) int64, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "dates and times", Doc: doc, Overloads: []Overload{
		{Signature: "(at: date) => int", Kernel: each1(func(d int32) int64 { return f(int64(d), 0) }), Examples: ex},
		{Signature: "(at: timestamp) => int", Kernel: each1(func(t int64) int64 {
			day := floorDiv(t, dayMicros)
			return f(day, t-day*dayMicros)
		})},
	}}
}

// clockPart builds a part of times and timestamps.
func clockPart(name, doc string, f func(us int64) int64, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "dates and times", Doc: doc, Overloads: []Overload{
		{Signature: "(at: time) => int", Kernel: each1(f)},
		{Signature: "(at: timestamp) => int", Kernel: each1(func(t int64) int64 { return f(t - floorDiv(t, dayMicros)*dayMicros) }), Examples: ex},
	}}
}

// weekday is 1 for Monday to 7 for Sunday, as ISO 8601 counts; 1970-01-01 was a Thursday.
func weekday(day int64) int64 { return (day + 3) - floorDiv(day+3, 7)*7 + 1 }

var (
	year      = datePart("year", "The year.", func(d, _ int64) int64 { y, _, _ := civil(d); return y }, Example{Call: "year(d'2024-02-29')", Result: "2024"})
	month     = datePart("month", "The month, 1 to 12.", func(d, _ int64) int64 { _, m, _ := civil(d); return m }, Example{Call: "month(d'2024-02-29')", Result: "2"})
	day       = datePart("day", "The day of the month, 1 to 31.", func(d, _ int64) int64 { _, _, n := civil(d); return n }, Example{Call: "day(d'2024-02-29')", Result: "29"})
	quarter   = datePart("quarter", "The quarter, 1 to 4.", func(d, _ int64) int64 { _, m, _ := civil(d); return (m + 2) / 3 }, Example{Call: "quarter(d'2024-04-01')", Result: "2"})
	dayOfWeek = datePart("weekday", "The day of the week, from 1 for Monday to 7 for Sunday.", func(d, _ int64) int64 { return weekday(d) }, Example{Call: "weekday(d'2024-02-29')", Result: "4"})
	dayOfYear = datePart("day_of_year", "The day of the year, 1 to 366.", func(d, _ int64) int64 { y, _, _ := civil(d); return d - days(y, 1, 1) + 1 },
		Example{Call: "day_of_year(d'2024-12-31')", Result: "366"})
	week = datePart("week", "The week of the year, 1 to 53, as ISO 8601 counts: week 1 has the year's first Thursday.", func(d, _ int64) int64 {
		thursday := d - weekday(d) + 4
		y, _, _ := civil(thursday)
		return (thursday-days(y, 1, 1))/7 + 1
	}, Example{Call: "week(d'2024-12-30')", Result: "1"})
	hour   = clockPart("hour", "The hour, 0 to 23.", func(us int64) int64 { return us / 3_600_000_000 }, Example{Call: "hour(ts'2024-01-31T12:30:05Z')", Result: "12"})
	minute = clockPart("minute", "The minute, 0 to 59.", func(us int64) int64 { return us / 60_000_000 % 60 }, Example{Call: "minute(ts'2024-01-31T12:30:05Z')", Result: "30"})
	second = clockPart("second", "The second, 0 to 59.", func(us int64) int64 { return us / 1_000_000 % 60 }, Example{Call: "second(ts'2024-01-31T12:30:05Z')", Result: "5"})
	micro  = clockPart("microsecond", "The microseconds within the second.", func(us int64) int64 { return us % 1_000_000 },
		Example{Call: "microsecond(ts'2024-01-31T12:30:05.25Z')", Result: "250000"})
)

// truncDay is the first day of the period that day lies in.
func truncDay(day int64, unit string) (int64, bool) {
	y, m, _ := civil(day)
	switch unit {
	case "year":
		return days(y, 1, 1), true
	case "quarter":
		return days(y, (m-1)/3*3+1, 1), true
	case "month":
		return days(y, m, 1), true
	case "week":
		return day - weekday(day) + 1, true
	case "day":
		return day, true
	}
	return 0, false
}

const units = "a period is 'year', 'quarter', 'month', 'week', 'day', and of a timestamp also 'hour', 'minute' or 'second'"

var truncate = &Func{Name: "trunc", Kind: Scalar, Family: "dates and times",
	Doc: "The start of the period that the date or timestamp lies in: 'year', 'quarter', 'month', 'week' (from Monday), 'day', 'hour', 'minute' or 'second'. Of a float: without its fraction.",
	Overloads: []Overload{
		{Signature: "(at: date, period: string) => date", Fails: true, Examples: []Example{{Call: "trunc(d'2024-02-29', 'month')", Result: "d'2024-02-01'"}, {Call: "trunc(d'2024-02-29', 'eon')", Error: "a period is"}},
			Kernel: func(c *Call) error {
				a := c.Args[0]
				for i := range c.N {
					if !c.Out.Present(i) {
						continue
					}
					d, ok := truncDay(int64(a.Days[a.At(i)]), c.Args[1].Str(i))
					if !ok {
						return &RowError{i, units}
					}
					c.Out.Days[i] = int32(d)
				}
				return nil
			}},
		{Signature: "(at: timestamp, period: string) => timestamp", Fails: true, Examples: []Example{{Call: "trunc(ts'2024-02-29T12:30:05Z', 'hour')", Result: "ts'2024-02-29T12:00:00Z'"}},
			Kernel: func(c *Call) error {
				a := c.Args[0]
				steps := map[string]int64{"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000}
				for i := range c.N {
					if !c.Out.Present(i) {
						continue
					}
					t, unit := a.Ints[a.At(i)], c.Args[1].Str(i)
					if step := steps[unit]; step > 0 {
						c.Out.Ints[i] = floorDiv(t, step) * step
						continue
					}
					d, ok := truncDay(floorDiv(t, dayMicros), unit)
					if !ok {
						return &RowError{i, units}
					}
					c.Out.Ints[i] = d * dayMicros
				}
				return nil
			}},
		{Signature: "(x: float) => float", Kernel: each1(func(x float64) float64 {
			if x > -1<<53 && x < 1<<53 {
				return float64(int64(x))
			}
			return x
		}), Examples: []Example{{Call: "trunc(-1.7)", Result: "-1.0"}}},
	}}

var makeDate = &Func{Name: "make_date", Kind: Scalar, Family: "dates and times", Doc: "The date of a year, a month and a day; absent where there is no such day.",
	Overloads: []Overload{{Signature: "(year: int, month: int, day: int) => date?", Examples: []Example{{Call: "make_date(2024, 2, 29)", Result: "d'2024-02-29'"}, {Call: "make_date(2023, 2, 29)", Result: "none"}},
		Kernel: func(c *Call) error {
			valid := make([]uint64, Words(c.N))
			for i := range c.N {
				y, m, d := c.Args[0].Ints[c.Args[0].At(i)], c.Args[1].Ints[c.Args[1].At(i)], c.Args[2].Ints[c.Args[2].At(i)]
				if c.Out.Present(i) && y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= daysInMonth(y, m) {
					c.Out.Days[i] = int32(days(y, m, d))
					setBit(valid, i)
				}
			}
			c.Out.Valid = valid
			return nil
		}}}}

var nowFunc = &Func{Name: "now", Kind: Scalar, Family: "dates and times", Doc: "The time of the run; not the same in two runs.",
	Overloads: []Overload{{Signature: "() => timestamp", Volatile: true, Examples: []Example{{Call: "now() > ts'2020-01-01T00:00:00Z'", Result: "true"}},
		Kernel: func(c *Call) error {
			t, ok := c.State.(int64)
			if !ok {
				t = now()
				c.State = t
			}
			for i := range c.Out.Ints {
				c.Out.Ints[i] = t
			}
			return nil
		}}}}

var epoch = &Func{Name: "epoch_seconds", Kind: Scalar, Family: "dates and times", Doc: "The seconds since 1970-01-01, with their fraction; timestamp(seconds) is the inverse.",
	Overloads: []Overload{{Signature: "(at: timestamp) => float", Kernel: each1(func(t int64) float64 { return float64(t) / 1e6 }), Examples: []Example{{Call: "epoch_seconds(ts'1970-01-02T00:00:00Z')", Result: "86400.0"}}}}}

var daysBetween = &Func{Name: "days_between", Kind: Scalar, Family: "dates and times", Doc: "The number of days from the first date to the second.",
	Overloads: []Overload{{Signature: "(from: date, to: date) => int", Kernel: each2(func(a, b int32) int64 { return int64(b) - int64(a) }),
		Examples: []Example{{Call: "days_between(d'2024-02-01', d'2024-03-01')", Result: "29"}}}}}

var secondsBetween = &Func{Name: "seconds_between", Kind: Scalar, Family: "dates and times", Doc: "The number of seconds from the first point in time to the second, with its fraction.",
	Overloads: []Overload{{Signature: "(from: timestamp, to: timestamp) => float", Kernel: each2(func(a, b int64) float64 { return float64(b-a) / 1e6 }),
		Examples: []Example{{Call: "seconds_between(ts'2024-02-01T00:00:00Z', ts'2024-02-01T00:01:00Z')", Result: "60.0"}}}}}
