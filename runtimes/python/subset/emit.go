package subset

import (
	"fmt"

	"github.com/dreamql/dreamql/runtimes/python/promote"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

const (
	i32 = assemble.I32
	i64 = assemble.I64
	f64 = assemble.F64
)

// maxNested calls: CPython raises RecursionError after 1,000, those of its own frames included.
const maxNested = 900

// Bounds of the instructions of one function, with what it calls, and of a module, in bytes; compiling takes about half a
// millisecond a KB.
const (
	maxCode   = 64 << 10
	maxModule = 256 << 10
)

// build is a WebAssembly module that is being made.
type build struct {
	module    *assemble.Module
	hosts     map[string]uint32
	bodies    map[*body]*assemble.Code // functions that are called
	queue     []*body
	routines  map[string]*assemble.Code // what compiled code needs of its own (routines.go)
	constants map[string]uint64         // strings, as they are packed
	data      []byte
	dataAt    uint32
	size      int // of the instructions so far
	limit     int
	linker    *promote.Linker // nil without a library
}

// slot is where a local lies: its value, and 1 where it is present and where it is bound.
type slot struct {
	typ                   typ
	value, present, bound uint32
}

// emitter writes the code of one body.
type emitter struct {
	*build
	*assemble.Code
	b        *body
	module   *module
	slots    map[string]slot
	scopes   []scope
	declined assemble.Label // to be left for when CPython must decide
	finish   func(t typ)    // takes a result of type t from the stack and leaves
	loops    []loopLabels
}

type loopLabels struct{ leave, next assemble.Label }

// decline leaves the row to CPython; declineIf does where the condition on the stack holds.
func (e *emitter) decline()   { e.Branch(e.declined) }
func (e *emitter) declineIf() { e.BranchIf(e.declined) }

// declareLocals gives a place to each local that arguments do not fill.
func (e *emitter) declareLocals(have int) {
	for i, name := range e.b.order {
		if i < have {
			continue
		}
		e.slots[name] = e.newSlot(name)
	}
}

func (e *emitter) newSlot(name string) slot {
	s := slot{typ: e.b.locals[name]}
	vs := s.typ.values()
	if s.typ.optional {
		s.present = e.Local(i32)
		vs = vs[:len(vs)-1]
	}
	if len(vs) > 0 {
		s.value = e.Local(vs[0])
	}
	if e.b.unsure[name] {
		s.bound = e.Local(i32)
	}
	return s
}

// unbind forgets the values of locals that may be read before they have one.
func (e *emitter) unbind(have int) {
	for i, name := range e.b.order {
		if i >= have && e.b.unsure[name] {
			e.I32(0)
			e.Set(e.slots[name].bound)
		}
	}
}

// assign takes a value of type t from the stack.
func (e *emitter) assign(name string, t typ) {
	s := e.slots[name]
	e.convert(t, s.typ)
	if s.typ.optional {
		e.Set(s.present)
	}
	if s.typ.kind > none {
		e.Set(s.value)
	}
	if e.b.unsure[name] {
		e.I32(1)
		e.Set(s.bound)
	}
}

// load pushes a local.
func (e *emitter) load(name string) {
	s := e.slots[name]
	if s.typ.kind == unseen {
		e.decline()
		return
	}
	if e.b.unsure[name] {
		e.Get(s.bound)
		e.Op(assemble.I32Eqz)
		e.declineIf()
	}
	if s.typ.kind > none {
		e.Get(s.value)
	}
	if s.typ.optional {
		e.Get(s.present)
	}
}

// keep takes a value from the stack into new locals and returns what pushes it again.
func (e *emitter) keep(t typ) func() {
	vs := t.values()
	locals := make([]uint32, len(vs))
	for i := len(vs) - 1; i >= 0; i-- {
		locals[i] = e.Local(vs[i])
		e.Set(locals[i])
	}
	return func() {
		if t.kind == unseen {
			e.decline()
		}
		for _, l := range locals {
			e.Get(l)
		}
	}
}

// zero pushes a value of no meaning.
func (e *emitter) zero(t typ) {
	for _, v := range t.values() {
		switch v {
		case i32:
			e.I32(0)
		case i64:
			e.I64(0)
		case f64:
			e.F64(0)
		}
	}
}

// convert makes a value of type have one of type want, which it fits; None where no None may be is declined.
func (e *emitter) convert(have, want typ) {
	switch {
	case have == want || have.kind == unseen || want.kind == unseen:
		return
	case have.kind == none:
		if !want.optional {
			e.decline()
			return
		}
		e.zero(want)
		return
	case want.kind == none:
		e.decline() // nothing is None but None
		return
	}
	if !have.optional {
		e.convertKind(have.kind, want.kind)
		if want.optional {
			e.I32(1)
		}
		return
	}
	if !want.optional {
		e.Op(assemble.I32Eqz)
		e.declineIf()
		e.convertKind(have.kind, want.kind)
		return
	}
	if have.kind != want.kind {
		present := e.Local(i32)
		e.Set(present)
		e.convertKind(have.kind, want.kind)
		e.Get(present)
	}
}

// convertKind converts numbers. An int that would lose digits as a number is declined; as a float it is rounded, as CPython does.
func (e *emitter) convertKind(have, want kind) {
	switch {
	case have == want:
	case have == boolean && want == integer:
		e.Op(assemble.I64ExtendI32U)
	case have == boolean && (want == float || want == number):
		e.Op(assemble.F64ConvertI32U)
	case have == integer && want == number:
		v := e.Local(i64)
		e.Tee(v)
		e.I64(exact)
		e.Op(assemble.I64Add)
		e.I64(2 * exact)
		e.Op(assemble.I64GtU)
		e.declineIf()
		e.Get(v)
		e.Op(assemble.F64ConvertI64S)
	case have == integer && want == float:
		e.Op(assemble.F64ConvertI64S)
	case have == number && want == float, have == float && want == number:
	default:
		panic(fmt.Sprintf("kind %d is not %d", have, want))
	}
}

// function emits a body that others call: its arguments are parameters, and it leaves its result, or the cell of declined rows at 1.
func (w *build) function(m *module, b *body) {
	c := w.bodies[b]
	e := &emitter{build: w, Code: c, b: b, module: m, slots: map[string]slot{}}
	local := uint32(0)
	for i, name := range b.order[:len(b.params)] {
		// A parameter may be widened in the function.
		s := slot{value: local, typ: b.params[i]}
		if b.params[i].kind > none {
			local++
		}
		s.present = local
		if b.params[i].optional {
			local++
		}
		e.slots[name] = s
	}
	e.declined = e.Block()
	for i, name := range b.order[:len(b.params)] {
		if given := b.params[i]; b.locals[name] != given {
			e.load(name)
			e.slots[name] = e.newSlot(name)
			e.assign(name, given)
		}
	}
	e.declareLocals(len(b.params))
	e.nest(1)
	e.I32(0)
	e.Access(assemble.I32Load, cellDepth)
	e.I32(maxNested)
	e.Op(assemble.I32GtU)
	e.declineIf()
	e.finish = func(t typ) {
		e.convert(t, b.result)
		e.nest(-1)
		e.Op(assemble.Return)
	}
	if e.block(b.function.body) {
		e.finish(typ{kind: none})
	}
	e.End()
	e.I32(0)
	e.I32(1)
	e.Access(assemble.I32Store, cellDeclined)
	e.zero(b.result)
	w.size += c.Size()
}

// nest counts how deeply calls are nested; a declined row sets it back.
func (e *emitter) nest(by int32) {
	e.I32(0)
	e.I32(0)
	e.Access(assemble.I32Load, cellDepth)
	e.I32(by)
	e.Op(assemble.I32Add)
	e.Access(assemble.I32Store, cellDepth)
}

// call pushes the result of another body, whose arguments are on the stack.
func (e *emitter) call(b *body) {
	c := e.bodies[b]
	if c == nil {
		var params []assemble.Value
		for _, p := range b.params {
			params = append(params, p.values()...)
		}
		c = e.build.module.Function(params, b.result.values())
		e.bodies[b] = c
		e.queue = append(e.queue, b)
	}
	e.Call(c.Index)
	e.checkDeclined()
	if b.result.kind == unseen {
		e.decline()
	}
}

// checkDeclined follows a call that may have declined the row.
func (e *emitter) checkDeclined() {
	e.I32(0)
	e.Access(assemble.I32Load, cellDeclined)
	e.declineIf()
}

// host calls a function of the host; its arguments, i64 each, are on the stack.
func (e *emitter) host(name string) {
	e.Call(e.hosts[name])
	e.checkDeclined()
}

// constant returns a string of the source, as it is packed.
func (w *build) constant(s string) int64 {
	v, ok := w.constants[s]
	if !ok {
		v = packText(w.dataAt+uint32(len(w.data)), uint32(len(s)), isASCII(s))
		w.data = append(w.data, s...)
		w.constants[s] = v
	}
	return int64(v)
}
