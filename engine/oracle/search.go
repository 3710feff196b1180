package oracle

import (
	"maps"
	"math"
	"regexp"
	"strings"
	"unicode"

	"github.com/dreamql/dreamql/engine/logical"
)

// search keeps the rows whose text matches and scores them by BM25 with k1 = 1.2 and b = 0.75, where N is all rows, and each
// part of the query counts as a word of its own.
func (r *run) search(in []Row, n *logical.Search) ([]Row, error) {
	var texts [][]string
	total := 0
	for _, row := range in {
		v, err := r.known(n.Text, row)
		if err != nil {
			return nil, err
		}
		s, _ := v.(string)
		words := wordsOf(s)
		texts = append(texts, words)
		total += len(words)
	}
	var score func(q *logical.TextQuery, i int) (bool, float64)
	score = func(q *logical.TextQuery, i int) (bool, float64) {
		switch q.Op {
		case logical.TextNot:
			is, _ := score(q.Args[0], i)
			return !is, 0
		case logical.TextAnd, logical.TextOr:
			count, sum := 0, 0.0
			for _, a := range q.Args {
				if is, s := score(a, i); is {
					count++
					sum += s
				}
			}
			return count == len(q.Args) || q.Op == logical.TextOr && count > 0, sum
		}
		tf := float64(occurrences(texts[i], q))
		if tf == 0 {
			return false, 0
		}
		df := 0.0
		for _, t := range texts {
			if occurrences(t, q) > 0 {
				df++
			}
		}
		all, mean := float64(len(texts)), float64(total)/float64(len(texts))
		idf := math.Log(1 + (all-df+0.5)/(df+0.5))
		return true, idf * (tf * 2.2 / (tf + 1.2*(0.25+0.75*(float64(len(texts[i]))/mean))))
	}
	var out []Row
	for i, row := range in {
		if is, s := score(n.Query, i); is {
			c := maps.Clone(row)
			c[n.As] = s
			out = append(out, c)
		}
	}
	return out, nil
}

func wordsOf(s string) []string {
	var out []string
	word := ""
	for _, r := range strings.ToLower(s) + " " {
		if unicode.In(r, unicode.L, unicode.Nd, unicode.M) {
			word += string(r)
		} else if word != "" {
			out = append(out, word)
			word = ""
		}
	}
	return out
}

func occurrences(words []string, q *logical.TextQuery) int {
	n := 0
	for i, w := range words {
		is := false
		switch q.Op {
		case logical.TextTerm:
			is = w == q.Words[0]
		case logical.TextPhrase:
			is = w == q.Words[0] && follows(words[i+1:], q.Words[1:], q.N)
		case logical.TextPrefix:
			is = strings.HasPrefix(w, q.Pattern)
		case logical.TextFuzzy:
			is = distance([]rune(w), []rune(q.Pattern)) <= q.N
		case logical.TextWildcard:
			is = wild([]rune(w), []rune(q.Pattern))
		case logical.TextRegexp:
			is = regexp.MustCompile("^(" + q.Pattern + ")$").MatchString(w)
		}
		if is {
			n++
		}
	}
	return n
}

// follows tries every way to leave out at most slop words.
func follows(words, phrase []string, slop int) bool {
	if len(phrase) == 0 {
		return true
	}
	if len(words) == 0 {
		return false
	}
	return words[0] == phrase[0] && follows(words[1:], phrase[1:], slop) || slop > 0 && follows(words[1:], phrase, slop-1)
}

func distance(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	if a[0] == b[0] {
		return distance(a[1:], b[1:])
	}
	return 1 + min(distance(a[1:], b), distance(a, b[1:]), distance(a[1:], b[1:]))
}

func wild(word, pattern []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(word) == 0
	case pattern[0] == '*':
		return wild(word, pattern[1:]) || len(word) > 0 && wild(word[1:], pattern)
	}
	return len(word) > 0 && (pattern[0] == '?' || pattern[0] == word[0]) && wild(word[1:], pattern[1:])
}
