package oracle

import (
	"slices"
	"strings"
)

// maxTries bounds the programs that are run to shrink one.
const maxTries = 1500

// shrink looks for a smaller program that still disagrees: without a table, a row, a column, a stage or a field, or with a part
// of an expression in the place of the whole. What the checker rejects does not disagree.
func (p *program) shrink(disagreement string) (*program, string) {
	tries := 0
	fails := func(q *program) bool {
		if tries++; tries > maxTries {
			return false
		}
		d, _ := q.verdict()
		if d != "" {
			disagreement = d
		}
		return d != ""
	}
	for again := true; again && tries < maxTries; {
		again = false
		for i := 0; ; i++ {
			q, ok := p.smaller(i)
			if !ok {
				break
			}
			if q != nil && fails(q) {
				p, again = q, true
				i--
			}
		}
	}
	return p, disagreement
}

// smaller is the i-th way to make a program smaller; nil where it is none, not ok after the last.
func (p *program) smaller(i int) (*program, bool) {
	text := p.text()
	for k, d := range p.tables {
		if i == 0 {
			if strings.Contains(text, d.name) {
				return nil, true
			}
			return &program{slices.Delete(slices.Clone(p.tables), k, k+1), p.lets, p.stages}, true
		}
		if i--; i < len(d.rows) {
			return p.with(k, &dataset{d.name, d.fields, slices.Delete(slices.Clone(d.rows), i, i+1)}), true
		}
		if i -= len(d.rows); i < len(d.fields) {
			if len(d.fields) == 1 {
				return nil, true
			}
			return p.with(k, &dataset{d.name, slices.Delete(slices.Clone(d.fields), i, i+1), d.rows}), true
		}
		i -= len(d.fields)
	}
	lets, stages := p.lets.clone(), p.stages.clone()
	if reduce(lets, &i) || reduce(stages, &i) {
		return &program{p.tables, lets, stages}, true
	}
	return nil, false
}

func (p *program) with(k int, d *dataset) *program {
	tables := slices.Clone(p.tables)
	tables[k] = d
	return &program{tables, p.lets, p.stages}
}

// reduce makes the i-th change to a tree: a part dropped, or in the place of its whole.
func reduce(t *tree, i *int) bool {
	if t.list {
		if *i < len(t.parts) {
			t.parts = slices.Delete(t.parts, *i, *i+1)
			return true
		}
		*i -= len(t.parts)
	}
	for k, part := range t.parts {
		if *i < len(part.parts) {
			t.parts[k] = part.parts[*i]
			return true
		}
		*i -= len(part.parts)
		if reduce(part, i) {
			return true
		}
	}
	return false
}
