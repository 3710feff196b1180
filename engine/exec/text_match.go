package exec

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/logical"
)

// textQuery is a search query with a number for each of its leaves.
type textQuery struct {
	root   *textNode
	leaves []func(words []string) int32 // how often it is in a text
}

func compileText(q *logical.TextQuery) (*textQuery, error) {
	t := &textQuery{}
	var err error
	t.root, err = t.node(q)
	return t, err
}

func (t *textQuery) node(q *logical.TextQuery) (*textNode, error) {
	n := &textNode{op: q.Op, leaf: -1}
	for _, a := range q.Args {
		x, err := t.node(a)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, x)
	}
	if len(q.Args) > 0 {
		return n, nil
	}
	count, err := textCounter(q)
	n.leaf = len(t.leaves)
	t.leaves = append(t.leaves, count)
	return n, err
}

func (t *textQuery) count(words []string) []int32 {
	out := make([]int32, len(t.leaves))
	for i, f := range t.leaves {
		out[i] = f(words)
	}
	return out
}

// textWords cuts a text into runs of letters, digits and their marks, in lower case.
func textWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < utf8.RuneSelf || !unicode.IsMark(r)) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

func textCounter(q *logical.TextQuery) (func([]string) int32, error) {
	each := func(is func(string) bool) func([]string) int32 {
		return func(words []string) (n int32) {
			for _, w := range words {
				if is(w) {
					n++
				}
			}
			return n
		}
	}
	switch q.Op {
	case logical.TextPhrase:
		return func(words []string) int32 { return phrases(words, q.Words, q.N) }, nil
	case logical.TextPrefix:
		return each(func(w string) bool { return strings.HasPrefix(w, q.Pattern) }), nil
	case logical.TextFuzzy:
		pattern := []rune(q.Pattern)
		return each(remembered(func(w string) bool { return near([]rune(w), pattern, q.N) })), nil
	case logical.TextWildcard:
		re := regexp.QuoteMeta(q.Pattern)
		re = strings.ReplaceAll(strings.ReplaceAll(re, `\*`, `.*`), `\?`, `.`)
		x, err := regexp.Compile("^(?s:" + re + ")$")
		if err != nil {
			return nil, err
		}
		return each(remembered(x.MatchString)), nil
	case logical.TextRegexp:
		x, err := regexp.Compile("^(?:" + q.Pattern + ")$")
		if err != nil {
			return nil, err
		}
		return each(remembered(x.MatchString)), nil
	}
	return each(func(w string) bool { return w == q.Words[0] }), nil
}

// remembered asks a costly test once for each of the words that come often.
func remembered(f func(string) bool) func(string) bool {
	const most = 1 << 14
	known := map[string]bool{}
	return func(w string) bool {
		is, ok := known[w]
		if !ok {
			if is = f(w); len(known) < most {
				known[strings.Clone(w)] = is
			}
		}
		return is
	}
}

// phrases counts the places where a phrase starts: its words in order, with at most slop others between them in all.
func phrases(words, phrase []string, slop int) (n int32) {
	for start, w := range words {
		if w != phrase[0] {
			continue
		}
		at, ok := start, true
		for _, p := range phrase[1:] {
			last := min(len(words)-1, start+len(phrase)-1+slop)
			for at++; at <= last && words[at] != p; at++ {
			}
			if at > last {
				ok = false
				break
			}
		}
		if ok && at-start-(len(phrase)-1) <= slop {
			n++
		}
	}
	return n
}

// near reports whether at most n insertions, deletions and replacements of a rune make a of b.
func near(a, b []rune, n int) bool {
	if len(a)-len(b) > n || len(b)-len(a) > n {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		least := row[0]
		for j := range b {
			cost := before
			if a[i] != b[j] {
				cost = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], cost
			least = min(least, cost)
		}
		if least > n {
			return false
		}
	}
	return row[len(b)] <= n
}
