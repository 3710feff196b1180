package exec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
)

// guard checks how many matches left row i has against what the join promises.
func (p *probe) guard(matches int, keys []arrow.Array, i int) error {
	switch p.kind {
	case logical.JoinOne:
		if matches == 1 {
			return nil
		}
	case logical.JoinMaybe:
		if matches <= 1 {
			return nil
		}
	case logical.JoinSome, logical.Check:
		if matches >= 1 {
			return nil
		}
	default:
		return nil
	}
	j := p.join
	p.broken = i
	found, help := fmt.Sprintf("%d matches", matches), "use join_many to take every match, or make the right side distinct by its key"
	if matches == 0 {
		found, help = "no match", "use join_maybe to keep rows without a match, or join_many to leave them out"
	}
	var names []string
	for k, on := range j.On {
		name, e := "key", on.Left
		for e.Op == logical.OpCast { // to the type that both sides have in common
			e = e.Args[0]
		}
		if e.Op == logical.OpColumn {
			name = e.Name
		}
		names = append(names, name+" "+valueText(keys[k], i))
	}
	return source.Diagnostics{{
		Code: "DQL9101", Severity: source.Error, Span: j.Span, Help: help,
		Message: fmt.Sprintf("%s: the row of %s with %s has %s in %s", orElse(string(j.Promised), string(j.Kind)), orElse(j.LeftName, "the left side"),
			orElse(strings.Join(names, ", "), "no key"), found, orElse(j.RightName, "the right side")),
	}}
}

// guarded reports whether the kind of join promises a number of matches.
func (p *probe) guarded() bool { return p.kind.Guards() }

// check lets every row through, or fails at the first that has no match.
func (p *probe) check(b *batch, keys []arrow.Array, out emit) error {
	if !p.t.hasAll(keys) {
		p.find(keys, b.n)
		for i, r := range p.heads {
			if r < 0 {
				return p.guard(0, keys, i)
			}
		}
	}
	p.given = nil
	return out(b.picked(nil, len(b.cols)))
}

// unique refuses two build rows with the same key, which stand where one row is looked up by it.
func (b *builder) unique(t *joinTable, j *physical.HashJoin, bs []*batch) error {
	first := slices.IndexFunc(t.next, func(n int32) bool { return n != 0 })
	if first < 0 {
		return nil
	}
	same := t.count(int32(first))
	w := b.r.thread(b.ctx)
	defer b.r.collect([]*thread{w})
	exprs := make([]*logical.Expr, len(j.On))
	for i, k := range j.On {
		exprs[i] = k.Right
	}
	keys, err := compileAll(w, exprs, j.BuildColumns)
	if err != nil {
		return err
	}
	row := first
	for row >= bs[0].n {
		row -= bs[0].n
		bs = bs[1:]
	}
	cols, err := evalAll(w, keys, bs[0])
	if err != nil {
		return err
	}
	defer releaseAll(cols)
	var names []string
	for k, on := range j.On {
		names = append(names, on.Left.Name+" "+valueText(cols[k], row))
	}
	return source.Diagnostics{{
		Code: "DQL4219", Severity: source.Error, Span: j.Span,
		Message: fmt.Sprintf("%d of the rows to merge have the key %s, and each key may be there once", same, strings.Join(names, ", ")),
		Help:    "keep one row of each key, as in top 1, by: key, order: -updated",
	}}
}

func orElse(s, or string) string {
	if s == "" {
		return or
	}
	return s
}

// valueText is a value as a message shows it, at most some 80 bytes.
func valueText(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "none"
	}
	s := a.ValueStr(i)
	switch d := a.(type) {
	case *array.Dictionary:
		return valueText(d.Dictionary(), d.GetValueIndex(i))
	case *array.String:
		s = "'" + s + "'"
	}
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
