package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// maxWidened bounds how often a step is evaluated anew because its columns need wider types than the seed's.
const maxWidened = 3

// fix(seed, r => step) is the least table that holds the seed and, with its rows, what the step makes of them. It is a set. With
// keep: it holds the best values only, one row for each value of the other columns. The step is evaluated once, over a table
// that stands for the rows so far; monotone tells whether it may be repeated.
func (c *checker) fix(seed *table, s *stageCall) value {
	if !c.fixArgs(s) {
		return seed.poisoned()
	}
	args, ok := c.positional(s)
	if !ok {
		return seed.poisoned()
	}
	at := s.node.Place()
	fn := c.eval(args[0], s.env)
	if !isFunction(fn) {
		if !isUnknown(fn) {
			c.report(errFixFunction(args[0].Place(), fn.what()))
		}
		return seed.poisoned()
	}
	start, ok := c.flat(seed, at)
	if !ok {
		start = seed.node
	}
	c.fixes++
	f := &logical.Fix{Seed: start, ID: c.fixes, Span: at}
	if !c.fixRounds(f, s) {
		return seed.poisoned()
	}
	for widened := 0; ; widened++ {
		r := &table{node: &logical.Recur{ID: f.ID, Columns: f.Seed.Schema()}, size: 1, poison: seed.poison, lost: seed.lost}
		next := c.stepOf(fn, r, args[0])
		if next == nil || next.poison || seed.poison {
			return seed.poisoned()
		}
		if f.Step, ok = c.flat(next, args[0].Place()); !ok {
			return seed.poisoned()
		}
		wider, ok := c.fixColumns(f, bodyPlace(args[0]))
		if !ok {
			return seed.poisoned()
		}
		if wider != nil && widened < maxWidened {
			f.Seed = wider
			continue
		}
		if wider != nil {
			have, want := f.Seed.Schema(), wider.Schema()
			for i := range have {
				if !types.Equal(have[i].Type, want[i].Type) {
					c.report(errFixType(bodyPlace(args[0]), have[i].Name, have[i].Type, want[i].Type))
				}
			}
			return seed.poisoned()
		}
		if !c.fixKeep(f, s) || !c.monotone(f) {
			return seed.poisoned()
		}
		return c.grow(&table{node: f, size: seed.size + next.size + 1}, at)
	}
}

// fixArgs tells of arguments that were meant for a stage of the step.
func (c *checker) fixArgs(s *stageCall) bool {
	plain := 0
	for _, a := range s.args {
		switch {
		case a.Name != nil && !contains(s.st.named, a.Name.Name):
			c.report(errFixArgs(a.Name.Span))
			return false
		case a.Name == nil:
			if plain++; plain == 2 {
				c.report(errFixArgs(a.Value.Place()))
				return false
			}
		}
	}
	if plain == 0 {
		c.report(errFixArgs(s.node.Place()))
	}
	return plain > 0
}

// stepOf is the table that the function makes of the rows so far; nil after a report.
func (c *checker) stepOf(fn value, r *table, e syntax.Expr) *table {
	switch x := c.invoke(fn, []arg{{v: r, span: e.Place()}}, e).(type) {
	case *table:
		return x
	case *list:
		return c.rowsOf(x, bodyPlace(e))
	case unknown:
	default:
		c.report(errFixStep(bodyPlace(e), x.what()))
	}
	return nil
}

// bodyPlace is where a function says what it gives.
func bodyPlace(e syntax.Expr) span {
	if l, ok := e.(*syntax.Lambda); ok {
		return l.Body.Place()
	}
	return e.Place()
}

// flat is the plan of a table with right rows of joins as records.
func (c *checker) flat(t *table, at span) (logical.Node, bool) {
	if len(t.nest) == 0 || t.poison {
		return t.node, true
	}
	return c.finalTable(t, at)
}

// fixColumns puts the step's columns into the order and types of the seed's. Where the seed's types are too narrow it returns
// the seed in wider ones instead.
func (c *checker) fixColumns(f *logical.Fix, at span) (wider logical.Node, ok bool) {
	have, step := f.Seed.Schema(), f.Step.Schema()
	for _, g := range step {
		if _, known := fieldIn(have, g.Name); !known {
			c.report(errFixExtra(at, g.Name))
			return nil, false
		}
	}
	same, widen := true, false
	in, out := &logical.Project{Input: f.Step}, &logical.Project{Input: f.Seed}
	for i, h := range have {
		g, known := fieldIn(step, h.Name)
		if !known {
			c.report(errFixLacks(at, h.Name))
			return nil, false
		}
		t, fits := funcs.Common(h.Type, g.Type)
		if !fits {
			c.report(errFixType(at, h.Name, h.Type, g.Type))
			return nil, false
		}
		same = same && step[i].Name == h.Name && types.Equal(g.Type, h.Type)
		widen = widen || !types.Equal(t, h.Type)
		for _, x := range []struct {
			to  *logical.Project
			col types.Field
		}{{in, g}, {out, h}} {
			e := &logical.Expr{Op: logical.OpColumn, T: x.col.Type, Name: x.col.Name}
			s, _ := c.convert(&scalar{e: e, size: 1, deep: 1}, t)
			x.to.Cols = append(x.to.Cols, logical.Named{Name: h.Name, Expr: s.e})
		}
	}
	if widen {
		return out, true
	}
	if !same {
		f.Step = in
	}
	return nil, true
}

// fixKeep reads keep: {column: min, …}.
func (c *checker) fixKeep(f *logical.Fix, s *stageCall) bool {
	e := s.arg("keep")
	if e == nil {
		return true
	}
	b, ok := e.(*syntax.Braces)
	if !ok || b.Kind != syntax.RecordBraces || len(b.Entries) == 0 {
		c.report(errFixKeep(e.Place()))
		return false
	}
	for _, en := range b.Entries {
		entry, ok := en.(*syntax.FieldEntry)
		if !ok {
			c.report(errFixKeep(e.Place()))
			return false
		}
		name, isName := entry.Value.(*syntax.Name)
		if !isName {
			c.report(errFixKeep(entry.Value.Place()))
			return false
		}
		col, known := fieldIn(f.Seed.Schema(), entry.Name.Name)
		if !known {
			all := fieldNames(f.Seed.Schema())
			c.report(errUnknownColumn(entry.Name.Span, entry.Name.Name, nearest(entry.Name.Name, all), all))
			return false
		}
		t := col.Type.Required()
		switch name.Name {
		case "min", "max":
			ok = funcs.Ordered(t)
		case "bool_or", "bool_and":
			ok = t.Kind == types.Bool
		default:
			c.report(errFixKeepFunc(name.Span, name.Name))
			return false
		}
		if !ok {
			c.report(errFixKeepType(name.Span, name.Name, col))
			return false
		}
		for _, k := range f.Keep {
			if k.Column == col.Name {
				c.report(errDuplicateField(entry.Name))
				return false
			}
		}
		f.Keep = append(f.Keep, logical.Kept{Column: col.Name, Func: name.Name})
	}
	return true
}

func (c *checker) fixRounds(f *logical.Fix, s *stageCall) bool {
	e := s.arg("rounds")
	if e == nil {
		return true
	}
	x := c.eval(e, s.env)
	n, ok := constInt(x)
	if !ok || n < 1 {
		if !isUnknown(x) {
			c.report(errFixRounds(e.Place()))
		}
		return false
	}
	f.Rounds = n
	return true
}
