package storage

import (
	"strconv"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/types"
)

// textTypes is the set of types that every text of a column has been so far; from the narrowest, the first left wins.
type textTypes uint8

const (
	asInt textTypes = 1 << iota
	asFloat
	asBool
	asDate
	asTimestamp
	anyText = asInt | asFloat | asBool | asDate | asTimestamp
)

// kind is the type to give the column: string where nothing else holds for all, or where there was no text at all.
func (t textTypes) kind(seen bool) types.Kind {
	switch {
	case !seen:
		return types.String
	case t&asInt != 0:
		return types.Int
	case t&asFloat != 0:
		return types.Float
	case t&asBool != 0:
		return types.Bool
	case t&asDate != 0:
		return types.Date
	case t&asTimestamp != 0:
		return types.Timestamp
	}
	return types.String
}

// narrow drops the types that s is not.
func (t textTypes) narrow(s string) textTypes {
	if t&asInt != 0 {
		if _, ok := parseInt(s); !ok {
			t &^= asInt
		}
	}
	if t&asFloat != 0 {
		if _, ok := parseFloat(s); !ok {
			t &^= asFloat
		}
	}
	if t&asBool != 0 && s != "true" && s != "false" && s != "True" && s != "False" && s != "TRUE" && s != "FALSE" {
		t &^= asBool
	}
	if t&asDate != 0 {
		if _, ok := parseDate(s); !ok {
			t &^= asDate
		}
	}
	if t&asTimestamp != 0 {
		if _, ok := parseTimestamp(s); !ok {
			t &^= asTimestamp
		}
	}
	return t
}

// parseInt refuses what is a code rather than a number: leading zeros ("007") and plus signs.
func parseInt(s string) (int64, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || digits[0] == '+' || digits[0] == '-' || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil
}

// parseFloat takes decimal notation only. A whole number beyond int is refused: as a float it would lose digits.
func parseFloat(s string) (float64, bool) {
	if v, ok := parseInt(s); ok {
		return float64(v), true
	}
	if strings.Trim(s, "0123456789+-.eE") != "" || !strings.ContainsAny(s, ".eE") || !strings.ContainsAny(s, "0123456789") {
		return 0, false
	}
	if d := strings.TrimPrefix(s, "-"); len(d) > 1 && d[0] == '0' && d[1] >= '0' && d[1] <= '9' {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

const microsPerDay = 24 * 60 * 60 * 1e6

// parseDate reads 2006-01-02 as days since 1970.
func parseDate(s string) (int32, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, false
	}
	return int32(t.Unix() / (24 * 60 * 60)), true
}

// parseTimestamp reads a date with a time after 'T' or a space, in UTC unless it says otherwise, or a bare date.
func parseTimestamp(s string) (int64, bool) {
	if d, ok := parseDate(s); ok {
		return int64(d) * microsPerDay, true
	}
	if len(s) < 16 || s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' {
		return 0, false
	}
	layout := "2006-01-02T15:04"
	rest := s[16:]
	if strings.HasPrefix(rest, ":") {
		layout += ":05" // a fraction after the seconds is read without being in the layout
	}
	if zone := strings.TrimLeft(rest, ":.0123456789"); zone != "" {
		layout += "Z07:00"
	}
	t, err := time.Parse(layout, s[:10]+"T"+s[11:])
	if err != nil {
		return 0, false
	}
	return t.UnixMicro(), true
}
