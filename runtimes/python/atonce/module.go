package atonce

import (
	"regexp"
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"
)

// module is what a source defines at its top.
type module struct {
	defs      map[string]*ast.FunctionDef
	constants map[string]ast.Expr
	order     []string // of constants
	bound     []string // all names
}

var leadingZero = regexp.MustCompile(`(^|[^0-9A-Za-z_.])0[0-9_]`)

// plain refuses what Python 3.4, whose grammar the parser has, and 3.12 may read differently.
func plain(source string) {
	brackets := 0
	for i := range len(source) {
		switch source[i] {
		case '(', '[', '{':
			brackets++
		case ')', ']', '}':
			brackets--
		}
		if brackets > maxDepth {
			refuse("it is nested deeply")
		}
		if c := source[i]; c != '\n' && (c < ' ' || c > '~') || c == '\\' || c == ';' {
			refuse("the source has characters other than plain ASCII")
		}
	}
	for _, odd := range []string{"async", "await", "__", "<>", `"""`, "'''"} {
		if strings.Contains(withoutDocstrings(source), odd) {
			refuse("the source has " + odd)
		}
	}
	if leadingZero.MatchString(source) {
		refuse("a number begins with zero")
	}
}

// docstring is a text in three quotes on lines of its own, which no function is made of.
var docstring = regexp.MustCompile(`(?m)^[ ]*"""[^"]*"""[ ]*$`)

func withoutDocstrings(source string) string { return docstring.ReplaceAllString(source, "") }

// imports are modules that a source may import, for functions that are left to CPython.
var imports = []string{"math", "re", "json", "datetime", "decimal", "uuid", "collections", "itertools", "functools", "string", "statistics",
	"hashlib", "unicodedata", "bisect", "heapq", "operator", "textwrap", "typing"}

// watched names can change what other names mean.
var watched = []string{"globals", "locals", "vars", "exec", "eval", "compile", "setattr", "delattr", "getattr", "open", "input", "sys", "builtins",
	"importlib", "inspect", "gc"}

func newModule(tree *ast.Module) *module {
	m := &module{defs: map[string]*ast.FunctionDef{}, constants: map[string]ast.Expr{}}
	for i, s := range tree.Body {
		switch s := s.(type) {
		case *ast.FunctionDef:
			checkDefinition(s)
			m.defs[string(s.Name)] = s
			m.bind(string(s.Name))
		case *ast.Assign:
			name, ok := s.Targets[0].(*ast.Name)
			if len(s.Targets) != 1 || !ok || !isLiteral(s.Value) {
				refuse("a statement at the top is no plain definition")
			}
			m.constants[string(name.Id)] = s.Value
			m.order = append(m.order, string(name.Id))
			m.bind(string(name.Id))
		case *ast.Import:
			for _, a := range s.Names {
				if !slices.Contains(imports, string(a.Name)) {
					refuse("it imports " + string(a.Name))
				}
				m.bind(alias(a))
			}
		case *ast.ImportFrom:
			for _, a := range s.Names {
				if s.Level != 0 || !slices.Contains(imports, string(s.Module)) || a.Name == "*" {
					refuse("it imports from " + string(s.Module))
				}
				m.bind(alias(a))
			}
		case *ast.ExprStmt:
			if _, ok := s.Value.(*ast.Str); !ok || i != 0 {
				refuse("a statement at the top is no plain definition")
			}
		default:
			refuse("a statement at the top is no plain definition")
		}
	}
	ast.Walk(tree, func(a ast.Ast) bool {
		switch a := a.(type) {
		case *ast.Global, *ast.Nonlocal:
			refuse("it has global or nonlocal variables")
		case *ast.Name:
			if slices.Contains(watched, string(a.Id)) {
				refuse("it uses " + string(a.Id))
			}
		}
		return true
	})
	return m
}

func alias(a *ast.Alias) string {
	if a.AsName != "" {
		return string(a.AsName)
	}
	return string(a.Name)
}

func (m *module) bind(name string) {
	if slices.Contains(m.bound, name) {
		refuse(name + " is defined twice")
	}
	m.bound = append(m.bound, name)
}

func isLiteral(e ast.Expr) bool {
	if u, ok := e.(*ast.UnaryOp); ok && u.Op == ast.USub {
		_, number := u.Operand.(*ast.Num)
		return number
	}
	switch e.(type) {
	case *ast.Num, *ast.Str, *ast.NameConstant:
		return true
	}
	return false
}

// checkDefinition refuses what runs, or could fail, when a function is defined.
func checkDefinition(d *ast.FunctionDef) {
	a := d.Args
	if len(d.DecoratorList) > 0 {
		refuse("a function is decorated")
	}
	for _, e := range append(slices.Clone(a.Defaults), a.KwDefaults...) {
		if e != nil && !isLiteral(e) {
			refuse("a default is no literal")
		}
	}
	if d.Returns != nil {
		checkAnnotation(d.Returns)
	}
	for _, p := range append(slices.Clone(a.Args), a.Kwonlyargs...) {
		if p.Annotation != nil {
			checkAnnotation(p.Annotation)
		}
	}
}

func checkAnnotation(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Name:
		if slices.Contains([]string{"bool", "int", "float", "str", "bytes", "list", "dict", "tuple", "object"}, string(e.Id)) {
			return
		}
	case *ast.NameConstant:
		return
	case *ast.Subscript:
		of, ok := e.Value.(*ast.Name)
		if index, isIndex := e.Slice.(*ast.Index); ok && isIndex && slices.Contains([]string{"list", "dict", "tuple"}, string(of.Id)) {
			if t, ok := index.Value.(*ast.Tuple); ok {
				for _, e := range t.Elts {
					checkAnnotation(e)
				}
				return
			}
			checkAnnotation(index.Value)
			return
		}
	case *ast.BinOp:
		if _, ok := e.Right.(*ast.NameConstant); ok && e.Op == ast.BitOr {
			checkAnnotation(e.Left)
			return
		}
	}
	refuse("an annotation is no plain type")
}
