package subset

import (
	"fmt"
	"slices"

	"github.com/dreamql/dreamql/runtimes/python/promote"
)

// module is what a source binds when it is loaded.
type module struct {
	functions map[string]*function
	constants map[string]expr    // literals, and tuples of them
	maths     map[string]bool    // names of the module math
	imported  map[string]string  // names imported from math, by their names here
	other     map[string]*Reason // names that only CPython knows
	bound     map[string]int     // line by name
	library   *promote.Library   // nil where there is none
	base      uint32             // of memory that columns take
}

// harmless modules do nothing to others when they are imported.
var harmless = []string{"__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "collections", "copy", "csv", "dataclasses", "datetime",
	"decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "html", "io", "itertools", "json", "math", "numbers", "operator",
	"random", "re", "statistics", "string", "struct", "textwrap", "time", "typing", "unicodedata", "urllib", "uuid", "zlib", "zoneinfo"}

// meddling names can change what other names mean.
var meddling = []string{"global", "globals", "exec", "eval", "setattr", "delattr", "vars", "__builtins__", "__dict__", "__import__", "__code__",
	"__globals__", "__defaults__", "__setattr__"}

// parseModule reads a module. A function that is not understood has a reason; another statement that is not makes the panic of
// a Reason, for what it does to the rest cannot be known.
func parseModule(source string) *module {
	if len(source) > maxSource {
		refuse(0, "the source is longer than %d KiB", maxSource>>10)
	}
	p := &parser{tokens: scan(source)}
	m := &module{functions: map[string]*function{}, constants: map[string]expr{}, maths: map[string]bool{}, imported: map[string]string{},
		other: map[string]*Reason{}, bound: map[string]int{}}
	for _, t := range p.tokens {
		if t.kind == identifier && slices.Contains(meddling, t.text) {
			refuse(t.line, "%s may change what names mean", t.text)
		}
	}
	for p.peek().kind != endOfFile {
		m.statement(p)
	}
	for i, t := range p.tokens {
		if t.kind == operator && t.text == "=" && i >= 3 && p.tokens[i-2].text == "." && m.maths[p.tokens[i-3].text] {
			refuse(t.line, "the module math is changed")
		}
	}
	return m
}

func (m *module) bind(name string, line int) {
	if name == "math" && !m.maths[name] {
		refuse(line, "the name math is bound to something else")
	}
	if first, twice := m.bound[name]; twice {
		delete(m.functions, name)
		delete(m.constants, name)
		delete(m.maths, name)
		delete(m.imported, name)
		m.other[name] = &Reason{line, fmt.Sprintf("%s is bound in line %d already", name, first)}
		return
	}
	m.bound[name] = line
}

func (m *module) statement(p *parser) {
	line := p.line()
	switch {
	case p.peek().kind == textToken:
		p.strings()
		p.expectKind(newline)
	case p.accept("pass"):
		p.expectKind(newline)
	case p.is("import"), p.is("from"):
		m.imports(p)
	case p.is("@"):
		for p.accept("@") {
			p.skipLine()
			p.expectKind(newline)
		}
		if !p.is("def") && !p.is("class") {
			refuse(line, "a decorated statement is not compiled")
		}
		m.alien(p, "it has a decorator")
	case p.is("def"):
		m.definition(p)
	case p.is("class"):
		m.alien(p, "a class is not compiled")
	case p.is("if"):
		// Whether a module is the main one is known: it is not.
		for _, word := range []string{"if", "__name__", "=="} {
			if !p.accept(word) {
				refuse(line, "the module does something when it is loaded: if")
			}
		}
		if t := p.take(); t.kind != textToken || t.text != "__main__" {
			refuse(line, "the module does something when it is loaded: if")
		}
		p.skipBlock()
		if p.is("else") || p.is("elif") {
			refuse(line, "the module does something when it is loaded: else")
		}
	default:
		m.constant(p)
	}
}

func (m *module) imports(p *parser) {
	line := p.line()
	dotted := func() string {
		name := p.name()
		for p.accept(".") {
			p.name()
		}
		if !slices.Contains(harmless, name) {
			refuse(line, "the module %s is imported", name)
		}
		return name
	}
	as := func(name string) string {
		if p.accept("as") {
			return p.name()
		}
		return name
	}
	if p.accept("import") {
		for {
			from := dotted()
			name := as(from)
			if from == "math" {
				m.maths[name] = true
				m.bind(name, line)
			} else {
				m.opaque(name, line, "the module "+from)
			}
			if !p.accept(",") {
				break
			}
		}
		p.expectKind(newline)
		return
	}
	p.expect("from")
	from := dotted()
	p.expect("import")
	parenthesis := p.accept("(")
	for {
		item := p.name()
		name := as(item)
		switch {
		case from == "math":
			m.imported[name] = item
			m.bind(name, line)
		case from != "__future__":
			m.opaque(name, line, from+"."+item)
		}
		if !p.accept(",") || parenthesis && p.is(")") {
			break
		}
	}
	if parenthesis {
		p.expect(")")
	}
	p.expectKind(newline)
}

// opaque binds a name whose value only CPython knows.
func (m *module) opaque(name string, line int, what string) {
	m.bind(name, line)
	if m.other[name] == nil {
		m.other[name] = &Reason{line, what + " is not compiled"}
	}
}

// alien binds the name of a def or class that is not looked into.
func (m *module) alien(p *parser, why string) {
	p.take()
	t := p.peek()
	name := p.name()
	m.bind(name, t.line)
	m.other[name] = &Reason{t.line, why}
	p.skipBlock()
}

// skipBlock steps over the rest of a statement and the block that follows it.
func (p *parser) skipBlock() {
	p.skipLine()
	for p.is(";") {
		p.take()
		p.skipLine()
	}
	p.expectKind(newline)
	if p.peek().kind != indent {
		return
	}
	for depth := 0; ; {
		switch p.take().kind {
		case indent:
			depth++
		case dedent:
			if depth--; depth == 0 {
				return
			}
		case endOfFile:
			return
		}
	}
}

func (m *module) definition(p *parser) {
	start := p.at
	p.take()
	f := &function{position: position(p.line())}
	f.name = p.name()
	m.bind(f.name, f.at())
	f.reason = try(func() {
		p.parameters(f)
		f.body = p.block()
	})
	if f.reason != nil {
		p.at, p.depth, p.loops = start, 0, 0
		p.skipBlock()
	}
	if m.other[f.name] == nil {
		m.functions[f.name] = f
	}
}

func (p *parser) parameters(f *function) {
	p.expect("(")
	for !p.accept(")") {
		if p.is("*") || p.is("**") || p.is("/") {
			refuse(p.line(), "%s among parameters is not compiled", p.peek())
		}
		a := parameter{name: p.name()}
		if slices.ContainsFunc(f.params, func(b parameter) bool { return a.name == b.name }) {
			refuse(p.line(), "two parameters have the name %s", a.name)
		}
		if p.accept(":") {
			a.note = p.annotation()
		}
		if p.accept("=") {
			line := p.line()
			if a.or = fold(p.expression(), nil); a.or == nil {
				refuse(line, "a default that is no literal is not compiled")
			}
		} else if n := len(f.params); n > 0 && f.params[n-1].or != nil {
			refuse(p.line(), "a parameter without a default follows one with a default")
		}
		f.params = append(f.params, a)
		if !p.is(")") {
			p.expect(",")
		}
	}
	if p.accept("->") {
		f.note = p.annotation()
	}
}

// constant reads NAME = literal; of other literals, such as a dict, it knows the name only.
func (m *module) constant(p *parser) {
	line := p.line()
	if p.peek().kind != identifier || slices.Contains(keywords, p.peek().text) {
		refuse(line, "the module does something when it is loaded: %s", p.peek())
	}
	name := p.name()
	if p.accept(":") {
		p.annotation()
	}
	if !p.accept("=") {
		refuse(line, "the module does something when it is loaded: %s", name)
	}
	start := p.at
	var value expr
	reason := try(func() {
		value = p.expressions()
		p.expectKind(newline)
	})
	if reason == nil {
		if value = fold(value, m); value != nil {
			m.bind(name, line)
			if m.other[name] == nil {
				m.constants[name] = value
			}
			return
		}
	}
	p.at, p.depth = start, 0
	for p.peek().kind != newline {
		t := p.take()
		literal := t.kind == textToken || t.kind == intToken || t.kind == floatToken || t.kind == alienToken
		bracket := t.kind == operator && slices.Contains([]string{"(", ")", "[", "]", "{", "}", ",", ":", "-"}, t.text)
		word := t.kind == identifier && slices.Contains([]string{"True", "False", "None"}, t.text)
		if !literal && !bracket && !word {
			refuse(line, "the value of %s is not compiled", name)
		}
	}
	p.take()
	m.opaque(name, line, "the value of "+name)
}
