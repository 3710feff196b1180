package subset

import (
	"math"

	"github.com/dreamql/dreamql/runtimes/python/promote"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

func (e *emitter) callExpression(x *call) {
	if b := e.b.calls[x]; b != nil {
		for i, a := range arguments(x, b.function) {
			e.asType(a, b.params[i])
		}
		e.call(b)
		return
	}
	c := e.b.callees[x]
	if len(x.args) == 1 {
		if g, ok := x.args[0].(*generator); ok {
			e.reduce(x, c, g)
			return
		}
	}
	switch {
	case c.builtin != "":
		e.builtin(x, c.builtin)
	case c.math != "":
		e.math(x, c.math)
	default:
		e.method(x, c.method)
	}
}

// builtin pushes the result of a built-in function.
func (e *emitter) builtin(x *call, name string) {
	t, arg := e.b.types[x], e.b.types[x.args[0]]
	switch name {
	case "abs":
		e.as(x.args[0], t.kind)
		if t.kind != integer {
			e.Op(assemble.F64Abs)
			return
		}
		v := e.Local(i64)
		e.Tee(v)
		e.I64(0)
		e.Op(assemble.I64LtS)
		e.If(i64)
		e.Get(v)
		e.negate(integer)
		e.Else()
		e.Get(v)
		e.End()
	case "int":
		switch {
		case arg.kind == text:
			e.as(x.args[0], text)
			e.host("text int")
		case arg.isWhole():
			e.as(x.args[0], integer)
		default:
			e.as(x.args[0], float)
			e.toInt(assemble.F64Trunc)
		}
	case "float":
		if arg.kind != text {
			e.as(x.args[0], float)
			return
		}
		e.as(x.args[0], text)
		e.host("text float")
		e.Op(assemble.F64ReinterpretI64)
	case "bool":
		e.truth(x.args[0])
	case "str":
		e.expression(x.args[0])
		e.textOf(arg)
	case "len":
		e.as(x.args[0], text)
		e.Call(e.routine("length"))
	case "ord":
		e.as(x.args[0], text)
		e.Call(e.routine("ord"))
		e.checkDeclined()
	case "chr":
		e.as(x.args[0], integer)
		e.host("chr")
	case "round":
		e.round(x, arg)
	case "min", "max":
		e.extreme(x, name)
	}
}

// toInt rounds a float on the stack with op and makes it an int of 64 bits.
func (e *emitter) toInt(op assemble.Op) {
	v := e.Local(f64)
	e.Op(op)
	e.Tee(v)
	e.F64(-1 << 63)
	e.Op(assemble.F64Ge)
	e.Get(v)
	e.F64(1 << 63)
	e.Op(assemble.F64Lt, assemble.I32And, assemble.I32Eqz)
	e.declineIf()
	e.Get(v)
	e.Op(assemble.I64TruncF64S)
}

func (e *emitter) round(x *call, arg typ) {
	switch {
	case len(x.args) == 1 && arg.isWhole():
		e.as(x.args[0], integer)
	case len(x.args) == 1:
		e.as(x.args[0], float)
		e.toInt(assemble.F64Nearest)
	case arg.isWhole(): // to a literal number of digits, not negative
		e.as(x.args[0], integer)
	default:
		e.as(x.args[0], float)
		e.Op(assemble.I64ReinterpretF64)
		e.as(x.args[1], integer)
		e.host("round")
		e.Op(assemble.F64ReinterpretI64)
		if arg.kind == number {
			e.checkNumber()
		}
	}
}

// extreme is min or max: the first of those that are equal.
func (e *emitter) extreme(x *call, name string) {
	t := e.b.types[x]
	v := t.values()[0]
	best, next := e.Local(v), e.Local(v)
	for i, a := range x.args {
		e.as(a, t.kind)
		if i == 0 {
			e.Set(best)
			continue
		}
		e.Set(next)
		e.Get(next)
		e.Get(best)
		less := name == "min"
		switch t.kind {
		case boolean:
			e.Get(next)
			e.Get(best)
			e.Op(pickOp(less, assemble.I32LtU, assemble.I32GtU))
		case integer:
			e.Get(next)
			e.Get(best)
			e.Op(pickOp(less, assemble.I64LtS, assemble.I64GtS))
		case number, float:
			e.Get(next)
			e.Get(best)
			e.Op(pickOp(less, assemble.F64Lt, assemble.F64Gt))
		case text:
			e.Get(next)
			e.Get(best)
			e.Call(e.routine("order"))
			e.I32(0)
			e.Op(pickOp(less, assemble.I32LtS, assemble.I32GtS))
		}
		e.Op(assemble.Select)
		e.Set(best)
	}
	e.Get(best)
}

func pickOp(first bool, a, b assemble.Op) assemble.Op {
	if first {
		return a
	}
	return b
}

// math pushes the result of a function of the module math.
func (e *emitter) math(x *call, name string) {
	arg := e.b.types[x.args[0]]
	if arg.isWhole() && (name == "floor" || name == "ceil" || name == "trunc") {
		e.as(x.args[0], integer)
		return
	}
	if name == "log" && len(x.args) == 2 {
		e.as(x.args[0], float)
		e.library("log")
		e.as(x.args[1], float)
		e.library("log")
		e.Op(assemble.F64Div)
		e.checkFinite()
		return
	}
	if name == "hypot" {
		e.hypotenuse(x)
		return
	}
	for _, a := range x.args {
		e.as(a, float)
	}
	if promote.Mathematics(name) {
		e.library(name)
		return
	}
	switch name {
	case "sqrt":
		v := e.Local(f64)
		e.Tee(v)
		e.F64(0)
		e.Op(assemble.F64Lt)
		e.declineIf()
		e.Get(v)
		e.Op(assemble.F64Sqrt)
	case "fabs":
		e.Op(assemble.F64Abs)
	case "floor":
		e.toInt(assemble.F64Floor)
	case "ceil":
		e.toInt(assemble.F64Ceil)
	case "trunc":
		e.toInt(assemble.F64Trunc)
	case "copysign":
		e.Op(assemble.F64Copysign)
	case "degrees":
		e.F64(toDegrees)
		e.Op(assemble.F64Mul)
	case "radians":
		e.F64(toRadians)
		e.Op(assemble.F64Mul)
	case "fmod":
		e.Call(e.routine("fmod"))
		e.checkDeclined()
	case "isnan":
		v := e.Local(f64)
		e.Tee(v)
		e.Get(v)
		e.Op(assemble.F64Ne)
	case "isinf":
		e.Op(assemble.F64Abs)
		e.F64(math.Inf(1))
		e.Op(assemble.F64Eq)
	case "isfinite":
		e.Op(assemble.F64Abs)
		e.F64(math.Inf(1))
		e.Op(assemble.F64Lt)
	}
}

// library calls a function of CPython's C library. What raises an exception is not finite there, so what is not finite is declined.
func (e *emitter) library(name string) {
	e.Call(e.linker.Function(name).Index)
	e.checkFinite()
}

// hypotenuse of two numbers.
func (e *emitter) hypotenuse(x *call) {
	var coordinates [2]uint32
	for i := range coordinates {
		coordinates[i] = e.Local(f64)
		e.as(x.args[i], float)
		e.Op(assemble.F64Abs)
		e.Set(coordinates[i])
	}
	for i, v := range coordinates {
		e.I32(int32(8 * i))
		e.Get(v)
		e.Access(assemble.F64Store, cellPair)
	}
	e.I32(2)
	e.I32(cellPair)
	e.Get(coordinates[0])
	e.Get(coordinates[1])
	e.Op(assemble.F64Max)
	e.I32(0)
	e.library("hypot")
}

func (e *emitter) checkFinite() {
	v := e.Local(f64)
	e.Tee(v)
	e.Get(v)
	e.Op(assemble.F64Sub)
	e.F64(0)
	e.Op(assemble.F64Ne)
	e.declineIf()
	e.Get(v)
}

// method pushes the result of a method of a string.
func (e *emitter) method(x *call, name string) {
	m := methods[name]
	e.as(x.function.(*attribute).x, text)
	for i, k := range m.args {
		switch {
		case i < len(x.args):
			e.as(x.args[i], k)
		case name == "ljust" || name == "rjust" || name == "center":
			e.I64(e.constant(" "))
		default:
			e.I64(noText)
		}
	}
	e.host(name)
	if m.result == boolean {
		e.Op(assemble.I32WrapI64)
	}
}

// reduce runs a generator and makes one value of what it gives.
func (e *emitter) reduce(x *call, c callee, g *generator) {
	t := e.b.types[x]
	var separator uint32
	if c.method == "join" {
		separator = e.Local(i64)
		e.as(x.function.(*attribute).x, text)
		e.Set(separator)
	}
	each := e.over(g.over)
	name := g.local()
	e.slots[name] = e.newSlot(name)
	e.scopes = append(e.scopes, scope{g.name, name})
	// A total of floats is held twice: the sum, and what rounding took from it (CPython's sum since 3.12).
	total, lost := e.Local(t.values()[0]), e.Local(f64)
	begun := e.Local(i32)
	switch {
	case c.builtin == "all":
		e.I32(1)
	case t.kind == text:
		e.I64(asciiFlag)
	default:
		e.zero(t)
	}
	e.Set(total)
	e.F64(0)
	e.Set(lost)
	e.I32(0)
	e.Set(begun)
	leave := e.Block()
	each(func(have typ) {
		e.assign(name, have)
		next := e.Block()
		for _, test := range g.tests {
			e.truth(test)
			e.Op(assemble.I32Eqz)
			e.BranchIf(next)
		}
		switch {
		case c.builtin == "any" || c.builtin == "all":
			e.truth(g.element)
			if c.builtin == "all" {
				e.Op(assemble.I32Eqz)
			}
			e.If()
			e.I32(int32(truth(c.builtin == "any")))
			e.Set(total)
			e.Branch(leave)
			e.End()
		case t.kind == integer:
			e.Get(total)
			e.as(g.element, integer)
			e.wholeOperator(&operation{op: "+"})
			e.Set(total)
		case t.kind == number:
			e.as(g.element, float)
			e.compensate(total, lost)
		default:
			e.Get(begun)
			e.If()
			e.Get(total)
			e.Get(separator)
			e.Call(e.routine("concat"))
			e.checkDeclined()
			e.Set(total)
			e.End()
			e.I32(1)
			e.Set(begun)
			e.as(g.element, text)
			part := e.Local(i64)
			e.Set(part)
			e.Get(total)
			e.Get(part)
			e.Call(e.routine("concat"))
			e.checkDeclined()
			e.Set(total)
		}
		e.End()
	})
	e.End()
	e.scopes = e.scopes[:len(e.scopes)-1]
	e.Get(total)
	if t.kind == number {
		// What was lost is added unless it is 0 or not finite.
		e.Get(lost)
		e.F64(0)
		e.Get(lost)
		e.Get(lost)
		e.Op(assemble.F64Sub)
		e.F64(0)
		e.Op(assemble.F64Eq, assemble.Select, assemble.F64Add)
	}
}

// compensate adds the float on the stack to a sum.
func (e *emitter) compensate(total, lost uint32) {
	v, sum := e.Local(f64), e.Local(f64)
	e.Set(v)
	e.Get(total)
	e.Get(v)
	e.Op(assemble.F64Add)
	e.Set(sum)
	e.Get(lost)
	minus := func(large, small uint32) {
		e.Get(large)
		e.Get(sum)
		e.Op(assemble.F64Sub)
		e.Get(small)
		e.Op(assemble.F64Add)
	}
	minus(total, v)
	minus(v, total)
	e.Get(total)
	e.Op(assemble.F64Abs)
	e.Get(v)
	e.Op(assemble.F64Abs, assemble.F64Ge, assemble.Select, assemble.F64Add)
	e.Set(lost)
	e.Get(sum)
	e.Set(total)
}
