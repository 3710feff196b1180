package oracle

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/dreamql/dreamql/engine/logical"
)

func isLetter(c rune) bool { return unicode.IsLetter(c) }

func formatDate(a []any, _ *logical.Expr) (any, error) {
	t, _ := moment(a[0])
	fields, err := fieldsOf(a[1].(string))
	if err != nil {
		return nil, err
	}
	out := ""
	for _, f := range fields {
		field, is := strings.CutPrefix(f, "\x00")
		_, week := t.ISOWeek()
		switch {
		case !is:
			out += f
		case field == "H":
			out += strconv.Itoa(t.Hour())
		case field == "SSS" || field == "SSSSSS":
			out += fmt.Sprintf("%06d", t.Nanosecond()/1000)[:len(field)]
		case field == "ww":
			out += fmt.Sprintf("%02d", week)
		default:
			out += t.Format(layouts[field])
		}
	}
	return out, nil
}

// parseBy reads a text by trying, for each field in turn, the longest text that it may take.
func parseBy(f func(us int64) any) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		fields, err := fieldsOf(a[1].(string))
		if err != nil {
			return nil, err
		}
		got := map[string]string{}
		s := a[0].(string)
		for _, f := range fields {
			field, is := strings.CutPrefix(f, "\x00")
			n := len(f)
			if is {
				n = taken(field, s)
			}
			if n < 0 || n > len(s) || !is && s[:n] != f {
				return nil, nil
			}
			if is {
				got[map[string]string{"yyyy": "y", "yy": "Y", "MM": "M", "dd": "d", "HH": "H", "hh": "h", "mm": "m", "ss": "s", "SSSSSS": "U", "SSS": "S", "EEE": "E", "EEEE": "E", "MMM": "N", "MMMM": "N"}[field]+
					map[string]string{"M": "M", "d": "d", "H": "H", "h": "h", "m": "m", "s": "s", "a": "a", "xxx": "x", "DDD": "D", "ww": "w"}[field]] = s[:n]
			}
			s = s[n:]
		}
		if s != "" {
			return nil, nil
		}
		us, ok := instant(got)
		if !ok {
			return nil, nil
		}
		return f(us), nil
	}
}

// taken is how much of s a field takes; -1 where it takes nothing.
func taken(field, s string) int {
	least := len(field)
	most := least
	switch field {
	case "M", "d", "H", "h", "m", "s":
		most = 2
	case "a":
		if len(s) >= 2 && (strings.EqualFold(s[:2], "am") || strings.EqualFold(s[:2], "pm")) {
			return 2
		}
		return -1
	case "xxx":
		for _, layout := range []string{"-07:00", "-0700", "-07"} {
			if n := len(layout); len(s) >= n {
				if _, err := time.Parse(layout, s[:n]); err == nil {
					return n
				}
			}
		}
		if strings.HasPrefix(strings.ToUpper(s), "Z") {
			return 1
		}
		return -1
	case "MMMM", "MMM", "EEEE", "EEE":
		for i := range 12 {
			n := (time.Month(i + 1)).String()
			if field[0] == 'E' {
				n = time.Weekday(i % 7).String()
			}
			if len(field) == 3 {
				n = n[:3]
			}
			if len(s) >= len(n) && strings.EqualFold(s[:len(n)], n) {
				return len(n)
			}
		}
		return -1
	}
	n := 0
	for n < most && n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n < least {
		return -1
	}
	return n
}

func instant(got map[string]string) (int64, bool) {
	number := func(key string, otherwise int) int {
		n, err := strconv.Atoi(got[key])
		if err != nil {
			return otherwise
		}
		return n
	}
	year, month, day, hour := number("y", 1970), number("M", 1), number("d", 1), number("H", 0)
	if s, ok := got["Y"]; ok {
		y, _ := strconv.Atoi(s)
		year = 1970 + (y+30)%100
	}
	if s, ok := got["N"]; ok {
		for m := time.January; m <= time.December; m++ {
			if strings.EqualFold(s[:3], m.String()[:3]) {
				month = int(m)
			}
		}
	}
	half, hasHalf := got["h"]
	if _, afternoon := got["a"]; hasHalf || afternoon {
		if hasHalf {
			if hour, _ = strconv.Atoi(half); hour < 1 || hour > 12 {
				return 0, false
			}
		}
		if hour %= 12; strings.HasPrefix(strings.ToUpper(got["a"]), "P") {
			hour += 12
		}
	}
	micro := number("U", number("S", 0)*1000)
	t := time.Date(year, time.Month(month), day, hour, number("m", 0), number("s", 0), micro*1000, time.UTC)
	if year < 1 || t.Year() != year || t.Month() != time.Month(month) || t.Day() != day || t.Hour() != hour || number("m", 0) > 59 || number("s", 0) > 59 {
		return 0, false
	}
	if n := number("D", 0); n > 0 {
		t = time.Date(year, 1, n, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		if t.Year() != year {
			return 0, false
		}
	}
	if s, ok := got["E"]; ok && !strings.EqualFold(s[:3], t.Weekday().String()[:3]) {
		return 0, false
	}
	if _, w := t.ISOWeek(); number("w", 0) > 0 && w != number("w", 0) {
		return 0, false
	}
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if z, err := time.Parse(layout, got["x"]); err == nil {
			_, offset := z.Zone()
			t = t.Add(-time.Duration(offset) * time.Second)
		}
	}
	return t.UnixMicro(), t.Year() >= 1 && t.Year() <= 9999
}
