package funcs

import (
	"errors"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

var left = textFunc("left", "The first n characters; of a negative n, all but the last -n.",
	takes("(s: string, n: int) => string", rowText(func(r row, out []byte) ([]byte, error) {
		return append(out, slice(r.str(0), 1, counted(r.str(0), r.int(1)))...), nil
	}), eg("left('query', 2)", "'qu'"), eg("left('query', -2)", "'que'")))

var right = textFunc("right", "The last n characters; of a negative n, all but the first -n.",
	takes("(s: string, n: int) => string", rowText(func(r row, out []byte) ([]byte, error) {
		s := r.str(0)
		return append(out, slice(s, int64(utf8.RuneCountInString(s))-counted(s, r.int(1))+1, maxText)...), nil
	}), eg("right('query', 2)", "'ry'"), eg("right('query', -2)", "'ery'")))

// counted is how many characters of s the first n are; of a negative n, all but so many.
func counted(s string, n int64) int64 {
	all := int64(utf8.RuneCountInString(s))
	if n < 0 {
		n = max(all+max(n, -all), 0)
	}
	return min(n, all)
}

var splitPart = textFunc("split_part", "The part of the text with this number between separators, counting from 1, or from -1 for the last; absent where there is none.",
	takes("(s: string, separator: string, n: int) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		parts, n := strings.Split(r.str(0), r.str(1)), r.int(2)
		if n < 0 {
			n += int64(len(parts)) + 1
		}
		if n < 1 || n > int64(len(parts)) {
			return nil, errAbsent
		}
		return append(out, parts[n-1]...), nil
	}), eg("split_part('a,b,c', ',', 2)", "'b'"), eg("split_part('a,b', ',', -1)", "'b'"), eg("split_part('a', ',', 2)", "none")))

// cutFunc builds before and after.
func cutFunc(name, doc string, f func(before, after string) string, ex ...Example) *Func {
	return textFunc(name, doc, takes("(s: string, mark: string) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		a, b, found := strings.Cut(r.str(0), r.str(1))
		if !found {
			return nil, errAbsent
		}
		return append(out, f(a, b)...), nil
	}), ex...))
}

var (
	before = cutFunc("before", "The text before the first mark; absent where the mark is not in it.", func(a, _ string) string { return a }, eg("before('a=b=c', '=')", "'a'"), eg("before('a', '=')", "none"))
	after  = cutFunc("after", "The text after the first mark; absent where the mark is not in it.", func(_, b string) string { return b }, eg("after('a=b=c', '=')", "'b=c'"))
)

var lines = textFunc("lines", "The lines of the text as a list, without their ends (\\n or \\r\\n); a last end begins no line.",
	takes("(s: string) => [string]", rowTexts(func(r row, add func(string)) error {
		for line := range strings.Lines(r.str(0)) {
			line = strings.TrimSuffix(line, "\n")
			add(strings.TrimSuffix(line, "\r"))
		}
		return nil
	}), eg("lines('a\\nb\\r\\n\\nc\\n')", "['a', 'b', '', 'c']")))

var words = textFunc("words", "The words of the text as a list: runs of letters, digits and marks, with apostrophes inside.",
	takes("(s: string) => [string]", rowTexts(func(r row, add func(string)) error {
		s, start := r.str(0), -1
		for i, c := range s + " " {
			switch {
			case unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c):
				if start < 0 {
					start = i
				}
			case start >= 0 && (c == '\'' || c == '’') && letterAt(s, i+utf8.RuneLen(c)):
			case start >= 0:
				add(s[start:i])
				start = -1
			}
		}
		return nil
	}), eg("words('It\\'s 5 o’clock, no?')", "['It\\'s', '5', 'o’clock', 'no']")))

func letterAt(s string, i int) bool {
	c, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsLetter(c)
}

var occurrences = textFunc("occurrences", "How often the part stands in the text, without overlaps; 0 of an empty part.",
	takes("(s: string, part: string) => int", rowCells(func(r row) (int64, error) {
		if r.str(1) == "" {
			return 0, nil
		}
		return int64(strings.Count(r.str(0), r.str(1))), nil
	}), eg("occurrences('banana', 'an')", "2"), eg("occurrences('a', '')", "0")))

var lastPosition = textFunc("last_position", "Where the part last stands in the text, counting from 1; 0 if nowhere.",
	takes("(s: string, part: string) => int", rowCells(func(r row) (int64, error) {
		s := r.str(0)
		at := strings.LastIndex(s, r.str(1))
		if at < 0 {
			return 0, nil
		}
		return int64(utf8.RuneCountInString(s[:at])) + 1, nil
	}), eg("last_position('añaña', 'ñ')", "4"), eg("last_position('a', 'x')", "0")))

var translate = textFunc("translate", "The text with each character of one list replaced by that at the same place of another, or taken out where the other is shorter.",
	takes("(s: string, from: string, to: string) => string", rowText(func(r row, out []byte) ([]byte, error) {
		to := []rune(r.str(2))
		by := map[rune]rune{}
		for i, c := range []rune(r.str(1)) {
			if _, old := by[c]; old {
				continue
			}
			if by[c] = -1; i < len(to) {
				by[c] = to[i]
			}
		}
		return append(out, strings.Map(func(c rune) rune {
			if x, ok := by[c]; ok {
				return x
			}
			return c
		}, r.str(0))...), nil
	}), eg("translate('a-b_c', '-_', '+')", "'a+bc'")))

var replaceFirst = textFunc("replace_first", "The text with the first occurrence of one part replaced by another.",
	takes("(s: string, part: string, by: string) => string", rowText(func(r row, out []byte) ([]byte, error) {
		return append(out, strings.Replace(r.str(0), r.str(1), r.str(2), 1)...), nil
	}), eg("replace_first('a-b-c', '-', '+')", "'a+b-c'")))

// peeled builds remove_prefix and remove_suffix.
func peeled(name, doc string, f func(s, part string) string, ex ...Example) *Func {
	return textFunc(name, doc, takes("(s: string, part: string) => string", rowText(func(r row, out []byte) ([]byte, error) {
		return append(out, f(r.str(0), r.str(1))...), nil
	}), ex...))
}

var (
	removePrefix = peeled("remove_prefix", "The text without the other at its start, where it is there.", strings.TrimPrefix, eg("remove_prefix('v1.2', 'v')", "'1.2'"))
	removeSuffix = peeled("remove_suffix", "The text without the other at its end, where it is there.", strings.TrimSuffix, eg("remove_suffix('a.csv', '.csv')", "'a'"))
)

var collapseSpaces = textFunc("collapse_spaces", "The text with every run of white space as one space, and none at its ends.",
	takes("(s: string) => string", mapped(func(s string) string { return strings.Join(strings.Fields(s), " ") }), eg("collapse_spaces('  a \\n b ')", "'a b'")))

var slug = textFunc("slug", "The text in lower case, without accents, and with - between its runs of letters and digits of ASCII.",
	takes("(s: string) => string", mapped(func(s string) string {
		plain := strings.ToLower(stripped(s))
		return strings.Join(strings.FieldsFunc(plain, func(c rune) bool { return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9') }), "-")
	}), eg("slug('Crème brûlée, 2×!')", "'creme-brulee-2'")))

var formatNumber = textFunc("format_number", "The number with so many decimal places (from 0 to 15) and a mark between thousands, ',' if not given; the decimal mark is '.'.",
	takes("(x: float, places: int) => string", rowText(func(r row, out []byte) ([]byte, error) { return grouped(out, r.float(0), r.int(1), ",") }),
		eg("format_number(1234567.891, 2)", "'1,234,567.89'"), eg("format_number(-1234, 0)", "'-1,234'"), egFails("format_number(1, 16)", "from 0 to 15")).failing(),
	takes("(x: float, places: int, mark: string) => string", rowText(func(r row, out []byte) ([]byte, error) { return grouped(out, r.float(0), r.int(1), r.str(2)) }),
		eg("format_number(1234.5, 1, ' ')", "'1 234.5'")).failing())

func grouped(out []byte, x float64, places int64, mark string) ([]byte, error) {
	if places < 0 || places > 15 {
		return nil, errors.New("format_number: places are from 0 to 15")
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return appendFloat(out, x), nil
	}
	s := fixed(x, int(places))
	if s[0] == '-' {
		out, s = append(out, '-'), s[1:]
	}
	whole, fraction, dotted := strings.Cut(s, ".")
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out = append(out, mark...)
		}
		out = append(out, whole[i])
	}
	if dotted {
		out = append(append(out, '.'), fraction...)
	}
	return out, nil
}
