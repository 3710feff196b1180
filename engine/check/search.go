package check

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// Bounds on a search query.
const (
	maxSearchParts    = 500
	maxSearchPattern  = 1000 // bytes
	maxSearchDistance = 2
	maxSearchSlop     = 1000
)

// searchQuery is a value that says what to look for; only the stage search takes it.
type searchQuery struct {
	q     *logical.TextQuery
	parts int
}

func (*searchQuery) what() string { return "a search query" }

// search keeps the rows whose text matches, and adds how well: t -> search column, query, limit: n.
func (c *checker) search(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	row := c.rowOf(t)
	text := c.rowValue(c.eval(args[0], s.env.over(row)), row, args[0].Place())
	v := c.eval(args[1], s.env.over(row)) // columns are in sight, to say that they are none of a query's business
	q, isQuery := v.(*searchQuery)
	if !isQuery && !isUnknown(v) {
		c.report(errSearchQuery(args[1].Place(), v.what()))
	}
	if text == nil || !isQuery {
		return t.poisoned()
	}
	if text.e.T.Required().Kind != types.String {
		c.report(errSearchText(args[0].Place(), text.e.T))
		return t.poisoned()
	}
	const score = "score"
	if row.rec.field(score) != nil {
		c.report(errColumnTwice(s.node.Place(), score))
		return t.poisoned()
	}
	in := c.addWindows(t.node, []*logical.Expr{text.e})
	var node logical.Node = &logical.Search{Input: in, Text: text.e, Query: q.q, As: score, Span: s.node.Place()}
	out := append(append([]types.Field{}, t.node.Schema()...), types.Field{Name: score, Type: types.Of(types.Float)})
	if in != t.node {
		node = keep(node, out)
	}
	if e := s.arg("limit"); e != nil {
		n, ok := c.rows(s, e)
		if !ok {
			return t.poisoned()
		}
		best := logical.SortKey{Expr: &logical.Expr{Op: logical.OpColumn, T: types.Of(types.Float), Name: score, Span: e.Place()}, Desc: true}
		node = &logical.TopN{Input: node, Keys: []logical.SortKey{best}, N: n}
	}
	return c.with(t, node, s.node.Place())
}

// searchFunc makes one of the functions that search queries are built from.
func searchFunc(op logical.TextOp) func(*checker, *stageCall) value {
	return func(c *checker, s *stageCall) value { return c.searchPart(op, s) }
}

func (c *checker) searchPart(op logical.TextOp, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return unknown{}
	}
	text, ok := c.searchText(args[0], s)
	if !ok {
		return unknown{}
	}
	q := &logical.TextQuery{Op: op, Pattern: strings.ToLower(text)}
	at := args[0].Place()
	switch op {
	case logical.TextTerm, logical.TextPhrase:
		q.Words, q.Pattern = words(text), ""
		if len(q.Words) == 0 || op == logical.TextTerm && len(q.Words) > 1 {
			return c.report(errSearchWords(at, string(op), len(q.Words)))
		}
		if e := s.arg("slop"); e != nil {
			if q.N, ok = c.searchNumber(e, s, maxSearchSlop); !ok {
				return unknown{}
			}
		}
	case logical.TextPrefix, logical.TextFuzzy:
		if n := len(words(text)); n != 1 {
			return c.report(errSearchWords(at, string(op), n))
		}
		if op == logical.TextFuzzy {
			q.N = 1
		}
		if len(args) > 1 {
			if q.N, ok = c.searchNumber(args[1], s, maxSearchDistance); !ok {
				return unknown{}
			}
		}
	case logical.TextRegexp:
		q.Pattern = text
		if _, err := regexp.Compile(text); err != nil {
			return c.report(errSearchRegexp(at, err))
		}
	}
	if (op == logical.TextWildcard || op == logical.TextRegexp) && q.Pattern == "" {
		return c.report(errSearchWords(at, string(op), 0))
	}
	return &searchQuery{q: q, parts: 1}
}

func (c *checker) searchText(e syntax.Expr, s *stageCall) (string, bool) {
	v := c.eval(e, s.env)
	x, ok := v.(*scalar)
	if ok && x.e.Op == logical.OpLiteral && x.e.T.Kind == types.String && len(*x.e.Lit.Text) <= maxSearchPattern {
		return *x.e.Lit.Text, true
	}
	if !isUnknown(v) {
		c.report(errSearchConstant(e.Place(), s.st.name))
	}
	return "", false
}

func (c *checker) searchNumber(e syntax.Expr, s *stageCall, most int64) (int, bool) {
	v := c.eval(e, s.env)
	n, ok := constInt(v)
	if ok && n >= 0 && n <= most {
		return int(n), true
	}
	if !isUnknown(v) {
		c.report(errSearchNumber(e.Place(), most))
	}
	return 0, false
}

// searchLogic combines search queries with and, or and not; it is not ok where none of the operands is one.
func (c *checker) searchLogic(op string, operands []value, places []span) (value, bool) {
	out := &searchQuery{q: &logical.TextQuery{Op: logical.TextOp(op)}, parts: 1}
	other, any := -1, false
	for i, v := range operands {
		q, ok := v.(*searchQuery)
		if !ok {
			other = i
			continue
		}
		any = true
		out.parts += q.parts
		if q.q.Op == out.q.Op && op != "not" {
			out.q.Args = append(out.q.Args, q.q.Args...)
		} else {
			out.q.Args = append(out.q.Args, q.q)
		}
	}
	switch {
	case !any:
		return nil, false
	case other >= 0:
		if !isUnknown(operands[other]) {
			c.report(errSearchMixed(places[other], operands[other].what(), op))
		}
		return unknown{}, true
	case out.parts > maxSearchParts:
		return c.report(errSearchLarge(places[0], maxSearchParts)), true
	}
	return out, true
}

// words cuts a text as search does: runs of letters, digits and their marks, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}
