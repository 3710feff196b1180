package funcs

import (
	"errors"
	"strconv"
	"strings"
)

// maxCompared bounds the characters of a comparison whose time grows with the product of the lengths.
const maxCompared = 1 << 12

var errCompared = errors.New("texts of 4096 characters at most can be compared")

var levenshtein = textFunc("levenshtein", "The least number of characters to insert, delete or replace that turns one text into the other.",
	takes("(a: string, b: string) => int", rowCells(func(r row) (int64, error) {
		d, err := distance([]rune(r.str(0)), []rune(r.str(1)))
		return int64(d), err
	}), eg("levenshtein('kitten', 'sitting')", "3"), eg("levenshtein('ñ', '')", "1")).failing())

// distance fills the table of Wagner and Fischer row by row, and keeps one row.
func distance(a, b []rune) (int, error) {
	if len(a) > maxCompared || len(b) > maxCompared {
		return 0, errCompared
	}
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range a {
		diagonal := last[0]
		last[0] = i + 1
		for j, y := range b {
			d := diagonal
			if x != y {
				d = min(diagonal, last[j], last[j+1]) + 1
			}
			diagonal, last[j+1] = last[j+1], d
		}
	}
	return last[len(b)], nil
}

var similarity = textFunc("similarity", "How alike two texts are, from 0.0 to 1.0: one less the Levenshtein distance as a share of the longer text.",
	takes("(a: string, b: string) => float", rowCells(func(r row) (float64, error) {
		a, b := []rune(r.str(0)), []rune(r.str(1))
		if len(a)+len(b) == 0 {
			return 1, nil
		}
		d, err := distance(a, b)
		return 1 - float64(d)/float64(max(len(a), len(b))), err
	}), eg("similarity('abcd', 'abce')", "0.75"), eg("similarity('', '')", "1.0")).failing())

var jaroWinkler = textFunc("jaro_winkler", "How alike two short texts such as names are, from 0.0 to 1.0, with more weight on the first four characters (Winkler 1990).",
	takes("(a: string, b: string) => float", rowCells(func(r row) (float64, error) {
		a, b := []rune(r.str(0)), []rune(r.str(1))
		if len(a) > maxCompared || len(b) > maxCompared {
			return 0, errCompared
		}
		j := jaro(a, b)
		same := 0
		for same < min(len(a), len(b), 4) && a[same] == b[same] {
			same++
		}
		return j + float64(same)*0.1*(1-j), nil
	}), eg("round(jaro_winkler('MARTHA', 'MARHTA'), 4)", "0.9611")).failing())

func jaro(a, b []rune) float64 {
	if len(a) == 0 || len(b) == 0 {
		if len(a) == len(b) {
			return 1
		}
		return 0
	}
	window := max(max(len(a), len(b))/2-1, 0)
	taken := make([]bool, len(b))
	var matched []rune
	for i, x := range a {
		for j := max(0, i-window); j < min(len(b), i+window+1); j++ {
			if !taken[j] && b[j] == x {
				taken[j] = true
				matched = append(matched, x)
				break
			}
		}
	}
	if len(matched) == 0 {
		return 0
	}
	k, moved := 0, 0
	for j, y := range b {
		if taken[j] {
			if matched[k] != y {
				moved++
			}
			k++
		}
	}
	m := float64(len(matched))
	return (m/float64(len(a)) + m/float64(len(b)) + (m-float64(moved)/2)/m) / 3
}

var hamming = textFunc("hamming", "The number of places at which two texts of one length differ; absent where their lengths differ.",
	takes("(a: string, b: string) => int?", rowCells(func(r row) (int64, error) {
		a, b := []rune(r.str(0)), []rune(r.str(1))
		if len(a) != len(b) {
			return 0, errAbsent
		}
		n := int64(0)
		for i := range a {
			n += int64(bool01(a[i] != b[i]))
		}
		return n, nil
	}), eg("hamming('karolin', 'kathrin')", "3"), eg("hamming('a', 'ab')", "none")))

var soundex = textFunc("soundex", "The American Soundex code of a name, a letter and three digits, by how it sounds in English; empty where it has no letter of ASCII.",
	takes("(s: string) => string", mapped(soundexOf), eg("soundex('Robert')", "'R163'"), eg("soundex('Ashcraft')", "'A261'"), eg("soundex('')", "''")))

func soundexOf(s string) string {
	const codes = "01230120022455012623010202" // of A to Z
	out, last := "", byte('0')
	for _, c := range strings.ToUpper(s) {
		if c < 'A' || c > 'Z' {
			continue
		}
		code := codes[c-'A']
		switch {
		case out == "":
			out = string(c)
		case code != '0' && code != last:
			out += string(code)
		}
		if c != 'H' && c != 'W' { // letters on both sides of H and W count as neighbours
			last = code
		}
		if len(out) == 4 {
			break
		}
	}
	if out == "" {
		return ""
	}
	return (out + "000")[:4]
}

// fixed writes a number with so many decimal places, and no sign of a zero.
func fixed(x float64, places int) string {
	s := strconv.FormatFloat(x, 'f', places, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return s
}
