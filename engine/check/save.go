package check

import (
	"regexp"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// SaveMode says what a save does with a dataset of its name.
type SaveMode string

const (
	SaveCreate  SaveMode = ""        // there must be none
	SaveReplace SaveMode = "replace" // its rows are replaced, or it is made
	SaveAppend  SaveMode = "append"  // rows are added
	SaveMerge   SaveMode = "merge"   // rows of the same key are replaced, others are added
)

// Save is a statement that stores a table as a version of a dataset.
type Save struct {
	Name string
	Mode SaveMode
	Key  []string
	// Plan makes the rows to store: all of the new version, but for append those to add. Columns are what they have in it.
	Plan    logical.Node
	Columns []types.Field
	// Base is the version that an append or a merge was checked against, and that it may not outlive; nil otherwise.
	Base *logical.Table
	Span span
}

// Whole is the plan of all rows of the new version.
func (s *Save) Whole() logical.Node {
	if s.Mode != SaveAppend {
		return s.Plan
	}
	return &logical.Union{In: []logical.Node{widened(s.Base, s.Columns, s.Span), s.Plan}}
}

// SavedColumns are the columns of what a save gives: one row.
var SavedColumns = []types.Field{
	{Name: "dataset", Type: types.Of(types.String)},
	{Name: "rows", Type: types.Of(types.Int)},
	{Name: "version", Type: types.Of(types.String)},
}

// saved is the value of a save.
type saved struct{}

func (saved) what() string { return "a save" }

var (
	datasetName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)
	saveModes   = []string{string(SaveReplace), string(SaveAppend), string(SaveMerge)}
)

// sink is the node of a statement that may be a save: the stage of its last pipe, or its call.
func sink(e syntax.Expr) syntax.Node {
	switch e := e.(type) {
	case *syntax.Pipe:
		return e.Stage
	case *syntax.Call:
		return e
	}
	return nil
}

// save is a statement of its own: t -> save name, mode: 'append'.
func (c *checker) save(t *table, s *stageCall) value {
	if c.sink == nil || s.node != c.sink {
		return c.report(errSaveNested(s.node.Place()))
	}
	args, ok := c.positional(s)
	if !ok {
		return unknown{}
	}
	out := &Save{Span: s.node.Place()}
	if out.Name, ok = c.saveName(args[0], s); !ok {
		return unknown{}
	}
	if out.Mode, ok = c.saveMode(s); !ok {
		return unknown{}
	}
	node, ok := c.finalTable(t, s.node.Place())
	if !ok {
		return unknown{}
	}
	for _, f := range node.Schema() {
		if _, err := types.ToArrow(f.Type); err != nil || f.Type.Required().Kind == types.None {
			return c.report(errSaveStored(out.Span, f))
		}
	}
	if c.bound != nil {
		node = &logical.Bounded{Input: node, Rows: c.bound.Rows, Span: c.bound.Span}
	}
	if !c.saveInto(out, node, s) {
		return unknown{}
	}
	c.saves = append(c.saves, out)
	return saved{}
}

func (c *checker) saveName(e syntax.Expr, s *stageCall) (string, bool) {
	name := ""
	switch e := e.(type) {
	case *syntax.Name:
		name = e.Name
	case *syntax.String:
		name = e.Value
	}
	if !datasetName.MatchString(name) || syntax.IsReserved(name) {
		c.report(errSaveName(e.Place()))
		return "", false
	}
	if at, twice := c.savedAt[name]; twice {
		c.report(errSaveTwice(e.Place(), name, at))
		return "", false
	}
	c.savedAt[name] = s.node.Place()
	return name, true
}

func (c *checker) saveMode(s *stageCall) (SaveMode, bool) {
	e := s.arg("mode")
	if e == nil {
		return SaveCreate, true
	}
	v := c.eval(e, s.env.tables())
	if isUnknown(v) {
		return "", false
	}
	x, ok := v.(*scalar)
	if ok && x.e.Op == logical.OpLiteral && x.e.T.Kind == types.String && contains(saveModes, *x.e.Lit.Text) {
		return SaveMode(*x.e.Lit.Text), true
	}
	near := ""
	if ok && x.e.Op == logical.OpLiteral && x.e.T.Kind == types.String {
		near = nearest(*x.e.Lit.Text, saveModes)
	}
	c.report(errSaveMode(e.Place(), near))
	return "", false
}

// saveInto checks new rows against what is there, and plans them.
func (c *checker) saveInto(out *Save, rows logical.Node, s *stageCall) bool {
	at := out.Span
	base, err := c.cat.Table(c.ctx, out.Name)
	if err != nil && !isNotFound(err) {
		c.report(errCatalog(at, out.Name, err))
		return false
	}
	exists := err == nil
	key := s.arg("key")
	switch {
	case key != nil && out.Mode != SaveMerge:
		c.report(errSaveKeyUnused(key.Place()))
		return false
	case key == nil && out.Mode == SaveMerge:
		c.report(errSaveKeyMissing(at))
		return false
	case out.Mode == SaveCreate && exists:
		c.report(errSaveExists(at, out.Name))
		return false
	case (out.Mode == SaveAppend || out.Mode == SaveMerge) && !exists:
		names, _ := c.cat.TableNames(c.ctx)
		c.report(errSaveNothing(at, out.Name, out.Mode, nearest(out.Name, names)))
		return false
	case out.Mode == SaveCreate || out.Mode == SaveReplace:
		out.Plan, out.Columns = rows, rows.Schema()
		return true
	}
	out.Base = base
	if out.Columns, err = nil, nil; !c.saveColumns(out, rows.Schema()) {
		return false
	}
	out.Plan = c.fitted(rows, out.Columns, at)
	if out.Mode == SaveMerge {
		return c.merge(out, key)
	}
	return true
}

// saveColumns finds the columns of the new version: those that are there, optional where new rows may lack a value.
func (c *checker) saveColumns(out *Save, have []types.Field) bool {
	for _, f := range out.Base.Columns {
		g, ok := fieldIn(have, f.Name)
		if !ok {
			c.report(errSaveLacks(out.Span, out.Name, f.Name))
			return false
		}
		t, ok := funcs.Common(f.Type, g.Type)
		if !ok || !types.Equal(t.Required(), f.Type.Required()) {
			c.report(errSaveType(out.Span, out.Name, f, g))
			return false
		}
		out.Columns = append(out.Columns, types.Field{Name: f.Name, Type: t})
	}
	for _, g := range have {
		if _, ok := fieldIn(out.Base.Columns, g.Name); !ok {
			c.report(errSaveExtra(out.Span, out.Name, g.Name))
			return false
		}
	}
	return true
}

// fitted puts rows into the order and the types of columns, which hold them.
func (c *checker) fitted(rows logical.Node, columns []types.Field, at span) logical.Node {
	p := &logical.Project{Input: rows}
	for _, f := range columns {
		g, _ := fieldIn(rows.Schema(), f.Name)
		x, _ := c.convert(&scalar{e: &logical.Expr{Op: logical.OpColumn, T: g.Type, Name: g.Name, Span: at}, size: 1, deep: 1}, f.Type)
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: x.e})
	}
	return p
}

// widened is all rows of a table with its columns as optional as columns are.
func widened(t *logical.Table, columns []types.Field, at span) logical.Node {
	p := &logical.Project{Input: &logical.Scan{Table: t, Columns: t.Columns, Span: at}}
	for i, f := range t.Columns {
		e := &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name, Span: at}
		if !types.Equal(f.Type, columns[i].Type) {
			e = &logical.Expr{Op: logical.OpCast, T: columns[i].Type, Args: []*logical.Expr{e}, Span: at}
		}
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: e})
	}
	return p
}

// merge plans the old rows whose key is in none of the new ones, and the new ones, of which no two may have the same.
func (c *checker) merge(out *Save, key syntax.Expr) bool {
	row := &rowScope{rec: &record{}}
	for _, f := range out.Columns {
		row.rec.fields = append(row.rec.fields, field{f.Name, unknown{}})
	}
	keys := &logical.Project{Input: out.Plan}
	j := &logical.Join{Kind: logical.Anti, Left: widened(out.Base, out.Columns, out.Span), Right: keys, Unique: true, Span: out.Span}
	for _, e := range items(key) {
		name, ok := c.columnName(e, row)
		if !ok {
			return false
		}
		f, _ := fieldIn(out.Columns, name)
		if f.Type.IsOption() {
			c.report(errSaveKeyOptional(e.Place(), f))
			return false
		}
		if contains(out.Key, name) {
			continue
		}
		out.Key = append(out.Key, name)
		column := func(as string) *logical.Expr {
			return &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: as, Span: out.Span}
		}
		keys.Cols = append(keys.Cols, logical.Named{Name: "$" + name, Expr: column(name)})
		j.On = append(j.On, logical.EquiKey{Left: column(name), Right: column("$" + name)})
	}
	out.Plan = &logical.Union{In: []logical.Node{j, out.Plan}}
	return true
}
