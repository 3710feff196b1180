package atonce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"

	"github.com/dreamql/dreamql/engine/udf"
)

// compilation writes one function and all that it calls.
type compilation struct {
	module *module
	made   map[string]*made
	out    strings.Builder
	size   int
}

// made is a function that is written, or being written.
type made struct {
	params []*kind
	result *kind // nil while it is written: a call of it would be a recursion
}

// body is where a function is written.
type body struct {
	*compilation
	out     strings.Builder
	locals  map[string]*kind
	assigns []string // all names that the function assigns
	indent  int
	depth   int
	loops   int
	result  *kind
	iterate []string // names that are iterated over, and so may not grow
}

func (c *compilation) constants() {
	c.out.WriteString("_steps = [0]\n")
	for _, name := range c.module.order {
		b := &body{compilation: c}
		_, text := b.expression(c.module.constants[name])
		fmt.Fprintf(&c.out, "%s = %s\n", name, text)
	}
}

// function writes the def of that name for arguments of those kinds. f is the signature where it is one asked for.
func (c *compilation) function(name string, params []*kind, f *udf.Function) *kind {
	if m := c.made[name]; m != nil {
		if m.result == nil {
			refuse(name + " calls itself")
		}
		for i, p := range m.params {
			if !same(p, params[i]) {
				refuse(name + " is called with arguments of several types")
			}
		}
		return m.result
	}
	def := c.module.defs[name]
	if def == nil {
		refuse("it does not define " + name)
	}
	a := def.Args
	if a.Vararg != nil || a.Kwarg != nil || len(a.Kwonlyargs) > 0 || len(a.Defaults) > 0 || len(a.Args) != len(params) {
		refuse(name + " has other parameters than the signature")
	}
	m := &made{params: params}
	c.made[name] = m
	b := &body{compilation: c, locals: map[string]*kind{}, indent: 1}
	var names []string
	for i, p := range a.Args {
		if f != nil {
			annotated(p.Annotation, params[i])
		}
		id := b.name(string(p.Arg))
		if slices.Contains(names, id) {
			refuse("two parameters are called " + id)
		}
		names = append(names, id)
		b.locals[id] = params[i]
	}
	if f != nil {
		annotated(def.Returns, kindOf(f.Result.Required()))
	}
	b.assigns = slices.Concat(names, assigned(def.Body))
	statements := def.Body
	if s, ok := statements[0].(*ast.ExprStmt); ok {
		if _, ok := s.Value.(*ast.Str); ok {
			statements = statements[1:]
		}
	}
	if f != nil {
		b.line("_steps[0] = 0")
	} else {
		b.count()
	}
	b.block(statements)
	if f == nil {
		if len(statements) == 0 {
			refuse(name + " returns nothing")
		}
		if _, ok := statements[len(statements)-1].(*ast.Return); !ok || b.result == nil || b.result.is("n") {
			refuse(name + " may return nothing")
		}
	}
	if m.result = b.result; m.result == nil {
		m.result = noneKind
	}
	fmt.Fprintf(&c.out, "def %s(%s):\n%s", name, strings.Join(names, ", "), b.out.String())
	return m.result
}

// annotated refuses an annotation that names another class than the signature; CPython then explains it.
func annotated(e ast.Expr, k *kind) {
	n, ok := e.(*ast.Name)
	want := map[byte]string{'b': "bool", 'i': "int", 'f': "float", 's': "str", 'l': "list"}[k.name]
	if ok && string(n.Id) != want {
		refuse("an annotation differs from the signature")
	}
}

// assigned lists the names that statements bind.
func assigned(list []ast.Stmt) []string {
	var names []string
	for _, s := range list {
		ast.Walk(s, func(a ast.Ast) bool {
			if n, ok := a.(*ast.Name); ok && n.Ctx == ast.Store {
				names = append(names, string(n.Id))
			}
			return true
		})
	}
	return names
}

func (b *body) name(id string) string {
	if strings.HasPrefix(id, "_") || slices.Contains(builtins, id) {
		refuse("it has a variable " + id)
	}
	return id
}

func (b *body) line(format string, args ...any) {
	b.out.WriteString(strings.Repeat(" ", b.indent))
	fmt.Fprintf(&b.out, format+"\n", args...)
}

func (b *body) enter() {
	b.depth++
	if b.size++; b.depth > maxDepth || b.size > 5000 {
		refuse("it is long or nested deeply")
	}
}

func (b *body) block(list []ast.Stmt) {
	b.enter()
	for _, s := range list {
		b.statement(s)
	}
	b.depth--
}

func (b *body) nested(list []ast.Stmt) {
	b.indent++
	b.line("pass")
	b.block(list)
	b.indent--
}

func (b *body) statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.Pass:
	case *ast.Return:
		k, text := noneKind, "None"
		if s.Value != nil {
			k, text = b.expression(s.Value)
		}
		if b.result == nil || b.result.is("n") {
			b.result = k
		} else if !k.is("n") && !same(b.result, k) {
			refuse("it returns values of several types")
		}
		b.line("return %s", text)
	case *ast.Assign:
		if len(s.Targets) != 1 {
			refuse("it assigns to several targets")
		}
		k, text := b.expression(s.Value)
		b.assign(s.Targets[0], k, text)
	case *ast.AugAssign:
		name, ok := s.Target.(*ast.Name)
		if !ok || b.locals[string(name.Id)] == nil || b.locals[string(name.Id)].is("l") {
			refuse("it changes something other than a plain variable")
		}
		k, text := b.expression(&ast.BinOp{Left: &ast.Name{Id: name.Id, Ctx: ast.Load}, Op: s.Op, Right: s.Value})
		b.assign(s.Target, k, text)
	case *ast.If:
		b.line("if %s:", b.test(s.Test))
		b.nested(s.Body)
		if len(s.Orelse) > 0 {
			b.line("else:")
			b.nested(s.Orelse)
		}
	case *ast.For:
		b.forEach(s)
	case *ast.While:
		if len(s.Orelse) > 0 {
			refuse("a loop has an else")
		}
		b.line("while %s:", b.test(s.Test))
		b.loop(s.Body)
	case *ast.Break, *ast.Continue:
		if b.loops == 0 {
			refuse("it breaks no loop")
		}
		if _, ok := s.(*ast.Break); ok {
			b.line("break")
		} else {
			b.line("continue")
		}
	case *ast.ExprStmt:
		b.grow(s.Value)
	default:
		refuse(fmt.Sprintf("it has a statement %s", strings.TrimPrefix(fmt.Sprintf("%T", s), "*ast.")))
	}
}

// assign gives a variable, which keeps its type, a value, and stops what grows too large.
func (b *body) assign(target ast.Expr, k *kind, text string) {
	name, ok := target.(*ast.Name)
	if !ok {
		refuse("it assigns to something other than a variable")
	}
	id := b.name(string(name.Id))
	if k.is("n") {
		refuse("a variable is None")
	}
	b.declare(id, k)
	b.line("%s = %s", id, text)
	if k.is("sl") {
		b.line("if len(%s) > %d: _stop", id, maxLength)
	}
}

// declare notes that a variable has values of a kind.
func (b *body) declare(id string, k *kind) {
	if slices.Contains(b.iterate, id) {
		refuse("it changes what it iterates over")
	}
	if old := b.locals[id]; old == nil {
		b.locals[id] = k
	} else if !same(old, k) {
		refuse("the variable " + id + " has several types")
	}
}

func (b *body) forEach(s *ast.For) {
	target, ok := s.Target.(*ast.Name)
	if !ok || len(s.Orelse) > 0 {
		refuse("a loop has several targets or an else")
	}
	k, text, over := b.iterable(s.Iter)
	id := b.name(string(target.Id))
	if over != "" {
		b.iterate = append(b.iterate, over)
	}
	b.declare(id, k)
	b.line("for %s in %s:", id, text)
	b.loop(s.Body)
	if over != "" {
		b.iterate = b.iterate[:len(b.iterate)-1]
	}
}

// iterable is what a loop goes through: a range, a text or a list, with the variable's name where it is one.
func (b *body) iterable(e ast.Expr) (elem *kind, text, over string) {
	if call, ok := e.(*ast.Call); ok {
		if f, ok := call.Func.(*ast.Name); ok && f.Id == "range" && !b.shadowed("range") {
			plainCall(call, 1, 2)
			var args []string
			for _, a := range call.Args {
				k, text := b.expression(a)
				if !k.is("i") {
					refuse("a range is not of integers")
				}
				args = append(args, text)
			}
			return intKind, "range(" + strings.Join(args, ", ") + ")", ""
		}
	}
	k, text := b.expression(e)
	if n, ok := e.(*ast.Name); ok {
		over = string(n.Id)
	}
	switch {
	case k.is("s"):
		return textKind, text, over
	case k.is("l") && !k.elem.is("?l"):
		return k.elem, text, over
	}
	refuse("it iterates over something other than a range, a text or a list")
	return nil, "", ""
}

// loop writes a body that runs a bounded number of times.
func (b *body) loop(list []ast.Stmt) {
	if b.loops++; b.loops > 4 {
		refuse("loops are nested deeply")
	}
	b.indent++
	b.count()
	b.block(list)
	b.indent--
	b.loops--
}

// count ends a row after so many rounds of loops and calls of functions: there is no name _stop.
func (b *body) count() {
	b.line("_steps[0] = _steps[0] + 1")
	b.line("if _steps[0] > %d: _stop", maxSteps)
}

// grow writes a statement that is a call of append.
func (b *body) grow(e ast.Expr) {
	call, ok := e.(*ast.Call)
	if !ok {
		refuse("it has an expression without effect")
	}
	method, ok := call.Func.(*ast.Attribute)
	if !ok || method.Attr != "append" {
		refuse("it calls a function for its effect")
	}
	plainCall(call, 1, 1)
	name, ok := method.Value.(*ast.Name)
	if !ok || slices.Contains(b.iterate, string(name.Id)) {
		refuse("it appends to something other than a variable, or to what it iterates over")
	}
	list, text := b.expression(name)
	elem, value := b.expression(call.Args[0])
	if !list.is("l") || elem.is("ln") || !same(list.elem, elem) {
		refuse("it appends a value of another type")
	}
	b.line("%s.append(%s)", text, value)
	b.line("if len(%s) > %d: _stop", text, maxLength)
}
