package promote

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
	op         uint16 // 0xfc00 and more for those with the prefix
	start, end int
	x          int64    // local, global, function, label, type, constant, or the offset of a load or store
	targets    []uint32 // of br_table, the default last
}

const (
	opBlock, opLoop, opIf, opElse, opEnd = 0x02, 0x03, 0x04, 0x05, 0x0b
	opBr, opBrIf, opBrTable, opReturn    = 0x0c, 0x0d, 0x0e, 0x0f
	opCall, opCallIndirect               = 0x10, 0x11
	opDrop, opSelect, opSelectT          = 0x1a, 0x1b, 0x1c
	opLocalGet, opLocalSet, opLocalTee   = 0x20, 0x21, 0x22
	opGlobalGet, opGlobalSet             = 0x23, 0x24
	opI32Const, opI32Add, opI32Sub       = 0x41, 0x6a, 0x6b
	opCopy, opFill                       = 0xfc0a, 0xfc0b
)

func (r *reader) instruction() instruction {
	in := instruction{start: r.at}
	op := r.byte()
	in.op = uint16(op)
	switch {
	case op == opBlock || op == opLoop || op == opIf:
		in.x = r.s64()
	case op == opBrTable:
		for range r.u32() + 1 {
			in.targets = append(in.targets, r.u32())
		}
	case op == opCallIndirect:
		in.x = int64(r.u32())
		r.u32()
	case op == opSelectT:
		r.take(int(r.u32()))
	case op == opI32Const || op == 0x42:
		in.x = r.s64()
	case op == 0x43:
		r.take(4)
	case op == 0x44:
		r.take(8)
	case op >= 0x28 && op <= 0x3e:
		r.u32()
		in.x = int64(r.u32())
	case op == opBr || op == opBrIf || op == opCall || op >= 0x20 && op <= 0x26 || op == 0x3f || op == 0x40 || op == 0xd0 || op == 0xd2:
		in.x = int64(r.u32())
	case op == 0xfc:
		sub := r.u32()
		in.op = 0xfc00 | uint16(sub)
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
func effect(op uint16) (takes, gives int) {
	switch {
	case op <= 0x01:
		return 0, 0
	case op == opDrop:
		return 1, 0
	case op == 0x25 || op == 0x40 || op == 0xd1:
		return 1, 1
	case op == 0x26:
		return 2, 0
	case op == 0x3f || op >= 0x41 && op <= 0x44 || op == 0xd0 || op == 0xd2:
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
	typ   byte // of the local
}

// access tells the class of a load or store. Others than these are not moved: they have class{width, 0}.
func access(op uint16) (c class, store bool) {
	const i32, i64, f32, f64 = 0x7f, 0x7e, 0x7d, 0x7c
	switch op {
	case 0x28, 0x36:
		c = class{4, i32}
	case 0x29, 0x37:
		c = class{8, i64}
	case 0x2a, 0x38:
		c = class{4, f32}
	case 0x2b, 0x39:
		c = class{8, f64}
	case 0x2c, 0x2d, 0x3a:
		c = class{1, i32}
	case 0x2e, 0x2f, 0x3b:
		c = class{2, i32}
	case 0x30, 0x31, 0x3c:
		c = class{1, 0}
	case 0x32, 0x33, 0x3d:
		c = class{2, 0}
	case 0x34, 0x35, 0x3e:
		c = class{4, 0}
	}
	return c, op >= 0x36
}
