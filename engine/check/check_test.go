package check

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/engine/udf/udftest"
)

// TestCheck runs testdata. Each input is a program; lines of "---" part it into cells, and a first line "given {…}" gives
// parameters. A cell that begins with "function python" is one in that language. The output is the columns and the plan of the last cell with one, then what cells share, then diagnostics.
func TestCheck(t *testing.T) {
	t.Parallel()
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return show(t, d.Cmd, d.Input)
		})
	})
}

func show(t *testing.T, cmd, input string) string {
	var given map[string]json.RawMessage
	if rest, ok := strings.CutPrefix(input, "given "); ok {
		line, body, _ := strings.Cut(rest, "\n")
		if err := json.Unmarshal([]byte(line), &given); err != nil {
			t.Fatal(err)
		}
		input = body
	}
	set, r, diags := checked(strings.Split(input, "\n---\n"), given)
	var b strings.Builder
	if r.Plan != nil {
		fmt.Fprintf(&b, "%s\n%s", types.RecordOf(r.Columns...), logical.Format(r.Plan))
		if err := sound(r.Plan); err != nil {
			t.Errorf("unsound plan: %v\n%s", err, logical.Format(r.Plan))
		}
	}
	for _, c := range r.Cells {
		for _, s := range c.Saves {
			fmt.Fprintf(&b, "save %s mode %q key %v %s\n%s", s.Name, s.Mode, s.Key, types.RecordOf(s.Columns...), logical.Format(s.Plan))
			for _, n := range []logical.Node{s.Plan, s.Whole()} {
				if err := sound(n); err != nil {
					t.Errorf("unsound plan: %v\n%s", err, logical.Format(n))
				}
			}
		}
	}
	if cmd == "cells" {
		for i, c := range r.Cells {
			fmt.Fprintf(&b, "cell %d defines %v uses %v reads %v plan %v\n", i+1, c.Defines, c.Uses, c.Tables, c.Plan != nil)
		}
		for _, f := range r.Functions {
			fmt.Fprintf(&b, "function %s %s\n", f.ID(), f.Kind)
		}
		for _, i := range r.Imports {
			fmt.Fprintf(&b, "import %s@%s\n", i.Package, i.Version)
		}
		for _, p := range r.Params {
			fmt.Fprintf(&b, "param %s: %s required %v given %v\n", p.Name, p.Type, p.Required, p.Given)
		}
		fmt.Fprintf(&b, "exports %v\n", r.Exports)
	}
	for _, d := range diags {
		at := ""
		if d.Span.File >= 0 && int(d.Span.File) < len(set.Files) {
			text := set.Files[d.Span.File].Text
			if d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End {
				t.Errorf("span %v outside the text of %d bytes", d.Span, len(text))
			} else {
				at, _, _ = strings.Cut(text[d.Span.Start:d.Span.End], "\n")
			}
		}
		fmt.Fprintf(&b, "%s %s at «%s»: %s; %s\n", d.Severity, d.Code, at, d.Message, d.Help)
	}
	b.WriteString(fixLines(t, &set, diags, given))
	if b.Len() == 0 {
		return "nothing to run\n"
	}
	return b.String()
}

// checked is a program of the small world, with the diagnostics of its syntax too.
func checked(cells []string, given map[string]json.RawMessage) (source.Set, *Result, source.Diagnostics) {
	var set source.Set
	var sources []*syntax.Program
	var diags source.Diagnostics
	world := testCatalog{}
	inOther := map[source.FileID]*foreign.Source{}
	for _, cell := range cells {
		if rest, ok := strings.CutPrefix(cell, "module "); ok {
			if world.modules == nil {
				world.modules = map[string]string{}
			}
			name, text, _ := strings.Cut(rest, "\n")
			world.modules[name] = text
			continue
		}
		if rest, ok := strings.CutPrefix(cell, "function "); ok {
			language, text, _ := strings.Cut(rest, "\n")
			name := fmt.Sprintf("cell%d", len(set.Files)+1)
			id := set.Add(name, text)
			sources = append(sources, Foreign(id))
			inOther[id] = foreign.Read(id, foreign.Language(strings.TrimPrefix(language, "uncompiled ")), name, text)
			inOther[id].Uncompiled = strings.HasPrefix(language, "uncompiled ")
			continue
		}
		id := set.Add(fmt.Sprintf("cell %d", len(set.Files)+1), cell)
		p, ds := syntax.Parse(id, cell)
		sources = append(sources, p)
		diags = append(diags, ds...)
	}
	var cat catalog.Catalog = world
	if world.modules == nil {
		cat = noModules{world}
	}
	prog, ds := Load(context.Background(), cat, &set, sources)
	prog.Foreign = inOther
	diags = append(diags, ds...)
	r, ds := Check(context.Background(), cat, prog, given)
	return set, r, append(diags, ds...)
}

// fixLines shows the line that each fix makes; none may leave the mistake where it was.
func fixLines(t *testing.T, set *source.Set, diags source.Diagnostics, given map[string]json.RawMessage) string {
	t.Helper()
	var b strings.Builder
	for _, d := range diags {
		for _, f := range d.Fixes {
			cells, texts := make([]string, len(set.Files)), make([]string, len(set.Files))
			for i, file := range set.Files {
				var ok bool
				if texts[i], ok = f.Apply(source.FileID(i), file.Text); !ok {
					t.Errorf("%s: the edits of %q overlap or lie outside", d.Code, f.Title)
				}
				if cells[i] = texts[i]; file.Module {
					cells[i] = "module " + file.Name + "\n" + texts[i]
				}
			}
			_, _, left := checked(cells, given)
			for _, l := range left {
				if l.Code == d.Code && l.Span.File == d.Span.File && l.Span.Start == d.Span.Start {
					t.Errorf("%s is still there after %q: %v", d.Code, f.Title, cells)
				}
			}
			fixed := texts[f.Edits[0].Span.File]
			at := f.Edits[0].Span.Start
			line, _, _ := strings.Cut(fixed[strings.LastIndexByte(fixed[:at], '\n')+1:], "\n")
			fmt.Fprintf(&b, "- %s: %s\n", f.Title, line)
		}
	}
	return b.String()
}

// sound checks what every plan promises: unique column names, and expressions over columns that exist with their types.
func sound(n logical.Node) error {
	seen := map[string]bool{}
	for _, f := range n.Schema() {
		if seen[f.Name] {
			return fmt.Errorf("column %s twice in %s", f.Name, logical.Describe(n))
		}
		seen[f.Name] = true
		if _, err := types.ToArrow(f.Type); err != nil {
			return err
		}
	}
	over := func(in logical.Node, es ...*logical.Expr) error {
		for _, e := range es {
			if err := exprSound(e, in.Schema()); err != nil {
				return fmt.Errorf("%s: %w", logical.Describe(n), err)
			}
		}
		return nil
	}
	var err error
	switch n := n.(type) {
	case *logical.Filter:
		if err = over(n.Input, n.Pred); err == nil && n.Pred.T.Kind != types.Bool {
			err = fmt.Errorf("filter by %s", n.Pred.T)
		}
	case *logical.Project:
		for _, c := range n.Cols {
			if err == nil {
				err = over(n.Input, c.Expr)
			}
		}
	case *logical.Aggregate:
		for _, k := range n.Keys {
			if err == nil {
				err = over(n.Input, k.Expr)
			}
		}
		for _, a := range n.Aggs {
			if err == nil {
				err = over(n.Input, a.Args...)
			}
		}
	case *logical.Join:
		for _, k := range n.On {
			if err == nil {
				err = over(n.Left, k.Left)
			}
			if err == nil {
				err = over(n.Right, k.Right)
			}
			if err == nil && !types.Equal(k.Left.T, k.Right.T) {
				err = fmt.Errorf("keys %s and %s", k.Left.T, k.Right.T)
			}
		}
		if n.Residual != nil && err == nil {
			both := &logical.Values{Columns: append(append([]types.Field{}, n.Left.Schema()...), n.Right.Schema()...)}
			err = over(both, n.Residual)
		}
	case *logical.Sort:
		for _, k := range n.Keys {
			if err == nil {
				err = over(n.Input, k.Expr)
			}
		}
	case *logical.TopN:
		for _, k := range n.Keys {
			if err == nil {
				err = over(n.Input, k.Expr)
			}
		}
		if err == nil {
			err = over(n.Input, n.By...)
		}
	case *logical.Unnest:
		err = over(n.Input, n.Expr)
	case *logical.Search:
		err = over(n.Input, n.Text)
	case *logical.Window:
		for _, f := range n.Funcs {
			if err == nil {
				err = over(n.Input, f.Args...)
			}
		}
		if err == nil {
			err = over(n.Input, n.By...)
		}
		for _, k := range n.Order {
			if err == nil {
				err = over(n.Input, k.Expr)
			}
		}
	case *logical.Union:
		for _, in := range n.In {
			if !types.Equal(types.RecordOf(in.Schema()...), types.RecordOf(n.Schema()...)) {
				err = fmt.Errorf("union of %v and %v", in.Schema(), n.Schema())
			}
		}
	case *logical.Values:
		for _, row := range n.Rows {
			for i, e := range row {
				if e.Op != logical.OpLiteral || !types.Equal(e.T, n.Columns[i].Type) {
					err = fmt.Errorf("value %s of type %s in column %v", e, e.T, n.Columns[i])
				}
			}
		}
	}
	for _, in := range n.Inputs() {
		if err == nil {
			err = sound(in)
		}
	}
	return err
}

func exprSound(e *logical.Expr, cols []types.Field) error {
	var err error
	logical.Walk(e, func(x *logical.Expr) {
		switch x.Op {
		case logical.OpColumn:
			f, ok := types.RecordOf(cols...).Field(x.Name)
			if !ok {
				err = fmt.Errorf("no column %s", x.Name)
			} else if !types.Equal(f.Type, x.T) && !types.Equal(f.Type, types.Optional(x.T)) {
				err = fmt.Errorf("column %s is %s, read as %s", x.Name, f.Type, x.T)
			}
		case logical.OpCase:
			for i, a := range x.Args {
				if (i%2 == 1 || i == len(x.Args)-1) && !types.Equal(a.T, x.T) {
					err = fmt.Errorf("branch %s of %s is %s, not %s", a, x, a.T, x.T)
				}
			}
		}
		if x.Span.File < 0 {
			err = fmt.Errorf("%s points into a package", x)
		}
	})
	return err
}

// testCatalog is a small world.
type testCatalog struct {
	modules map[string]string // the project's, by path
}

// noModules is a world without a project, as a notebook's.
type noModules struct{ catalog.Catalog }

func (n noModules) Exporting(ctx context.Context, function string) []string {
	return n.Catalog.(Exporter).Exporting(ctx, function)
}

func (c testCatalog) ReadModule(_ context.Context, from, p string) (string, string, error) {
	name := path.Join(path.Dir(from), p)
	if name == "locked.dql" {
		return "", "", fmt.Errorf("it may not be read by this user")
	}
	text, ok := c.modules[name]
	if !ok {
		return "", "", catalog.ErrNotFound
	}
	return name, text, nil
}

func (c testCatalog) ModuleNames(context.Context, string) []string {
	var out []string
	for name := range c.modules {
		out = append(out, "./"+name)
	}
	return out
}

var testTables = map[string]string{
	"lineitem": `{l_orderkey: int, l_quantity: float, l_extendedprice: float, l_discount: float, l_tax: float, l_returnflag: string, l_linestatus: string, l_shipdate: date}`,
	"orders":   "{o_orderkey: int, o_custkey: int, o_orderdate: date, o_shippriority: int, o_comment: string?}",
	"customer": "{c_custkey: int, c_mktsegment: string, c_nation: int?}",
	"edges":    "{src: int, dst: int}",
	"tracks":   "{track_id: int, name: string, milliseconds: int, album_id: int, composer: string?, unit_price: decimal<10,2>}",
	"invoices": "{invoice_id: int, customer_id: int, invoice_date: timestamp, total: float}",
	"shops":    "{name: string, lat: float, lon: float}",
	"x":        "{id4: int, id6: int, v1: int, v3: float?}",
	"person":   "{id: int, name: string, city_id: int}",
	"city":     "{id: int, name: string, mayor: string?}",
	"baskets":  "{customer_id: int, items: [{sku: string, price: float, qty: int}]}",
}

func (testCatalog) Table(_ context.Context, name string) (*logical.Table, error) {
	s, ok := testTables[name]
	if name == "unreadable" {
		return nil, fmt.Errorf("its file is gone")
	}
	if !ok {
		return nil, catalog.ErrNotFound
	}
	t, err := types.Parse(s)
	return &logical.Table{Name: name, Version: "1", Columns: t.Fields, Rows: 100}, err
}

func (testCatalog) TableNames(context.Context) ([]string, error) { return keysOf(testTables), nil }

func (c testCatalog) File(ctx context.Context, path string) (*logical.Table, error) {
	if path != "person.csv" {
		return nil, fmt.Errorf("there is no such file")
	}
	t, err := c.Table(ctx, "person")
	if err == nil {
		t.Name = path
	}
	return t, err
}

func (testCatalog) Exporting(_ context.Context, function string) []string {
	if function == "haversine" {
		return []string{"acme/geo"}
	}
	return nil
}

func (c noModules) Postgres(ctx context.Context, connection, table string) (*logical.Table, error) {
	if connection != "SHOP" {
		return nil, fmt.Errorf("there is no connection %s", connection)
	}
	return c.Table(ctx, table)
}

func (testCatalog) PackageNames(context.Context) ([]string, error) {
	return []string{"acme/geo", "std/finance"}, nil
}

func (testCatalog) Package(_ context.Context, name, constraint string) (*catalog.Package, error) {
	fs := func(s string) []types.Field {
		t, err := types.Parse(s)
		if err != nil {
			panic(err)
		}
		return t.Fields
	}
	float := types.Of(types.Float)
	switch {
	case name == "acme/geo" && constraint != "^9":
		return &catalog.Package{Name: name, Version: "1.2.3", Digest: "aa", Functions: []udf.Function{
			{Package: name, Version: "1.2.3", Name: "haversine", Kind: udf.WASM, Shape: udf.Scalar, Module: "bb", Entry: "haversine",
				Params: fs("{lat1: float, lon1: float, lat2: float, lon2: float}"), Result: float},
			{Package: name, Version: "1.2.3", Name: "slug", Kind: udf.Python, Shape: udf.Scalar, Params: fs("{text: string}"), Result: types.Of(types.String)},
		}}, nil
	case name == "std/finance":
		return &catalog.Package{Name: name, Version: "1.0.0", Functions: []udf.Function{
			{Package: name, Version: "1.0.0", Name: "compound", Kind: udf.Expression, Params: fs("{principal: float, rate: float, years: float}"), Result: float,
				Source: "(principal, rate, years) => principal * growth(rate, years)"},
			{Package: name, Version: "1.0.0", Name: "growth", Kind: udf.Expression, Params: fs("{rate: float, years: float}"), Result: float,
				Source: "(rate, years) => (1 + rate) ** years"},
			{Package: name, Version: "1.0.0", Name: "broken", Kind: udf.Expression, Params: fs("{rate: float}"), Result: float, Source: "rate => rate + tracks"},
		}}, nil
	}
	switch name {
	case "test/go":
		p := &catalog.Package{Name: name, Version: "1.0.0"}
		for _, f := range udftest.All() {
			p.Functions = append(p.Functions, f.Function)
		}
		return p, nil
	case "acme/changed":
		return nil, &catalog.LockError{Message: "the package acme/changed 1.0.0 is not the one that dreamql.lock names", Help: "run dreamql upgrade to accept it"}
	case "acme/unlocked":
		return nil, &catalog.LockError{Missing: true, Message: "the package acme/unlocked is not in dreamql.lock", Help: "run dreamql upgrade to add it"}
	case "acme/unreachable":
		return nil, fmt.Errorf("the registry does not answer")
	case "acme/odd":
		return &catalog.Package{Name: name, Version: "0.1.0", Functions: []udf.Function{
			{Package: name, Version: "0.1.0", Name: "unparsed", Kind: udf.Expression, Params: fs("{a: float}"), Result: float, Source: "a +"},
			{Package: name, Version: "0.1.0", Name: "reader", Kind: udf.Expression, Params: fs("{a: float}"), Result: float, Source: "a => read('person.csv')"},
		}}, nil
	}
	return nil, catalog.ErrNotFound
}
