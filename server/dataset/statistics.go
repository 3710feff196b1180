package dataset

import (
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
)

// bound keeps the NUL character, which JSON in Postgres cannot hold, out of statistics: such a bound is unknown.
func bound(l *logical.Literal) *logical.Literal {
	if l != nil && l.Text != nil && !storable(*l.Text) {
		return nil
	}
	return l
}

func bounded(batches []logical.Batch) []logical.Batch {
	out := make([]logical.Batch, len(batches))
	for i, b := range batches {
		b.Ranges = slices.Clone(b.Ranges)
		for j := range b.Ranges {
			b.Ranges[j].Min, b.Ranges[j].Max = bound(b.Ranges[j].Min), bound(b.Ranges[j].Max)
		}
		out[i] = b
	}
	return out
}

// more is what is kept of a column besides its bounds.
func more(c logical.Column) map[string]any {
	out := map[string]any{}
	var common []logical.Common
	for _, v := range c.Common {
		if bound(v.Value) != nil {
			common = append(common, v)
		}
	}
	var histogram []*logical.Literal
	for _, l := range c.Histogram {
		if bound(l) == nil {
			histogram = nil
			break
		}
		histogram = append(histogram, l)
	}
	if common != nil {
		out["common"] = common
	}
	if histogram != nil {
		out["histogram"] = histogram
	}
	if c.Sketch != nil {
		out["sketch"] = c.Sketch
	}
	if c.Width != 0 {
		out["width"] = c.Width
	}
	if c.Rising {
		out["rising"], out["strict"] = true, c.Strict
	}
	return out
}
