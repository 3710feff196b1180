// Package check gives a program its meaning: it resolves names, infers types and modes, and elaborates the program into a
// logical plan by evaluating it symbolically (docs/adr/0001). A table is a plan node, a row is a record of typed
// expressions, a function is a closure that is applied where it is called.
//
// It optimises nothing and runs nothing; time and memory are bounded whatever the program says. A new stage is a file
// with its function and a line in stages.go; a new message is a constructor in the errors_*.go of its subject.
package check

import (
	"context"
	"encoding/json"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Program is one or more sources that share one module: the cells of a notebook, or a file. Names may be used before, and in
// other sources than, where they are bound.
type Program struct {
	Sources []*syntax.Program
	// Imports names the modules of the project that paths in the sources mean; Load finds them.
	Imports map[string]string
	Modules map[string]*Module
	// Foreign are the sources that are in another language; in Sources each has its place by Foreign(file).
	Foreign map[source.FileID]*foreign.Source
}

// Result is a checked program.
type Result struct {
	// Plan computes the last expression of the last source that ends in one; nil if no source does.
	Plan    logical.Node
	Columns []types.Field
	// Cells are the sources, in order.
	Cells     []Cell
	Imports   []Import
	Functions []*udf.Function // package functions that are called or inlined, each once, in order of first use
	Params    []Param
	Exports   []string
}

// Cell is what one source defines, what it uses of others, and its own value.
type Cell struct {
	File    source.FileID
	Defines []string
	Uses    []string     // names that another source defines, parameters as "$name"
	Tables  []string     // datasets and files that it reads, by name
	Plan    logical.Node // of its last expression; nil if it has none, it is a save, or it is in error
	Columns []types.Field
	Saves   []*Save // in their order; none where one is in error
}

// Import is a resolved package.
type Import struct {
	Package, Version, Digest string
	Constraint               string // as written
	Span                     source.Span
}

// Param is a parameter of the program.
type Param struct {
	Name     string
	Type     types.Type
	Required bool // has no default
	Given    bool
	Span     source.Span
}

// Bounds on what a program may cost to check. They leave room for programs that machines write.
const (
	maxSteps       = 2_000_000 // expressions evaluated
	maxDepth       = 1_500     // expressions inside each other, calls included
	maxApplied     = 200       // functions inside each other
	maxExpr        = 100_000   // nodes of one expression
	maxExprDepth   = 1_000
	maxPlan        = 2_000 // nodes of the plan
	maxDiagnostics = 50
)

// Check evaluates a program against a catalogue. params are the given values as JSON, by name. The result is never nil;
// its plans are nil where errors concern them. After cancellation of ctx it returns soon, with a diagnostic.
func Check(ctx context.Context, cat catalog.Catalog, prog Program, params map[string]json.RawMessage) (*Result, source.Diagnostics) {
	return run(ctx, cat, prog, params, nil)
}

func run(ctx context.Context, cat catalog.Catalog, prog Program, params map[string]json.RawMessage, facts *Facts) (*Result, source.Diagnostics) {
	c := &checker{
		facts: facts,
		ctx:   ctx, cat: cat, given: params, result: &Result{},
		aggs: map[string]*aggregate{}, wins: map[string]*window{}, asked: map[string]*subquery{}, keys: map[string]string{},
		origins: map[logical.Node]origin{}, tables: map[string]*table{}, packages: map[string]*moduleValue{}, stages: map[string]*stage{}, overLists: overLists(), reported: map[reportKey]bool{}, applications: map[*syntax.Lambda]bool{},
		savedAt: map[string]span{},
	}
	for _, s := range allStages() {
		c.stages[s.name] = &s
	}
	if facts != nil {
		facts.checker = c
	}
	c.program(prog)
	return c.result, c.diags
}

type checker struct {
	facts  *Facts // nil where nobody asks for them
	ctx    context.Context
	cat    catalog.Catalog
	given  map[string]json.RawMessage
	result *Result
	diags  source.Diagnostics

	mod          *module
	modules      map[string]*module    // of the project, by name
	aggs         map[string]*aggregate // by the name of the column that stands for it
	wins         map[string]*window
	queries      []*subquery
	asked        map[string]*subquery // by the names of their columns
	keys         map[string]string    // aggregates and windows by what they compute
	tables       map[string]*table    // read so far
	origins      map[logical.Node]origin
	fixes        int // fix(…) met so far
	packages     map[string]*moduleValue
	stages       map[string]*stage
	overLists    map[string]func(o *overList) value
	reported     map[reportKey]bool
	applications map[*syntax.Lambda]bool // functions whose body was evaluated

	sink    syntax.Node      // the node that may be a save; nil inside of expressions
	bound   *logical.Bounded // of the statement that is evaluated
	saves   []*Save          // of the cell that is evaluated
	savedAt map[string]span

	steps, depth, applied int
	items                 int         // columns that stood for elements of lists
	stopped               bool        // a bound was hit or ctx is done: everything is unknown
	site                  source.Span // the call that the source of a package function is evaluated for
}

type reportKey struct {
	code string
	span source.Span
}

// report collects a diagnostic. A function that is applied many times reports a mistake at one place once.
func (c *checker) report(d source.Diagnostic) value {
	if d.Severity == "" {
		d.Severity = source.Error
	}
	if c.site != (source.Span{}) && d.Span.File < 0 {
		d.Message = "Inside the package function: " + d.Message
		d.Span = c.site
	}
	k := reportKey{d.Code, d.Span}
	if c.stopped || c.reported[k] || len(c.diags) >= maxDiagnostics {
		return unknown{}
	}
	c.reported[k] = true
	c.diags = append(c.diags, d)
	return unknown{}
}

// stop reports a bound that was hit; nothing is evaluated after it.
func (c *checker) stop(d source.Diagnostic) value {
	c.report(d)
	c.stopped = true
	return unknown{}
}

// place is the span that run-time errors of an expression point at.
func (c *checker) place(n syntax.Node) source.Span {
	s := n.Place()
	if s.File < 0 {
		return c.site
	}
	return s
}
