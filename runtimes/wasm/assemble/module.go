// Package assemble writes WebAssembly modules in the binary format.
//
// It checks nothing but the nesting of blocks: what is wrong shows when the module is compiled. A new instruction is a line in
// opcodes.go.
package assemble

import "slices"

// Module is a module that is being written. Imports come before the first function.
type Module struct {
	types     [][]byte
	imports   [][]byte
	functions []*Code
	globals   [][]byte
	exports   [][]byte
	data      [][]byte
	memory    []byte
}

// Type returns the index of a function type.
func (m *Module) Type(params, results []Value) uint32 {
	t := vector(vector([]byte{0x60}, params), results)
	if i := slices.IndexFunc(m.types, func(have []byte) bool { return slices.Equal(have, t) }); i >= 0 {
		return uint32(i)
	}
	m.types = append(m.types, t)
	return uint32(len(m.types) - 1)
}

// Import returns the index of an imported function.
func (m *Module) Import(module, name string, params, results []Value) uint32 {
	if len(m.functions) > 0 {
		panic("imports come before functions")
	}
	b := append(text(text(nil, module), name), 0x00)
	m.imports = append(m.imports, unsigned(b, uint64(m.Type(params, results))))
	return uint32(len(m.imports) - 1)
}

// Function adds a function, whose body is written into the Code before Bytes.
func (m *Module) Function(params, results []Value) *Code {
	c := &Code{Index: uint32(len(m.imports) + len(m.functions)), module: m, signature: m.Type(params, results), params: len(params)}
	m.functions = append(m.functions, c)
	return c
}

// Memory gives the module a memory that it exports as "memory", in pages of 64 KiB; it can grow to most.
func (m *Module) Memory(least, most uint32) {
	m.memory = unsigned(unsigned([]byte{0x01}, uint64(least)), uint64(most))
	m.exports = append(m.exports, unsigned(append(text(nil, "memory"), 0x02), 0))
}

// Global returns the index of a variable that starts as 0.
func (m *Module) Global(v Value) uint32 {
	b := []byte{byte(v), 0x01}
	switch v {
	case I32:
		b = append(b, 0x41, 0)
	case I64:
		b = append(b, 0x42, 0)
	case F32:
		b = append(b, 0x43, 0, 0, 0, 0)
	case F64:
		b = append(b, 0x44, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	m.globals = append(m.globals, append(b, 0x0b))
	return uint32(len(m.globals) - 1)
}

// Export gives a function a name by which it can be called.
func (m *Module) Export(name string, c *Code) {
	m.exports = append(m.exports, unsigned(append(text(nil, name), 0x00), uint64(c.Index)))
}

// Data places bytes in memory when the module starts.
func (m *Module) Data(offset uint32, bytes []byte) {
	b := append(signed([]byte{0x00, 0x41}, int64(int32(offset))), 0x0b)
	m.data = append(m.data, append(unsigned(b, uint64(len(bytes))), bytes...))
}

// Bytes returns the module.
func (m *Module) Bytes() []byte {
	b := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	b = section(b, 1, m.types)
	b = section(b, 2, m.imports)
	var signatures, bodies [][]byte
	for _, c := range m.functions {
		signatures = append(signatures, unsigned(nil, uint64(c.signature)))
		body := c.bytes()
		bodies = append(bodies, append(unsigned(nil, uint64(len(body))), body...))
	}
	b = section(b, 3, signatures)
	if m.memory != nil {
		b = section(b, 5, [][]byte{m.memory})
	}
	b = section(b, 6, m.globals)
	b = section(b, 7, m.exports)
	b = section(b, 10, bodies)
	return section(b, 11, m.data)
}

func section(b []byte, id byte, entries [][]byte) []byte {
	if len(entries) == 0 {
		return b
	}
	body := unsigned(nil, uint64(len(entries)))
	for _, e := range entries {
		body = append(body, e...)
	}
	return append(unsigned(append(b, id), uint64(len(body))), body...)
}

func vector(b []byte, vs []Value) []byte {
	b = unsigned(b, uint64(len(vs)))
	for _, v := range vs {
		b = append(b, byte(v))
	}
	return b
}

func text(b []byte, s string) []byte { return append(unsigned(b, uint64(len(s))), s...) }

// unsigned appends v in LEB128.
func unsigned(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// signed appends v in signed LEB128.
func signed(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}
