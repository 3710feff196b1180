package subset

import (
	"math"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// expression pushes a value of the type that was found for it.
func (e *emitter) expression(x expr) {
	if e.b.types[x].kind == unseen {
		e.decline()
		return
	}
	switch x := x.(type) {
	case *intLiteral:
		e.I64(x.value)
	case *floatLiteral:
		e.F64(x.value)
	case *textLiteral:
		e.I64(e.constant(x.value))
	case *boolLiteral:
		e.I32(int32(truth(x.value)))
	case *noneLiteral:
	case *nameExpr:
		e.name(x)
	case *attribute:
		e.F64(fold(x, e.module).(*floatLiteral).value)
	case *unary:
		e.unary(x)
	case *operation:
		e.binary(x)
	case *logical:
		e.logical(x)
	case *conditional:
		t := e.b.types[x]
		e.truth(x.test)
		e.If(t.values()...)
		e.asType(x.then, t)
		e.Else()
		e.asType(x.other, t)
		e.End()
	case *compare:
		e.compare(x)
	case *call:
		e.callExpression(x)
	case *subscript:
		e.as(x.x, text)
		e.as(x.index, integer)
		e.Call(e.routine("item"))
		e.checkDeclined()
	case *slice:
		e.slice(x)
	case *format:
		e.format(x)
	default:
		refuse(x.at(), "this expression is not compiled")
	}
}

// asType pushes x as a value of type t.
func (e *emitter) asType(x expr, t typ) {
	if i, ok := x.(*intLiteral); ok && (t.kind == float || t.kind == number) && -exact <= i.value && i.value <= exact {
		e.F64(float64(i.value))
		e.convert(typ{kind: t.kind}, t)
		return
	}
	e.expression(x)
	e.convert(e.b.types[x], t)
}

// as pushes x as a value of kind k; None is declined.
func (e *emitter) as(x expr, k kind) { e.asType(x, typ{kind: k}) }

func (e *emitter) name(x *nameExpr) {
	if l, ok := local(e.scopes, e.b.locals, x.id); ok {
		e.load(l)
		return
	}
	if v, ok := e.module.constants[x.id]; ok {
		e.expression(v)
		return
	}
	e.F64(fold(x, e.module).(*floatLiteral).value)
}

// truth pushes 1 where x counts as true.
func (e *emitter) truth(x expr) {
	switch x := x.(type) {
	case *logical:
		for i, part := range x.xs {
			e.truth(part)
			if i == len(x.xs)-1 {
				break
			}
			e.If(i32)
			if x.op == "or" {
				e.I32(1)
				e.Else()
			}
		}
		for range x.xs[1:] {
			if x.op == "and" {
				e.Else()
				e.I32(0)
			}
			e.End()
		}
		return
	case *unary:
		if x.op == "not" {
			e.truth(x.x)
			e.Op(assemble.I32Eqz)
			return
		}
	}
	e.expression(x)
	e.truthOf(e.b.types[x])
}

// truthOf takes a value from the stack and pushes whether it counts as true.
func (e *emitter) truthOf(t typ) {
	if t.optional {
		present := e.Local(i32)
		e.Set(present)
		e.truthOf(t.required())
		e.Get(present)
		e.Op(assemble.I32And)
		return
	}
	switch t.kind {
	case none:
		e.I32(0)
	case integer:
		e.I64(0)
		e.Op(assemble.I64Ne)
	case number, float:
		e.F64(0)
		e.Op(assemble.F64Ne)
	case text:
		e.Op(assemble.I32WrapI64)
		e.I32(math.MaxInt32)
		e.Op(assemble.I32And)
		e.I32(0)
		e.Op(assemble.I32Ne)
	}
}

// logical pushes the operand that decides.
func (e *emitter) logical(x *logical) {
	t := e.b.types[x]
	opened := 0
	for i, part := range x.xs {
		have := e.b.types[part]
		if i == len(x.xs)-1 {
			e.asType(part, t)
			break
		}
		e.expression(part)
		again := e.keep(have)
		again()
		e.truthOf(have)
		if x.op == "and" {
			e.Op(assemble.I32Eqz)
		}
		e.If(t.values()...)
		again()
		e.convert(have, t)
		e.Else()
		opened++
	}
	for range opened {
		e.End()
	}
}

func (e *emitter) unary(x *unary) {
	t := e.b.types[x]
	switch x.op {
	case "not":
		e.truth(x)
	case "+":
		e.as(x.x, t.kind)
	case "~":
		e.as(x.x, integer)
		e.I64(-1)
		e.Op(assemble.I64Xor)
	case "-":
		e.as(x.x, t.kind)
		e.negate(t.kind)
	}
}

func (e *emitter) negate(k kind) {
	switch k {
	case integer:
		v := e.Local(i64)
		e.Tee(v)
		e.I64(math.MinInt64)
		e.Op(assemble.I64Eq)
		e.declineIf()
		e.I64(0)
		e.Get(v)
		e.Op(assemble.I64Sub)
	case float:
		e.Op(assemble.F64Neg)
	case number:
		e.Op(assemble.F64Neg)
		e.checkNumber()
	}
}

// compare pushes the truth of a chain; each operand is evaluated once, and none after the first comparison that fails.
func (e *emitter) compare(x *compare) {
	if len(x.ops) == 1 {
		e.comparison(x.ops[0], operand{e.b.types[x.xs[0]], x.xs[0], nil}, operand{e.b.types[x.xs[1]], x.xs[1], nil})
		return
	}
	left := operand{e.b.types[x.xs[0]], x.xs[0], nil}
	for i, op := range x.ops {
		right := operand{e.b.types[x.xs[i+1]], x.xs[i+1], nil}
		if i < len(x.ops)-1 {
			// Evaluated before the comparison, it stays for the next one. The left one comes first.
			if left.again == nil {
				e.expression(left.x)
				left.again = e.keep(left.t)
			}
			e.expression(right.x)
			right.again = e.keep(right.t)
		}
		e.comparison(op, left, right)
		left = right
		if i < len(x.ops)-1 {
			e.If(i32)
		}
	}
	for range x.ops[1:] {
		e.Else()
		e.I32(0)
		e.End()
	}
}

// operand of a comparison: an expression, or what was kept of it.
type operand struct {
	t     typ
	x     expr
	again func()
}

// push pushes an operand as its own type, or as kind k.
func (e *emitter) push(o operand) {
	if o.again != nil {
		o.again()
		return
	}
	e.expression(o.x)
}

func (e *emitter) pushAs(o operand, k kind) {
	if o.again == nil {
		e.as(o.x, k)
		return
	}
	o.again()
	e.convert(o.t, typ{kind: k})
}

func (e *emitter) comparison(op string, l, r operand) {
	switch op {
	case "is", "is not":
		e.isNone(l, r)
		if op == "is not" {
			e.Op(assemble.I32Eqz)
		}
		return
	case "in", "not in":
		e.contains(l, r)
		if op == "not in" {
			e.Op(assemble.I32Eqz)
		}
		return
	case "==", "!=":
		e.equal(l, r)
		if op == "!=" {
			e.Op(assemble.I32Eqz)
		}
		return
	}
	e.ordered(op, l, r)
}

// isNone takes operands of which one is None for certain.
func (e *emitter) isNone(l, r operand) {
	e.push(l)
	e.push(r)
	t := l.t
	if t.kind == none {
		t = r.t
	}
	switch {
	case t.kind == none:
		e.I32(1)
	case t.kind == unseen:
		e.decline()
	case t.optional:
		present := e.Local(i32)
		e.Set(present)
		e.Op(assemble.Drop)
		e.Get(present)
		e.Op(assemble.I32Eqz)
	default:
		e.Op(assemble.Drop)
		e.I32(0)
	}
}

func (e *emitter) contains(l, r operand) {
	if r.x != nil {
		if s := e.module.sequence(r.x, e.scopes, e.b.locals); s != nil {
			if l.again == nil {
				e.expression(l.x)
				l.again = e.keep(l.t)
			}
			e.I32(0)
			for _, y := range s.xs {
				e.equal(l, operand{e.b.types[y], y, nil})
				e.Op(assemble.I32Or)
			}
			return
		}
	}
	// CPython evaluates the left operand first, and so does this.
	e.pushAs(l, text)
	part := e.Local(i64)
	e.Set(part)
	e.pushAs(r, text)
	e.Get(part)
	e.host("contains")
	e.Op(assemble.I32WrapI64)
}

// equal pushes whether two operands of any types are equal.
func (e *emitter) equal(l, r operand) {
	if l.t.optional || r.t.optional {
		e.push(l)
		left := e.keep(l.t)
		e.push(r)
		right := e.keep(r.t)
		presence := func(t typ, again func()) uint32 {
			at := e.Local(i32)
			switch {
			case t.optional:
				again()
				e.Set(at)
				e.Op(assemble.Drop)
			case t.kind != none:
				e.I32(1)
				e.Set(at)
			default:
				e.I32(0)
				e.Set(at)
			}
			return at
		}
		a, b := presence(l.t, left), presence(r.t, right)
		e.Get(a)
		e.Get(b)
		e.Op(assemble.I32And)
		e.If(i32)
		strip := func(t typ, again func()) operand {
			return operand{t.required(), nil, func() {
				again()
				if t.optional {
					e.Op(assemble.Drop)
				}
			}}
		}
		e.equal(strip(l.t, left), strip(r.t, right))
		e.Else()
		e.Get(a)
		e.Get(b)
		e.Op(assemble.I32Eq)
		e.End()
		return
	}
	switch {
	case l.t.isNumeric() && r.t.isNumeric():
		e.numeric("==", l, r)
	case l.t.kind == text && r.t.kind == text:
		e.push(l)
		e.push(r)
		e.Call(e.routine("equal"))
	default:
		e.push(l)
		for range l.t.values() {
			e.Op(assemble.Drop)
		}
		e.push(r)
		for range r.t.values() {
			e.Op(assemble.Drop)
		}
		e.I32(int32(truth(l.t.kind == r.t.kind)))
	}
}

func (e *emitter) ordered(op string, l, r operand) {
	if l.t.kind == unseen || r.t.kind == unseen {
		e.push(l)
		e.push(r)
		e.decline()
		return
	}
	if l.t.kind != text {
		e.numeric(op, l, r)
		return
	}
	e.pushAs(l, text)
	e.pushAs(r, text)
	e.Call(e.routine("order"))
	e.I32(0)
	e.Op(map[string]assemble.Op{"<": assemble.I32LtS, "<=": assemble.I32LeS, ">": assemble.I32GtS, ">=": assemble.I32GeS}[op])
}

var (
	wholeComparisons = map[string]assemble.Op{"==": assemble.I64Eq, "<": assemble.I64LtS, "<=": assemble.I64LeS, ">": assemble.I64GtS, ">=": assemble.I64GeS}
	floatComparisons = map[string]assemble.Op{"==": assemble.F64Eq, "<": assemble.F64Lt, "<=": assemble.F64Le, ">": assemble.F64Gt, ">=": assemble.F64Ge}
	mirrored         = map[string]string{"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
)

// numeric compares numbers by value: an int that meets a float is not rounded.
func (e *emitter) numeric(op string, l, r operand) {
	if l.t.isWhole() && r.t.isWhole() {
		e.pushAs(l, integer)
		e.pushAs(r, integer)
		e.Op(wholeComparisons[op])
		return
	}
	exactly := func(o operand) bool { // it is a float without rounding
		i, ok := o.x.(*intLiteral)
		return o.t.kind != integer || o.again == nil && ok && -exact <= i.value && i.value <= exact
	}
	if exactly(l) && exactly(r) {
		e.pushAs(l, float)
		e.pushAs(r, float)
		e.Op(floatComparisons[op])
		return
	}
	if l.t.kind == integer {
		e.pushAs(l, integer)
		e.pushAs(r, float)
	} else {
		e.pushAs(l, float)
		v := e.Local(f64)
		e.Set(v)
		e.pushAs(r, integer)
		e.Get(v)
		op = mirrored[op]
	}
	e.Call(e.routine("compare"))
	e.F64(0)
	e.Op(floatComparisons[op])
}

func (e *emitter) slice(x *slice) {
	e.as(x.x, text)
	left := int64(0)
	for _, part := range []struct {
		x    expr
		flag int64
	}{{x.lo, noLow}, {x.hi, noHigh}, {x.step, noStep}} {
		if part.x == nil {
			left |= part.flag
			e.I64(0)
		} else {
			e.as(part.x, integer)
		}
	}
	e.I64(left)
	e.host("slice")
}

// format joins the parts of an f-string.
func (e *emitter) format(x *format) {
	first := true
	for _, p := range x.parts {
		switch {
		case p.x != nil:
			e.formatted(p)
		case p.text != "":
			e.I64(e.constant(p.text))
		default:
			continue
		}
		if !first {
			e.Call(e.routine("concat"))
			e.checkDeclined()
		}
		first = false
	}
	if first {
		e.I64(asciiFlag)
	}
}

func (e *emitter) formatted(p formatPart) {
	e.expression(p.x)
	t := e.b.types[p.x]
	if p.spec == "" {
		e.textOf(t)
		return
	}
	e.convert(t, t.required())
	name := "format float"
	switch t.kind {
	case integer:
		name = "format int"
	case text:
		name = "format str"
	case number, float:
		e.Op(assemble.I64ReinterpretF64)
	}
	e.I64(e.constant(p.spec))
	e.host(name)
}

// textOf makes a value on the stack the string that str() gives.
func (e *emitter) textOf(t typ) {
	if t.optional {
		present := e.Local(i32)
		e.Set(present)
		again := e.keep(t.required())
		e.Get(present)
		e.If(i64)
		again()
		e.textOf(t.required())
		e.Else()
		e.I64(e.constant("None"))
		e.End()
		return
	}
	switch t.kind {
	case none:
		e.I64(e.constant("None"))
	case boolean:
		is := e.Local(i32)
		e.Set(is)
		e.I64(e.constant("True"))
		e.I64(e.constant("False"))
		e.Get(is)
		e.Op(assemble.Select)
	case integer:
		e.host("int text")
	case float:
		e.Op(assemble.I64ReinterpretF64)
		e.host("float text")
	}
}
