package assist

import (
	"context"
	"regexp"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Action is a change that mends a diagnostic.
type Action struct {
	Title      string
	Edits      []source.Edit
	Diagnostic source.Diagnostic
	Preferred  bool // the only one, or the likeliest
}

var didYouMean = regexp.MustCompile("^did you mean `(\\$?)(.+)`\\?$")

// Actions are the fixes of the diagnostics that touch a span.
func (m *Module) Actions(ctx context.Context, at source.Span) ([]Action, error) {
	diags, err := m.Diagnostics(ctx)
	if err != nil {
		return nil, err
	}
	var out []Action
	for _, d := range diags {
		if d.Span.File != at.File || d.Span.End < at.Start || at.End < d.Span.Start {
			continue
		}
		fixes := d.Fixes
		if near := didYouMean.FindStringSubmatch(d.Help); len(fixes) == 0 && near != nil {
			fixes = []source.Fix{source.Replace("write "+near[1]+near[2], d.Span, near[1]+syntax.Quote(near[2]))}
		}
		for i, f := range fixes {
			out = append(out, Action{Title: f.Title, Edits: f.Edits, Diagnostic: d, Preferred: i == 0})
		}
	}
	return out, nil
}
