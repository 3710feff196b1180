// Package syntax turns the text of a program into a tree and back: lexer, parser with recovery, tree, and formatter, to
// the grammar of LANGUAGE.md §3.
//
// It knows no names and no types; that is package check. A new form of expression is a type in ast.go, a case in
// parse_expr.go, cases in testdata/, and a rule in the editor's grammar (web/src/editor/grammar), whose test compares the two on every
// program of the repository.
package syntax

import "github.com/dreamql/dreamql/engine/source"

// Program is one parsed text. After errors it holds the statements that could be read.
type Program struct {
	File  source.FileID
	Stmts []Stmt
}

// Node is anything with a place.
type Node interface{ Place() source.Span }

type at struct{ Span source.Span }

func (a at) Place() source.Span { return a.Span }

// Stmt is *Import, *Param, *TypeDef, *Bind or *ExprStmt.
type Stmt interface {
	Node
	stmt()
}

// Ident is a name where it is written; Name has no backquotes.
type Ident struct {
	at
	Name string
}

// IdentAt is the name that an expression is.
func IdentAt(n *Name) Ident { return Ident{n.at, n.Name} }

// Import is `import scope/name@version as alias (a, b as c)`.
type Import struct {
	at
	Package string // "scope/name", or "name" or "a.b" for a module of the standard library, or the path of a module
	Local   bool   // the path of a module of the project, written as a string
	Path    source.Span
	Version string // as written after "@", "" for none: "^1.2"
	As      *Ident
	Names   []ImportName
}

// ImportName is one imported function and the name it gets here (As is nil when it keeps its own).
type ImportName struct {
	Name Ident
	As   *Ident
}

// Param is `param name: type = default`; Default may be nil.
type Param struct {
	at
	Name    Ident
	Type    *TypeExpr
	Default Expr
}

// TypeDef is `type Name = type`.
type TypeDef struct {
	at
	Name Ident
	Type *TypeExpr
}

// Bind is `name = expr` or `{a, b} = expr`; exactly one of Name and Pattern is set. Note is nil where there is none.
type Bind struct {
	at
	Export  bool
	Name    *Ident
	Pattern *RecordPat
	Value   Expr
	Note    *Annotation
}

// ExprStmt is an expression that stands alone. Note is nil where there is none.
type ExprStmt struct {
	at
	X    Expr
	Note *Annotation
}

// Annotation is `@name` or `@name(args)` before a binding or an expression, on a line of its own or on the same.
type Annotation struct {
	at
	Name Ident
	Args []Expr
}

func (*Import) stmt()   {}
func (*Param) stmt()    {}
func (*TypeDef) stmt()  {}
func (*Bind) stmt()     {}
func (*ExprStmt) stmt() {}

// Expr is one of the types below. *Bad stands where an error was reported.
type Expr interface {
	Node
	expr()
}

type (
	// Name is a bare name.
	Name struct {
		at
		Name string
	}
	// ParamRef is $name.
	ParamRef struct {
		at
		Name string
	}
	// ColumnRef is .name: always the column.
	ColumnRef struct {
		at
		Name string
	}
	// Number is an untyped literal without underscores: "300000", "1.5", "2e-3".
	Number struct {
		at
		Text string
		Int  bool // no fraction and no exponent
	}
	// DurationLit is a count and a unit: 90d is {"90", "d"}; the units are ns us ms s m h d w mo q y.
	DurationLit struct {
		at
		Count string
		Unit  string
	}
	// String is text with its escapes resolved. Prefix is "", "r", "b", "d", "t" or "ts".
	String struct {
		at
		Prefix string
		Value  string
	}
	// Interp is f'…': Parts are *String and other expressions in turn.
	Interp struct {
		at
		Parts []Expr
	}
	// Bool is true or false.
	Bool struct {
		at
		Value bool
	}
	// None is none.
	None struct{ at }
	// List is [a, b].
	List struct {
		at
		Items []Expr
	}
	// Braces is a record, a grouping or a block; the parser tells which.
	Braces struct {
		at
		Kind    BracesKind
		Entries []Entry
	}
	// Match is `match subject { | pattern if guard => value … }`. Without a subject the arms hold conditions, except as
	// a stage, where the piped value is the subject.
	Match struct {
		at
		Subject Expr
		Arms    []Arm
	}
	// If is `if cond {then} else other`.
	If struct {
		at
		Cond, Then, Else Expr
	}
	// Lambda is `x => body` or `(x: T = default, y): R => body`.
	Lambda struct {
		at
		Params []LambdaParam
		Result *TypeExpr
		Body   Expr
	}
	// Pipe is `input -> stage args`, or a name or call followed by braces (Bare). Stage is *Braces, *Match, *Lambda, or a
	// *Name or *Member path; only a path has Args.
	Pipe struct {
		at
		Input Expr
		Stage Expr
		Args  []Arg
		Bare  bool
	}
	// Call is `fn(args)`.
	Call struct {
		at
		Fn   Expr
		Args []Arg
	}
	// Member is `x.name`, or `x?.name` when Optional.
	Member struct {
		at
		X        Expr
		Name     Ident
		Optional bool
	}
	// Index is `x[i]`.
	Index struct {
		at
		X, I Expr
	}
	// Unary is `-x` or `not x`.
	Unary struct {
		at
		Op string
		X  Expr
	}
	// Binary is an infix operator: + - * / % ** ?? == != < <= > >= and or. OpSpan is the operator's place.
	Binary struct {
		at
		Op     string
		X, Y   Expr
		OpSpan source.Span
	}
	// In is `x in set` or `x not in set`.
	In struct {
		at
		X, Set Expr
		Not    bool
	}
	// IsNone is `x is none` or `x is not none`.
	IsNone struct {
		at
		X   Expr
		Not bool
	}
	// Range is lo..hi (closed), lo..<hi (HalfOpen); either end may be nil.
	Range struct {
		at
		Lo, Hi   Expr
		HalfOpen bool
	}
	// Bad stands where an expression could not be read.
	Bad struct{ at }
)

func (*Name) expr()        {}
func (*ParamRef) expr()    {}
func (*ColumnRef) expr()   {}
func (*Number) expr()      {}
func (*DurationLit) expr() {}
func (*String) expr()      {}
func (*Interp) expr()      {}
func (*Bool) expr()        {}
func (*None) expr()        {}
func (*List) expr()        {}
func (*Braces) expr()      {}
func (*Match) expr()       {}
func (*If) expr()          {}
func (*Lambda) expr()      {}
func (*Pipe) expr()        {}
func (*Call) expr()        {}
func (*Member) expr()      {}
func (*Index) expr()       {}
func (*Unary) expr()       {}
func (*Binary) expr()      {}
func (*In) expr()          {}
func (*IsNone) expr()      {}
func (*Range) expr()       {}
func (*Bad) expr()         {}

// BracesKind is what a pair of braces means.
type BracesKind uint8

const (
	RecordBraces BracesKind = iota // fields and spreads
	GroupBraces                    // some field has "@"
	BlockBraces                    // bindings and a final expression, or one expression alone
)

// Entry is one item between braces.
type Entry interface {
	Node
	entry()
}

type (
	// FieldEntry is `name: value`, `@name: value`, or a path alone, which is named by its last part (Punned).
	FieldEntry struct {
		at
		Group  bool
		Name   Ident
		Value  Expr
		Punned bool
	}
	// GroupAll is `@`: the whole table is one group.
	GroupAll struct{ at }
	// Spread is `...` (every other column; X is nil) or `...x` (the fields of x).
	Spread struct {
		at
		X Expr
	}
	// BindEntry is a binding in a block.
	BindEntry struct{ *Bind }
	// ExprEntry is the value of a block.
	ExprEntry struct {
		at
		X Expr
	}
)

func (*FieldEntry) entry() {}
func (*GroupAll) entry()   {}
func (*Spread) entry()     {}
func (*BindEntry) entry()  {}
func (*ExprEntry) entry()  {}

// Arg is an argument; Name is nil for a positional one.
type Arg struct {
	Name  *Ident
	Value Expr
}

// LambdaParam is one parameter; Type and Default may be nil.
type LambdaParam struct {
	Name    Ident
	Type    *TypeExpr
	Default Expr
}

// Arm is one case of a match: Pattern where there is a subject, Cond where there is none. Guard may be nil.
type Arm struct {
	at
	Pattern Pattern
	Cond    Expr
	Guard   Expr
	Value   Expr
}

// Pattern is one of the types below.
type Pattern interface {
	Node
	pattern()
}

type (
	// AnyPat is `_`.
	AnyPat struct{ at }
	// NamePat binds the value to a name.
	NamePat struct {
		at
		Name string
	}
	// ComparePat is `< 10`: Op is a comparison.
	ComparePat struct {
		at
		Op string
		X  Expr
	}
	// ValuePat is a literal or a range that the value equals or lies in.
	ValuePat struct {
		at
		X Expr // *Number, *String, *DurationLit, *Bool, *Unary of a number, or *Range
	}
	// SomePat is `some p`: present, and p matches.
	SomePat struct {
		at
		P Pattern
	}
	// NonePat is `none`.
	NonePat struct{ at }
	// RecordPat is `{a, b: p, ...}`.
	RecordPat struct {
		at
		Fields []PatField
		Rest   bool
	}
	// OrPat is `p or q`.
	OrPat struct {
		at
		Ps []Pattern
	}
)

func (*AnyPat) pattern()     {}
func (*NamePat) pattern()    {}
func (*ComparePat) pattern() {}
func (*ValuePat) pattern()   {}
func (*SomePat) pattern()    {}
func (*NonePat) pattern()    {}
func (*RecordPat) pattern()  {}
func (*OrPat) pattern()      {}

// PatField is one field of a record pattern; P is nil for `{a}`, which binds a.
type PatField struct {
	Name Ident
	P    Pattern
}

// TypeExpr is a type as written. Exactly one of Name, List, Func and Record says which form it is.
type TypeExpr struct {
	at
	Name     string      // "int", "decimal", a typedef; Args for table<R> and Ints for decimal<p,s>
	Args     []*TypeExpr //
	Ints     []int
	List     *TypeExpr
	Func     bool
	Params   []*TypeExpr // Func
	Result   *TypeExpr   // Func
	Record   bool
	Fields   []TypeField // Record
	Open     bool        // Record: has "..."
	Row      string      // Record: the name behind "...", or ""
	Optional bool        // T?
}

// TypeField is `name: type`.
type TypeField struct {
	Name Ident
	Type *TypeExpr
}
