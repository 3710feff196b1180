package check

import (
	"strconv"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
)

// DefaultBound is the rows that @bounded allows where it says no number.
const DefaultBound = 1_000_000_000

// noted applies the annotation of a statement to its value.
func (c *checker) noted(v value, note *syntax.Annotation, of syntax.Expr) value {
	if _, save := v.(saved); save || note == nil || isUnknown(v) {
		return v
	}
	b := c.bounds(note)
	if b == nil {
		return unknown{}
	}
	if l, ok := v.(*list); ok {
		if t := c.rowsOf(l, of.Place()); t != nil {
			v = t
		}
	}
	t, ok := v.(*table)
	if !ok {
		return c.report(errBoundedValue(of.Place(), v.what()))
	}
	b.Input = t.node
	return c.with(t, b, note.Span)
}

// bounds reads an annotation; nil for none and after a report.
func (c *checker) bounds(note *syntax.Annotation) *logical.Bounded {
	if note == nil {
		return nil
	}
	if note.Name.Name != "bounded" {
		c.report(errUnknownAnnotation(note.Name.Span, note.Name.Name, nearest(note.Name.Name, []string{"bounded"})))
		return nil
	}
	rows := int64(DefaultBound)
	if len(note.Args) > 0 {
		n, ok := note.Args[0].(*syntax.Number)
		if ok {
			var err error
			rows, err = strconv.ParseInt(n.Text, 10, 64)
			ok = err == nil && rows > 0
		}
		if !ok || len(note.Args) > 1 {
			c.report(errBoundedRows(note.Span))
			return nil
		}
	}
	return &logical.Bounded{Rows: rows, Span: note.Span}
}
