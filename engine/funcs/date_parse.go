package funcs

import "strings"

// parsed reads a text by a pattern as microseconds since 1970. It reports false where the text does not fit or there is no such
// point in time. Years of two digits are those from 1970 to 2069; what the pattern does not say is the start: 1970, January, the 1st, midnight.
func parsed(list []token, s string) (int64, bool) {
	m := instant{year: 1970, month: 1, day: 1}
	var ok bool
	for _, k := range list {
		if k.field == "" {
			if s, ok = strings.CutPrefix(s, k.text); !ok {
				return 0, false
			}
		} else if s, ok = m.read(k.field, s); !ok {
			return 0, false
		}
	}
	if s != "" {
		return 0, false
	}
	return m.micros()
}

// read takes a field off the front of s.
func (m *instant) read(field, s string) (string, bool) {
	f := dateFields[field]
	switch {
	case field == "a":
		if len(s) < 2 || !strings.EqualFold(s[1:2], "m") || !strings.ContainsAny(s[:1], "aApP") {
			return "", false
		}
		m.twelve, m.pm = true, s[0] == 'p' || s[0] == 'P'
		return s[2:], true
	case field == "xxx":
		return m.zone(s)
	case f.names != nil:
		for i, n := range f.names {
			if len(s) >= len(n) && strings.EqualFold(s[:len(n)], n) {
				*f.place(m) = int64(i) + 1
				return s[len(n):], true
			}
		}
		return "", false
	}
	n := 0
	for n < len(s) && n < f.most && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n < f.least {
		return "", false
	}
	x, _ := digits(s[:n])
	switch field {
	case "yy":
		if x += 1900; x < 1970 {
			x += 100
		}
	case "SSS":
		x *= 1000
	case "hh", "h":
		m.twelve = true
		if x < 1 || x > 12 {
			return "", false
		}
	}
	*f.place(m) = x
	return s[n:], true
}

// zone reads Z, +01:00, +0100 or +01.
func (m *instant) zone(s string) (string, bool) {
	if s != "" && (s[0] == 'Z' || s[0] == 'z') {
		return s[1:], true
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return "", false
	}
	h, ok := digits(s[1:3])
	rest, minutes := s[3:], int64(0)
	if colon, found := strings.CutPrefix(rest, ":"); found && len(colon) < 2 {
		return "", false
	} else if len(colon) >= 2 {
		if n, two := digits(colon[:2]); two {
			minutes, rest = n, colon[2:]
		} else if found {
			return "", false
		}
	}
	if m.offset = h*60 + minutes; s[0] == '-' {
		m.offset = -m.offset
	}
	return rest, ok && h < 24 && minutes < 60
}

func (m *instant) micros() (int64, bool) {
	if m.twelve {
		if m.half > 0 {
			m.hour = m.half
		}
		if m.hour %= 12; m.pm {
			m.hour += 12
		}
	}
	if m.year < 1 || m.month < 1 || m.month > 12 || m.day < 1 || m.day > daysInMonth(m.year, m.month) || m.hour > 23 || m.minute > 59 || m.second > 59 {
		return 0, false
	}
	day := days(m.year, m.month, m.day)
	if m.yearDay > 0 {
		day = days(m.year, 1, 1) + m.yearDay - 1
		if y, _, _ := civil(day); y != m.year {
			return 0, false
		}
	}
	if m.weekday > 0 && weekday(day) != m.weekday || m.week > 0 && instantOf(day*dayMicros).week != m.week {
		return 0, false
	}
	t := day*dayMicros + ((m.hour*60+m.minute-m.offset)*60+m.second)*1_000_000 + m.micro
	return t, t >= firstDay*dayMicros && t < (lastDay+1)*dayMicros
}

// parseFunc builds a function that reads a text by a pattern.
func parseFunc[T cell](name, result, doc string, f func(t int64) T, ex ...Example) *Func {
	return scalarFunc(datesFamily, name, doc, takes("(s: string, pattern: string) => "+result+"?", rowCells(func(r row) (T, error) {
		list, err := r.datePattern(1)
		if err != nil {
			return f(0), err
		}
		t, ok := parsed(list, r.str(0))
		if !ok {
			return f(0), errAbsent
		}
		return f(t), nil
	}), ex...).failing())
}

var (
	parseDate = parseFunc("parse_date", "date", "The date that a text says by a pattern as of format_date; absent where it fits none. Names may be in either case; yy is from 1970 to 2069.",
		func(t int64) int32 { return int32(floorDiv(t, dayMicros)) }, eg("parse_date('29/02/2024', 'dd/MM/yyyy')", "d'2024-02-29'"), eg("parse_date('feb 3 99', 'MMM d yy')", "d'1999-02-03'"),
		eg("parse_date('30/02/2024', 'dd/MM/yyyy')", "none"), egFails("parse_date('x', 'Q')", "a pattern is made of"))
	parseTime = parseFunc("parse_time", "time", "The time that a text says by a pattern as of format_date; absent where it fits none.",
		func(t int64) int64 { return t - floorDiv(t, dayMicros)*dayMicros }, eg("parse_time('3:04 pm', 'h:mm a')", "t'15:04:00'"), egFails("parse_time('x', 'Q')", "a pattern is made of"))
	parseTimestamp = parseFunc("parse_timestamp", "timestamp", "The timestamp that a text says by a pattern as of format_date, in UTC unless the pattern has xxx, which reads Z, +01:00, +0100 or +01; absent where it fits none.",
		func(t int64) int64 { return t }, eg("parse_timestamp('29 Feb 2024, 15:04 +0200', 'd MMM yyyy, HH:mm xxx')", "ts'2024-02-29T13:04:00Z'"),
		eg("parse_timestamp('2024-060', 'yyyy-DDD')", "ts'2024-02-29T00:00:00Z'"), egFails("parse_timestamp('x', 'Q')", "a pattern is made of"))
)
