package e2e_test

import (
	le "encoding/binary"
	"strings"
)

// endless is what a module does that never returns.
const endless = loop + void + br + "\x00" + end

// exponential is a function without a loop that calls itself 2⁶⁰ times.
func exponential() []byte {
	m := &wasm{}
	// g(n) = n == 0 ? 1 : g(n-1) + g(n-1)
	g := m.fn("", i64, i64, nil, get(0)+i64Eqz+if_+void+i64c(1)+return_+end+strings.Repeat(get(0)+i64c(1)+i64Sub+call(0), 2)+i64Add)
	m.fn("f", i64, i64, nil, calm+i64c(60)+call(g))
	return m.bytes()
}

// wasi imports a function of WASI, and calls it with the memory at hand.
func wasi(name, params string, body func(f int) string) []byte {
	m := &wasm{}
	f := m.use("wasi_snapshot_preview1", name, params, i32)
	m.memory(32)
	m.text(64, "/etc/passwd")
	m.text(128, "\x00\x00\x01\x00\x00\x00\x10\x00") // one buffer of a mebibyte
	m.fn("f", i64, i64, nil, calm+body(f))
	return m.bytes()
}

// text returns a module whose function gives a pointer and a length, which may lie.
func textAt(pointer, length uint32, also ...func(*wasm)) []byte {
	m := &wasm{}
	m.memory(pagesOf64MiB)
	m.text(1024, "\xff\xfe broken")
	withAlloc(m)
	for _, a := range also {
		a(m)
	}
	m.fn("f", i64, i64, nil, calm+i64c(int64(uint64(pointer)<<32|uint64(length))))
	return m.bytes()
}

// notANumber returns NaN with a payload of its own.
func notANumber() []byte {
	m := &wasm{}
	m.fn("f", i64, f64, nil, "\x44"+string(le.LittleEndian.AppendUint64(nil, 0x7ff4_dead_beef_0001)))
	return m.bytes()
}

// remembering gives what it was given the time before.
func remembering() []byte {
	return one(i32c(8)+i64Load+i32c(8)+get(0)+i64Store, withMemory(1))
}

// rowsWithoutEnd is a table function.
func rowsWithoutEnd() []byte {
	m := &wasm{}
	m.memory(32)
	withAlloc(m)
	m.fn("f_open", i64, i32, nil, get(0)+wrap)
	m.fn("f_next", i32+i32, i32, nil, get(0)) // the argument: 0 is the end
	m.fn("f_close", i32, "", nil, "")
	return m.bytes()
}

// lyingState is an aggregate whose saved state lies outside its memory.
func lyingState() []byte {
	m := &wasm{}
	m.memory(32)
	withAlloc(m)
	m.fn("f_init", "", i32, nil, i32c(8))
	m.fn("f_step", i32+i64, "", nil, i32c(8)+get(1)+i64Store)
	m.fn("f_merge", i32+i32, "", nil, "")
	m.fn("f_finish", i32, i64, nil, i32c(8)+i64Load)
	m.fn("f_save", i32, i64, nil, i32c(8)+i64Load+i64Eqz+if_+i64+i64c(8)+"\x05"+i64c(-1)+end)
	m.fn("f_load", i32+i32, i32, nil, i32c(8))
	return m.bytes()
}

func emptyTable(m *wasm) { m.tables = append(m.tables, "\x70\x00\x01") }

// manyIfs is a function of many conditions, each of which sets one of many variables.
func manyIfs() []byte {
	m := &wasm{}
	var body strings.Builder
	for i := range 30_000 {
		body.WriteString(get(0) + wrap + if_ + void + i64c(1) + set(uint64(1+i%500)) + end)
	}
	m.fn("f", i64, i64, []string{unsigned(500) + i64}, body.String()[:0]+cut(body.String(), 250<<10)+get(1))
	return m.bytes()
}

// cut leaves out the last conditions, so that at most n bytes are left.
func cut(body string, n int) string {
	const mark = end + "\x20\x00" // the end of one, and the beginning of the next
	if len(body) <= n {
		return body
	}
	return body[:strings.LastIndex(body[:n], mark)+1]
}

func nestedBlocks(n int) []byte {
	m := &wasm{}
	m.fn("f", i64, i64, nil, strings.Repeat(block+void, n)+strings.Repeat(end, n)+get(0))
	return m.bytes()
}

func wasmAttacks() []attack {
	fill := i32c(0) + i32c(1) + i32c(64*mebibyte) + memoryFill
	as := []attack{
		{name: "an endless loop", code: one(endless + i64c(0)), want: stoppedByTime, endless: true},
		{name: "an endless loop on all processors", code: one(endless + i64c(1)), query: "flights -> agg { x: sum(F(distance)) }", want: "processor time", endless: true, timeout: 30_000},
		{name: "exponential recursion without a loop", code: exponential(), want: stoppedByTime, endless: true},
		{name: "deep recursion", code: one(get(0) + call(0) + i64c(1) + i64Add), want: "stack overflow"},
		{name: "memory.grow", code: one(loop+void+i32c(1)+memoryGrow+i32c(-1)+i32Ne+brIf+"\x00"+end+
			i32c(0)+i32c(1)+memorySize+i32c(page)+i32Mul+memoryFill+memorySize+extend, withMemory(1)), want: `"x":1024`},
		{name: "table.grow", code: one(nullFunction+i32c(1<<26)+tableGrow+extend, emptyTable), want: `"x":4294967295`},
		{name: "straight-line memory.fill", code: one(strings.Repeat(fill, 2_000)+i64c(0), withMemory(pagesOf64MiB)), want: stoppedByTime, endless: true},
		{name: "a trap: unreachable", code: one(unreachable), want: "unreachable"},
		{name: "a trap: division by zero", code: one(i64c(1) + i64c(0) + i64DivS), want: "divide by zero"},
		{name: "a trap: access outside the memory", code: one(i32c(-8)+i64Load, withMemory(1)), want: "out of bounds"},
		{name: "a trap: call of an empty table entry", code: one(get(0)+i32c(0)+callIndirectFirst, func(m *wasm) { emptyTable(m); m.signature(i64, i64) }), want: "indirect|table"},
		{name: "a lying result pointer", code: textAt(0x7fff0000, 8), result: "string", want: "outside the module's memory"},
		{name: "a lying result length", code: textAt(16, 0xffffffff), result: "string", want: "outside the module's memory"},
		{name: "an output bomb", code: textAt(16, 60*mebibyte), result: "bytes", query: "flights -> filter len(F(distance)) > 0 -> agg { x: count() }", want: "longer than 256 MiB|ran out of memory"},
		{name: "rows that fill the server's memory", code: textAt(17, 60*mebibyte), result: "bytes", want: "more than 64 MiB as JSON"},
		{name: "text that is not UTF-8", code: textAt(1024, 9), result: "string", want: "UTF-8"},
		{name: "a NaN with a payload", code: notANumber(), result: "float", want: `^\[{"x":`, example: "f(0) != f(0)", gives: "false"},
		{name: "WASI sock_accept", code: wasi("sock_accept", i32+i32+i32, func(f int) string { return i32c(3) + i32c(0) + i32c(256) + call(f) + extend }), want: `"x":8\b`},
		{name: "WASI path_open", code: wasi("path_open", i32+i32+i32+i32+i32+i64+i64+i32+i32, func(f int) string {
			return i32c(3) + i32c(0) + i32c(64) + i32c(11) + i32c(0) + i64c(-1) + i64c(-1) + i32c(0) + i32c(256) + call(f) + extend
		}), want: `"x":(8|63|76)\b`},
		{name: "WASI output without end", code: wasi("fd_write", i32+i32+i32+i32, func(f int) string {
			return loop + void + i32c(1) + i32c(128) + i32c(1) + i32c(256) + call(f) + drop + br + "\x00" + end + i64c(0)
		}), want: stoppedByTime, endless: true},
		{name: "WASI proc_exit", code: func() []byte {
			m := &wasm{}
			exit := m.use("wasi_snapshot_preview1", "proc_exit", i32, "")
			m.fn("f", i64, i64, nil, calm+i32c(3)+call(exit)+i64c(0))
			return m.bytes()
		}(), want: "exit"},
		{name: "a table function without end", code: rowsWithoutEnd(), shape: "table", result: "[{n: int}]", want: "16 GiB|" + stoppedByTime, endless: true},
		{name: "a state of an aggregate that lies", code: lyingState(), shape: "aggregate", want: "state|memory"},
	}
	for i := range as {
		as[i].kind = "wasm"
	}
	return append(as, wasmAtTheGate()...)
}

// wasmAtTheGate are modules that must not get into the registry, and must cost little on the way.
func wasmAtTheGate() []attack {
	locals := func(n uint64) []byte {
		m := &wasm{}
		m.fn("f", i64, i64, []string{unsigned(n) + i64}, get(0))
		return m.bytes()
	}
	start := &wasm{}
	start.fn("f", i64, i64, nil, get(0))
	start.start = start.fn("", "", "", nil, endless) + 1
	undeclared := &wasm{}
	undeclared.use("env", "system", i32, i32)
	undeclared.fn("f", i64, i64, nil, get(0))
	large := &wasm{}
	large.memory(65536)
	large.fn("f", i64, i64, nil, get(0))
	table := &wasm{tables: []string{"\x70\x00" + unsigned(1<<27)}}
	table.fn("f", i64, i64, nil, get(0))
	tables := &wasm{tables: strings.Split(strings.Repeat("\x70\x00"+unsigned(60_000)+"|", 20_000), "|")[:20_000]}
	tables.fn("f", i64, i64, nil, get(0))
	other := &wasm{}
	other.fn("f", i32+i32, "", nil, "")
	whole := one(endless + i64c(0))
	as := []attack{
		{name: "an endless start function", code: start.bytes(), want: stoppedByTime, endless: true},
		{name: "a minimum memory over the limit", code: large.bytes(), want: "pages"},
		{name: "a table of 2^27 elements", code: table.bytes(), want: "table"},
		{name: "many tables", code: tables.bytes(), want: "table"},
		{name: "2^26 locals", code: locals(1 << 26), want: "local variables"},
		{name: "200,000 nested blocks", code: nestedBlocks(200_000), want: "bytes"},
		{name: "as many nested blocks as a function may have", code: nestedBlocks(80_000), want: ""},
		{name: "many ifs with 500 locals", code: manyIfs(), want: ""},
		{name: "an undeclared import", code: undeclared.bytes(), want: "env.system"},
		{name: "a wrong export signature", code: other.bytes(), want: "needs"},
		{name: "a malformed binary", code: append([]byte("\x00asm\x01\x00\x00\x00"), strings.Repeat("\xff\x80", 5000)...), want: "malformed|cut off"},
		{name: "a section that counts to 2^32", code: []byte("\x00asm\x01\x00\x00\x00" + part(1, unsigned(1<<32-1)+"\x60\x00\x00")), want: "not valid|malformed|invalid"},
		{name: "a component", code: []byte("\x00asm\x0d\x00\x01\x00"), want: "WebAssembly module"},
	}
	for _, n := range []int{9, len(whole) / 3, len(whole) / 2, len(whole) - 1} {
		as = append(as, attack{name: "a binary that is cut off", code: whole[:n], want: "malformed|cut off|not valid|exports no"})
	}
	for i := range as {
		as[i].kind, as[i].gate = "wasm", true
	}
	return as
}
