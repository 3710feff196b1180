package check

import (
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Foreign is the place in a program of a text in another language: a source without statements. What it defines is in Program.Foreign.
func Foreign(file source.FileID) *syntax.Program { return &syntax.Program{File: file} }

// declareForeign enters the functions of a cell in another language, and says what is wrong with its text. They are called as those of
// packages are, by the same runtimes.
func (c *checker) declareForeign(m *module, cell *Cell, src *foreign.Source) {
	if src == nil {
		return
	}
	for _, p := range src.Problems {
		c.report(errForeign(p))
	}
	for i := range src.Functions {
		f := &src.Functions[i]
		if src.Uncompiled {
			c.report(errUncompiled(f))
		}
		v := &packaged{&f.Function}
		if c.facts != nil {
			c.facts.docs[f.ID()] = f.Doc
		}
		c.enter(m, cell, &def{name: f.Name, span: f.At, file: cell.File, state: done, val: v})
		c.facts.saw(f.At, v, nil)
	}
}
