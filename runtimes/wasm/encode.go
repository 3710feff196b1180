package wasm

// Opcodes and value types of the WebAssembly binary format that drivers need.
const (
	typeI32 byte = 0x7f
	typeI64 byte = 0x7e
	typeF32 byte = 0x7d
	typeF64 byte = 0x7c

	opUnreachable  byte = 0x00
	opNop          byte = 0x01
	opBlock        byte = 0x02
	opLoop         byte = 0x03
	opIf           byte = 0x04
	opElse         byte = 0x05
	opEnd          byte = 0x0b
	opBr           byte = 0x0c
	opBrIf         byte = 0x0d
	opBrTable      byte = 0x0e
	opReturn       byte = 0x0f
	opCall         byte = 0x10
	opDrop         byte = 0x1a
	opSelect       byte = 0x1b
	opLocalGet     byte = 0x20
	opLocalSet     byte = 0x21
	opLocalTee     byte = 0x22
	opGlobalGet    byte = 0x23
	opGlobalSet    byte = 0x24
	opI32Load      byte = 0x28
	opI64Load      byte = 0x29
	opF64Load      byte = 0x2b
	opI32Load8U    byte = 0x2d
	opI32Store     byte = 0x36
	opI64Store     byte = 0x37
	opF64Store     byte = 0x39
	opI32Const     byte = 0x41
	opI64Const     byte = 0x42
	opF32Const     byte = 0x43
	opF64Const     byte = 0x44
	opI32Eqz       byte = 0x45
	opI32GtU       byte = 0x4b
	opI32GeU       byte = 0x4f
	opI32Add       byte = 0x6a
	opI32Mul       byte = 0x6c
	opI32Sub       byte = 0x6b
	opI32Shl       byte = 0x74
	opI32DivS      byte = 0x6d
	opI32RemU      byte = 0x70
	opI64DivS      byte = 0x7f
	opI64RemU      byte = 0x82
	opI32Wrap      byte = 0xa7
	opI32TruncF32  byte = 0xa8
	opI32TruncF64U byte = 0xab
	opI64Extend    byte = 0xac
	opI64TruncF32  byte = 0xae
	opI64TruncF64U byte = 0xb1
	opF32Demote    byte = 0xb6
	opF64Promot    byte = 0xbb
	opLastNumeric  byte = 0xc4

	opPrefix     byte = 0xfc // of saturating conversions, and of what touches memory and tables
	opMemoryCopy byte = 0x0a

	voidBlock byte = 0x40
)

// unsigned appends v in LEB128.
func unsigned(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// signed appends v in signed LEB128.
func signed(b []byte, v int32) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func name(b []byte, s string) []byte { return append(unsigned(b, uint32(len(s))), s...) }

// section appends a section that holds count entries.
func section(b []byte, id byte, count int, entries []byte) []byte {
	body := append(unsigned(nil, uint32(count)), entries...)
	b = append(b, id)
	b = unsigned(b, uint32(len(body)))
	return append(b, body...)
}

// signature appends a function type.
func signature(b []byte, params, results []byte) []byte {
	b = append(b, 0x60)
	b = append(unsigned(b, uint32(len(params))), params...)
	return append(unsigned(b, uint32(len(results))), results...)
}

// code builds the body of a function.
type code []byte

func (c *code) op(ops ...byte)    { *c = append(*c, ops...) }
func (c *code) get(local uint32)  { *c = unsigned(append(*c, opLocalGet), local) }
func (c *code) set(local uint32)  { *c = unsigned(append(*c, opLocalSet), local) }
func (c *code) i32(v int32)       { *c = signed(append(*c, opI32Const), v) }
func (c *code) call(f uint32)     { *c = unsigned(append(*c, opCall), f) }
func (c *code) branch(op, d byte) { *c = append(*c, op, d) }

// access appends a load or store at a constant offset; alignment is only a hint, so it is never claimed.
func (c *code) access(op byte, offset uint32) {
	*c = unsigned(append(*c, op, 0), offset)
}
