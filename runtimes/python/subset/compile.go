package subset

import (
	"regexp"
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/parser"
	"github.com/go-python/gpython/py"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

const (
	maxSource = 64 << 10
	maxDepth  = 100 // of nested statements and expressions
)

// outside is why a module is not in the subset; Compile recovers it.
type outside struct{}

func refuse() { panic(outside{}) }

// compiler compiles one function.
type compiler struct {
	constants map[string]value // of the module, assigned once
	bound     []string         // other names that the module binds
	locals    map[string]int
	depth     int
	loops     int
}

// Compile returns the functions by udf.Function.ID, and whether the module and all of them are in the subset.
func Compile(source string, funcs []*udf.Function) (compiled map[string]*Function, ok bool) {
	if len(source) > maxSource || !plainText(source) {
		return nil, false
	}
	defer func() {
		// The parser is made for source that one trusts.
		if recover() != nil {
			compiled, ok = nil, false
		}
	}()
	tree, err := parser.ParseString(source, py.ExecMode)
	if err != nil {
		return nil, false
	}
	module, isModule := tree.(*ast.Module)
	if !isModule {
		return nil, false
	}
	constants := map[string]value{}
	defs := map[string]*ast.FunctionDef{}
	var bound []string
	for _, s := range module.Body {
		name := ""
		switch s := s.(type) {
		case *ast.FunctionDef:
			name = string(s.Name)
			checkShape(s)
			defs[name] = s
		case *ast.Assign:
			name = target(s)
			constants[name] = literal(s.Value)
		default:
			if !isDocstring(s) {
				return nil, false
			}
			continue
		}
		if slices.Contains(bound, name) {
			return nil, false
		}
		bound = append(bound, name)
	}
	for _, def := range defs {
		// What is wrong in a function that nobody asked for is wrong with the module.
		c := &compiler{constants: constants, bound: bound, locals: map[string]int{}}
		c.definition(def)
	}
	compiled = map[string]*Function{}
	for _, f := range funcs {
		def := defs[entry(f)]
		if def == nil || f.Shape != udf.Scalar && f.Shape != "" {
			return nil, false
		}
		c := &compiler{constants: constants, bound: bound, locals: map[string]int{}}
		compiled[f.ID()] = c.function(f, def)
	}
	return compiled, true
}

func entry(f *udf.Function) string {
	if f.Entry != "" {
		return f.Entry
	}
	return f.Name
}

// leadingZero is a number that starts as octal ones once did.
var leadingZero = regexp.MustCompile(`(^|[^0-9A-Za-z_.])0[0-9_]`)

// plainText leaves out what Python 3.4, whose grammar the parser has, and 3.12 may read differently.
func plainText(source string) bool {
	brackets := 0
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '(', '[', '{':
			brackets++
		case ')', ']', '}':
			brackets--
		}
		if brackets > maxDepth {
			return false
		}
		if c := source[i]; c != '\n' && (c < ' ' || c > '~') || c == '\\' || c == ';' {
			return false
		}
	}
	for _, odd := range []string{"async", "await", "__", "<>"} {
		if strings.Contains(source, odd) {
			return false
		}
	}
	return !leadingZero.MatchString(source)
}

// checkShape refuses what runs, or could fail, when a function is defined.
func checkShape(d *ast.FunctionDef) {
	a := d.Args
	if len(d.DecoratorList) > 0 || a.Vararg != nil || a.Kwarg != nil || len(a.Kwonlyargs) > 0 || len(a.Defaults) > 0 {
		refuse()
	}
	annotation(d.Returns)
	seen := map[ast.Identifier]bool{}
	for _, p := range a.Args {
		annotation(p.Annotation)
		if seen[p.Arg] {
			refuse()
		}
		seen[p.Arg] = true
	}
}

// annotation returns the class that an annotation names; "" for none.
func annotation(e ast.Expr) string {
	if e == nil {
		return ""
	}
	n, ok := e.(*ast.Name)
	if !ok || !slices.Contains([]string{"bool", "int", "float"}, string(n.Id)) {
		refuse()
	}
	return string(n.Id)
}

func isDocstring(s ast.Stmt) bool {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	_, ok = e.Value.(*ast.Str)
	return ok
}

// target returns the one name that an assignment binds.
func target(s *ast.Assign) string {
	if len(s.Targets) != 1 {
		refuse()
	}
	n, ok := s.Targets[0].(*ast.Name)
	if !ok {
		refuse()
	}
	return string(n.Id)
}

func literal(e ast.Expr) value {
	n, ok := e.(*ast.Num)
	if !ok {
		refuse()
	}
	switch v := n.N.(type) {
	case py.Int:
		return whole(int64(v))
	case py.Float:
		return floating(float64(v))
	}
	refuse()
	return value{}
}

// function compiles a definition against its signature.
func (c *compiler) function(f *udf.Function, d *ast.FunctionDef) *Function {
	agree := func(note string, t types.Type) {
		k := t.Required().Kind
		if k != types.Bool && k != types.Int && k != types.Float || note != "" && note != t.Required().String() {
			refuse()
		}
	}
	if len(d.Args.Args) != len(f.Params) {
		refuse()
	}
	for i, p := range d.Args.Args {
		agree(annotation(p.Annotation), f.Params[i].Type)
	}
	agree(annotation(d.Returns), f.Result)
	body := c.definition(d)
	return &Function{result: f.Result, body: body, locals: len(c.locals)}
}

// definition compiles a body, whose first locals are the parameters.
func (c *compiler) definition(d *ast.FunctionDef) []statement {
	for i, p := range d.Args.Args {
		c.locals[string(p.Arg)] = i
	}
	c.bind(d.Body, 0)
	return c.block(d.Body)
}

// bind gives a place to every name that the body assigns: in Python these are local in the whole function.
func (c *compiler) bind(body []ast.Stmt, depth int) {
	if depth > maxDepth {
		refuse()
	}
	name := func(e ast.Expr) {
		n, ok := e.(*ast.Name)
		if !ok {
			refuse()
		}
		if _, ok := c.locals[string(n.Id)]; !ok {
			c.locals[string(n.Id)] = len(c.locals)
		}
	}
	for _, s := range body {
		switch s := s.(type) {
		case *ast.Assign:
			for _, t := range s.Targets {
				name(t)
			}
		case *ast.AugAssign:
			name(s.Target)
		case *ast.For:
			name(s.Target)
			c.bind(s.Body, depth+1)
		case *ast.While:
			c.bind(s.Body, depth+1)
		case *ast.If:
			c.bind(s.Body, depth+1)
			c.bind(s.Orelse, depth+1)
		}
	}
}

func (c *compiler) enter() func() {
	if c.depth++; c.depth > maxDepth {
		refuse()
	}
	return func() { c.depth-- }
}
