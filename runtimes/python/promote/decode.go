package promote

import "github.com/dreamql/dreamql/runtimes/wasm/assemble"

// reader reads the binary format. It panics past the end; Module recovers.
type reader struct {
	b  []byte
	at int
}

func (r *reader) byte() byte {
	r.at++
	return r.b[r.at-1]
}

func (r *reader) take(n int) []byte {
	if r.at += n; n < 0 || r.at > len(r.b) {
		panic("it ends early")
	}
	return r.b[r.at-n : r.at : r.at]
}

func (r *reader) u32() uint32 {
	v, shift := uint32(0), 0
	for {
		c := r.byte()
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
		if shift += 7; shift > 28 {
			panic("a number is too long")
		}
	}
}

func (r *reader) values() []assemble.Value {
	var vs []assemble.Value
	for _, v := range r.take(int(r.u32())) {
		vs = append(vs, assemble.Value(v))
	}
	return vs
}

// global reads a global variable: its type, whether it can be set, and the instructions of its first value.
func (r *reader) global() []byte {
	from := r.at
	r.take(2)
	for r.instruction().op != assemble.End {
	}
	return r.b[from:r.at]
}

func (r *reader) s64() int64 {
	v, shift := int64(0), 0
	for {
		c := r.byte()
		v |= int64(c&0x7f) << shift
		shift += 7
		if c < 0x80 {
			if shift < 64 && c&0x40 != 0 {
				v |= -1 << shift
			}
			return v
		}
		if shift > 63 {
			panic("a number is too long")
		}
	}
}

// instruction is one instruction: its bytes, and what of it matters here.
type instruction struct {
	op         assemble.Op
	start, end int
	x          int64    // local, global, function, label, type, constant, or the offset of a load or store
	targets    []uint32 // of br_table, the default last
}

func (r *reader) instruction() instruction {
	in := instruction{start: r.at}
	op := assemble.Op(r.byte())
	in.op = op
	switch {
	case op == assemble.Block || op == assemble.Loop || op == assemble.If:
		in.x = r.s64()
	case op == assemble.BrTable:
		for range r.u32() + 1 {
			in.targets = append(in.targets, r.u32())
		}
	case op == assemble.CallIndirect:
		in.x = int64(r.u32())
		r.u32()
	case op == assemble.SelectTyped:
		r.take(int(r.u32()))
	case op == assemble.I32Const || op == assemble.I64Const:
		in.x = r.s64()
	case op == assemble.F32Const:
		r.take(4)
	case op == assemble.F64Const:
		r.take(8)
	case op >= assemble.I32Load && op <= assemble.I64Store32:
		r.u32()
		in.x = int64(r.u32())
	case op == assemble.Br || op == assemble.BrIf || op == assemble.Call || op >= 0x20 && op <= 0x26 || op == assemble.MemorySize || op == assemble.MemoryGrow || op == 0xd0 || op == 0xd2:
		in.x = int64(r.u32())
	case op == assemble.Prefix:
		sub := r.u32()
		in.op = assemble.Prefix<<8 | assemble.Op(sub)
		switch {
		case sub <= 7:
		case sub == 8 || sub == 10 || sub == 12 || sub == 14:
			r.u32()
			r.u32()
		case sub == 9 || sub == 11 || sub == 13 || sub >= 15 && sub <= 17:
			r.u32()
		default:
			panic("an instruction is not known")
		}
	case op >= 0xc5 && op != 0xd1:
		panic("an instruction is not known")
	}
	in.end = r.at
	return in
}

// effect is how many operands an instruction takes and gives, for those that the analysis treats alike.
func effect(op assemble.Op) (takes, gives int) {
	switch {
	case op <= 0x01:
		return 0, 0
	case op == assemble.Drop:
		return 1, 0
	case op == 0x25 || op == assemble.MemoryGrow || op == 0xd1:
		return 1, 1
	case op == 0x26:
		return 2, 0
	case op == assemble.MemorySize || op >= assemble.I32Const && op <= assemble.F64Const || op == 0xd0 || op == 0xd2:
		return 0, 1
	case op == 0x45 || op == 0x50 || op >= 0x67 && op <= 0x69 || op >= 0x79 && op <= 0x7b || op >= 0x8b && op <= 0x91 || op >= 0x99 && op <= 0x9f ||
		op >= 0xa7 && op <= 0xc4 || op >= 0xfc00 && op <= 0xfc07:
		return 1, 1
	case op >= 0x46 && op <= 0xa6:
		return 2, 1
	case op == 0xfc08 || op >= 0xfc0a && op <= 0xfc0c || op == 0xfc0e || op == 0xfc11:
		return 3, 0
	case op == 0xfc09 || op == 0xfc0d:
		return 0, 0
	case op == 0xfc0f:
		return 2, 1
	case op == 0xfc10:
		return 0, 1
	}
	panic("an instruction is not known")
}

// class groups the loads and stores that may share a local, by width and type.
type class struct {
	width int32
	typ   assemble.Value // of the local
}

// access tells the class of a load or store. Others than these are not moved: they have class{width, 0}.
func access(op assemble.Op) (c class, store bool) {
	switch op {
	case assemble.I32Load, assemble.I32Store:
		c = class{4, assemble.I32}
	case assemble.I64Load, assemble.I64Store:
		c = class{8, assemble.I64}
	case assemble.F32Load, assemble.F32Store:
		c = class{4, assemble.F32}
	case assemble.F64Load, assemble.F64Store:
		c = class{8, assemble.F64}
	case assemble.I32Load8S, assemble.I32Load8U, assemble.I32Store8:
		c = class{1, assemble.I32}
	case assemble.I32Load16S, assemble.I32Load16U, assemble.I32Store16:
		c = class{2, assemble.I32}
	case assemble.I64Load8S, assemble.I64Load8U, assemble.I64Store8:
		c = class{1, 0}
	case assemble.I64Load16S, assemble.I64Load16U, assemble.I64Store16:
		c = class{2, 0}
	case assemble.I64Load32S, assemble.I64Load32U, assemble.I64Store32:
		c = class{4, 0}
	}
	return c, op >= assemble.I32Store
}
