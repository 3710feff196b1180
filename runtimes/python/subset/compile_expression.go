package subset

import (
	"slices"

	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/py"
)

type expression func(*frame) value

func (c *compiler) expression(e ast.Expr) expression {
	defer c.enter()()
	switch e := e.(type) {
	case *ast.Num:
		v := literal(e)
		return func(*frame) value { return v }
	case *ast.NameConstant:
		v := value{kind: none}
		switch e.Value {
		case py.True:
			v = boolean(true)
		case py.False:
			v = boolean(false)
		}
		return func(*frame) value { return v }
	case *ast.Name:
		return c.name(string(e.Id))
	case *ast.BinOp:
		op, a, b := operator(e.Op), c.expression(e.Left), c.expression(e.Right)
		return func(f *frame) value { return op(a(f), b(f)) }
	case *ast.UnaryOp:
		return c.unary(e)
	case *ast.BoolOp:
		return c.logical(e)
	case *ast.Compare:
		return c.compare(e)
	case *ast.IfExp:
		test, then, other := c.expression(e.Test), c.expression(e.Body), c.expression(e.Orelse)
		return func(f *frame) value {
			if test(f).isTrue() {
				return then(f)
			}
			return other(f)
		}
	case *ast.Call:
		return c.call(e)
	}
	refuse()
	return nil
}

func (c *compiler) name(name string) expression {
	if at, ok := c.locals[name]; ok {
		return func(f *frame) value {
			v := f.locals[at]
			if v.kind == unbound {
				giveUp()
			}
			return v
		}
	}
	v, ok := c.constants[name]
	if !ok {
		refuse()
	}
	return func(*frame) value { return v }
}

func operator(op ast.OperatorNumber) func(a, b value) value {
	switch op {
	case ast.Add:
		return add
	case ast.Sub:
		return subtract
	case ast.Mult:
		return multiply
	case ast.Div:
		return divide
	case ast.FloorDiv:
		return floorDivide
	case ast.Modulo:
		return modulo
	}
	refuse()
	return nil
}

func (c *compiler) unary(e *ast.UnaryOp) expression {
	x := c.expression(e.Operand)
	switch e.Op {
	case ast.USub:
		return func(f *frame) value { return negate(x(f)) }
	case ast.UAdd:
		return func(f *frame) value { return plus(x(f)) }
	case ast.Not:
		return func(f *frame) value { return boolean(!x(f).isTrue()) }
	}
	refuse()
	return nil
}

// logical gives the operand that decided, as Python does.
func (c *compiler) logical(e *ast.BoolOp) expression {
	var parts []expression
	for _, v := range e.Values {
		parts = append(parts, c.expression(v))
	}
	stopAt := e.Op == ast.Or
	return func(f *frame) value {
		var v value
		for _, p := range parts {
			if v = p(f); v.isTrue() == stopAt {
				break
			}
		}
		return v
	}
}

func (c *compiler) compare(e *ast.Compare) expression {
	operands := []expression{c.expression(e.Left)}
	var tests []func(a, b value) bool
	for i, op := range e.Ops {
		_, toNone := e.Comparators[i].(*ast.NameConstant)
		toNone = toNone && e.Comparators[i].(*ast.NameConstant).Value == py.None
		tests = append(tests, comparison(op, toNone))
		operands = append(operands, c.expression(e.Comparators[i]))
	}
	return func(f *frame) value {
		a := operands[0](f)
		for i, test := range tests {
			b := operands[i+1](f)
			if !test(a, b) {
				return boolean(false)
			}
			a = b
		}
		return boolean(true)
	}
}

// comparison of identity is the same everywhere only with None.
func comparison(op ast.CmpOp, toNone bool) func(a, b value) bool {
	switch op {
	case ast.Lt:
		return less
	case ast.LtE:
		return lessOrEqual
	case ast.Gt:
		return func(a, b value) bool { return less(b, a) }
	case ast.GtE:
		return func(a, b value) bool { return lessOrEqual(b, a) }
	case ast.Eq:
		return equal
	case ast.NotEq:
		return func(a, b value) bool { return !equal(a, b) }
	case ast.Is:
		if toNone {
			return func(a, _ value) bool { return a.kind == none }
		}
	case ast.IsNot:
		if toNone {
			return func(a, _ value) bool { return a.kind != none }
		}
	}
	refuse()
	return nil
}

// builtin returns the built-in function that a call names, if nothing hides it.
func (c *compiler) builtin(e *ast.Call) string {
	n, ok := e.Func.(*ast.Name)
	if !ok || len(e.Keywords) > 0 || e.Starargs != nil || e.Kwargs != nil {
		refuse()
	}
	name := string(n.Id)
	if _, local := c.locals[name]; local || slices.Contains(c.bound, name) {
		refuse()
	}
	return name
}

func (c *compiler) call(e *ast.Call) expression {
	name := c.builtin(e)
	var args []expression
	for _, a := range e.Args {
		args = append(args, c.expression(a))
	}
	unary := map[string]func(value) value{
		"abs": absolute, "int": toInt,
		"float": func(v value) value { return floating(v.number()) },
		"bool":  func(v value) value { return boolean(v.isTrue()) },
	}
	if op, ok := unary[name]; ok && len(args) == 1 {
		x := args[0]
		return func(f *frame) value { return op(x(f)) }
	}
	if (name == "min" || name == "max") && len(args) >= 2 {
		return func(f *frame) value {
			best := args[0](f)
			for _, a := range args[1:] {
				v := a(f)
				if name == "min" && less(v, best) || name == "max" && less(best, v) {
					best = v
				}
			}
			return best
		}
	}
	refuse()
	return nil
}
