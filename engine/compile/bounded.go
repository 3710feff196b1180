package compile

import (
	"math"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
)

// bounded refuses a plan in which an operator inside of @bounded is estimated to give more rows than it allows. What a join
// without keys has to try counts as rows, whatever is left of it.
func bounded(n logical.Node, tables *cost.Tables) source.Diagnostics {
	var out source.Diagnostics
	estimates := tables.Estimates()
	var visit func(n logical.Node, in *logical.Bounded)
	visit = func(n logical.Node, in *logical.Bounded) {
		if b, ok := n.(*logical.Bounded); ok && (in == nil || b.Rows < in.Rows) {
			in = b
		}
		before := len(out)
		for _, x := range n.Inputs() {
			visit(x, in)
		}
		if in == nil || len(out) > before || len(out) > 0 { // what stands on a refused operator is no news
			return
		}
		at, rows := in.Span, estimates.Rows(n)
		what := "an operator of this statement"
		if j, ok := n.(*logical.Join); ok {
			at, what = j.Span, "this "+string(j.Kind)
			if len(j.On) == 0 {
				rows = math.Max(rows, estimates.Rows(j.Left)*estimates.Rows(j.Right))
			}
		}
		if s, ok := n.(*logical.Scan); ok {
			at, what = s.Span, "this table"
		}
		if rows > float64(in.Rows) {
			out = append(out, errUnbounded(at, what, rows, in))
		}
	}
	visit(n, nil)
	return out
}

func errUnbounded(at source.Span, what string, rows float64, in *logical.Bounded) source.Diagnostic {
	return source.Diagnostic{
		Code: "DQL4202", Severity: source.Error, Span: at,
		Message: message.NewPrinter(language.English).Sprintf("%s would make about %d rows, and @bounded allows %d", what, int64(min(rows, math.MaxInt64/2)), in.Rows),
		Help:    "narrow its input with a filter or a key, or allow more with @bounded(N)",
		Notes:   []source.Note{{Span: in.Span, Message: "the bound is set here"}},
	}
}
