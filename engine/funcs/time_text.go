package funcs

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseDate reads "2024-01-31" as days since 1970-01-01, for the years 1 to 9999.
func ParseDate(s string) (int32, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, ok1 := digits(s[:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:])
	if !ok1 || !ok2 || !ok3 || y < 1 || m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m) {
		return 0, false
	}
	return int32(days(y, m, d)), true
}

func digits(s string) (int64, bool) {
	n := int64(0)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, len(s) > 0
}

// ParseTime reads "12:30", "12:30:00" or "12:30:00.123456" as microseconds since midnight.
func ParseTime(s string) (int64, bool) {
	clock, fraction, has := strings.Cut(s, ".")
	parts := strings.Split(clock, ":")
	if len(parts) < 2 || len(parts) > 3 || (has && len(parts) < 3) {
		return 0, false
	}
	var v [3]int64
	for i, p := range parts {
		n, ok := digits(p)
		if !ok || len(p) != 2 {
			return 0, false
		}
		v[i] = n
	}
	if v[0] > 23 || v[1] > 59 || v[2] > 59 {
		return 0, false
	}
	us := int64(0)
	if has {
		if len(fraction) < 1 || len(fraction) > 9 {
			return 0, false
		}
		n, ok := digits((fraction + "000000")[:6])
		if _, rest := digits(fraction); !ok || !rest {
			return 0, false
		}
		us = n
	}
	return ((v[0]*60+v[1])*60+v[2])*1_000_000 + us, true
}

// ParseTimestamp reads a date, "T" or a space, a time, and "Z", "+01:00" or nothing, which means UTC, as microseconds since 1970.
func ParseTimestamp(s string) (int64, bool) {
	if len(s) < 10 {
		return 0, false
	}
	day, ok := ParseDate(s[:10])
	if !ok {
		return 0, false
	}
	t := int64(day) * dayMicros
	if len(s) == 10 {
		return t, true
	}
	if s[10] != 'T' && s[10] != ' ' {
		return 0, false
	}
	clock, shift := s[11:], int64(0)
	if z, ok := strings.CutSuffix(clock, "Z"); ok {
		clock = z
	} else if i := strings.LastIndexAny(clock, "+-"); i > 0 {
		zone, ok := ParseTime(clock[i+1:])
		if !ok {
			return 0, false
		}
		if shift = zone; clock[i] == '-' {
			shift = -zone
		}
		clock = clock[:i]
	}
	at, ok := ParseTime(clock)
	return t + at - shift, ok
}

func appendDate(out []byte, day int32) []byte {
	y, m, d := civil(int64(day))
	return fmt.Appendf(out, "%04d-%02d-%02d", y, m, d)
}

func appendTime(out []byte, t int64) []byte {
	s := t / 1_000_000
	out = fmt.Appendf(out, "%02d:%02d:%02d", s/3600, s/60%60, s%60)
	if us := t % 1_000_000; us != 0 {
		out = append(out, strings.TrimRight(fmt.Sprintf(".%06d", us), "0")...)
	}
	return out
}

func appendTimestamp(out []byte, t int64) []byte {
	day := floorDiv(t, dayMicros)
	out = append(appendDate(out, int32(day)), 'T')
	return append(appendTime(out, t-day*dayMicros), 'Z')
}

// appendFloat writes the shortest text that reads back as the same number, with a fraction or an exponent.
func appendFloat(out []byte, x float64) []byte {
	from := len(out)
	switch abs := max(x, -x); {
	case abs != 0 && (abs < 1e-6 || abs >= 1e21):
		return strconv.AppendFloat(out, x, 'e', -1, 64)
	default:
		out = strconv.AppendFloat(out, x, 'f', -1, 64)
	}
	if !strings.ContainsAny(string(out[from:]), ".NI") {
		out = append(out, ".0"...)
	}
	return out
}

// now is the clock; the function now() reads it once a batch.
func now() int64 { return time.Now().UnixMicro() }
