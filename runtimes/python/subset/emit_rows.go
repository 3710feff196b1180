package subset

import (
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// maxResults is how many bytes of results one call of compiled code makes before it comes back for them.
const maxResults = 8 << 20

// Parameters and locals of a loop over rows.
const (
	rowLocal  uint32 = iota // the first row to do, then each
	rowsLocal               // where to stop
	by8Local                // 8 times the row
	declinesLocal
	markLocal  // where free memory begins for the row
	startLocal // and for the call
)

// usesText reports whether a body, or one that it calls, makes strings.
func (b *body) usesText(seen map[*body]bool) bool {
	seen[b] = true
	for _, t := range b.types {
		if t.kind == text {
			return true
		}
	}
	for _, c := range b.calls {
		if !seen[c] && c.usesText(seen) {
			return true
		}
	}
	return false
}

// rows emits a function (from, rows) that runs a body, which is its loop's, and returns how many rows it declined << 32 | the row
// that it came to. It comes back early when there are many results to take.
func (w *build) rows(m *module, b *body, l layout) *assemble.Code {
	c := w.module.Function([]assemble.Value{i32, i32}, []assemble.Value{i64})
	e := &emitter{build: w, Code: c, b: b, module: m, slots: map[string]slot{}}
	for range startLocal - rowsLocal {
		e.Local(i32)
	}
	texts := l.result.typ.kind == text || b.usesText(map[*body]bool{})
	given := len(l.params)
	e.declareLocals(0)
	e.Get(rowLocal)
	e.I32(3)
	e.Op(assemble.I32Shl)
	e.Set(by8Local)
	e.loadHeap(startLocal)
	done := e.Block()
	again := e.Loop()
	e.Get(rowLocal)
	e.Get(rowsLocal)
	e.Op(assemble.I32GeU)
	e.BranchIf(done)
	if texts {
		e.loadHeap(markLocal)
		e.Get(markLocal)
		e.Get(startLocal)
		e.Op(assemble.I32Sub)
		e.I32(maxResults)
		e.Op(assemble.I32GtU)
		e.BranchIf(done)
	}
	next := e.Block()
	e.declined = e.Block()
	for i, name := range b.order[:len(b.params)] {
		if i < given {
			e.argument(l.params[i])
			e.assign(name, l.params[i].typ)
		} else {
			e.expression(b.function.params[i].or)
			e.assign(name, b.params[i])
		}
	}
	e.unbind(len(b.params))
	e.finish = func(t typ) {
		e.convert(t, l.result.typ)
		e.store(l.result)
		e.Branch(next)
	}
	if e.block(b.function.body) {
		e.finish(typ{kind: none})
	}
	e.End()
	e.Get(rowLocal)
	e.I32(1)
	e.Access(assemble.I32Store8, l.status)
	e.add(declinesLocal, 1)
	for _, cell := range []uint32{cellDeclined, cellDepth} {
		e.I32(0)
		e.I32(0)
		e.Access(assemble.I32Store, cell)
	}
	if l.result.typ.kind == text {
		e.storeHeap(markLocal)
	}
	e.End()
	if texts && l.result.typ.kind != text {
		e.storeHeap(markLocal)
	}
	e.add(rowLocal, 1)
	e.add(by8Local, 8)
	e.Branch(again)
	e.End()
	e.End()
	e.Get(declinesLocal)
	e.Op(assemble.I64ExtendI32U)
	e.I64(32)
	e.Op(assemble.I64Shl)
	e.Get(rowLocal)
	e.Op(assemble.I64ExtendI32U, assemble.I64Or)
	w.size += c.Size()
	return c
}

func (e *emitter) loadHeap(into uint32) {
	e.I32(0)
	e.Access(assemble.I32Load, cellHeap)
	e.Set(into)
}

func (e *emitter) storeHeap(from uint32) {
	e.I32(0)
	e.Get(from)
	e.Access(assemble.I32Store, cellHeap)
}

// argument pushes the row's value of a column.
func (e *emitter) argument(c column) {
	switch c.typ.kind {
	case boolean:
		e.Get(rowLocal)
		e.Access(assemble.I32Load8U, c.value)
	case float:
		e.Get(by8Local)
		e.Access(assemble.F64Load, c.value)
	default:
		e.Get(by8Local)
		e.Access(assemble.I64Load, c.value)
	}
	if c.typ.optional {
		e.Get(rowLocal)
		e.Access(assemble.I32Load8U, c.present)
	}
}

// store takes the row's result from the stack.
func (e *emitter) store(c column) {
	if c.typ.optional {
		present := e.Local(i32)
		e.Set(present)
		e.Get(rowLocal)
		e.Get(present)
		e.Access(assemble.I32Store8, c.present)
	}
	v := e.Local(c.typ.values()[0])
	e.Set(v)
	switch c.typ.kind {
	case boolean:
		e.Get(rowLocal)
		e.Get(v)
		e.Access(assemble.I32Store8, c.value)
	case float:
		e.Get(by8Local)
		e.Get(v)
		e.Access(assemble.F64Store, c.value)
	case text:
		e.settle(v)
		fallthrough
	default:
		e.Get(by8Local)
		e.Get(v)
		e.Access(assemble.I64Store, c.value)
	}
}

// settle moves a string that the row made to where the row's free memory began, and frees the rest.
func (e *emitter) settle(v uint32) {
	e.textPlace(v)
	e.Get(markLocal)
	e.Op(assemble.I32GeU)
	e.If()
	e.Get(markLocal)
	e.textPlace(v)
	e.textSize(v)
	e.MemoryCopy()
	e.Get(v)
	e.I64(0xffffffff)
	e.Op(assemble.I64And)
	e.Get(markLocal)
	e.Op(assemble.I64ExtendI32U)
	e.I64(32)
	e.Op(assemble.I64Shl, assemble.I64Or)
	e.Set(v)
	e.Get(markLocal)
	e.textSize(v)
	e.Op(assemble.I32Add)
	e.Set(markLocal)
	e.End()
	e.storeHeap(markLocal)
}
