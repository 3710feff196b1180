package logical

import (
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// TextOp is the form of a search query.
type TextOp string

const (
	TextTerm     TextOp = "term"     // Words[0]
	TextPhrase   TextOp = "phrase"   // Words in this order, with at most N others between them
	TextPrefix   TextOp = "prefix"   // Pattern
	TextFuzzy    TextOp = "fuzzy"    // Pattern, at a distance of at most N
	TextWildcard TextOp = "wildcard" // Pattern, with * and ?
	TextRegexp   TextOp = "regexp"   // Pattern, for the whole word
	TextAnd      TextOp = "and"      // Args
	TextOr       TextOp = "or"       // Args
	TextNot      TextOp = "not"      // Args[0]
)

var textType = types.Of(types.String)

// TextQuery is what a search looks for. Words and patterns (but for regexp) are in lower case, as the words of a text are.
type TextQuery struct {
	Op      TextOp       `json:"op"`
	Words   []string     `json:"words,omitempty"`
	Pattern string       `json:"pattern,omitempty"`
	N       int          `json:"n,omitempty"`
	Args    []*TextQuery `json:"args,omitempty"`
}

// String writes a query as DreamQL does.
func (q *TextQuery) String() string {
	quoted := func(s string) string { return (&Literal{Text: &s}).Format(textType) }
	switch q.Op {
	case TextAnd, TextOr:
		parts := make([]string, len(q.Args))
		for i, a := range q.Args {
			parts[i] = a.String()
		}
		return "(" + strings.Join(parts, " "+string(q.Op)+" ") + ")"
	case TextNot:
		return "not " + q.Args[0].String()
	case TextTerm:
		return "term(" + quoted(q.Words[0]) + ")"
	case TextPhrase:
		s := "phrase(" + quoted(strings.Join(q.Words, " "))
		if q.N > 0 {
			s += ", slop: " + strconv.Itoa(q.N)
		}
		return s + ")"
	case TextFuzzy:
		return "fuzzy(" + quoted(q.Pattern) + ", " + strconv.Itoa(q.N) + ")"
	}
	return string(q.Op) + "(" + quoted(q.Pattern) + ")"
}
