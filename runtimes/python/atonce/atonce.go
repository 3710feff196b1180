// Package atonce runs Python functions of text, lists and numbers on gpython, which starts within a millisecond, while CPython is on
// its way. gpython is Python 3.4 in part, and trusts its source; so nothing of a package is given to it as it stands.
//
// Compile reads a module, infers the type of every expression of the functions asked for, and writes those functions anew from what
// it has understood: only operations on exact types for which gpython and CPython are known to agree, no recursion, and a count in
// every loop that ends it. What it does not understand is left to CPython. At run time a batch is declined where an argument or a
// result is not plainly the same in both: text that is not ASCII, integers past 62 bits, any exception. CPython then decides.
//
// To widen it, add a case to statement.go or expression.go and to the random test against CPython in package python. Dictionaries
// stay out (gpython's have no order), as do % and // and the text of floats (they differ), and str.lower, join and format (missing).
package atonce

import (
	"errors"

	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/parser"
	"github.com/go-python/gpython/py"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// ErrDecline is returned where CPython has to decide.
var ErrDecline = errors.New("the rows need CPython")

const (
	maxSource = 64 << 10
	maxDepth  = 60 // of nested statements and expressions
	// What a call may do before it is declined.
	maxSteps  = 100_000 // rounds of loops
	maxLength = 100_000 // characters or elements of a value that grows
)

// Function is one that gpython may run.
type Function struct {
	entry  string
	source string // of all that it needs
}

// refusal is why a function is not taken; Compile recovers it.
type refusal struct{ why string }

func refuse(why string) { panic(refusal{why}) }

// Compile returns those of the functions that may run on gpython, by udf.Function.ID, and why the others may not.
func Compile(source string, funcs []*udf.Function) (taken map[string]*Function, refused map[string]string) {
	taken, refused = map[string]*Function{}, map[string]string{}
	m, why := read(source)
	for _, f := range funcs {
		if m == nil {
			refused[f.ID()] = why
			continue
		}
		fn, why := m.compile(f)
		if fn == nil {
			refused[f.ID()] = why
			continue
		}
		taken[f.ID()] = fn
	}
	return taken, refused
}

// recovered turns a panic into a reason. The parser is made for source that one trusts.
func recovered(p any) string {
	if r, ok := p.(refusal); ok {
		return r.why
	}
	return "gpython cannot read it"
}

func read(source string) (m *module, why string) {
	defer func() {
		if p := recover(); p != nil {
			m, why = nil, recovered(p)
		}
	}()
	if len(source) > maxSource {
		refuse("the source is long")
	}
	plain(source)
	tree, err := parser.ParseString(source, py.ExecMode)
	if err != nil {
		refuse("gpython cannot read it")
	}
	return newModule(tree.(*ast.Module)), ""
}

func (m *module) compile(f *udf.Function) (fn *Function, why string) {
	defer func() {
		if p := recover(); p != nil {
			fn, why = nil, recovered(p)
		}
	}()
	if f.Shape != udf.Scalar && f.Shape != "" {
		refuse("it is no scalar function")
	}
	entry := f.Entry
	if entry == "" {
		entry = f.Name
	}
	var params []*kind
	for _, p := range f.Params {
		params = append(params, kindOf(p.Type))
	}
	kindOf(f.Result.Required())
	c := &compilation{module: m, made: map[string]*made{}}
	c.constants()
	c.function(entry, params, f)
	return &Function{entry: entry, source: c.out.String()}, ""
}

// kind is the exact type of an expression.
type kind struct {
	name byte // b bool, i int, f float, s str, l list, n None, ? an element of an empty list
	elem *kind
}

var (
	boolKind  = &kind{name: 'b'}
	intKind   = &kind{name: 'i'}
	floatKind = &kind{name: 'f'}
	textKind  = &kind{name: 's'}
	noneKind  = &kind{name: 'n'}
)

func kindOf(t types.Type) *kind {
	switch t.Kind {
	case types.Bool:
		return boolKind
	case types.Int:
		return intKind
	case types.Float:
		return floatKind
	case types.String:
		return textKind
	case types.List:
		return &kind{name: 'l', elem: kindOf(*t.Elem)}
	}
	refuse("its signature has the type " + t.String())
	return nil
}

// same reports whether two kinds are one, and makes them one where the element of an empty list was not known.
func same(a, b *kind) bool {
	switch {
	case a == b:
		return true
	case a.name == '?' && b.name == '?':
		refuse("two empty lists are mixed")
	case a.name == '?' && b.name != 'n':
		*a = *b
		return true
	case b.name == '?' && a.name != 'n':
		*b = *a
		return true
	case a.name != b.name:
		return false
	}
	return a.name != 'l' || same(a.elem, b.elem)
}

func (k *kind) is(names string) bool {
	for i := range len(names) {
		if names[i] == k.name {
			return true
		}
	}
	return false
}
