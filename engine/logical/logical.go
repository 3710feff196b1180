// Package logical is the relational plan that the checker elaborates a program into, and that rules rewrite: nodes over
// bags of rows, with typed scalar expressions. Lambdas, bindings and imports are gone; every column has its type.
//
// Column names are unique within a node's schema, and an expression refers to its input's columns by name. A nested
// right row (`as: c`) is kept flat, as columns "c.id", "c.name" (and "c.$present", a bool, where c may be absent).
// A new node is a type here, a case in Inputs/WithInputs, a lowering in physical and an operator in exec.
package logical

import (
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Node is a relation.
type Node interface {
	// Schema is the output columns in order.
	Schema() []types.Field
	// Inputs are the relations that it reads, left first.
	Inputs() []Node
	// WithInputs returns a copy over other inputs of the same schemas (or supersets of what it uses).
	WithInputs(in ...Node) Node
}

// Scan reads a dataset version, a file, or a table. Columns is a subset of Table.Columns, in output order.
type Scan struct {
	Table   *Table
	Columns []types.Field
	// Filter is a conjunction pushed into the scan, over any of Table.Columns; nil for none.
	Filter *Expr
	Span   source.Span
}

// Table is a stored relation as the catalogue knows it. Exactly one of Segments or Files is set (both may be empty for no rows).
type Table struct {
	Name     string        `json:"name"`
	Version  string        `json:"version"` // opaque; equal versions have equal rows
	Columns  []types.Field `json:"columns"`
	Rows     int64         `json:"rows"`
	Segments []Segment     `json:"segments"`
	// External is set where the rows are in a database. Such a table has no segments: a plan runs over a copy.
	External *External `json:"-"`
}

// External is a table of a database. It holds a password, so it is never part of what travels or is shown.
type External struct{ Address, Relation string }

// Segment is one immutable Arrow IPC file, or a row group of a Parquet file, of batches of at most 64 Ki rows.
type Segment struct {
	Format string `json:"format,omitempty"` // "" for an Arrow file of our own, else as package storage names it
	Group  int    `json:"group,omitempty"`  // of a Parquet file
	Key    string `json:"key"`              // blob key, or an absolute path or an address when the engine runs in one process
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest,omitempty"` // SHA-256 of the file, lower-case hexadecimal
	// Sums are checksums of the parts of the file, as package storage makes them; nil for a file that has none.
	Sums    []byte   `json:"sums,omitempty"`
	Batches []Batch  `json:"batches"`
	Columns []Column `json:"columns"` // statistics, in Table.Columns order
}

// Batch is one record batch of a segment.
type Batch struct {
	Rows int64 `json:"rows"`
	// Ranges are per column, in Table.Columns order; the zero Range means unknown.
	Ranges []Range `json:"ranges,omitempty"`
}

// Column is statistics of one column over a segment. All of them may be unknown, which leaves plans right and estimates poor; a
// plan that travels has none but the Range.
type Column struct {
	Range
	Distinct int64 `json:"distinct"` // estimate; 0 for unknown
	// Common are values that many rows have, the most common first, at most MaxCommon.
	Common []Common `json:"common,omitempty"`
	// Histogram are bounds, ascending, at most MaxBounds: between any two neighbours lie about as many present values, those of
	// Common left out. The first is the least and the last the greatest of them.
	Histogram []*Literal `json:"histogram,omitempty"`
	// Sketch counts distinct values over segments (package sketch); nil for unknown.
	Sketch []byte `json:"sketch,omitempty"`
	// Width is the mean length in bytes of a present text; 0 for unknown and for what is not text.
	Width float64 `json:"width,omitempty"`
	// Rising says that no row has an absent value or one below that of the row before it; Strict, that none has the same either.
	Rising bool `json:"rising,omitempty"`
	Strict bool `json:"strict,omitempty"`
}

// Common is a value and the share of all rows of the segment that have it, from 0 to 1.
type Common struct {
	Value *Literal `json:"value"`
	Share float64  `json:"share"`
}

// MaxCommon and MaxBounds bound what is kept of a column.
const (
	MaxCommon = 32
	MaxBounds = 65
)

// Range bounds the present values of a column; Min and Max are literals of the column's type, nil for unknown.
type Range struct {
	Min   *Literal `json:"min,omitempty"`
	Max   *Literal `json:"max,omitempty"`
	Nulls int64    `json:"nulls"`
}

// Filter keeps the rows for which Pred is true. Pred is a bool (never absent).
type Filter struct {
	Input Node
	Pred  *Expr
}

// Project computes columns; each expression sees Input's columns only.
type Project struct {
	Input Node
	Cols  []Named
}

// Named is an output column.
type Named struct {
	Name string `json:"name"`
	Expr *Expr  `json:"expr"`
}

// Aggregate groups by Keys and computes Aggs over each group. No keys: one group, even over no rows.
// Output: the keys, then the aggregates.
type Aggregate struct {
	Input Node
	Keys  []Named
	Aggs  []Agg
}

// Agg is one aggregate: a function of package funcs, or of an imported package, over Args.
type Agg struct {
	Name string `json:"name"`
	// Func is "sum", "count", "mean", …; of a package's function its ID, which none of those is.
	Func   string        `json:"func"`
	User   *udf.Function `json:"user,omitempty"` // the package's function; nil for those of package funcs
	Args   []*Expr       `json:"args,omitempty"`
	Type   types.Type    `json:"type"`
	Filter *Expr         `json:"filter,omitempty"` // rows that count; nil for all
	Span   source.Span   `json:"span"`
}

// JoinKind is the cardinality that a join promises, seen from a left row.
type JoinKind string

const (
	JoinOne   JoinKind = "join_one"   // exactly one match, else an error
	JoinMaybe JoinKind = "join_maybe" // at most one match, else an error; right columns become options
	JoinSome  JoinKind = "join_some"  // at least one match, else an error
	JoinMany  JoinKind = "join_many"  // inner
	JoinLeft  JoinKind = "join_left"  // any number; right columns become options
	JoinFull  JoinKind = "join_full"  // both sides become options
	JoinCross JoinKind = "join_cross"
	Semi      JoinKind = "semi"
	Anti      JoinKind = "anti"
	Check     JoinKind = "check" // at least one match, else an error; the left columns only
)

// LeftOnly reports whether the right side says which rows come out and gives no columns.
func (k JoinKind) LeftOnly() bool { return k == Semi || k == Anti || k == Check }

// Guards reports whether a left row without the promised matches is an error, so that the join must see all of its rows.
func (k JoinKind) Guards() bool {
	return k == JoinOne || k == JoinMaybe || k == JoinSome || k == Check
}

// Join matches left rows with right rows on equal keys and Residual. Output: the left columns, then the right (semi, anti
// and check: the left only). Left and right names are disjoint.
type Join struct {
	Left, Right Node
	Kind        JoinKind
	On          []EquiKey
	Residual    *Expr // over both sides; nil for none
	// Unique says that no two right rows may have the same key, matched or not; it is an error where two have.
	Unique bool
	// Promised is what the program asked for, of a Check that stands for a part of it.
	Promised JoinKind
	Span     source.Span
}

// EquiKey is left == right; Left sees the left columns, Right the right ones; types are equal and not options.
type EquiKey struct {
	Left  *Expr `json:"left"`
	Right *Expr `json:"right"`
}

// Sort orders rows; ties keep no particular order.
type Sort struct {
	Input Node
	Keys  []SortKey
}

// SortKey orders by Expr; absent values come last in either direction, and NaN after all numbers when ascending.
type SortKey struct {
	Expr *Expr `json:"expr"`
	Desc bool  `json:"desc,omitempty"`
}

// Limit skips Offset rows, then passes Count (-1: all).
type Limit struct {
	Input         Node
	Offset, Count int64
}

// TopN is Limit over Sort, kept in a heap. By is empty for the whole table; else the first N of each group of By.
type TopN struct {
	Input Node
	By    []*Expr
	Keys  []SortKey
	N     int64
}

// Distinct keeps one of each equal row.
type Distinct struct{ Input Node }

// Union is the rows of all inputs, which have equal schemas.
type Union struct{ In []Node }

// Unnest gives one row for each element of the list Expr: Input's columns, then column As of the element.
type Unnest struct {
	Input Node
	Expr  *Expr
	As    string
}

// Window computes functions over partitions, and keeps every row and column of Input, adding Funcs.
type Window struct {
	Input Node
	By    []*Expr
	Order []SortKey
	Funcs []WindowFunc
}

// WindowFunc is an aggregate or window function over a frame of rows around the current one: From and To are offsets from
// the current row (negative: before); nil is unbounded.
type WindowFunc struct {
	Name string        `json:"name"`
	Func string        `json:"func"`           // as that of an Agg
	User *udf.Function `json:"user,omitempty"` // as that of an Agg
	Args []*Expr       `json:"args,omitempty"`
	Type types.Type    `json:"type"`
	From *int64        `json:"from,omitempty"`
	To   *int64        `json:"to,omitempty"`
}

// Values is literal rows.
type Values struct {
	Columns []types.Field
	Rows    [][]*Expr // literals
}

// Search keeps the rows whose Text matches Query, and adds the column As: how well, as a float (BM25 over all rows of Input). Text
// is a string, or one that may be absent, which is searched as an empty one.
type Search struct {
	Input Node
	Text  *Expr
	Query *TextQuery
	As    string
	Span  source.Span
}

// Bounded is its input, in whose making no operator may give more than Rows rows. Nothing is moved across it.
type Bounded struct {
	Input Node
	Rows  int64
	Span  source.Span
}

// Fix is the least relation that holds Seed and, with its rows, those of Step: a set, found by repeating Step. Step reads the
// rows so far as the Recur nodes of the same ID, and gives the columns of Seed.
type Fix struct {
	Seed, Step Node
	ID         int
	// Keep are the columns of which only the best value is kept, for each value of all other columns; empty for a set of rows.
	Keep []Kept
	// Whole says that Step must see all rows each round. Else what a Recur adds to the result depends on the rows of that Recur
	// one by one, so that after the first round it is enough to give one Recur after the other the rows that are new.
	Whole  bool
	Rounds int64 // more of them are an error; 0 for the engine's own bound
	Span   source.Span
}

// Kept is a column of a Fix whose values only get better.
type Kept struct {
	Column string `json:"column"`
	Func   string `json:"func"` // "min", "max", "bool_or" or "bool_and"; absent is worse than any value
}

// Larger reports whether the better of two values is the larger one.
func (k Kept) Larger() bool { return k.Func == "max" || k.Func == "bool_or" }

// Recur is the rows so far of the Fix around it that has the ID.
type Recur struct {
	ID      int
	Columns []types.Field
}

// Op is the constructor of an expression.
type Op string

const (
	OpColumn  Op = "column"  // Name
	OpLiteral Op = "literal" // Lit
	OpCall    Op = "call"    // Name: a builtin of package funcs (operators included: "+", "==", "and", "lower", …), Args
	OpUDF     Op = "udf"     // Func, Args
	OpCase    Op = "case"    // Args: cond1, value1, cond2, value2, …, otherwise
	OpRecord  Op = "record"  // Names, Args
	OpField   Op = "field"   // Name of Args[0], a record
	OpList    Op = "list"    // Args
	OpEach    Op = "each"    // Name: how ("map", "filter", …); Args: the list, then columns that Body reads; Names: the element, then those columns
	OpFold    Op = "fold"    // Name: "fold" or "reduce"; Args: the list, the start (of fold), then columns; Names: the result so far, the element, then those columns
	OpCast    Op = "cast"    // Args[0] to T: int to float, T to T?, none to T?, and T? to T of what a filter has left present; never fails
)

// Expr is a typed scalar expression. It is immutable: rewrite with Transform. One struct rather than one type a
// constructor, because plans travel as JSON and rules walk all alike.
type Expr struct {
	Op    Op            `json:"op"`
	T     types.Type    `json:"t"`
	Name  string        `json:"name,omitempty"`
	Lit   *Literal      `json:"lit,omitempty"`
	Func  *udf.Function `json:"func,omitempty"`
	Args  []*Expr       `json:"args,omitempty"`
	Names []string      `json:"names,omitempty"`
	Body  *Expr         `json:"body,omitempty"` // OpEach, OpFold: over columns called Names, and no others
	Span  source.Span   `json:"span"`
}
