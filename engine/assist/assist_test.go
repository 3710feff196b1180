package assist

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// TestAssist runs testdata. The command is the request; lines of "---" part the input into cells, and ▮ is the cursor.
func TestAssist(t *testing.T) {
	t.Parallel()
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			m, at := moduleOf(d.Input)
			return ask(t, m, at, d)
		})
	})
}

// moduleOf reads cells and the cursor in one of them.
func moduleOf(input string) (*Module, Position) {
	texts := strings.Split(input, "\n---\n")
	var at Position
	for i, text := range texts {
		if before, after, ok := strings.Cut(text, "▮"); ok {
			at = Position{source.FileID(i), len(before)}
			texts[i] = before + after
		}
	}
	return New(testCatalog{}, texts, nil), at
}

func ask(t *testing.T, m *Module, at Position, d *datadriven.TestData) string {
	ctx := t.Context()
	var b strings.Builder
	var err error
	switch d.Cmd {
	case "complete": // the first of them, by rank
		first := 12
		if d.HasArg("first") {
			d.ScanArgs(t, "first", &first)
		}
		var c *Completion
		c, err = m.Complete(ctx, at)
		if err != nil {
			break
		}
		// The same once the program has been checked, when less of it is evaluated.
		if _, err := m.Diagnostics(ctx); err != nil {
			t.Fatal(err)
		}
		if again, err := New(m.cat, m.texts, m).Complete(ctx, at); err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%s: after a check: %+v, %v", d.Pos, again, err)
		}
		fmt.Fprintf(&b, "«%s»\n", m.text(c.Replace))
		for i, it := range c.Items {
			if i == first {
				fmt.Fprintf(&b, "and more\n")
				break
			}
			fmt.Fprintf(&b, "%d %s %s", it.Rank, it.Kind, it.Label)
			if it.Detail != "" {
				fmt.Fprintf(&b, ": %s", it.Detail)
			}
			if it.Insert != it.Label {
				fmt.Fprintf(&b, " (%q)", it.Insert)
			}
			b.WriteByte('\n')
		}
	case "has": // which of the names are offered, in what order
		c, e := m.Complete(ctx, at)
		if err = e; err != nil {
			break
		}
		for i, it := range c.Items {
			for _, a := range d.CmdArgs {
				if a.Key == strings.ReplaceAll(it.Label, " ", "_") {
					fmt.Fprintf(&b, "%s %s rank %d\n", it.Kind, it.Label, c.Items[i].Rank)
				}
			}
		}
	case "hover":
		var h *Hover
		if h, err = m.Hover(ctx, at); h != nil {
			fmt.Fprintf(&b, "«%s»\n%s\n", m.text(h.Span), strings.ReplaceAll(h.Text, "\n\n", "\n"))
		}
	case "define":
		var targets []Target
		targets, err = m.Definition(ctx, at)
		for _, x := range targets {
			if x.Module != "" {
				fmt.Fprintf(&b, "%s «%s»\n", x.Module, x.Text[x.Span.Start:x.Span.End])
				continue
			}
			if x.Span != (source.Span{}) {
				p := source.PositionOf(m.texts[x.Span.File], x.Span.Start)
				fmt.Fprintf(&b, "cell %d, %d:%d «%s»\n", x.Span.File+1, p.Line, p.Column, m.text(x.Span))
				continue
			}
			if x.Dataset != "" {
				fmt.Fprintf(&b, "dataset %s\n", x.Dataset)
			} else {
				fmt.Fprintf(&b, "package %s@%s function %s\n", x.Package, x.Version, x.Function)
			}
		}
	case "references":
		var spans []source.Span
		spans, err = m.References(ctx, at)
		for _, s := range spans {
			p := source.PositionOf(m.texts[s.File], s.Start)
			fmt.Fprintf(&b, "cell %d, %d:%d «%s»\n", s.File+1, p.Line, p.Column, m.text(s))
		}
	case "rename":
		var to string
		d.ScanArgs(t, "to", &to)
		var edits []source.Edit
		if edits, err = m.Rename(ctx, at, to); err == nil {
			for i, text := range m.texts {
				if i > 0 {
					b.WriteString("---\n")
				}
				out, ok := (source.Fix{Edits: edits}).Apply(source.FileID(i), text)
				if !ok {
					t.Errorf("%s: the edits overlap", d.Pos)
				}
				b.WriteString(out + "\n")
			}
		}
	case "signature":
		var s *Signatures
		if s, err = m.Signature(ctx, at); s != nil {
			for i, x := range s.Items {
				mark := " "
				if i == s.Active {
					mark = ">"
				}
				fmt.Fprintf(&b, "%s %s", mark, x.Label)
				if i == s.Active && s.Param >= 0 {
					fmt.Fprintf(&b, "  at %s %s", x.Params[s.Param].Label, x.Params[s.Param].Doc)
				}
				b.WriteByte('\n')
				for _, p := range x.Params {
					if !strings.Contains(x.Label, p.Label) {
						t.Errorf("%s: %q is no part of %q", d.Pos, p.Label, x.Label)
					}
				}
			}
		}
	case "diagnostics":
		var ds source.Diagnostics
		ds, err = m.Diagnostics(ctx)
		for _, x := range ds {
			fmt.Fprintf(&b, "cell %d %s «%s»: %s\n", x.Span.File+1, x.Code, m.text(x.Span), x.Message)
		}
	case "actions":
		var as []Action
		as, err = m.Actions(ctx, source.Span{File: at.File, Start: at.Offset, End: at.Offset})
		for _, a := range as {
			out, ok := (source.Fix{Edits: a.Edits}).Apply(at.File, m.texts[at.File])
			fmt.Fprintf(&b, "%s: %s %v\n", a.Title, out, ok)
		}
	case "outline":
		var es []Entry
		es, err = m.Outline(ctx, at.File)
		for _, e := range es {
			fmt.Fprintf(&b, "%s %s: %s\n", e.Kind, e.Name, e.Detail)
		}
	case "words":
		var ws []Word
		ws, err = m.Words(ctx, at.File)
		for _, w := range ws {
			fmt.Fprintf(&b, "%s %s", m.text(w.Span), w.Kind)
			if w.Declares {
				b.WriteString(" declared")
			}
			b.WriteByte('\n')
		}
	case "format":
		for _, e := range m.Format(at.File) {
			b.WriteString(e.Text)
		}
	default:
		t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
	}
	var refused *Refusal
	if errors.As(err, &refused) {
		return "refused: " + refused.Reason + "\n"
	}
	if err != nil {
		t.Errorf("%s: %v", d.Pos, err)
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

type testCatalog struct{}

var tables = map[string]string{
	"flights":   "{id: int, carrier: string, delay: int?, distance: float, day: date}",
	"carriers":  "{code: string, name: string, country: string?}",
	"orders":    "{id: int, customer_id: int, items: [{sku: string, qty: int, price: float}], note: string?}",
	"customers": "{id: int, name: string, `home town`: string}",
}

func (testCatalog) Table(_ context.Context, name string) (*logical.Table, error) {
	text, ok := tables[name]
	if !ok {
		return nil, catalog.ErrNotFound
	}
	t, err := types.Parse(strings.ReplaceAll(text, "`home town`", "town"))
	if err != nil {
		return nil, err
	}
	for i := range t.Fields {
		if t.Fields[i].Name == "town" {
			t.Fields[i].Name = "home town"
		}
	}
	return &logical.Table{Name: name, Version: "1", Columns: t.Fields, Rows: 100}, nil
}

func (testCatalog) TableNames(context.Context) ([]string, error) {
	return []string{"carriers", "customers", "flights", "orders"}, nil
}

func (testCatalog) File(context.Context, string) (*logical.Table, error) {
	return nil, errors.New("there are no files here")
}

func (testCatalog) Package(_ context.Context, name, constraint string) (*catalog.Package, error) {
	number := types.Of(types.Float)
	switch name {
	case "std/geo":
		f := udf.Function{Package: name, Version: "1.2.0", Name: "haversine", Kind: udf.WASM, Shape: udf.Scalar, Result: number}
		for _, p := range []string{"lat1", "lon1", "lat2", "lon2"} {
			f.Params = append(f.Params, types.Field{Name: p, Type: number})
		}
		g := udf.Function{Package: name, Version: "1.2.0", Name: "to_miles", Kind: udf.Expression, Shape: udf.Scalar, Result: number, Source: "km => km / 1.609",
			Params: []types.Field{{Name: "km", Type: number}}}
		return &catalog.Package{Name: name, Version: "1.2.0", Functions: []udf.Function{f, g},
			Docs: map[string]string{"haversine": "The distance between two points, in kilometres.", "to_miles": "Kilometres as miles."}}, nil
	case "acme/text":
		return &catalog.Package{Name: name, Version: "0.1.0", Functions: []udf.Function{{Package: name, Version: "0.1.0", Name: "shout", Kind: udf.WASM, Shape: udf.Scalar,
			Params: []types.Field{{Name: "s", Type: types.Of(types.String)}}, Result: types.Of(types.String)}}}, nil
	}
	return nil, catalog.ErrNotFound
}

func (testCatalog) PackageNames(context.Context) ([]string, error) {
	return []string{"acme/text", "std/geo"}, nil
}

func (testCatalog) Versions(_ context.Context, name string) ([]string, error) {
	if name != "std/geo" {
		return nil, catalog.ErrNotFound
	}
	return []string{"1.2.0", "1.1.3", "1.0.0"}, nil
}

var modules = map[string]string{"./lib/late.dql": "export late = flights -> filter (delay ?? 0) > 60\nhidden = 1\nexport hours = m => m / 60.0\n"}

func (testCatalog) ReadModule(_ context.Context, _, path string) (name, text string, err error) {
	text, ok := modules[path]
	if !ok {
		return "", "", catalog.ErrNotFound
	}
	return path, text, nil
}

func (testCatalog) ModuleNames(context.Context, string) []string { return []string{"./lib/late.dql"} }
