package assist

import (
	"context"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// Defined is a function that a text binds to a name.
type Defined struct {
	Name      string
	Signature string // "(x: float) => float"; "…" stands for what is not known
	Doc       string // the comment above it
	Source    string // the lambda

	probe string // a program whose value has the type of the result
}

// Functions are those that the module binds, in order. A parameter's type is the one that is written at it; the result's is that of a
// call with parameters of those types.
func (m *Module) Functions(ctx context.Context) ([]Defined, error) {
	var out []Defined
	texts := append([]string{}, m.texts...)
	for _, p := range m.parsed {
		for _, s := range p.prog.Stmts {
			b, ok := s.(*syntax.Bind)
			if !ok || b.Name == nil {
				continue
			}
			l, ok := b.Value.(*syntax.Lambda)
			if !ok {
				continue
			}
			d := Defined{Name: b.Name.Name, Doc: m.comment(b.Place()), Source: m.text(l.Place())}
			d.sign(m, l, len(out))
			out = append(out, d)
			texts = append(texts, d.probe)
		}
	}
	if len(out) == 0 {
		return nil, ctx.Err()
	}
	k, err := New(m.cat, texts, nil).observe(ctx)
	if err != nil {
		return nil, err
	}
	for i := range out {
		result := "…"
		if columns := k.result.Cells[len(m.texts)+i].Columns; len(columns) == 1 && columns[0].Name == "value" {
			result = columns[0].Type.String()
		} else if len(columns) > 0 {
			result = types.RecordOf(columns...).String()
		}
		out[i].Signature += result
	}
	return out, nil
}

// sign writes the signature up to the result, and the probe that the result is found with.
func (d *Defined) sign(m *Module, l *syntax.Lambda, n int) {
	params, args := make([]string, len(l.Params)), make([]string, len(l.Params))
	var probe strings.Builder
	for i, p := range l.Params {
		params[i] = p.Name.Name + ": …"
		args[i] = fmt.Sprintf("$probe_%d_%d", n, i)
		if p.Type != nil {
			params[i] = p.Name.Name + ": " + m.text(p.Type.Place())
			fmt.Fprintf(&probe, "param %s: %s\n", args[i][1:], m.text(p.Type.Place()))
		}
	}
	d.Signature = "(" + strings.Join(params, ", ") + ") => "
	d.probe = probe.String() + syntax.Quote(d.Name) + "(" + strings.Join(args, ", ") + ")"
}
