// Package assemble writes WebAssembly modules in the binary format.
//
// It checks nothing but the nesting of blocks: what is wrong shows when the module is compiled. A new instruction is a line in
// opcodes.go, which those who read modules use too.
package assemble

import "slices"

// What can be imported and exported.
const (
	kindFunction byte = 0x00
	kindMemory   byte = 0x02
	kindGlobal   byte = 0x03
)

// Module is a module that is being written. Imports come before the first function.
type Module struct {
	types     [][]byte
	imports   [][]byte
	imported  int // functions among the imports
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
	b := append(sized(sized(nil, module), name), kindFunction)
	m.imports = append(m.imports, unsigned(b, m.Type(params, results)))
	m.imported++
	return uint32(m.imported - 1)
}

// Function adds a function, whose body is written into the Code before Bytes.
func (m *Module) Function(params, results []Value) *Code {
	c := &Code{Index: uint32(m.imported + len(m.functions)), module: m, signature: m.Type(params, results), params: len(params)}
	m.functions = append(m.functions, c)
	return c
}

// Memory gives the module a memory that it exports as "memory", in pages of 64 KiB; it can grow to most.
func (m *Module) Memory(least, most uint32) {
	m.memory = unsigned(unsigned([]byte{0x01}, least), most)
	m.export("memory", kindMemory, 0)
}

// ImportMemory gives the module the memory that another exports as "memory", and exports it as that too.
func (m *Module) ImportMemory(module string) {
	m.imports = append(m.imports, append(sized(sized(nil, module), "memory"), kindMemory, 0, 0)) // of any size
	m.export("memory", kindMemory, 0)
}

// Global returns the index of a variable that starts as 0.
func (m *Module) Global(v Value) uint32 {
	m.globals = append(m.globals, append(AppendZero([]byte{byte(v), 0x01}, v), byte(End)))
	return uint32(len(m.globals) - 1)
}

// Counter returns the index of a variable of 32 bits that starts as v.
func (m *Module) Counter(v int32) uint32 {
	m.globals = append(m.globals, append(AppendSigned([]byte{byte(I32), 0x01, byte(I32Const)}, int64(v)), byte(End)))
	return uint32(len(m.globals) - 1)
}

// Export gives a function a name by which it can be called.
func (m *Module) Export(name string, c *Code) {
	m.export(name, kindFunction, c.Index)
}

// ExportGlobal gives a variable a name by which it can be read and set.
func (m *Module) ExportGlobal(name string, index uint32) { m.export(name, kindGlobal, index) }

func (m *Module) export(name string, kind byte, index uint32) {
	m.exports = append(m.exports, unsigned(append(sized(nil, name), kind), index))
}

// Data places bytes in memory when the module starts.
func (m *Module) Data(offset uint32, bytes []byte) {
	m.data = append(m.data, sized(append(AppendSigned([]byte{0x00, byte(I32Const)}, int64(int32(offset))), byte(End)), bytes))
}

// Bytes returns the module.
func (m *Module) Bytes() []byte {
	b := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	b = AppendSection(b, 1, m.types)
	b = AppendSection(b, 2, m.imports)
	var signatures, bodies [][]byte
	for _, c := range m.functions {
		signatures = append(signatures, unsigned(nil, c.signature))
		bodies = append(bodies, sized(nil, c.Bytes()))
	}
	b = AppendSection(b, 3, signatures)
	if m.memory != nil {
		b = AppendSection(b, 5, [][]byte{m.memory})
	}
	b = AppendSection(b, 6, m.globals)
	b = AppendSection(b, 7, m.exports)
	b = AppendSection(b, 10, bodies)
	return AppendSection(b, 11, m.data)
}
