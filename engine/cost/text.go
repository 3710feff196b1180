package cost

import (
	"math"
	"regexp"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// text is the share of texts in which a constant part or pattern is found: by trying it on the common values and on the bounds of
// the histogram, which are a sample of the others.
func (e *Estimates) text(p *logical.Expr, in logical.Node) float64 {
	if len(p.Args) != 2 {
		return guess
	}
	pattern := literal(p.Args[1])
	if pattern == nil || pattern.Text == nil {
		return guess
	}
	name := plain(p.Args[0])
	var o *origin
	if name != "" && in != nil {
		o = e.origin(in, name)
	}
	if o == nil || o.of.Required().Kind != types.String || len(o.parts) == 0 {
		return usualShare(p.Name, *pattern.Text)
	}
	if p.Name == "starts_with" {
		if s, ok := prefixed(o, *pattern.Text); ok {
			return s
		}
	}
	match := matcher(p.Name, *pattern.Text)
	if match == nil {
		return guess
	}
	sure, found, tried, rest := 0.0, 0.0, 0.0, 0.0
	for _, part := range o.parts {
		left := 1 - float64(part.Nulls)/math.Max(1, part.rows)
		for _, x := range part.Common {
			if left -= x.Share; x.Value.Text != nil && match(*x.Value.Text) {
				sure += part.weight * x.Share
			}
		}
		rest += part.weight * math.Max(0, left)
		for _, x := range part.Histogram {
			if tried++; x.Text != nil && match(*x.Text) {
				found++
			}
		}
	}
	if tried == 0 {
		return sure
	}
	// What is usual counts as ten values that were tried, so that a part that no value of a small sample has is not ruled out.
	const trust = 10
	return sure + rest*(found+trust*usualShare(p.Name, *pattern.Text))/(tried+trust)
}

func matcher(how, pattern string) func(string) bool {
	switch how {
	case "contains":
		return func(s string) bool { return strings.Contains(s, pattern) }
	case "starts_with":
		return func(s string) bool { return strings.HasPrefix(s, pattern) }
	case "ends_with":
		return func(s string) bool { return strings.HasSuffix(s, pattern) }
	}
	re, err := regexp.Compile(pattern)
	if err != nil || len(pattern) > 1000 {
		return nil
	}
	return re.MatchString
}

// usualShare is what a pattern lets through where nothing is known of the texts: the longer, the less.
func usualShare(how, pattern string) float64 {
	letters := len(pattern)
	if how == "regex_match" {
		letters = 0
		for _, r := range pattern {
			if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == ' ' || r >= 0x80 {
				letters++
			}
		}
	}
	switch {
	case letters == 0:
		return 1
	case letters < 3:
		return 0.2
	case letters < 10:
		return 0.05
	}
	return 0.01
}

// prefixed is the share of texts from a prefix up to where the next one begins.
func prefixed(o *origin, prefix string) (float64, bool) {
	if prefix == "" {
		return o.present(), true
	}
	end := []byte(prefix)
	for len(end) > 0 && end[len(end)-1] == 0xff {
		end = end[:len(end)-1]
	}
	if len(end) == 0 {
		return 0, false
	}
	end[len(end)-1]++
	next := string(end)
	high, ok1 := o.below(&logical.Literal{Text: &next}, false)
	low, ok2 := o.below(&logical.Literal{Text: &prefix}, false)
	return math.Max(high-low, 0), ok1 && ok2
}

// prefixes is the share of texts whose first characters, substring(x, 1, n), are one of the given constants.
func (e *Estimates) prefixes(x *logical.Expr, each []*logical.Expr, in logical.Node) (float64, bool) {
	for x.Op == logical.OpCast {
		x = x.Args[0]
	}
	if x.Op != logical.OpCall || x.Name != "substring" || len(x.Args) != 3 || len(each) == 0 || in == nil {
		return 0, false
	}
	from, n, name := literal(x.Args[1]), literal(x.Args[2]), plain(x.Args[0])
	if from == nil || n == nil || from.Int == nil || n.Int == nil || *from.Int != 1 || name == "" {
		return 0, false
	}
	o := e.origin(in, name)
	if o == nil || len(o.parts) == 0 || o.of.Required().Kind != types.String {
		return 0, false
	}
	total := 0.0
	for _, c := range each {
		v := literal(c)
		if v == nil || v.Text == nil {
			return 0, false
		}
		if int64(len(*v.Text)) != *n.Int {
			total += o.equal(v)
			continue
		}
		s, ok := prefixed(o, *v.Text)
		if !ok {
			return 0, false
		}
		total += s
	}
	return total, true
}
