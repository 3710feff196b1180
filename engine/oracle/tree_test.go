package oracle

import "strings"

// tree is text with structure: open, the parts with sep between, close. A part of a list may be dropped, and a tree may stand
// in for the one around it, as far as the checker agrees: that is all that shrinking has to know.
type tree struct {
	open, sep, close string
	parts            []*tree
	list             bool // parts may be dropped
}

func leaf(text string) *tree { return &tree{open: text} }

func (t *tree) write(b *strings.Builder) {
	b.WriteString(t.open)
	for i, p := range t.parts {
		if i > 0 {
			b.WriteString(t.sep)
		}
		p.write(b)
	}
	b.WriteString(t.close)
}

func (t *tree) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t *tree) clone() *tree {
	c := *t
	c.parts = make([]*tree, len(t.parts))
	for i, p := range t.parts {
		c.parts[i] = p.clone()
	}
	return &c
}

func infix(a *tree, op string, b *tree) *tree {
	return &tree{open: "(", sep: " " + op + " ", close: ")", parts: []*tree{a, b}}
}

func called(name string, args ...*tree) *tree {
	return &tree{open: name + "(", sep: ", ", close: ")", parts: args}
}

func field(name string, value *tree) *tree { return &tree{open: name + ": ", parts: []*tree{value}} }

func record(open string, fields []*tree) *tree {
	return &tree{open: open + "{ ", sep: ", ", close: " }", parts: fields, list: true}
}

func choice(cond, yes, no *tree) *tree {
	block := func(t *tree) *tree { return &tree{open: "{ ", close: " }", parts: []*tree{t}} }
	return &tree{open: "(if ", sep: " ", close: ")", parts: []*tree{{open: "(", close: ")", parts: []*tree{cond}}, {sep: " else ", parts: []*tree{block(yes), block(no)}}}}
}
