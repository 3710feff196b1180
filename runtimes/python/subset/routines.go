package subset

import (
	"math"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// routine returns the index of a function that compiled code calls often, and emits it when it is first needed. It may decline
// its row.
func (e *emitter) routine(name string) uint32 {
	if c := e.routines[name]; c != nil {
		return c.Index
	}
	params, result, body := routineNamed(name)
	c := e.build.module.Function(params, []assemble.Value{result})
	e.routines[name] = c
	r := &emitter{build: e.build, Code: c}
	r.declined = r.Block()
	body(r)
	r.Op(assemble.Return)
	r.End()
	r.I32(0)
	r.I32(1)
	r.Access(assemble.I32Store, cellDeclined)
	switch result {
	case i32:
		r.I32(0)
	case i64:
		r.I64(0)
	case f64:
		r.F64(0)
	}
	return c.Index
}

func routineNamed(name string) (params []assemble.Value, result assemble.Value, body func(*emitter)) {
	switch name {
	case "length":
		return []assemble.Value{i64}, i64, (*emitter).lengthBody
	case "item":
		return []assemble.Value{i64, i64}, i64, (*emitter).itemBody
	case "ord":
		return []assemble.Value{i64}, i64, (*emitter).ordBody
	case "equal":
		return []assemble.Value{i64, i64}, i32, (*emitter).equalBody
	case "order":
		return []assemble.Value{i64, i64}, i32, (*emitter).orderBody
	case "concat":
		return []assemble.Value{i64, i64}, i64, (*emitter).concatBody
	case "alloc":
		return []assemble.Value{i32}, i32, (*emitter).allocBody
	case "compare":
		return []assemble.Value{i64, f64}, f64, (*emitter).compareBody
	case "power":
		return []assemble.Value{i64, i64}, i64, (*emitter).powerBody
	case "fmod":
		return []assemble.Value{f64, f64}, f64, (*emitter).fmodBody
	case "modulo":
		return []assemble.Value{f64, f64}, f64, (*emitter).moduloBody
	case "floor divide":
		return []assemble.Value{f64, f64}, f64, (*emitter).floorDivideBody
	}
	panic("there is no routine " + name)
}

// isASCII pushes whether a string is known to be ASCII.
func (e *emitter) isASCII(local uint32) {
	e.Get(local)
	e.I64(asciiFlag)
	e.Op(assemble.I64And)
	e.I64(0)
	e.Op(assemble.I64Ne)
}

func (e *emitter) lengthBody() {
	e.isASCII(0)
	e.If(i64)
	e.textSize(0)
	e.Op(assemble.I64ExtendI32U)
	e.Else()
	e.Get(0)
	e.Call(e.hosts["length"])
	e.End()
}

func (e *emitter) itemBody() {
	size := e.Local(i64)
	e.isASCII(0)
	e.Op(assemble.I32Eqz)
	e.If()
	e.Get(0)
	e.Get(1)
	e.Call(e.hosts["item"])
	e.Op(assemble.Return)
	e.End()
	e.textSize(0)
	e.Op(assemble.I64ExtendI32U)
	e.Set(size)
	e.Get(1)
	e.I64(0)
	e.Op(assemble.I64LtS)
	e.If()
	e.Get(1)
	e.Get(size)
	e.Op(assemble.I64Add)
	e.Set(1)
	e.End()
	e.Get(1)
	e.Get(size)
	e.Op(assemble.I64GeU)
	e.declineIf()
	e.textPlace(0)
	e.Op(assemble.I64ExtendI32U)
	e.Get(1)
	e.Op(assemble.I64Add)
	e.I64(32)
	e.Op(assemble.I64Shl)
	e.I64(asciiFlag | 1)
	e.Op(assemble.I64Or)
}

func (e *emitter) ordBody() {
	e.textSize(0)
	e.I32(1)
	e.Op(assemble.I32Eq)
	e.If(i64)
	e.textPlace(0)
	e.Access(assemble.I32Load8U, 0)
	e.Op(assemble.I64ExtendI32U)
	e.Else()
	e.Get(0)
	e.Call(e.hosts["ord"])
	e.End()
}

// places sets locals to where two strings lie and how long they are.
func (e *emitter) places() (a, sizeA, b, sizeB uint32) {
	a, sizeA, b, sizeB = e.Local(i32), e.Local(i32), e.Local(i32), e.Local(i32)
	e.textPlace(0)
	e.Set(a)
	e.textSize(0)
	e.Set(sizeA)
	e.textPlace(1)
	e.Set(b)
	e.textSize(1)
	e.Set(sizeB)
	return a, sizeA, b, sizeB
}

func (e *emitter) add(local uint32, by int32) {
	e.Get(local)
	e.I32(by)
	e.Op(assemble.I32Add)
	e.Set(local)
}

// equalBody compares eight bytes at a time, then one.
func (e *emitter) equalBody() {
	a, sizeA, b, sizeB := e.places()
	e.Get(sizeA)
	e.Get(sizeB)
	e.Op(assemble.I32Ne)
	e.If()
	e.I32(0)
	e.Op(assemble.Return)
	e.End()
	for _, step := range []struct {
		bytes    int32
		load, ne assemble.Op
	}{{8, assemble.I64Load, assemble.I64Ne}, {1, assemble.I32Load8U, assemble.I32Ne}} {
		done := e.Block()
		again := e.Loop()
		e.Get(sizeA)
		e.I32(step.bytes)
		e.Op(assemble.I32LtU)
		e.BranchIf(done)
		e.Get(a)
		e.Access(step.load, 0)
		e.Get(b)
		e.Access(step.load, 0)
		e.Op(step.ne)
		e.If()
		e.I32(0)
		e.Op(assemble.Return)
		e.End()
		e.add(a, step.bytes)
		e.add(b, step.bytes)
		e.add(sizeA, -step.bytes)
		e.Branch(again)
		e.End()
		e.End()
	}
	e.I32(1)
}

// orderBody pushes a number below, at or above 0. The order of UTF-8's bytes is that of the characters.
func (e *emitter) orderBody() {
	a, sizeA, b, sizeB := e.places()
	left, difference := e.Local(i32), e.Local(i32)
	e.Get(sizeA)
	e.Get(sizeB)
	e.Get(sizeA)
	e.Get(sizeB)
	e.Op(assemble.I32LtU, assemble.Select)
	e.Set(left)
	done := e.Block()
	again := e.Loop()
	e.Get(left)
	e.Op(assemble.I32Eqz)
	e.BranchIf(done)
	e.Get(a)
	e.Access(assemble.I32Load8U, 0)
	e.Get(b)
	e.Access(assemble.I32Load8U, 0)
	e.Op(assemble.I32Sub)
	e.Tee(difference)
	e.If()
	e.Get(difference)
	e.Op(assemble.Return)
	e.End()
	e.add(a, 1)
	e.add(b, 1)
	e.add(left, -1)
	e.Branch(again)
	e.End()
	e.End()
	e.Get(sizeA)
	e.Get(sizeB)
	e.Op(assemble.I32Sub)
}

// allocBody takes bytes of free memory, which may have to grow.
func (e *emitter) allocBody() {
	at, end, pages := e.Local(i32), e.Local(i32), e.Local(i32)
	e.I32(0)
	e.Access(assemble.I32Load, cellHeap)
	e.Tee(at)
	e.Get(0)
	e.Op(assemble.I32Add)
	e.Tee(end)
	e.Get(at)
	e.Op(assemble.I32LtU)
	e.declineIf()
	e.Get(end)
	e.I32(65535)
	e.Op(assemble.I32Add)
	e.I32(16)
	e.Op(assemble.I32ShrU)
	e.MemorySize()
	e.Op(assemble.I32Sub)
	e.Tee(pages)
	e.I32(0)
	e.Op(assemble.I32GtS)
	e.If()
	e.Get(pages)
	e.MemoryGrow()
	e.I32(-1)
	e.Op(assemble.I32Eq)
	e.declineIf()
	e.End()
	e.I32(0)
	e.Get(end)
	e.Access(assemble.I32Store, cellHeap)
	e.Get(at)
}

// concatBody copies only what it must: where the first string ends where the second begins, nothing; where it ends at the free
// memory, the second. So a string that grows at its end, piece by piece, is not copied each time.
func (e *emitter) concatBody() {
	a, sizeA, b, sizeB := e.places()
	at := e.Local(i32)
	alloc := e.routine("alloc")
	for _, empty := range []struct{ size, other uint32 }{{sizeA, 1}, {sizeB, 0}} {
		e.Get(empty.size)
		e.Op(assemble.I32Eqz)
		e.If()
		e.Get(empty.other)
		e.Op(assemble.Return)
		e.End()
	}
	end := func() {
		e.Get(a)
		e.Get(sizeA)
		e.Op(assemble.I32Add)
	}
	joined := func() { // from a on, as long as both; ASCII where both are
		e.Get(a)
		e.Op(assemble.I64ExtendI32U)
		e.I64(32)
		e.Op(assemble.I64Shl)
		e.Get(0)
		e.Get(1)
		e.I64(asciiFlag)
		e.Op(assemble.I64And, assemble.I64And, assemble.I64Or)
		e.Get(sizeA)
		e.Get(sizeB)
		e.Op(assemble.I32Add, assemble.I64ExtendI32U, assemble.I64Or)
		e.Op(assemble.Return)
	}
	e.Get(sizeA)
	e.Get(sizeB)
	e.Op(assemble.I32Add)
	e.I32(maxText)
	e.Op(assemble.I32GtU)
	e.declineIf()
	end()
	e.Get(b)
	e.Op(assemble.I32Eq)
	e.If()
	joined()
	e.End()
	end()
	e.I32(0)
	e.Access(assemble.I32Load, cellHeap)
	e.Op(assemble.I32Eq)
	e.If()
	e.Get(sizeB)
	e.Call(alloc)
	e.Set(at)
	e.checkDeclined()
	e.Get(at)
	e.Get(b)
	e.Get(sizeB)
	e.MemoryCopy()
	joined()
	e.End()
	e.Get(sizeA)
	e.Get(sizeB)
	e.Op(assemble.I32Add)
	e.Call(alloc)
	e.Set(at)
	e.checkDeclined()
	e.Get(at)
	e.Get(a)
	e.Get(sizeA)
	e.MemoryCopy()
	e.Get(at)
	e.Get(sizeA)
	e.Op(assemble.I32Add)
	e.Get(b)
	e.Get(sizeB)
	e.MemoryCopy()
	e.Get(at)
	e.Set(a)
	joined()
}

// compareBody compares an int and a float by value: -1, 0 or 1, or nan.
func (e *emitter) compareBody() {
	whole := e.Local(i64)
	give := func(v float64, condition ...assemble.Op) {
		e.Op(condition...)
		e.If()
		e.F64(v)
		e.Op(assemble.Return)
		e.End()
	}
	e.Get(1)
	e.Get(1)
	give(math.NaN(), assemble.F64Ne)
	e.Get(1)
	e.F64(1 << 63)
	give(-1, assemble.F64Ge)
	e.Get(1)
	e.F64(-1 << 63)
	give(1, assemble.F64Lt)
	e.Get(1)
	e.Op(assemble.F64Trunc, assemble.I64TruncF64S)
	e.Set(whole)
	e.Get(0)
	e.Get(whole)
	give(-1, assemble.I64LtS)
	e.Get(0)
	e.Get(whole)
	give(1, assemble.I64GtS)
	// What is left is the fraction, which has the float's sign.
	e.Get(1)
	e.Op(assemble.F64Trunc)
	e.Get(1)
	give(-1, assemble.F64Lt)
	e.Get(1)
	e.Op(assemble.F64Trunc)
	e.Get(1)
	give(1, assemble.F64Gt)
	e.F64(0)
}

// powerBody squares and multiplies.
func (e *emitter) powerBody() {
	result, factor := e.Local(i64), e.Local(i64)
	e.Get(1)
	e.I64(0)
	e.Op(assemble.I64LtS)
	e.declineIf()
	e.I64(1)
	e.Set(result)
	done := e.Block()
	again := e.Loop()
	e.Get(1)
	e.Op(assemble.I64Eqz)
	e.BranchIf(done)
	e.Get(1)
	e.I64(1)
	e.Op(assemble.I64And, assemble.I32WrapI64)
	e.If()
	e.multiply(result, 0, factor)
	e.Set(result)
	e.End()
	e.Get(1)
	e.I64(1)
	e.Op(assemble.I64ShrU)
	e.Tee(1)
	e.Op(assemble.I64Eqz)
	e.BranchIf(done)
	e.multiply(0, 0, factor)
	e.Set(0)
	e.Branch(again)
	e.End()
	e.End()
	e.Get(result)
}
