package promote

import (
	"encoding/binary"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// clean takes out what computes a value only to drop it, and what sets a local that nothing reads. The rewriting leaves much of both, which
// the engine's compiler would remove too, but which makes functions look larger to inline than they are.
//
//	local.get $fp; local.get $x; local.set $12; drop   →   local.get $x; local.set $12
func (m *module) clean() {
	for i := range m.bodies {
		m.bodies[i] = m.cleaned(i)
	}
}

func (m *module) cleaned(i int) []byte {
	sig := m.types[m.functions[m.imported+i]]
	locals, list := decode(m.bodies[i], sig.params)
	c := &cleaner{m: m, body: m.bodies[i], list: list, read: make([]int, len(locals)), gone: make([]bool, len(list)), turned: map[int]assemble.Op{}}
	for _, in := range list {
		if in.op == assemble.LocalGet {
			c.read[in.x]++
		}
	}
	for c.changed = true; c.changed; {
		c.pass()
	}
	used := c.used(len(sig.params), locals)
	out := assemble.AppendLocals(make([]byte, 0, len(c.body)), used.types)
	for k, in := range list {
		switch {
		case c.gone[k]:
		case in.op == assemble.LocalGet || in.op == assemble.LocalSet || in.op == assemble.LocalTee:
			if op, ok := c.turned[k]; ok && op == assemble.Drop {
				out = append(out, byte(assemble.Drop))
			} else {
				if !ok {
					op = in.op
				}
				out = binary.AppendUvarint(append(out, byte(op)), uint64(used.index[in.x]))
			}
		default:
			out = append(out, c.body[in.start:in.end]...)
		}
	}
	return out
}

// cleaner goes through a body with the instructions that made what is on the stack.
type cleaner struct {
	m       *module
	body    []byte
	list    []instruction
	read    []int               // how often each local is read
	gone    []bool              // instructions
	turned  map[int]assemble.Op // what a local.set or local.tee is instead
	changed bool
	stack   []made
	height  []int // of the stack where each construct began
	params  []int // of each construct
	results []int
}

// made is a value on the stack. Its instructions do nothing but make it, unless there are none.
type made struct {
	by  []int
	tee int // the local.tee that it comes from, plus one
}

// floor is the height of the stack where the construct began that is open.
func (c *cleaner) floor() int {
	if n := len(c.height); n > 0 {
		return c.height[n-1]
	}
	return 0
}

func (c *cleaner) pop() made {
	n := len(c.stack)
	if n == c.floor() {
		return made{} // no way leads here
	}
	v := c.stack[n-1]
	c.stack = c.stack[:n-1]
	return v
}

func (c *cleaner) push(n int) {
	for range n {
		c.stack = append(c.stack, made{})
	}
}

func (c *cleaner) remove(by []int) {
	for _, k := range by {
		c.gone[k] = true
		if in := c.list[k]; in.op == assemble.LocalGet {
			c.read[in.x]--
		}
	}
	c.changed = true
}

func (c *cleaner) pass() {
	c.changed, c.stack, c.height, c.params, c.results = false, nil, nil, nil, nil
	for k := range c.list {
		if !c.gone[k] {
			c.step(k, &c.list[k])
		}
	}
}

func (c *cleaner) step(k int, in *instruction) {
	op := in.op
	if t, ok := c.turned[k]; ok {
		op = t
	}
	switch op {
	case assemble.Block, assemble.Loop, assemble.If:
		if op == assemble.If {
			c.pop()
		}
		params, results := 0, 0
		switch {
		case in.x >= 0:
			params, results = len(c.m.types[in.x].params), len(c.m.types[in.x].results)
		case in.x != -64:
			results = 1
		}
		for range params {
			c.pop()
		}
		c.height, c.params, c.results = append(c.height, len(c.stack)), append(c.params, params), append(c.results, results)
		c.push(params)
	case assemble.Else, assemble.End:
		if len(c.height) == 0 {
			return // the end of the function
		}
		n := len(c.height) - 1
		c.stack = c.stack[:c.height[n]]
		if op == assemble.Else {
			c.push(c.params[n])
			return
		}
		c.push(c.results[n])
		c.height, c.params, c.results = c.height[:n], c.params[:n], c.results[:n]
	case assemble.Br, assemble.BrTable, assemble.Return, assemble.Unreachable:
		c.stack = c.stack[:c.floor()] // no way leads to what follows
	case assemble.BrIf:
		c.pop()
		for i := c.floor(); i < len(c.stack); i++ {
			c.stack[i] = made{} // the branch may bring it to its label
		}
	case assemble.Call, assemble.CallIndirect:
		typ := int(in.x)
		if op == assemble.Call {
			typ = c.m.functions[in.x]
		} else {
			c.pop()
		}
		t := c.m.types[typ]
		for range t.params {
			c.pop()
		}
		c.push(len(t.results))
	case assemble.Select, assemble.SelectTyped:
		c.pure(k, 3)
	case assemble.LocalGet, assemble.GlobalGet, assemble.I32Const, assemble.I64Const, assemble.F32Const, assemble.F64Const:
		c.stack = append(c.stack, made{by: []int{k}})
	case assemble.LocalSet:
		if v := c.pop(); c.read[in.x] == 0 {
			c.turned[k], c.changed = assemble.Drop, true
			c.drop(k, v)
		}
	case assemble.LocalTee:
		v := c.pop()
		if c.read[in.x] == 0 {
			c.gone[k], c.changed = true, true
			c.stack = append(c.stack, v)
			return
		}
		c.stack = append(c.stack, made{tee: k + 1})
	case assemble.GlobalSet:
		c.pop()
	case assemble.Drop:
		c.drop(k, c.pop())
	default:
		takes, gives := 1, 1
		switch {
		case op >= assemble.I32Store && op <= assemble.I64Store32:
			takes, gives = 2, 0
		case op < assemble.I32Load || op > assemble.I64Load32U:
			takes, gives = effect(op)
			if pure(op) {
				c.pure(k, takes)
				return
			}
		}
		for range takes {
			c.pop()
		}
		c.push(gives)
	}
}

// pure pushes what instruction k makes of its operands.
func (c *cleaner) pure(k, takes int) {
	v, whole := made{}, true
	for range takes {
		o := c.pop()
		whole = whole && len(o.by) > 0
		v.by = append(v.by, o.by...)
	}
	if !whole || len(v.by) > 30 {
		v = made{}
	} else {
		v.by = append(v.by, k)
	}
	c.stack = append(c.stack, v)
}

// drop takes out a value, and instruction k that drops it.
func (c *cleaner) drop(k int, v made) {
	switch {
	case len(v.by) > 0:
		c.remove(v.by)
		c.gone[k] = true
	case v.tee > 0:
		c.turned[v.tee-1] = assemble.LocalSet
		c.gone[k], c.changed = true, true
	}
}

// pure says that an instruction does nothing but make its result.
func pure(op assemble.Op) bool {
	switch {
	case op >= 0x6d && op <= 0x70 || op >= 0x7f && op <= 0x82: // division
		return false
	case op >= 0xa8 && op <= 0xab || op >= 0xae && op <= 0xb1: // truncation
		return false
	}
	return op >= 0x45 && op <= 0xc4
}

// kept are the locals that are left.
type kept struct {
	types []assemble.Value
	index []uint32
}

func (c *cleaner) used(params int, locals []assemble.Value) kept {
	in := make([]bool, len(locals))
	for k, i := range c.list {
		if (i.op == assemble.LocalGet || i.op == assemble.LocalSet || i.op == assemble.LocalTee) && !c.gone[k] && c.turned[k] != assemble.Drop {
			in[i.x] = true
		}
	}
	u := kept{index: make([]uint32, len(locals))}
	// Of one type next to each other, so that they are declared in few bytes.
	for _, t := range []assemble.Value{assemble.I32, assemble.I64, assemble.F32, assemble.F64} {
		for k := params; k < len(locals); k++ {
			if in[k] && locals[k] == t {
				u.index[k] = uint32(params + len(u.types))
				u.types = append(u.types, t)
			}
		}
	}
	for k := range params {
		u.index[k] = uint32(k)
	}
	return u
}
