package subset

import (
	"math"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// binary pushes the result of an operator.
func (e *emitter) binary(x *operation) {
	t := e.b.types[x]
	if t.kind == text {
		e.textOperator(x)
		return
	}
	if x.op == "/" {
		e.divide(x)
		return
	}
	if x.op == "**" && t.kind == float {
		e.as(x.l, float)
		e.as(x.r, float)
		e.library("pow")
		return
	}
	if t.kind == boolean { // & | ^ of bools
		e.as(x.l, boolean)
		e.as(x.r, boolean)
		e.Op(map[string]assemble.Op{"&": assemble.I32And, "|": assemble.I32Or, "^": assemble.I32Xor}[x.op])
		return
	}
	e.as(x.l, t.kind)
	e.as(x.r, t.kind)
	if t.kind == integer {
		e.wholeOperator(x)
		return
	}
	switch x.op {
	case "+":
		e.Op(assemble.F64Add)
	case "-":
		e.Op(assemble.F64Sub)
	case "*":
		e.Op(assemble.F64Mul)
	case "//":
		e.Call(e.routine("floor divide"))
		e.checkDeclined()
	case "%":
		e.Call(e.routine("modulo"))
		e.checkDeclined()
	}
	if t.kind == number {
		e.checkNumber()
	}
}

func (e *emitter) textOperator(x *operation) {
	if x.op == "+" {
		e.as(x.l, text)
		e.as(x.r, text)
		e.Call(e.routine("concat"))
		e.checkDeclined()
		return
	}
	if e.b.types[x.l].kind == text {
		e.as(x.l, text)
		e.as(x.r, integer)
	} else {
		e.as(x.l, integer)
		n := e.Local(i64)
		e.Set(n)
		e.as(x.r, text)
		e.Get(n)
	}
	e.host("repeat")
}

// checkNumber declines where an int and a float differ: past 2^53, and for -0.0.
func (e *emitter) checkNumber() {
	v := e.Local(f64)
	e.Tee(v)
	e.Op(assemble.F64Abs)
	e.F64(exact)
	e.Op(assemble.F64Gt)
	e.Get(v)
	e.Op(assemble.I64ReinterpretF64)
	e.I64(math.MinInt64)
	e.Op(assemble.I64Eq, assemble.I32Or)
	e.declineIf()
	e.Get(v)
}

// divide pushes a quotient. That of two ints is rounded once; where they are floats without rounding, so is that of floats.
func (e *emitter) divide(x *operation) {
	both := e.b.types[x.l].isWhole() && e.b.types[x.r].isWhole()
	operand := func(x expr) {
		k := float
		if both {
			k = number
		}
		e.as(x, k)
	}
	operand(x.l)
	operand(x.r)
	if v, ok := literalFloat(fold(x.r, e.module)); !ok || v == 0 {
		divisor := e.Local(f64)
		e.Tee(divisor)
		e.F64(0)
		e.Op(assemble.F64Eq)
		e.declineIf()
		e.Get(divisor)
	}
	e.Op(assemble.F64Div)
}

// wholeOperator finds two ints on the stack; a result of more than 64 bits is declined.
func (e *emitter) wholeOperator(x *operation) {
	switch x.op {
	case "&":
		e.Op(assemble.I64And)
		return
	case "|":
		e.Op(assemble.I64Or)
		return
	case "^":
		e.Op(assemble.I64Xor)
		return
	case "**":
		e.Call(e.routine("power"))
		e.checkDeclined()
		return
	}
	a, b, r := e.Local(i64), e.Local(i64), e.Local(i64)
	e.Set(b)
	e.Set(a)
	both := func(op assemble.Op) {
		e.Get(a)
		e.Get(b)
		e.Op(op)
	}
	switch x.op {
	case "+": // the sum has another sign than both
		both(assemble.I64Add)
		e.Tee(r)
		e.Get(a)
		e.Op(assemble.I64Xor)
		e.Get(r)
		e.Get(b)
		e.Op(assemble.I64Xor, assemble.I64And)
		e.I64(0)
		e.Op(assemble.I64LtS)
		e.declineIf()
		e.Get(r)
	case "-": // the signs differ, and that of the difference is not the first's
		both(assemble.I64Sub)
		e.Set(r)
		both(assemble.I64Xor)
		e.Get(a)
		e.Get(r)
		e.Op(assemble.I64Xor, assemble.I64And)
		e.I64(0)
		e.Op(assemble.I64LtS)
		e.declineIf()
		e.Get(r)
	case "*":
		e.multiply(a, b, r)
	case "//", "%":
		e.Get(b)
		e.Op(assemble.I64Eqz)
		e.Get(a)
		e.I64(math.MinInt64)
		e.Op(assemble.I64Eq, assemble.I32Or)
		e.declineIf()
		both(assemble.I64RemS)
		e.Set(r)
		// The remainder has the divisor's sign; then the quotient is rounded down.
		e.Get(r)
		e.I64(0)
		e.Op(assemble.I64Ne)
		e.Get(r)
		e.Get(b)
		e.Op(assemble.I64Xor)
		e.I64(0)
		e.Op(assemble.I64LtS, assemble.I32And)
		wrong := e.Local(i32)
		e.Set(wrong)
		if x.op == "%" {
			e.Get(r)
			e.Get(b)
			e.I64(0)
			e.Get(wrong)
			e.Op(assemble.Select, assemble.I64Add)
			return
		}
		both(assemble.I64DivS)
		e.Get(wrong)
		e.Op(assemble.I64ExtendI32U, assemble.I64Sub)
	case "<<":
		e.shiftBounds(b)
		both(assemble.I64Shl)
		e.Tee(r)
		e.Get(b)
		e.Op(assemble.I64ShrS)
		e.Get(a)
		e.Op(assemble.I64Ne)
		e.declineIf()
		e.Get(r)
	case ">>":
		e.shiftBounds(b)
		both(assemble.I64ShrS)
	}
}

func (e *emitter) shiftBounds(b uint32) {
	e.Get(b)
	e.I64(63)
	e.Op(assemble.I64GtU)
	e.declineIf()
}

// multiply takes the fast way where both factors have 32 bits, and else divides to see whether the product is right.
func (e *emitter) multiply(a, b, r uint32) {
	e.Get(a)
	e.Get(b)
	e.Op(assemble.I64Mul)
	e.Set(r)
	for i, v := range []uint32{a, b} {
		e.Get(v)
		e.Get(v)
		e.Op(assemble.I32WrapI64, assemble.I64ExtendI32S, assemble.I64Ne)
		if i == 1 {
			e.Op(assemble.I32Or)
		}
	}
	e.If()
	e.Get(a)
	e.Op(assemble.I64Eqz, assemble.I32Eqz)
	e.If()
	// -1 times the least int would be the one quotient that does not exist.
	e.Get(a)
	e.I64(-1)
	e.Op(assemble.I64Eq)
	e.Get(b)
	e.I64(math.MinInt64)
	e.Op(assemble.I64Eq, assemble.I32And)
	e.Get(a)
	e.I64(math.MinInt64)
	e.Op(assemble.I64Eq)
	e.Get(b)
	e.I64(-1)
	e.Op(assemble.I64Eq, assemble.I32And, assemble.I32Or)
	e.declineIf()
	e.Get(r)
	e.Get(a)
	e.Op(assemble.I64DivS)
	e.Get(b)
	e.Op(assemble.I64Ne)
	e.declineIf()
	e.End()
	e.End()
	e.Get(r)
}
