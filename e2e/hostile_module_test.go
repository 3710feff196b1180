package e2e_test

import (
	"bytes"
	le "encoding/binary"
)

// Types and instructions of WebAssembly, as far as attacks need them.
const (
	i32, i64, f64        = "\x7f", "\x7e", "\x7c"
	void                 = "\x40"
	unreachable          = "\x00"
	block, loop, if_     = "\x02", "\x03", "\x04"
	end, br, brIf        = "\x0b", "\x0c", "\x0d"
	return_, drop        = "\x0f", "\x1a"
	memorySize           = "\x3f\x00"
	memoryGrow           = "\x40\x00"
	memoryFill           = "\xfc\x0b\x00"
	nullFunction         = "\xd0\x70"
	tableGrow            = "\xfc\x0f\x00"
	i64Eqz, i64Add       = "\x50", "\x7c"
	i64Sub, i64Mul       = "\x7d", "\x7e"
	i64DivS              = "\x7f"
	i32Mul               = "\x6c"
	i32Ne                = "\x47"
	wrap, extend         = "\xa7", "\xad"
	i64Load, i64Store    = "\x29\x03\x00", "\x37\x03\x00"
	i32Store, i32Load8U  = "\x36\x02\x00", "\x2d\x00\x00"
	callIndirectFirst    = "\x11\x00\x00"
	mebibyte             = 1 << 20
	page                 = 64 << 10
	pagesOf64MiB, anyI32 = 1024, "\x7f"
)

// unsigned and signed are numbers in LEB128.
func unsigned(v uint64) string { return string(le.AppendUvarint(nil, v)) }

func signed(v int64) string {
	var b []byte
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return string(append(b, c))
		}
		b = append(b, c|0x80)
	}
}

func get(local uint64) string  { return "\x20" + unsigned(local) }
func set(local uint64) string  { return "\x21" + unsigned(local) }
func call(f int) string        { return "\x10" + unsigned(uint64(f)) }
func i32c(v int64) string      { return "\x41" + signed(v) }
func i64c(v int64) string      { return "\x42" + signed(v) }
func sized(s string) string    { return unsigned(uint64(len(s))) + s }
func vector(s []string) string { return unsigned(uint64(len(s))) + string(bytes.Join(asBytes(s), nil)) }
func part(id byte, s string) string {
	return string([]byte{id}) + sized(s)
}

func asBytes(s []string) [][]byte {
	out := make([][]byte, len(s))
	for i := range s {
		out[i] = []byte(s[i])
	}
	return out
}

// wasm is a module that is put together. Functions are numbered from the imported ones on.
type wasm struct {
	types, imports, funcs, tables, memories, exports, codes, data []string
	start                                                         int // function that runs at the start, plus one
}

func (m *wasm) signature(params, results string) uint64 {
	m.types = append(m.types, "\x60"+sized(params)+sized(results))
	return uint64(len(m.types) - 1)
}

// use imports a function; before any is defined.
func (m *wasm) use(module, name, params, results string) int {
	m.imports = append(m.imports, sized(module)+sized(name)+"\x00"+unsigned(m.signature(params, results)))
	return len(m.imports) - 1
}

// fn defines a function, whose locals are counted in groups, and exports it unless its name is empty.
func (m *wasm) fn(name, params, results string, locals []string, body string) int {
	m.funcs = append(m.funcs, unsigned(m.signature(params, results)))
	m.codes = append(m.codes, sized(vector(locals)+body+end))
	n := len(m.imports) + len(m.funcs) - 1
	if name != "" {
		m.exports = append(m.exports, sized(name)+"\x00"+unsigned(uint64(n)))
	}
	return n
}

// memory gives the module a memory of some pages, and exports it.
func (m *wasm) memory(pages uint64) {
	m.memories = append(m.memories, "\x00"+unsigned(pages))
	m.exports = append(m.exports, sized("memory")+"\x02\x00")
}

// text puts bytes into the memory.
func (m *wasm) text(at int64, s string) { m.data = append(m.data, "\x00"+i32c(at)+end+sized(s)) }

func (m *wasm) bytes() []byte {
	out := "\x00asm\x01\x00\x00\x00"
	for _, s := range []struct {
		id      byte
		entries []string
	}{{1, m.types}, {2, m.imports}, {3, m.funcs}, {4, m.tables}, {5, m.memories}, {7, m.exports}} {
		if len(s.entries) > 0 {
			out += part(s.id, vector(s.entries))
		}
	}
	if m.start > 0 {
		out += part(8, unsigned(uint64(m.start-1)))
	}
	if len(m.codes) > 0 {
		out += part(10, vector(m.codes))
	}
	if len(m.data) > 0 {
		out += part(11, vector(m.data))
	}
	return []byte(out)
}

// calm is the beginning of a function of one int that does no harm when it is given 0.
const calm = "\x20\x00" + i64Eqz + if_ + void + "\x42\x00" + return_ + end

// one is a module with a function f(a: int) => int that does no harm when it is given 0.
func one(body string, also ...func(*wasm)) []byte {
	m := &wasm{}
	for _, a := range also {
		a(m)
	}
	m.fn("f", i64, i64, []string{"\x04" + i32}, calm+body)
	return m.bytes()
}

func withMemory(pages uint64) func(*wasm) { return func(m *wasm) { m.memory(pages) } }

// withAlloc gives room for arguments from 64 KiB on.
func withAlloc(m *wasm) { m.fn("alloc", i32, i32, nil, i32c(page)) }
