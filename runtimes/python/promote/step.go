package promote

import (
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// step goes past one instruction.
func (a *analysis) step(i int, in *instruction) {
	if a.state == nil && in.op != assemble.Block && in.op != assemble.Loop && in.op != assemble.If && in.op != assemble.Else && in.op != assemble.End {
		return // no way leads here
	}
	switch in.op {
	case assemble.Block, assemble.Loop, assemble.If:
		a.open(i, in)
	case assemble.Else:
		c := &a.control[len(a.control)-1]
		a.branch(0, true)
		a.stack = a.stack[:c.height]
		a.state = c.start
		c.start = nil
		for range c.params {
			a.push(value{})
		}
	case assemble.End:
		a.close()
	case assemble.Br:
		a.branch(uint32(in.x), false)
		a.state = nil
	case assemble.BrIf:
		a.pop()
		a.branch(uint32(in.x), false)
	case assemble.BrTable:
		a.pop()
		for _, t := range in.targets {
			a.branch(t, false)
		}
		a.state = nil
	case assemble.Return:
		for range a.sig.results {
			a.escapes(a.pop())
		}
		a.state = nil
	case assemble.Unreachable:
		a.state = nil
	case assemble.Call:
		a.call(i, a.m.types[a.m.functions[in.x]], a.m.summaries[in.x], a.m.variadic[in.x])
	case assemble.CallIndirect:
		a.escapes(a.pop())
		a.call(i, a.m.types[in.x], nil, false)
	case assemble.Select, assemble.SelectTyped:
		a.pop()
		a.escapes(a.pop())
		a.escapes(a.pop())
		a.push(value{})
	case assemble.LocalGet:
		v := a.state[in.x]
		if v.base == several || v.base == unreached {
			a.escapes(v)
			v = value{}
		}
		a.push(v)
	case assemble.LocalSet, assemble.LocalTee:
		v := a.pop()
		a.state[in.x] = v
		if in.op == assemble.LocalTee {
			a.push(v)
		}
	case assemble.GlobalGet:
		if in.x == 0 {
			a.push(value{base: pointer})
		} else {
			a.push(value{})
		}
	case assemble.GlobalSet:
		v := a.pop()
		if in.x != 0 {
			a.escapes(v)
			return
		}
		a.given[i] = v
		a.moved = a.moved || v.base < firstFrame
	case assemble.I32Const:
		a.push(value{constant, int32(in.x)})
	case assemble.I32Add, assemble.I32Sub:
		a.add(i, in)
	case assemble.MemoryCopy, assemble.MemoryFill:
		n, from, to := a.pop(), a.pop(), a.pop()
		for k, v := range []value{to, from} {
			if n.base == constant && n.off >= 0 && (k == 0 || in.op == assemble.MemoryCopy) {
				a.touches(v, 0, n.off, -1, class{}, true)
			} else {
				a.escapes(v)
			}
		}
	default:
		if in.op >= assemble.I32Load && in.op <= assemble.I64Store32 {
			a.memory(i, in)
			return
		}
		takes, gives := effect(in.op)
		for range takes {
			if v := a.pop(); in.op > assemble.I32GeU && in.op != assemble.Drop { // comparing an address gives it to nobody
				a.indexed(v)
			}
		}
		for range gives {
			a.push(value{})
		}
	}
}

func (a *analysis) open(i int, in *instruction) {
	if in.op == assemble.If && a.state != nil {
		a.pop()
	}
	c := construct{op: in.op, at: i}
	switch {
	case in.x >= 0:
		t := a.m.types[in.x]
		c.params, c.results = len(t.params), len(t.results)
	case in.x != -64:
		c.results = 1
	}
	if a.state != nil {
		for range c.params {
			a.escapes(a.pop())
		}
	}
	c.height = len(a.stack)
	switch in.op {
	case assemble.If:
		c.start = slices.Clone(a.state)
	case assemble.Loop:
		if a.state != nil {
			a.state = a.joined(a.state, a.loops[i])
		}
	}
	a.control = append(a.control, c)
	for range c.params {
		a.push(value{})
	}
}

func (a *analysis) close() {
	a.branch(0, true)
	c := a.control[len(a.control)-1]
	if c.op == assemble.If && c.start != nil { // there was no else
		c.join = a.joined(c.join, c.start)
	}
	a.state = c.join
	a.control = a.control[:len(a.control)-1]
	a.stack = a.stack[:c.height]
	for range c.results {
		a.push(value{})
	}
}

// call has a function do with its arguments what is known of it.
func (a *analysis) call(i int, t signature, s []summary, variadic bool) {
	for p := len(t.params) - 1; p >= 0; p-- {
		v := a.pop()
		if !v.address() {
			continue
		}
		if p < len(s) && s[p].known {
			if s[p].hi > s[p].lo {
				a.touches(v, s[p].lo, s[p].hi, -1, class{}, true)
			}
			continue
		}
		if variadic && p == len(t.params)-1 {
			if size := a.unnamed(i, v); size > 0 {
				a.touches(v, 0, size, -1, class{}, true)
				continue
			}
		}
		a.escapes(v)
	}
	for range t.results {
		a.push(value{})
	}
}

// add follows addresses that are moved by constants, and finds where frames are made.
func (a *analysis) add(i int, in *instruction) {
	y, x := a.pop(), a.pop()
	if in.op == assemble.I32Add && x.base == constant {
		x, y = y, x
	}
	down := y.off // the compiler writes + -64 for - 64
	if in.op == assemble.I32Add {
		down = -down
	}
	switch {
	case y.base == constant && x.base == pointer && down > 0 && down < 1<<20:
		k, ok := a.frameOf[i]
		if !ok {
			k = int32(len(a.frames))
			a.frameOf[i] = k
			f := frame{size: down, params: down}
			if k == 0 {
				f.params, f.objects = min(down, a.m.params[a.index]), a.m.objects[a.index]
			}
			a.frames = append(a.frames, f)
		}
		a.push(value{base: firstFrame + k})
	case y.base == constant && x.base == pointer: // a frame is given back
		a.push(value{base: pointer})
	case y.base == constant && x.address():
		if x.off -= down; x.off < -1<<24 || x.off > 1<<24 {
			a.bad = true
		}
		a.push(x)
	case y.base == pointer || x.base == pointer:
		if in.op != assemble.I32Sub || y.base == pointer {
			a.bad = true
		}
		a.indexed(y) // memory of a size known only then is made below the frame
		a.push(value{})
	default:
		a.indexed(x)
		a.indexed(y)
		a.push(value{})
	}
}

// memory is a load or a store.
func (a *analysis) memory(i int, in *instruction) {
	c, store := access(in.op)
	if store {
		v := a.pop()
		to := a.pop()
		a.escapes(v)
		a.at(to, in.x, i, c, true)
		return
	}
	a.at(a.pop(), in.x, i, c, false)
	a.push(value{})
}

func (a *analysis) at(v value, off int64, i int, c class, store bool) {
	if !v.address() {
		return
	}
	if off > 1<<20 {
		a.escapes(v)
		return
	}
	a.touches(v, int32(off), int32(off)+c.width, i, c, store)
}
