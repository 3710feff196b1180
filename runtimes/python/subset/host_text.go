package subset

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"
)

// textFunctions are the methods of strings, and what else works on strings. A new one is a line here and in builtins.go.
func textFunctions() []hostFunction {
	list := []hostFunction{
		{"length", 1, func(g guest, a []uint64) uint64 { return uint64(utf8.RuneCount(g.bytes(a[0]))) }},
		{"contains", 2, func(g guest, a []uint64) uint64 { return truth(bytes.Contains(g.bytes(a[0]), g.bytes(a[1]))) }},
		{"item", 2, item},
		{"slice", 5, slicing},
		{"repeat", 2, repeat},
		{"ord", 1, func(g guest, a []uint64) uint64 {
			s := g.bytes(a[0])
			r, n := utf8.DecodeRune(s)
			if n == 0 || n < len(s) {
				return g.decline()
			}
			return uint64(r)
		}},
		{"chr", 1, func(g guest, a []uint64) uint64 {
			if a[0] > utf8.MaxRune || !utf8.ValidRune(rune(a[0])) {
				return g.decline()
			}
			return g.put(string(rune(a[0])))
		}},
		{"replace", 3, func(g guest, a []uint64) uint64 {
			s, old, by := g.text(a[0]), g.text(a[1]), g.text(a[2])
			if n := strings.Count(s, old); uint64(len(s))+uint64(n)*uint64(len(by)) > maxText {
				return g.decline()
			}
			return g.put(strings.ReplaceAll(s, old, by))
		}},
		{"startswith", 2, func(g guest, a []uint64) uint64 { return truth(bytes.HasPrefix(g.bytes(a[0]), g.bytes(a[1]))) }},
		{"endswith", 2, func(g guest, a []uint64) uint64 { return truth(bytes.HasSuffix(g.bytes(a[0]), g.bytes(a[1]))) }},
		{"removeprefix", 2, func(g guest, a []uint64) uint64 {
			s := g.bytes(a[0])
			return g.part(a[0], len(s)-len(bytes.TrimPrefix(s, g.bytes(a[1]))), len(s))
		}},
		{"removesuffix", 2, func(g guest, a []uint64) uint64 {
			return g.part(a[0], 0, len(bytes.TrimSuffix(g.bytes(a[0]), g.bytes(a[1]))))
		}},
		{"find", 2, func(g guest, a []uint64) uint64 { return found(g, a, bytes.Index) }},
		{"rfind", 2, func(g guest, a []uint64) uint64 { return found(g, a, bytes.LastIndex) }},
		{"index", 2, func(g guest, a []uint64) uint64 {
			i := found(g, a, bytes.Index)
			if int64(i) < 0 {
				return g.decline()
			}
			return i
		}},
		{"count", 2, func(g guest, a []uint64) uint64 { return uint64(bytes.Count(g.bytes(a[0]), g.bytes(a[1]))) }},
		{"zfill", 2, func(g guest, a []uint64) uint64 {
			return g.padded(a, func(s string, missing int) string {
				if s != "" && (s[0] == '-' || s[0] == '+') {
					return s[:1] + strings.Repeat("0", missing) + s[1:]
				}
				return strings.Repeat("0", missing) + s
			})
		}},
		{"isascii", 1, func(g guest, a []uint64) uint64 { return truth(isASCII(g.bytes(a[0]))) }},
	}
	for name, sides := range map[string][2]bool{"strip": {true, true}, "lstrip": {true, false}, "rstrip": {false, true}} {
		list = append(list, hostFunction{name, 2, func(g guest, a []uint64) uint64 { return strip(g, a, sides[0], sides[1]) }})
	}
	for name, align := range map[string]byte{"ljust": '<', "rjust": '>', "center": '^'} {
		list = append(list, hostFunction{name, 3, func(g guest, a []uint64) uint64 { return justify(g, a, align) }})
	}
	for name, change := range map[string]func(before, c byte) byte{
		"upper":      func(_, c byte) byte { return upper(c) },
		"lower":      func(_, c byte) byte { return lower(c) },
		"swapcase":   func(_, c byte) byte { return upper(c) ^ lower(c) ^ c },
		"capitalize": func(before, c byte) byte { return pick(before == 0, upper(c), lower(c)) },
		"title":      func(before, c byte) byte { return pick(before == 0 || !alpha(before), upper(c), lower(c)) },
	} {
		list = append(list, hostFunction{name, 1, func(g guest, a []uint64) uint64 { return changed(g, a[0], change) }})
	}
	for name, is := range map[string]func(byte) bool{
		"isdigit": isDigit, "isalpha": alpha, "isalnum": func(c byte) bool { return isDigit(c) || alpha(c) },
		"isspace": func(c byte) bool { return strings.IndexByte(blank, c) >= 0 },
	} {
		list = append(list, hostFunction{name, 1, func(g guest, a []uint64) uint64 { return all(g, a[0], is) }})
	}
	for name, to := range map[string]func(byte) byte{"isupper": upper, "islower": lower} {
		list = append(list, hostFunction{name, 1, func(g guest, a []uint64) uint64 { return cased(g, a[0], to) }})
	}
	return list
}

// maxText bounds what one operation may make.
const maxText = 16 << 20

func alpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 0x20
	}
	return c
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 0x20
	}
	return c
}

func pick(first bool, a, b byte) byte {
	if first {
		return a
	}
	return b
}

// changed maps the characters of an ASCII string, each with the one before it as it was; 0 before the first.
func changed(g guest, v uint64, change func(before, c byte) byte) uint64 {
	s := []byte(g.text(v))
	if !isASCII(s) {
		return g.decline()
	}
	before := byte(0)
	for i, c := range s {
		s[i] = change(before, c)
		if before = c; c == 0 {
			before = ' '
		}
	}
	return g.put(string(s))
}

func all(g guest, v uint64, is func(byte) bool) uint64 {
	s := g.bytes(v)
	if !isASCII(s) {
		return g.decline()
	}
	for _, c := range s {
		if !is(c) {
			return 0
		}
	}
	return truth(len(s) > 0)
}

// cased reports whether there are letters, and all have the case that to gives.
func cased(g guest, v uint64, to func(byte) byte) uint64 {
	s := g.bytes(v)
	if !isASCII(s) {
		return g.decline()
	}
	letters := false
	for _, c := range s {
		if alpha(c) {
			letters = true
			if to(c) != c {
				return 0
			}
		}
	}
	return truth(letters)
}

func item(g guest, a []uint64) uint64 {
	s, i := g.bytes(a[0]), int64(a[1])
	if i < 0 {
		i += int64(utf8.RuneCount(s))
	}
	if i < 0 || i > int64(len(s)) {
		return g.decline()
	}
	from := at(s, int(i))
	if from == len(s) {
		return g.decline()
	}
	_, size := utf8.DecodeRune(s[from:])
	return g.part(a[0], from, from+size)
}

// noText as a string is one that is left out.
const noText = math.MinInt64

// What a slice leaves out.
const (
	noLow = 1 << iota
	noHigh
	noStep
)

// slicing takes a string, its bounds and its step, and which of these are left out.
func slicing(g guest, a []uint64) uint64 {
	s, step := g.bytes(a[0]), int64(a[3])
	n := int64(utf8.RuneCount(s))
	if a[4]&noStep != 0 {
		step = 1
	}
	if step == 0 || step == math.MinInt64 {
		return g.decline()
	}
	least, most := int64(0), n
	if step < 0 {
		least, most = -1, n-1
	}
	bound := func(v int64) int64 {
		if v < 0 {
			v += n
		}
		return min(max(v, least), most)
	}
	lo, hi := bound(int64(a[1])), bound(int64(a[2]))
	if a[4]&noLow != 0 {
		lo = least
		if step < 0 {
			lo = most
		}
	}
	if a[4]&noHigh != 0 {
		hi = most
		if step < 0 {
			hi = least
		}
	}
	if step == 1 {
		if lo >= hi {
			return asciiFlag
		}
		if a[0]&asciiFlag != 0 {
			return g.part(a[0], int(lo), int(hi))
		}
		from := at(s, int(lo))
		return g.part(a[0], from, from+at(s[from:], int(hi-lo)))
	}
	runes := []rune(string(s))
	var b strings.Builder
	for i := lo; step > 0 && i < hi || step < 0 && i > hi; i += step {
		b.WriteRune(runes[i])
		if step > n || step < -n {
			break
		}
	}
	return g.put(b.String())
}

func repeat(g guest, a []uint64) uint64 {
	s, n := g.text(a[0]), int64(a[1])
	switch {
	case n <= 0 || s == "":
		return asciiFlag
	case n == 1:
		return a[0]
	case n > maxText/int64(len(s)):
		return g.decline()
	}
	return g.put(strings.Repeat(s, int(n)))
}

// found is the place of a string in another, counted in characters.
func found(g guest, a []uint64, index func(s, sub []byte) int) uint64 {
	s := g.bytes(a[0])
	i := index(s, g.bytes(a[1]))
	if i > 0 {
		i = utf8.RuneCount(s[:i])
	}
	return uint64(int64(i))
}

// padded makes a string as wide as a[1] says.
func (g guest) padded(a []uint64, pad func(s string, missing int) string) uint64 {
	s, width := g.text(a[0]), int64(a[1])
	n := int64(utf8.RuneCountInString(s))
	if width <= n {
		return a[0]
	}
	if width > maxText/utf8.UTFMax {
		return g.decline()
	}
	return g.put(pad(s, int(width-n)))
}

func justify(g guest, a []uint64, align byte) uint64 {
	fill := g.text(a[2])
	if utf8.RuneCountInString(fill) != 1 {
		return g.decline()
	}
	return g.padded(a, func(s string, missing int) string {
		left := 0
		switch align {
		case '>':
			left = missing
		case '^':
			// Of an odd number the larger part goes to the left where the width is odd.
			left = missing/2 + missing&int(a[1])&1
		}
		return strings.Repeat(fill, left) + s + strings.Repeat(fill, missing-left)
	})
}

// strip takes characters off the ends: those of a[1], or blanks where that is noText.
func strip(g guest, a []uint64, left, right bool) uint64 {
	s := g.text(a[0])
	var set string
	blanks := int64(a[1]) == noText
	if blanks {
		set = blank
	} else {
		set = g.text(a[1])
	}
	from, to := 0, len(s)
	for left && from < to {
		r, n := utf8.DecodeRuneInString(s[from:])
		if blanks && maybeBlank(r) {
			return g.decline()
		}
		if !strings.ContainsRune(set, r) {
			break
		}
		from += n
	}
	for right && from < to {
		r, n := utf8.DecodeLastRuneInString(s[from:to])
		if blanks && maybeBlank(r) {
			return g.decline()
		}
		if !strings.ContainsRune(set, r) {
			break
		}
		to -= n
	}
	return g.part(a[0], from, to)
}

// maybeBlank tells characters beyond ASCII that may be white space in some version of Unicode.
func maybeBlank(r rune) bool {
	return 0x80 <= r && r <= 0xa0 || r == 0x1680 || r == 0x180e || 0x2000 <= r && r <= 0x206f || r == 0x3000 || r == 0xfeff
}
