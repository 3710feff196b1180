package funcs

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Patterns of dates and times are those of Unicode's locale data (CLDR), the part of it that needs no locale. fields are all there
// are: letters of one kind in a row are one field, and other letters are an error.

const patternDoc = "Fields: yyyy and yy (year), MMMM (January), MMM (Jan), MM, M (month), dd, d (day), DDD (day of the year), EEEE (Monday), EEE (Mon), ww (ISO week), " +
	"HH, H (hour, 0 to 23), hh, h (1 to 12), a (AM or PM), mm, m (minute), ss, s (second), SSS, SSSSSS (milliseconds, microseconds), xxx (+00:00). " +
	"Text with letters stands in single quotes, '' for one; other signs stand for themselves."

// token is a field of a pattern, or literal text.
type token struct {
	field string
	text  string
}

func tokens(pattern string) ([]token, error) {
	var out []token
	for p := pattern; p != ""; {
		c, size := utf8.DecodeRuneInString(p)
		switch {
		case c == '\'':
			end := strings.IndexByte(p[1:], '\'')
			if end < 0 {
				return nil, errPattern
			}
			text := p[1 : end+1]
			if text == "" {
				text = "'"
			}
			out, p = append(out, token{text: text}), p[end+2:]
		case unicode.IsLetter(c):
			n := len(p) - len(strings.TrimLeft(p, string(c)))
			if _, ok := dateFields[p[:n]]; !ok {
				return nil, errPattern
			}
			out, p = append(out, token{field: p[:n]}), p[n:]
		default:
			out, p = append(out, token{text: p[:size]}), p[size:]
		}
	}
	return out, nil
}

// instant is what fields are written from and read into.
type instant struct {
	year, month, day, yearDay, week, weekday, hour, half, minute, second, micro, offset int64
	twelve, pm                                                                          bool
}

func instantOf(t int64) instant {
	d := floorDiv(t, dayMicros)
	us := t - d*dayMicros
	var m instant
	m.year, m.month, m.day = civil(d)
	m.yearDay, m.weekday = d-days(m.year, 1, 1)+1, weekday(d)
	thursday := d - m.weekday + 4
	y, _, _ := civil(thursday)
	m.week = (thursday-days(y, 1, 1))/7 + 1
	m.hour, m.minute, m.second, m.micro = us/3_600_000_000, us/60_000_000%60, us/1_000_000%60, us%1_000_000
	m.half = (m.hour+11)%12 + 1
	return m
}

// dateField writes a field, and reads it: digits from least to most long into place, else a name.
type dateField struct {
	write       func(m instant) string
	least, most int
	place       func(m *instant) *int64
	names       []string
}

func number(width, most int, place func(m *instant) *int64) dateField {
	return dateField{write: func(m instant) string { return fmt.Sprintf("%0*d", width, *place(&m)) }, least: width, most: most, place: place}
}

func named(names []string, place func(m *instant) *int64) dateField {
	return dateField{write: func(m instant) string { return names[*place(&m)-1] }, place: place, names: names}
}

func short(names []string) (out []string) {
	for _, n := range names {
		out = append(out, n[:3])
	}
	return out
}

var dateFields = func() map[string]dateField {
	var (
		year   = func(m *instant) *int64 { return &m.year }
		month  = func(m *instant) *int64 { return &m.month }
		day    = func(m *instant) *int64 { return &m.day }
		hour   = func(m *instant) *int64 { return &m.hour }
		half   = func(m *instant) *int64 { return &m.half }
		minute = func(m *instant) *int64 { return &m.minute }
		second = func(m *instant) *int64 { return &m.second }
		micro  = func(m *instant) *int64 { return &m.micro }
		wday   = func(m *instant) *int64 { return &m.weekday }
	)
	return map[string]dateField{
		"yyyy": number(4, 4, year), "yy": {least: 2, most: 2, place: year, write: func(m instant) string { return fmt.Sprintf("%02d", m.year%100) }},
		"MMMM": named(monthNames[:], month), "MMM": named(short(monthNames[:]), month), "MM": number(2, 2, month), "M": number(1, 2, month),
		"dd": number(2, 2, day), "d": number(1, 2, day), "DDD": number(3, 3, func(m *instant) *int64 { return &m.yearDay }), "ww": number(2, 2, func(m *instant) *int64 { return &m.week }),
		"EEEE": named(dayNames[:], wday), "EEE": named(short(dayNames[:]), wday),
		"HH": number(2, 2, hour), "H": number(1, 2, hour), "hh": number(2, 2, half), "h": number(1, 2, half),
		"mm": number(2, 2, minute), "m": number(1, 2, minute), "ss": number(2, 2, second), "s": number(1, 2, second), "SSSSSS": number(6, 6, micro),
		"SSS": {least: 3, most: 3, place: micro, write: func(m instant) string { return fmt.Sprintf("%03d", m.micro/1000) }},
		"a":   {write: func(m instant) string { return map[bool]string{false: "AM", true: "PM"}[m.hour >= 12] }}, "xxx": {write: func(instant) string { return "+00:00" }},
	}
}()

// datePattern is the pattern of argument k, kept from row to row.
func (r row) datePattern(k int) ([]token, error) {
	type kept struct {
		text string
		list []token
	}
	if p, ok := r.c.State.(*kept); ok && p.text == r.str(k) {
		return p.list, nil
	}
	list, err := tokens(r.str(k))
	if err == nil {
		r.c.State = &kept{text: strings.Clone(r.str(k)), list: list}
	}
	return list, err
}

func formatted(r row, out []byte, t int64) ([]byte, error) {
	list, err := r.datePattern(1)
	if err != nil {
		return nil, err
	}
	m := instantOf(t)
	for _, k := range list {
		if k.field == "" {
			out = append(out, k.text...)
		} else {
			out = append(out, dateFields[k.field].write(m)...)
		}
	}
	return out, nil
}

var formatDate = scalarFunc(datesFamily, "format_date", "The date, time or timestamp (in UTC) as text by a pattern. "+patternDoc,
	takes("(at: date, pattern: string) => string", rowText(func(r row, out []byte) ([]byte, error) { return formatted(r, out, r.day(0)*dayMicros) }),
		eg("format_date(d'2024-02-29', 'EEE d MMMM yyyy')", "'Thu 29 February 2024'"), egFails("format_date(d'2024-02-29', 'Q')", "a pattern is made of")).failing(),
	takes("(at: timestamp, pattern: string) => string", rowText(func(r row, out []byte) ([]byte, error) { return formatted(r, out, r.int(0)) }),
		eg("format_date(ts'2024-02-29T15:04:05Z', r'dd/MM/yy h:mm a')", "'29/02/24 3:04 PM'")).failing(),
	takes("(at: time, pattern: string) => string", rowText(func(r row, out []byte) ([]byte, error) { return formatted(r, out, r.int(0)) }), eg("format_date(t'15:04:05', 'HH.mm')", "'15.04'")).failing())
