package assemble

import (
	"encoding/binary"
	"slices"
)

// Here is what others need who write a part of a module themselves. Unsigned numbers are those of binary.AppendUvarint.

// AppendSigned appends a signed number in LEB128.
func AppendSigned(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// AppendZero appends the instruction that pushes the zero of a type, with which its locals begin.
func AppendZero(b []byte, v Value) []byte {
	switch v {
	case I32:
		return append(b, byte(I32Const), 0)
	case I64:
		return append(b, byte(I64Const), 0)
	case F32:
		return append(b, byte(F32Const), 0, 0, 0, 0)
	case F64:
		return append(b, byte(F64Const), 0, 0, 0, 0, 0, 0, 0, 0)
	}
	panic("a local has a type that is not known")
}

// AppendLocals appends the local variables with which a function's body begins, as runs of one type.
func AppendLocals(b []byte, locals []Value) []byte {
	var runs [][]byte
	for len(locals) > 0 {
		n := slices.IndexFunc(locals, func(v Value) bool { return v != locals[0] })
		if n < 0 {
			n = len(locals)
		}
		runs = append(runs, append(unsigned(nil, n), byte(locals[0])))
		locals = locals[n:]
	}
	return appendEntries(b, runs)
}

// AppendSection appends a section; one without entries is left out.
func AppendSection(b []byte, id byte, entries [][]byte) []byte {
	if len(entries) == 0 {
		return b
	}
	return sized(append(b, id), appendEntries(nil, entries))
}

func appendEntries(b []byte, entries [][]byte) []byte {
	b = unsigned(b, len(entries))
	for _, e := range entries {
		b = append(b, e...)
	}
	return b
}

func unsigned[N int | uint32](b []byte, v N) []byte { return binary.AppendUvarint(b, uint64(v)) }

// sized appends bytes after their length.
func sized[B string | []byte](b []byte, bytes B) []byte {
	return append(unsigned(b, len(bytes)), bytes...)
}

func vector(b []byte, vs []Value) []byte {
	b = unsigned(b, len(vs))
	for _, v := range vs {
		b = append(b, byte(v))
	}
	return b
}
