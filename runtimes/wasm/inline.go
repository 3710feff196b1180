package wasm

import (
	"encoding/binary"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// A function that only computes with its arguments — no memory, globals, tables or calls — needs nothing of its module. Its
// body is then written into the driver's loop in place of the call:
//
//	call 0    →    local.set y, local.set x, block (result t) … body with its locals moved … end
//
// Calling costs more than most such functions do.

const (
	maxInlined       = 2 << 10 // bytes of a body that is inlined
	maxInlinedLocals = 64
)

// inlined is the body of a function, ready for the middle of a loop.
type inlined struct {
	params, locals []assemble.Value // of which locals are those that are no parameters
	code           []byte           // without the last end
	sites          []site           // where it names locals
	traps          bool             // whether it may fail
	depths         []site           // of returns, which become branches: the value is the depth
}

// site is a place in code where an index is written, as one byte or more.
type site struct {
	at, size int
	value    uint32
}

// inlineBody returns the body of function index if it can be inlined.
func inlineBody(m *sections, index uint32) (*inlined, bool) {
	params, body, ok := m.function(index)
	if !ok || len(body) > maxInlined {
		return nil, false
	}
	f := &inlined{params: valueTypes(params)}
	r := &reader{b: body}
	for groups := r.u32(); groups > 0 && r.err == nil; groups-- {
		n, t := r.u32(), assemble.Value(r.byte())
		if n > maxInlinedLocals || len(f.locals)+int(n) > maxInlinedLocals || !isNumber(t) {
			return nil, false
		}
		for range n {
			f.locals = append(f.locals, t)
		}
	}
	start := r.i
	for depth := uint32(0); r.err == nil; {
		at := r.i - start
		op := assemble.Op(r.byte())
		switch {
		case op == assemble.End:
			if depth == 0 {
				f.code = body[start : start+at]
				return f, r.i == len(body)
			}
			depth--
		case op == assemble.Block || op == assemble.Loop || op == assemble.If:
			if t := r.byte(); t != assemble.VoidBlock && !isNumber(assemble.Value(t)) {
				return nil, false
			}
			depth++
		case op == assemble.Br || op == assemble.BrIf:
			r.u32()
		case op == assemble.BrTable:
			for n := r.u32() + 1; n > 0 && r.err == nil; n-- {
				r.u32()
			}
		case op == assemble.Return:
			f.depths = append(f.depths, site{at, 1, depth})
		case op == assemble.LocalGet || op == assemble.LocalSet || op == assemble.LocalTee:
			from := r.i
			v := r.u32()
			f.sites = append(f.sites, site{from - start, r.i - from, v})
		case op == assemble.I32Const || op == assemble.I64Const:
			for r.err == nil && r.byte() >= 0x80 {
			}
		case op == assemble.F32Const:
			r.skip(4)
		case op == assemble.F64Const:
			r.skip(8)
		case op == assemble.Unreachable || op >= assemble.I32DivS && op <= assemble.I32RemU || op >= assemble.I64DivS && op <= assemble.I64RemU || op >= assemble.I32TruncF32S && op <= assemble.I32TruncF64U ||
			op >= assemble.I64TruncF32S && op <= assemble.I64TruncF64U:
			f.traps = true
		case op == assemble.Prefix:
			if r.u32() > 7 { // the others are of memory and tables
				return nil, false
			}
		case op == assemble.Nop || op == assemble.Else || op == assemble.Drop || op == assemble.Select || op >= assemble.I32Eqz && op <= assemble.I64Extend32S:
		default:
			return nil, false
		}
	}
	return nil, false
}

func isNumber(t assemble.Value) bool { return t >= assemble.F64 && t <= assemble.I32 }

// write puts the body into c, with its locals from first on; the arguments are on the stack.
func (f *inlined) write(c *assemble.Code, first uint32, result assemble.Value) {
	for i := len(f.params) - 1; i >= 0; i-- {
		c.Set(first + uint32(i))
	}
	for i, t := range f.locals { // a call begins with locals that are zero
		c.Zero(t)
		c.Set(first + uint32(len(f.params)+i))
	}
	c.Block(result)
	c.Raw(f.moved(first)...)
	c.End()
}

// moved is the code with its locals from first on, and branches for returns.
func (f *inlined) moved(first uint32) []byte {
	var b []byte
	done, sites, returns := 0, f.sites, f.depths
	for len(sites)+len(returns) > 0 {
		if len(returns) == 0 || len(sites) > 0 && sites[0].at < returns[0].at {
			s := sites[0]
			sites = sites[1:]
			b = append(b, f.code[done:s.at]...)
			b = binary.AppendUvarint(b, uint64(first+s.value))
			done = s.at + s.size
			continue
		}
		s := returns[0]
		returns = returns[1:]
		b = append(append(b, f.code[done:s.at]...), byte(assemble.Br))
		b = binary.AppendUvarint(b, uint64(s.value))
		done = s.at + s.size
	}
	return append(b, f.code[done:]...)
}

// sections are the parts of a module in which functions are found.
type sections struct {
	types   [][]byte // parameters of each signature
	imports uint32   // functions
	funcs   []uint32 // the signature of each function of the module's own
	bodies  [][]byte
	exports map[string]uint32 // functions
}

// readSections reads a module that the engine has accepted; what it does not understand has no functions.
func readSections(code []byte) *sections {
	m := &sections{exports: map[string]uint32{}}
	for r := (&reader{b: code, i: 8}); r.i < len(r.b) && r.err == nil; {
		id, size := r.byte(), int(r.u32())
		if r.err != nil || size > len(code)-r.i {
			break
		}
		m.section(id, &reader{b: code[:r.i+size], i: r.i})
		r.i += size
	}
	return m
}

func (m *sections) section(id byte, r *reader) {
	if id != 1 && id != 2 && id != 3 && id != 7 && id != 10 {
		return
	}
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		switch id {
		case 1:
			form := r.byte()
			params := r.bytes(int(r.u32()))
			r.bytes(int(r.u32()))
			if form != 0x60 {
				r.fail()
			}
			m.types = append(m.types, params)
		case 2:
			r.name()
			r.name()
			if r.byte() != 0 { // validation allows functions only
				r.fail()
			}
			r.u32()
			m.imports++
		case 3:
			m.funcs = append(m.funcs, r.u32())
		case 7:
			field, kind, index := r.name(), r.byte(), r.u32()
			if kind == 0 && r.err == nil {
				m.exports[field] = index
			}
		case 10:
			m.bodies = append(m.bodies, r.bytes(int(r.u32())))
		}
	}
}

// function returns the parameters and the body of a function of the module's own.
func (m *sections) function(index uint32) (params, body []byte, ok bool) {
	i := int(index) - int(m.imports)
	if i < 0 || i >= len(m.funcs) || i >= len(m.bodies) || int(m.funcs[i]) >= len(m.types) {
		return nil, nil, false
	}
	return m.types[m.funcs[i]], m.bodies[i], true
}
