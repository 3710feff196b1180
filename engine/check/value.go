package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// value is what an expression of the program is worth while it is checked. It is one of the types below.
type value interface {
	// what names the value in a message: "a table", "an int".
	what() string
}

type (
	// unknown stands where an error was reported, and silences what would follow from it.
	unknown struct{}

	// scalar is a typed expression: a constant, a value of a row, or an aggregate.
	scalar struct {
		e    *logical.Expr
		row  *rowScope // whose columns it reads; nil for a constant
		agg  bool      // holds the result of an aggregate
		size int       // nodes of e, counted as a tree
		deep int       // levels of e
		text string    // of a number as it is written, whose type is not settled
	}

	// record is a record whose fields are known one by one. A record that may be absent has present, a bool column that
	// is absent with it; its fields are optional then.
	record struct {
		fields  []field
		present *scalar
	}

	// list is a list whose items are known one by one.
	list struct{ items []value }

	// span of values: lo..hi.
	interval struct {
		lo, hi value // nil for an open end
		half   bool
	}

	// table is a relation and what is known of it.
	table struct {
		node logical.Node
		nest []nest // right rows of joins, kept flat in node
		size int    // nodes of the plan, counted as a tree
		// lost are columns whose expression was in error. A table with any is never a result, but the stages after it are
		// still checked.
		lost   []string
		poison bool
	}

	// closure is a lambda with the names that it sees.
	closure struct {
		fn  *syntax.Lambda
		env *env
		of  *udf.Function // the package function that it is the source of
	}

	// builtin is a function or a stage of the language, used as a value.
	builtin struct {
		name string
		near string // a column that may have been meant
	}

	// windowValue is over(…) without an aggregate: a window that can be named and used again. Its arguments are evaluated
	// over the rows where it is used.
	windowValue struct {
		args []syntax.Arg
		env  *env
	}

	// packaged is a function of a package that a runtime executes.
	packaged struct{ fn *udf.Function }

	// moduleValue is a package imported as a whole.
	moduleValue struct {
		name  string
		funcs map[string]value
		of    *module // of the project; nil for a package
	}
)

type field struct {
	name string
	v    value
}

// nest is a right row under a name: the columns "name.x". optional says that "name.$present" tells whether it is there; was
// are the columns as they are where it is.
type nest struct {
	name     string
	optional bool
	was      []types.Field
}

func (unknown) what() string      { return "an unknown value" }
func (s *scalar) what() string    { return article(s.e.T) }
func (*record) what() string      { return "a record" }
func (*list) what() string        { return "a list" }
func (*interval) what() string    { return "a range" }
func (*table) what() string       { return "a table" }
func (*closure) what() string     { return "a function" }
func (*builtin) what() string     { return "a function" }
func (*packaged) what() string    { return "a function" }
func (*windowValue) what() string { return "a window" }
func (*moduleValue) what() string { return "a package" }

// article writes a type with its article, for the middle of a sentence.
func article(t types.Type) string {
	switch t.Kind {
	case types.None:
		return "none"
	case types.Record:
		return "a record"
	case types.List:
		return "a list " + t.String()
	case types.Int:
		return "an int"
	}
	if t.Kind == types.Option && t.Elem.Kind == types.Int {
		return "an int?"
	}
	return "a " + t.String()
}

func isFunction(v value) bool {
	switch v.(type) {
	case *closure, *builtin, *packaged, *windowValue:
		return true
	}
	return false
}

func (r *record) field(name string) value {
	for _, f := range r.fields {
		if f.name == name {
			return f.v
		}
	}
	return nil
}

func (r *record) names() []string {
	out := make([]string, len(r.fields))
	for i, f := range r.fields {
		out[i] = f.name
	}
	return out
}

// arg is an evaluated argument.
type arg struct {
	name  string
	named source.Span // where its name stands
	v     value
	span  source.Span
}
