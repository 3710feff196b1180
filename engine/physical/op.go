package physical

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Op is one operator of a stage. Exactly one of the pointers after Columns is set and says which it is.
type Op struct {
	// Input is the operator that this one reads; nil for a leaf (Scan, Read, Values, Fix).
	Input *Op `json:"input,omitempty"`
	// Columns are the operator's output.
	Columns []types.Field `json:"columns"`
	// Estimate is the rows that package cost expects of it; 0 where it was not asked.
	Estimate int64 `json:"estimate,omitempty"`
	// Bound is how many rows it may give in one task; nil for any number.
	Bound *Bound `json:"bound,omitempty"`

	Scan      *Scan      `json:"scan,omitempty"`
	Read      *Read      `json:"read,omitempty"`
	Values    *Values    `json:"values,omitempty"`
	Filter    *Filter    `json:"filter,omitempty"`
	Project   *Project   `json:"project,omitempty"`
	Aggregate *Aggregate `json:"aggregate,omitempty"`
	HashJoin  *HashJoin  `json:"hash_join,omitempty"`
	Sort      *Sort      `json:"sort,omitempty"`
	TopN      *TopN      `json:"top_n,omitempty"`
	Limit     *Limit     `json:"limit,omitempty"`
	Distinct  *Distinct  `json:"distinct,omitempty"`
	Unnest    *Unnest    `json:"unnest,omitempty"`
	Search    *Search    `json:"search,omitempty"`
	Window    *Window    `json:"window,omitempty"`
	Fix       *Fix       `json:"fix,omitempty"`
}

// Bound comes from @bounded; Span is what a breach points at.
type Bound struct {
	Rows int64       `json:"rows"`
	Span source.Span `json:"span"`
}

// Scan reads the splits of the stage's table. Filter may use any column of the table, not only the output's.
type Scan struct {
	Filter *logical.Expr `json:"filter,omitempty"`
	// Sorted is a shorter way to what Filter asks for; nil where there is none.
	Sorted *Sorted `json:"sorted,omitempty"`
	// Paths are the ways that were compared, for explain.
	Paths []Path `json:"paths,omitempty"`
}

// Read is the rows of other stages, one after the other; more than one is a union.
type Read struct {
	Stages []int `json:"stages"`
}

// Values is literal rows.
type Values struct {
	Rows [][]*logical.Expr `json:"rows"`
}

// Filter keeps the rows for which Pred is true.
type Filter struct {
	Pred *logical.Expr `json:"pred"`
}

// Project computes columns.
type Project struct {
	Cols []logical.Named `json:"cols"`
}

// Mode is the part of an aggregation that an operator does.
type Mode string

const (
	Complete Mode = "complete" // rows in, results out
	Partial  Mode = "partial"  // rows in, states out
	Final    Mode = "final"    // states in, results out
)

// Aggregate groups by Keys. A partial one outputs the keys, then the columns of each aggregate's state; a final one reads
// just that, by position, so that its Keys and Aggs are the very ones of the partial.
type Aggregate struct {
	Mode Mode            `json:"mode"`
	Keys []logical.Named `json:"keys,omitempty"`
	Aggs []logical.Agg   `json:"aggs,omitempty"`
}

// HashJoin builds a table from the rows of stage Build and probes it with the rows of its input.
type HashJoin struct {
	Build        int               `json:"build"`
	BuildColumns []types.Field     `json:"build_columns"`
	Kind         logical.JoinKind  `json:"kind"`
	On           []logical.EquiKey `json:"on,omitempty"`
	Residual     *logical.Expr     `json:"residual,omitempty"`
	// Keep is over the build columns: build rows for which it is not true count for the guard, and are not in the output.
	Keep *logical.Expr `json:"keep,omitempty"`
	// Prunes are what the scan of the stage leaves out once the table is there.
	Prunes []Prune `json:"prunes,omitempty"`
	// Promised is what the program asked for, of a check that stands for a part of it.
	Promised logical.JoinKind `json:"promised,omitempty"`
	// Unique says that no two build rows may have the same key.
	Unique bool `json:"unique,omitempty"`
	// LeftName and RightName are what a broken guard calls the two sides.
	LeftName  string      `json:"left_name,omitempty"`
	RightName string      `json:"right_name,omitempty"`
	Span      source.Span `json:"span"`
}

// Search keeps the rows whose Text matches Query and adds their score as the last column. It must see all rows.
type Search struct {
	Text  *logical.Expr      `json:"text"`
	Query *logical.TextQuery `json:"query"`
}

// Sort orders rows.
type Sort struct {
	Keys []logical.SortKey `json:"keys"`
}

// TopN keeps the first N rows by Keys, of each group of By.
type TopN struct {
	By   []*logical.Expr   `json:"by,omitempty"`
	Keys []logical.SortKey `json:"keys"`
	N    int64             `json:"n"`
}

// Limit skips Offset rows, then passes Count (-1: all).
type Limit struct {
	Offset int64 `json:"offset,omitempty"`
	Count  int64 `json:"count"`
}

// Distinct keeps one of each equal row, the first.
type Distinct struct{}

// Unnest gives one row for each element of the list Expr; the element is the last column.
type Unnest struct {
	Expr *logical.Expr `json:"expr"`
}

// Window adds the columns Funcs.
type Window struct {
	By    []*logical.Expr      `json:"by,omitempty"`
	Order []logical.SortKey    `json:"order,omitempty"`
	Funcs []logical.WindowFunc `json:"funcs"`
}

// Kind names the operator, as explain and statistics do.
func (o *Op) Kind() string {
	switch {
	case o.Scan != nil:
		return "scan"
	case o.Read != nil:
		if len(o.Read.Stages) > 1 {
			return "union"
		}
		return "input"
	case o.Values != nil:
		return "values"
	case o.Filter != nil:
		return "filter"
	case o.Project != nil:
		return "project"
	case o.Aggregate != nil:
		return "aggregate"
	case o.HashJoin != nil:
		return "hash_join"
	case o.Sort != nil:
		return "sort"
	case o.TopN != nil:
		return "top_n"
	case o.Limit != nil:
		return "limit"
	case o.Distinct != nil:
		return "distinct"
	case o.Unnest != nil:
		return "unnest"
	case o.Search != nil:
		return "search"
	case o.Window != nil:
		return "window"
	case o.Fix != nil:
		return "fix"
	}
	return "invalid"
}

// Functions visits every user-defined function that the operator itself calls, and that the steps of a fix call, some more than once.
func (o *Op) Functions(visit func(*udf.Function)) {
	switch {
	case o.Aggregate != nil:
		for _, a := range o.Aggregate.Aggs {
			if a.User != nil {
				visit(a.User)
			}
		}
	case o.Window != nil:
		for _, w := range o.Window.Funcs {
			if w.User != nil {
				visit(w.User)
			}
		}
	case o.Fix != nil:
		o.Fix.operators(func(inner *Op) { inner.Functions(visit) })
		return
	}
	o.Exprs(func(e *logical.Expr) {
		logical.WalkAll(e, func(x *logical.Expr) {
			if x.Op == logical.OpUDF {
				visit(x.Func)
			}
		})
	})
}

// Exprs visits every expression of the operator itself, not of its inputs; of a fix those of its steps.
func (o *Op) Exprs(f func(*logical.Expr)) {
	visit := func(e *logical.Expr) {
		if e != nil {
			f(e)
		}
	}
	each := func(es []*logical.Expr) {
		for _, e := range es {
			visit(e)
		}
	}
	keys := func(ks []logical.SortKey) {
		for _, k := range ks {
			visit(k.Expr)
		}
	}
	switch {
	case o.Scan != nil:
		visit(o.Scan.Filter)
	case o.Filter != nil:
		visit(o.Filter.Pred)
	case o.Project != nil:
		for _, c := range o.Project.Cols {
			visit(c.Expr)
		}
	case o.Aggregate != nil && o.Aggregate.Mode != Final:
		for _, k := range o.Aggregate.Keys {
			visit(k.Expr)
		}
		for _, a := range o.Aggregate.Aggs {
			each(a.Args)
			visit(a.Filter)
		}
	case o.HashJoin != nil:
		for _, k := range o.HashJoin.On {
			visit(k.Left)
			visit(k.Right)
		}
		visit(o.HashJoin.Residual)
		visit(o.HashJoin.Keep)
	case o.Sort != nil:
		keys(o.Sort.Keys)
	case o.TopN != nil:
		each(o.TopN.By)
		keys(o.TopN.Keys)
	case o.Unnest != nil:
		visit(o.Unnest.Expr)
	case o.Search != nil:
		visit(o.Search.Text)
	case o.Window != nil:
		each(o.Window.By)
		keys(o.Window.Order)
		for _, w := range o.Window.Funcs {
			each(w.Args)
		}
	case o.Values != nil:
		for _, r := range o.Values.Rows {
			each(r)
		}
	case o.Fix != nil:
		o.Fix.exprs(f)
	}
}
