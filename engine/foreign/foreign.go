// Package foreign reads the functions that a text in another language defines: their names, their signatures from the types that
// are written beside the parameters, their documentation, and the examples in it. It is how a function cell of a notebook, in
// Python or AssemblyScript, becomes functions that DreamQL can call.
//
// It runs and compiles nothing, and it understands no more of a language than its tokens and the heads of its functions, so that a
// newer version of the language is read as well. What is inside of a function is its runtime's matter. A new language is a
// file of its own and a line in readers.
package foreign

import (
	"slices"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Language is one that functions can be written in, beside DreamQL itself.
type Language string

const (
	Python         Language = "python"
	AssemblyScript Language = "assemblyscript"
)

var readers = map[Language]func(*reader){
	Python:         readPython,
	AssemblyScript: readAssemblyScript,
}

// Known reports whether there is such a language.
func (l Language) Known() bool { return readers[l] != nil }

// Title is the language's name as people write it.
func (l Language) Title() string {
	if l == AssemblyScript {
		return "AssemblyScript"
	}
	return "Python"
}

// Source is a text and what it defines.
type Source struct {
	Language  Language
	Functions []Function
	Problems  []Problem
	// Build is what has to be compiled: the text, and behind it what passes strings. Only for AssemblyScript.
	Build string
	// Uncompiled says that what Build asks for is not there, so that the functions cannot run.
	Uncompiled bool
}

// Function is one that the text defines for others. Its Module is not known here.
type Function struct {
	udf.Function
	At       source.Span // of its name
	Doc      string      // without the examples
	Examples []Example
}

// Example is a call with its result, both as DreamQL.
type Example struct{ Call, Result string }

// ProblemKind says what is wrong with a text.
type ProblemKind int

const (
	Unreadable  ProblemKind = iota // a bracket or a text that is not closed, or a head that cannot be read
	Untyped                        // a parameter or a result without a type
	UnknownType                    // a type that DreamQL has no counterpart of
	Unsupported                    // a kind of parameter or function that cannot be called from DreamQL
	Nothing                        // no function at all
	TwiceNamed                     // two functions of one name
)

// Problem is a mistake of the author. What and How are a sentence each: what is wrong, and how to mend it.
type Problem struct {
	Kind      ProblemKind
	At        source.Span
	What, How string
}

// Bounds on one text.
const (
	maxFunctions = 256
	maxParams    = 32
	maxNested    = 200 // brackets inside each other
)

// Read reads a text. cell names it in the IDs of its functions, "notebook@<cell>.<function>".
func Read(file source.FileID, language Language, cell, text string) *Source {
	r := &reader{file: file, text: text, out: &Source{Language: language}}
	read := readers[language]
	if read == nil {
		r.problem(Unsupported, token{}, "there is no language “"+string(language)+"” for functions", "choose dreamql, python or assemblyscript")
		return r.out
	}
	read(r)
	if len(r.out.Functions) == 0 && len(r.out.Problems) == 0 {
		r.nothing()
	}
	if len(r.out.Functions) > maxFunctions {
		r.out.Functions = r.out.Functions[:maxFunctions]
	}
	for i := range r.out.Functions {
		f := &r.out.Functions[i]
		f.Package, f.Version = Package, cell
		if f.Entry == "" {
			f.Entry = f.Name
		}
	}
	return r.out
}

// Package is the scope of functions that are defined in cells and published nowhere; their version is the cell.
const Package = "notebook"

// Complete gives the functions the module that holds them: the digest of the Python text, or of the compiled module.
func (s *Source) Complete(module string) {
	for i := range s.Functions {
		s.Functions[i].Module = module
	}
}

// reader is a text that is being read.
type reader struct {
	file   source.FileID
	text   string
	tokens []token
	next   int
	out    *Source
}

func (r *reader) span(t token) source.Span {
	return source.Span{File: r.file, Start: t.start, End: t.end}
}

func (r *reader) problem(kind ProblemKind, at token, what, how string) {
	if len(r.out.Problems) < 50 {
		r.out.Problems = append(r.out.Problems, Problem{kind, r.span(at), what, how})
	}
}

func (r *reader) nothing() {
	first := token{}
	if len(r.tokens) > 0 {
		first = r.tokens[0]
	}
	if r.out.Language == Python {
		r.problem(Nothing, first, "this cell defines no function", "write one with types, as in def double(x: float) -> float: return 2 * x")
		return
	}
	r.problem(Nothing, first, "this cell exports no function", "write one with types, as in export function double(x: f64): f64 { return 2 * x }")
}

func (r *reader) add(at token, f Function, doc string) {
	if slices.ContainsFunc(r.out.Functions, func(g Function) bool { return g.Name == f.Name }) {
		r.problem(TwiceNamed, at, "`"+f.Name+"` is defined twice in this cell", "give one of them another name")
		return
	}
	f.At = r.span(at)
	f.Name = at.text
	if f.Shape == "" {
		f.Shape = udf.Scalar
	}
	if len(f.Params) > maxParams {
		r.problem(Unsupported, at, "`"+f.Name+"` has more parameters than functions may have", "take at most 32")
		return
	}
	f.Doc, f.Examples = documented(doc, f.Name, r.out.Language)
	r.out.Functions = append(r.out.Functions, f)
}

func (r *reader) peek() token {
	if r.next < len(r.tokens) {
		return r.tokens[r.next]
	}
	return token{kind: end, start: len(r.text), end: len(r.text)}
}

func (r *reader) take() token {
	t := r.peek()
	if r.next < len(r.tokens) {
		r.next++
	}
	return t
}

// eat takes a token if it is the next.
func (r *reader) eat(text string) bool {
	if t := r.peek(); t.text == text && t.kind != quoted {
		r.next++
		return true
	}
	return false
}

// skipTo passes over everything up to one of the closing texts at this depth of brackets.
func (r *reader) skipTo(closing ...string) {
	for depth := 0; ; {
		t := r.peek()
		if t.kind == end {
			return
		}
		if t.kind != quoted {
			if depth == 0 && slices.Contains(closing, t.text) {
				return
			}
			switch t.text {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				if depth--; depth < 0 {
					return
				}
			}
		}
		r.next++
	}
}

var (
	intType    = types.Of(types.Int)
	floatType  = types.Of(types.Float)
	stringType = types.Of(types.String)
	boolType   = types.Of(types.Bool)
)
