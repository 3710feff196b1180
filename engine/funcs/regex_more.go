package funcs

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"
)

// patternFunc builds a function whose second argument is a pattern.
func patternFunc(name, doc string, o ...Overload) *Func {
	for i := range o {
		o[i].Fails = true
	}
	return textFunc(name, doc, o...)
}

// pattern is the compiled second argument.
func (r row) pattern() (*regexp.Regexp, error) { return compiled(r.c, r.c.Args[1], r.i) }

var regexExtractAll = patternFunc("regex_extract_all", "Every match of the pattern (RE2) as a list, or of its first group if it has one; '' where the group took no part.",
	takes("(s: string, pattern: string) => [string]", rowTexts(func(r row, add func(string)) error {
		re, err := r.pattern()
		if err != nil {
			return err
		}
		for _, m := range re.FindAllStringSubmatch(r.str(0), -1) {
			add(m[min(1, len(m)-1)])
		}
		return nil
	}), eg("regex_extract_all('a1b22', r'\\d+')", "['1', '22']"), eg("regex_extract_all('k=1,l=2', r'(\\w)=')", "['k', 'l']"), egFails("regex_extract_all('a', '(')", "is no pattern")))

var regexCount = patternFunc("regex_count", "How often the pattern (RE2) matches the text, without overlaps.",
	takes("(s: string, pattern: string) => int", rowCells(func(r row) (int64, error) {
		re, err := r.pattern()
		if err != nil {
			return 0, err
		}
		return int64(len(re.FindAllStringIndex(r.str(0), -1))), nil
	}), eg("regex_count('a1b22', r'\\d')", "3")))

var regexSplit = patternFunc("regex_split", "The parts of the text between matches of the pattern (RE2), as a list.",
	takes("(s: string, pattern: string) => [string]", rowTexts(func(r row, add func(string)) error {
		re, err := r.pattern()
		if err != nil {
			return err
		}
		for _, part := range re.Split(r.str(0), -1) {
			add(part)
		}
		return nil
	}), eg("regex_split('a1b22c', r'\\d+')", "['a', 'b', 'c']")))

var regexPosition = patternFunc("regex_position", "Where the pattern (RE2) first matches the text, counting characters from 1; 0 if nowhere.",
	takes("(s: string, pattern: string) => int", rowCells(func(r row) (int64, error) {
		re, err := r.pattern()
		if err != nil {
			return 0, err
		}
		s := r.str(0)
		at := re.FindStringIndex(s)
		if at == nil {
			return 0, nil
		}
		return int64(utf8.RuneCountInString(s[:at[0]])) + 1, nil
	}), eg("regex_position('ñb22', r'\\d')", "3"), eg("regex_position('a', r'\\d')", "0")))

var regexGroup = patternFunc("regex_group", "What a group of the pattern (RE2), by its name or its number, took of the first match; absent where it took nothing or nothing matches.",
	takes("(s: string, pattern: string, group: string) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		re, err := r.pattern()
		if err != nil {
			return nil, err
		}
		k := re.SubexpIndex(r.str(2))
		if k < 0 {
			return nil, errors.New("the pattern has no group of this name; write one as (?P<name>…)")
		}
		return groupOf(r, out, re, k)
	}), eg("regex_group('2024-06', r'(?P<y>\\d+)-(?P<m>\\d+)', 'm')", "'06'"), egFails("regex_group('a', 'a', 'b')", "no group of this name")),
	takes("(s: string, pattern: string, group: int) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		re, err := r.pattern()
		if err != nil {
			return nil, err
		}
		if k := r.int(2); k >= 0 && k <= int64(re.NumSubexp()) {
			return groupOf(r, out, re, int(k))
		}
		return nil, errors.New("the pattern has no group of this number; 0 is the whole match, and 1 the first group")
	}), eg("regex_group('2024-06', r'(\\d+)-(\\d+)', 2)", "'06'"), eg("regex_group('a', '(a)|(b)', 2)", "none")))

func groupOf(r row, out []byte, re *regexp.Regexp, k int) ([]byte, error) {
	s := r.str(0)
	at := re.FindStringSubmatchIndex(s)
	if at == nil || at[2*k] < 0 {
		return nil, errAbsent
	}
	return append(out, s[at[2*k]:at[2*k+1]]...), nil
}

var regexGroups = patternFunc("regex_groups", "What the groups of the pattern (RE2) took of the first match, as a list, '' where one took nothing; absent where nothing matches.",
	takes("(s: string, pattern: string) => [string]?", rowTexts(func(r row, add func(string)) error {
		re, err := r.pattern()
		if err != nil {
			return err
		}
		m := re.FindStringSubmatch(r.str(0))
		if m == nil {
			return errAbsent
		}
		for _, s := range m[1:] {
			add(s)
		}
		return nil
	}), eg("regex_groups('2024-06', r'(\\d+)-(\\d+)')", "['2024', '06']"), eg("regex_groups('x', r'(\\d)')", "none")))

var regexEscape = textFunc("regex_escape", "The text as a pattern that matches it and nothing else.",
	takes("(s: string) => string", mapped(regexp.QuoteMeta), eg("regex_escape('a.b')", "'a\\\\.b'")))

var like = textFunc("like", "Whether the whole text fits a pattern of SQL: % stands for any text, _ for one character.",
	takes("(s: string, pattern: string) => bool", rowBits(func(r row) (bool, error) { return fits(r.str(0), r.str(1)), nil }),
		eg("like('query', 'qu%')", "true"), eg("like('query', 'q_')", "false")))

// fits goes through both texts once; on a mismatch it lets the last % take one character more.
func fits(s, p string) bool {
	after, resume := "", ""
	open := false
	for s != "" {
		c, n := utf8.DecodeRuneInString(s)
		d, m := utf8.DecodeRuneInString(p)
		switch {
		case p != "" && d == '%':
			p = p[m:]
			after, resume, open = p, s, true
		case p != "" && (d == '_' || d == c):
			s, p = s[n:], p[m:]
		case open:
			_, n = utf8.DecodeRuneInString(resume)
			resume = resume[n:]
			s, p = resume, after
		default:
			return false
		}
	}
	return strings.Trim(p, "%") == ""
}
