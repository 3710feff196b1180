package promote

import (
	"encoding/binary"
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// Limits of what is written into its callers, in instructions.
const (
	maxInlined = 40
	maxGrown   = 150_000
)

// inlined is a small function that is written where it is called.
type inlined struct {
	sig    signature
	body   []byte
	locals []assemble.Value // types, parameters first
	list   []instruction
}

// inline writes small functions into those that call them. An unoptimised program calls one for a count of references, or a test of a bit.
func (m *module) inline() {
	small := make([]*inlined, len(m.functions))
	for i := range m.bodies {
		small[m.imported+i] = m.small(i)
	}
	next := make([][]byte, len(m.bodies))
	for i := range m.bodies {
		next[i] = m.inlineInto(i, small)
	}
	m.bodies = next
}

func decode(body []byte, params []assemble.Value) (locals []assemble.Value, list []instruction) {
	r := &reader{b: body}
	locals = slices.Clone(params)
	for range r.u32() {
		n, t := r.u32(), assemble.Value(r.byte())
		if len(locals)+int(n) > 10_000 {
			panic("a function has too many locals")
		}
		locals = append(locals, slices.Repeat([]assemble.Value{t}, int(n))...)
	}
	for r.at < len(body) {
		list = append(list, r.instruction())
	}
	return locals, list
}

// small returns nil for a function that is large, loops or calls itself.
func (m *module) small(i int) *inlined {
	if len(m.bodies[i]) > 8*maxInlined {
		return nil
	}
	f := &inlined{sig: m.types[m.functions[m.imported+i]], body: m.bodies[i]}
	f.locals, f.list = decode(f.body, f.sig.params)
	if len(f.list) > maxInlined || len(f.sig.results) > 1 {
		return nil
	}
	for _, in := range f.list {
		if in.op == assemble.Loop || in.op == assemble.Call && in.x == int64(m.imported+i) {
			return nil
		}
	}
	return f
}

func (m *module) inlineInto(i int, small []*inlined) []byte {
	sig := m.types[m.functions[m.imported+i]]
	locals, list := decode(m.bodies[i], sig.params)
	p := &pool{locals: locals, of: map[assemble.Value][]uint32{}}
	var code []byte
	size := len(list)
	for _, in := range list {
		if in.op == assemble.Call {
			if f := small[in.x]; f != nil && in.x != int64(m.imported+i) && size < maxGrown {
				size += len(f.list)
				code = f.write(code, p)
				continue
			}
		}
		code = append(code, m.bodies[i][in.start:in.end]...)
	}
	return append(assemble.AppendLocals(nil, p.locals[len(sig.params):]), code...)
}

// pool gives locals to what is written in; one call's may be the next one's.
type pool struct {
	locals []assemble.Value
	of     map[assemble.Value][]uint32
}

func (p *pool) take(types []assemble.Value) []uint32 {
	used := map[assemble.Value]int{}
	var taken []uint32
	for _, t := range types {
		if used[t] == len(p.of[t]) {
			p.of[t] = append(p.of[t], uint32(len(p.locals)))
			p.locals = append(p.locals, t)
		}
		taken = append(taken, p.of[t][used[t]])
		used[t]++
	}
	return taken
}

// write appends the function as a block: its arguments are on the stack, and its result will be.
func (f *inlined) write(code []byte, p *pool) []byte {
	locals := p.take(f.locals)
	for k := len(f.sig.params) - 1; k >= 0; k-- {
		code = binary.AppendUvarint(append(code, byte(assemble.LocalSet)), uint64(locals[k]))
	}
	for k := len(f.sig.params); k < len(f.locals); k++ {
		code = assemble.AppendZero(code, f.locals[k])
		code = binary.AppendUvarint(append(code, byte(assemble.LocalSet)), uint64(locals[k]))
	}
	code = append(code, byte(assemble.Block))
	if len(f.sig.results) == 1 {
		code = append(code, byte(f.sig.results[0]))
	} else {
		code = append(code, assemble.VoidBlock)
	}
	depth := uint32(0)
	for _, in := range f.list {
		switch in.op {
		case assemble.LocalGet, assemble.LocalSet, assemble.LocalTee:
			code = binary.AppendUvarint(append(code, byte(in.op)), uint64(locals[in.x]))
			continue
		case assemble.Return:
			code = binary.AppendUvarint(append(code, byte(assemble.Br)), uint64(depth))
			continue
		case assemble.Block, assemble.If:
			depth++
		case assemble.End:
			depth--
		}
		code = append(code, f.body[in.start:in.end]...)
	}
	return code
}
