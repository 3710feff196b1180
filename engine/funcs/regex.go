package funcs

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

// Patterns are RE2: they take time linear in the text, so a stranger's pattern cannot stall a worker.

// PatternProblem says what is wrong with a pattern of the functions whose names begin with regex_; "" for nothing. A pattern is
// bounded by its length, by 1,000 repetitions of a part, and by the size of what it stands for.
func PatternProblem(text string) string {
	_, problem := compile(text)
	return problem
}

func compile(text string) (*regexp.Regexp, string) {
	if len(text) > maxPattern {
		return nil, "a pattern may have 4,096 bytes at most"
	}
	re, err := regexp.Compile(text)
	var why *syntax.Error
	if errors.As(err, &why) {
		return nil, fmt.Sprintf("%s is no pattern: %s", quoted(text), why.Code)
	}
	if err != nil {
		return nil, quoted(text) + " is no pattern"
	}
	return re, ""
}

// quoted is the beginning of a text, as an error shows it.
func quoted(text string) string {
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "…"
	}
	return strconv.Quote(text)
}

// patterns keeps compiled patterns of one expression, of which there is usually one.
type patterns struct {
	text string
	re   *regexp.Regexp
}

const maxPattern = 4096

func compiled(c *Call, pattern *Vec, i int) (*regexp.Regexp, error) {
	p, _ := c.State.(*patterns)
	text := pattern.Str(i)
	if p != nil && p.text == text {
		return p.re, nil
	}
	re, problem := compile(text)
	if problem != "" {
		return nil, &RowError{i, problem}
	}
	c.State = &patterns{text: re.String(), re: re}
	return re, nil
}

var regexMatch = &Func{Name: "regex_match", Kind: Scalar, Family: "text", Doc: "Whether the pattern (RE2) matches some part of the text; ^ and $ tie it to the ends.",
	Overloads: []Overload{{Signature: "(s: string, pattern: string) => bool", Costly: true, Fails: true,
		Examples: []Example{{Call: "regex_match('ab12', r'\\d+$')", Result: "true"}, {Call: "regex_match('a', '(')", Error: "is no pattern"}},
		Kernel: func(c *Call) error {
			clear(c.Out.Bits)
			for i := range c.N {
				if !c.Out.Present(i) {
					continue
				}
				re, err := compiled(c, c.Args[1], i)
				if err != nil {
					return err
				}
				assignBit(c.Out.Bits, i, re.MatchString(c.Args[0].Str(i)))
			}
			return nil
		}}}}

var regexExtract = &Func{Name: "regex_extract", Kind: Scalar, Family: "text", Doc: "The first match of the pattern (RE2), or of its first group if it has one; absent if it does not match.",
	Overloads: []Overload{{Signature: "(s: string, pattern: string) => string?", Costly: true, Fails: true,
		Examples: []Example{{Call: "regex_extract('id=42', r'id=(\\d+)')", Result: "'42'"}, {Call: "regex_extract('x', r'\\d')", Result: "none"}},
		Kernel: func(c *Call) error {
			b := newText(c.N)
			found := make([]uint64, Words(c.N))
			for i := range c.N {
				if c.Out.Present(i) {
					re, err := compiled(c, c.Args[1], i)
					if err != nil {
						return err
					}
					s := c.Args[0].Str(i)
					if at := re.FindStringSubmatchIndex(s); at != nil {
						k := 2 * min(re.NumSubexp(), 1)
						if at[k] >= 0 {
							b.data = append(b.data, s[at[k]:at[k+1]]...)
							setBit(found, i)
						}
					}
				}
				b.end()
			}
			c.Out.Valid = found
			return b.to(c.Out)
		}}}}

var regexReplace = &Func{Name: "regex_replace", Kind: Scalar, Family: "text", Doc: "The text with every match of the pattern (RE2) replaced; $1 in the replacement is the first group.",
	Overloads: []Overload{{Signature: "(s: string, pattern: string, by: string) => string", Costly: true, Fails: true,
		Examples: []Example{{Call: "regex_replace('a1b22', r'\\d+', '#')", Result: "'a#b#'"}},
		Kernel: func(c *Call) error {
			b := newText(c.N)
			for i := range c.N {
				if c.Out.Present(i) {
					re, err := compiled(c, c.Args[1], i)
					if err != nil {
						return err
					}
					b.data = append(b.data, re.ReplaceAllString(c.Args[0].Str(i), c.Args[2].Str(i))...)
					if len(b.data) > maxText {
						return &RowError{i, "the texts of one batch come to more than 2 GiB"}
					}
				}
				b.end()
			}
			return b.to(c.Out)
		}}}}
