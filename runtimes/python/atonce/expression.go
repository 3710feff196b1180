package atonce

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/py"
)

// builtins are the functions that may be called; no variable has such a name.
var builtins = []string{"len", "abs", "min", "max", "sorted", "sum", "str", "range"}

func (b *body) shadowed(name string) bool {
	return slices.Contains(b.module.bound, name) || slices.Contains(b.assigns, name)
}

// test writes an expression as a condition.
func (b *body) test(e ast.Expr) string {
	k, text := b.expression(e)
	switch {
	case k.is("b"):
		return text
	case k.is("i"):
		return "(" + text + " != 0)"
	case k.is("sl"):
		return "(len(" + text + ") > 0)"
	}
	refuse("a condition is a float or None")
	return ""
}

// expression gives the kind of an expression, and writes it in brackets.
func (b *body) expression(e ast.Expr) (*kind, string) {
	b.enter()
	k, text := b.understood(e)
	b.depth--
	return k, text
}

func (b *body) understood(e ast.Expr) (*kind, string) {
	switch e := e.(type) {
	case *ast.Num:
		return number(e)
	case *ast.Str:
		return textKind, quoted(string(e.S))
	case *ast.NameConstant:
		switch e.Value {
		case py.True:
			return boolKind, "True"
		case py.False:
			return boolKind, "False"
		}
		return noneKind, "None"
	case *ast.Name:
		return b.variable(string(e.Id))
	case *ast.UnaryOp:
		switch e.Op {
		case ast.Not:
			return boolKind, "(not " + b.test(e.Operand) + ")"
		case ast.USub:
			if k, text := b.expression(e.Operand); k.is("if") {
				return k, "(-" + text + ")"
			}
		}
	case *ast.BinOp:
		return b.binary(e)
	case *ast.BoolOp:
		return b.logical(e)
	case *ast.Compare:
		return b.compare(e)
	case *ast.IfExp:
		test := b.test(e.Test)
		k, then := b.expression(e.Body)
		other, otherwise := b.expression(e.Orelse)
		if !k.is("n") && same(k, other) {
			return k, "(" + then + " if " + test + " else " + otherwise + ")"
		}
	case *ast.List:
		return b.list(e)
	case *ast.Subscript:
		return b.subscript(e)
	case *ast.Call:
		return b.call(e)
	}
	refuse(fmt.Sprintf("it has an expression (%s) that is not known to be the same", strings.TrimPrefix(fmt.Sprintf("%T", e), "*ast.")))
	return nil, ""
}

func number(e *ast.Num) (*kind, string) {
	switch n := e.N.(type) {
	case py.Int:
		if n < 1<<62 {
			return intKind, strconv.FormatInt(int64(n), 10)
		}
	case py.Float:
		if v := float64(n); !math.IsInf(v, 0) {
			return floatKind, strconv.FormatFloat(v, 'e', 17, 64)
		}
	}
	refuse("it has a large or complex number")
	return nil, ""
}

func quoted(s string) string {
	if !plainText(s) {
		refuse("it has a text with other characters than plain ASCII")
	}
	switch {
	case !strings.ContainsAny(s, `"\`+"\n"):
		return `"` + s + `"`
	case !strings.ContainsAny(s, `'\`+"\n"):
		return "'" + s + "'"
	}
	refuse("it has a text with quotes")
	return ""
}

// plainText is what gpython and CPython treat alike: ASCII without the separators that only CPython takes for space.
func plainText(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] >= 0x1c && s[i] <= 0x1f {
			return false
		}
	}
	return true
}

func (b *body) variable(id string) (*kind, string) {
	if k := b.locals[id]; k != nil {
		return k, id
	}
	if c := b.module.constants[id]; c != nil && !slices.Contains(b.assigns, id) {
		k, _ := b.expression(c)
		return k, b.name(id)
	}
	refuse("it uses " + id)
	return nil, ""
}

var arithmetic = map[ast.OperatorNumber]string{ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}

func (b *body) binary(e *ast.BinOp) (*kind, string) {
	l, left := b.expression(e.Left)
	r, right := b.expression(e.Right)
	op := arithmetic[e.Op]
	text := "(" + left + " " + op + " " + right + ")"
	switch {
	case l.is("i") && r.is("i") && (op == "+" || op == "-"):
		return intKind, text
	case op != "" && l.is("if") && r.is("if") && (l.is("f") || r.is("f")):
		return floatKind, text
	case op == "+" && l.is("s") && r.is("s"):
		return textKind, text
	case op == "+" && l.is("l") && r.is("l") && same(l, r):
		return l, text
	}
	refuse("it has arithmetic that is not known to be the same")
	return nil, ""
}

func (b *body) logical(e *ast.BoolOp) (*kind, string) {
	op := " and "
	if e.Op == ast.Or {
		op = " or "
	}
	var parts []string
	for _, v := range e.Values {
		k, text := b.expression(v)
		if !k.is("b") {
			refuse("and or or is of something other than bool")
		}
		parts = append(parts, text)
	}
	return boolKind, "(" + strings.Join(parts, op) + ")"
}

var comparisons = map[ast.CmpOp]string{ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}

func (b *body) compare(e *ast.Compare) (*kind, string) {
	if len(e.Ops) != 1 {
		refuse("it has a chain of comparisons")
	}
	l, left := b.expression(e.Left)
	r, right := b.expression(e.Comparators[0])
	if op := comparisons[e.Ops[0]]; op != "" && l.name == r.name && l.is("ifs") {
		return boolKind, "(" + left + " " + op + " " + right + ")"
	}
	if e.Ops[0] == ast.In || e.Ops[0] == ast.NotIn {
		if l.is("s") && r.is("s") || r.is("l") && l.is("is") && r.elem.name == l.name {
			text := "(" + left + " in " + right + ")"
			if e.Ops[0] == ast.NotIn {
				text = "(not " + text + ")"
			}
			return boolKind, text
		}
	}
	refuse("it has a comparison that is not known to be the same")
	return nil, ""
}

func (b *body) list(e *ast.List) (*kind, string) {
	elem := &kind{name: '?'}
	var parts []string
	for _, v := range e.Elts {
		k, text := b.expression(v)
		if k.is("ln") || !same(elem, k) {
			refuse("a list has elements of several types")
		}
		parts = append(parts, text)
	}
	return &kind{name: 'l', elem: elem}, "[" + strings.Join(parts, ", ") + "]"
}

func (b *body) subscript(e *ast.Subscript) (*kind, string) {
	k, text := b.expression(e.Value)
	if !k.is("sl") {
		refuse("it indexes something other than a text or a list")
	}
	position := func(e ast.Expr) string {
		if e == nil {
			return ""
		}
		i, text := b.expression(e)
		if !i.is("i") {
			refuse("an index is no integer")
		}
		return text
	}
	switch s := e.Slice.(type) {
	case *ast.Index:
		of := k
		if k.is("l") {
			of = k.elem
		}
		if of.is("?") {
			refuse("it indexes an empty list")
		}
		return of, text + "[" + position(s.Value) + "]"
	case *ast.Slice:
		if s.Step == nil {
			return k, text + "[" + position(s.Lower) + ":" + position(s.Upper) + "]"
		}
	}
	refuse("it has a slice with a step")
	return nil, ""
}

func plainCall(e *ast.Call, least, most int) {
	if len(e.Keywords) > 0 || e.Starargs != nil || e.Kwargs != nil || len(e.Args) < least || len(e.Args) > most {
		refuse("it has a call with other arguments")
	}
}

func (b *body) call(e *ast.Call) (*kind, string) {
	plainCall(e, 0, 20)
	if method, ok := e.Func.(*ast.Attribute); ok {
		return b.method(method, e)
	}
	name, ok := e.Func.(*ast.Name)
	if !ok || slices.Contains(b.assigns, string(name.Id)) {
		refuse("it calls something other than a function")
	}
	var kinds []*kind
	var texts []string
	for _, a := range e.Args {
		k, text := b.expression(a)
		kinds, texts = append(kinds, k), append(texts, text)
	}
	id := string(name.Id)
	text := id + "(" + strings.Join(texts, ", ") + ")"
	if b.module.defs[id] != nil {
		return b.function(id, kinds, nil), text
	}
	if b.shadowed(id) {
		refuse("it calls " + id)
	}
	one := len(kinds) == 1
	switch {
	case id == "len" && one && kinds[0].is("sl"):
		return intKind, text
	case id == "abs" && one && kinds[0].is("if"):
		return kinds[0], text
	case (id == "min" || id == "max") && len(kinds) == 2 && kinds[0].is("i") && kinds[1].is("i"):
		return intKind, text
	case id == "sum" && one && kinds[0].is("l") && kinds[0].elem.is("i"):
		return intKind, text
	case id == "sorted" && one && kinds[0].is("l") && kinds[0].elem.is("is"):
		return kinds[0], text
	case id == "str" && one && kinds[0].is("is"):
		return textKind, text
	}
	refuse("it calls " + id)
	return nil, ""
}

// method writes a call of a method of a text.
func (b *body) method(m *ast.Attribute, e *ast.Call) (*kind, string) {
	k, text := b.expression(m.Value)
	if !k.is("s") {
		refuse("it calls a method of something other than a text")
	}
	var args []string
	literal := true
	for _, a := range e.Args {
		k, text := b.expression(a)
		s, ok := a.(*ast.Str)
		literal = literal && ok && len(s.S) > 0
		if !k.is("s") {
			refuse("it calls a method with something other than texts")
		}
		args = append(args, text)
	}
	text += "." + string(m.Attr) + "(" + strings.Join(args, ", ") + ")"
	switch n := len(args); {
	case (m.Attr == "startswith" || m.Attr == "endswith") && n == 1:
		return boolKind, text
	case m.Attr == "find" && n == 1:
		return intKind, text
	case m.Attr == "strip" && n == 0:
		return textKind, text
	case m.Attr == "split" && (n == 0 || n == 1 && literal):
		return &kind{name: 'l', elem: textKind}, text
	case m.Attr == "replace" && n == 2 && literal:
		return textKind, text
	}
	refuse("it calls the method " + string(m.Attr))
	return nil, ""
}
