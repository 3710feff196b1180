package promote

import (
	"cmp"
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// variadic tells of each function that was not optimised whether it is one of C with "...". The last parameter of such a function is
// where the caller has put the arguments that have no name, and is put into the frame by va_start alone: not right after and right below
// the others, as every parameter with a name is.
//
//	… (local.get 5; local.get 1; i32.store 56) … (local.get 5; local.get 2; i32.store 48) …
func (m *module) isVariadic(body int) bool {
	sig := m.types[m.functions[m.imported+body]]
	last := len(sig.params) - 1
	if last < 1 || sig.params[last] != assemble.I32 {
		return false
	}
	_, list := decode(m.bodies[body], sig.params)
	next, begin := spilled(list, last)
	if next < 0 {
		return false
	}
	at := -1 // where the last one is put
	for i, in := range list {
		switch in.op {
		case assemble.LocalGet, assemble.LocalSet, assemble.LocalTee:
			if in.x != int64(last) {
				continue
			}
			if at >= 0 || in.op != assemble.LocalGet || i == 0 || list[i-1].op != assemble.LocalGet || i+1 == len(list) || list[i+1].op != assemble.I32Store {
				return false
			}
			at = i + 1
		}
	}
	return at >= 0 && (at != next+2 || list[at].x+8 <= int64(begin))
}

// spilled finds where the first n parameters have been put into the frame, the last one there, and which instruction is next. It is
// -1 where the function does not begin so.
func spilled(list []instruction, n int) (next int, begin int32) {
	i := slices.IndexFunc(list, func(in instruction) bool { return in.op == assemble.GlobalSet || in.op == assemble.LocalSet })
	begin = 1 << 30
	for p := range n {
		if i < 0 || i+3 >= len(list) {
			return -1, begin
		}
		to, from, put := list[i+1], list[i+2], list[i+3]
		c, store := access(put.op)
		if to.op != assemble.LocalGet || from.op != assemble.LocalGet || from.x != int64(p) || !store || put.op > assemble.I64Store32 || put.x+int64(c.width) > int64(begin) {
			return -1, begin
		}
		begin = int32(put.x)
		i += 3
	}
	return i + 1, begin
}

// unnamed is how many bytes from v on hold the unnamed arguments of the call that is instruction i: those that were stored right before
// it, one next to the other. It is 0 where they are not found.
func (a *analysis) unnamed(i int, v value) (size int32) {
	if v.base < firstFrame || v.off%16 != 0 {
		return 0
	}
	var stores []use
	for _, u := range a.frames[v.base-firstFrame].uses {
		if u.store && u.at >= a.straight && u.off >= v.off {
			stores = append(stores, u)
		}
	}
	slices.SortFunc(stores, func(x, y use) int { return cmp.Compare(x.off, y.off) })
	for _, u := range stores {
		w := u.class.width
		if off := u.off - v.off; off <= (size+w-1)/w*w {
			size = max(size, off+w)
		}
	}
	return size
}
