package promote

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// slot is a variable in a frame that becomes a local.
type slot struct {
	uses []use
	off  int32
	class
}

// slots are the variables that nothing else can see.
func (f *frame) slots() []slot {
	if f.bad {
		return nil
	}
	for i, b := range f.blocked {
		if b[1] < 0 {
			// What was escaping is one of the variables, and ends below the parameters, unless it is one of these.
			f.blocked[i][1] = f.size
			if size, ok := f.objects[b[0]]; ok {
				f.blocked[i][1] = b[0] + size
			} else if b[0] < f.params {
				f.blocked[i][1] = f.params
			}
		}
	}
	slices.SortFunc(f.uses, func(x, y use) int { return cmp.Compare(x.off, y.off) })
	var found []slot
	for i := 0; i < len(f.uses); {
		s, end := slot{off: f.uses[i].off}, f.uses[i].off+1
		j := i
		for ; j < len(f.uses) && f.uses[j].off < end; j++ {
			u := f.uses[j]
			end = max(end, u.off+u.class.width)
			if u.off == s.off && u.class.width > s.width {
				s.class = u.class
			}
		}
		s.uses = f.uses[i:j]
		one := s.typ != 0 && end == s.off+s.width && !slices.ContainsFunc(s.uses, s.refuses)
		for _, b := range f.blocked {
			one = one && (b[1] <= s.off || b[0] >= end)
		}
		if one {
			found = append(found, s)
		}
		i = j
	}
	return found
}

// refuses says that the variable cannot be in a local for a use of it: one that is neither of the whole, nor reads a part of an integer,
// as the interpreter's main loop does with a word of bytecode.
func (s slot) refuses(u use) bool {
	return u.class != s.class && (u.store || u.class.typ != assemble.I32 || s.typ != assemble.I32)
}

// rewrite returns the body with its variables in locals, and whether there is nothing that a later round could do.
func (a *analysis) rewrite() (body []byte, settled bool) {
	settled = !slices.ContainsFunc(a.reach, func(s summary) bool { return !s.known })
	local := map[int]uint32{} // by instruction
	above := map[int]int32{}  // of one that reads a part, the bytes below that
	var types []assemble.Value
	empty := make([]bool, len(a.frames)) // nothing is left in the frame
	for i := range a.frames {
		f := &a.frames[i]
		settled = settled && (f.bad || !slices.ContainsFunc(f.blocked, func(b [2]int32) bool { return b[1] < 0 }))
		moved := 0
		for _, s := range f.slots() {
			for _, u := range s.uses {
				local[u.at] = uint32(len(a.locals) + len(types))
				if u.class != s.class {
					above[u.at] = u.off - s.off
				}
			}
			types = append(types, s.typ)
			moved += len(s.uses)
		}
		empty[i] = !f.bad && len(f.blocked) == 0 && moved == len(f.uses) && !a.moved
	}
	out := make([]byte, 0, len(a.body)+2*len(local))
	out = assemble.AppendLocals(out, append(slices.Clone(a.locals[len(a.sig.params):]), types...))
	for i, in := range a.list {
		if v, ok := a.given[i]; ok && v.base >= firstFrame && empty[v.base-firstFrame] {
			out = append(out, byte(assemble.Drop)) // the stack pointer stays where it is
			continue
		}
		l, ok := local[i]
		if !ok {
			out = append(out, a.body[in.start:in.end]...)
			continue
		}
		// The address stays on the stack for drop; the engine removes what only computes it.
		if _, store := access(in.op); store {
			switch in.op {
			case assemble.I32Store8:
				out = append(assemble.AppendSigned(append(out, byte(assemble.I32Const)), 0xff), byte(assemble.I32And))
			case assemble.I32Store16:
				out = append(assemble.AppendSigned(append(out, byte(assemble.I32Const)), 0xffff), byte(assemble.I32And))
			}
			out = append(binary.AppendUvarint(append(out, byte(assemble.LocalSet)), uint64(l)), byte(assemble.Drop))
			continue
		}
		out = binary.AppendUvarint(append(out, byte(assemble.Drop), byte(assemble.LocalGet)), uint64(l))
		n, part := above[i]
		if part && n > 0 {
			out = append(assemble.AppendSigned(append(out, byte(assemble.I32Const)), int64(8*n)), byte(assemble.I32ShrU))
		}
		switch in.op {
		case assemble.I32Load8U, assemble.I32Load16U:
			if part {
				mask := int64(0xff)
				if in.op == assemble.I32Load16U {
					mask = 0xffff
				}
				out = append(assemble.AppendSigned(append(out, byte(assemble.I32Const)), mask), byte(assemble.I32And))
			}
		case assemble.I32Load8S:
			out = append(out, byte(assemble.I32Extend8S))
		case assemble.I32Load16S:
			out = append(out, byte(assemble.I32Extend16S))
		}
	}
	return out, settled && len(types) == 0
}
