package promote

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// mathematics are functions of CPython 3.12.0 in the module that Knows names, by the names that the module math has for them: those of
// the C library, or CPython's own around them. They compute with their arguments, tables and a frame, and call each other only.
// That of hypot takes a count and the address of as many absolute values, which it changes, their maximum, and whether one is nan.
var mathematics = map[string]int{
	"acos": 5159, "acosh": 11386, "asin": 5160, "asinh": 11387, "atan": 5161, "atan2": 5184, "atanh": 11388, "cbrt": 5162, "cos": 888, "cosh": 5164,
	"erf": 11389, "erfc": 11391, "exp": 885, "exp2": 5165, "expm1": 5166, "hypot": 5210, "log": 886, "log1p": 5171, "log10": 5172, "log2": 5173, "pow": 881,
	"remainder": 5234, "sin": 889, "sinh": 5167, "tan": 5169, "tanh": 5170,
}

// Mathematics reports whether a Library of CPython has a function.
func Mathematics(name string) bool { return mathematics[name] != 0 }

// Library is functions that are linked into other modules, so that these compute what CPython does to the last bit.
type Library struct {
	module  *module
	exports map[string]int
	data    []block
	stack   int32
}

// block is bytes of memory at an address.
type block struct {
	at    uint32
	bytes []byte
}

// End is where the memory ends that linked functions use, tables and the stack; the stack needs less than a kilobyte.
func (l *Library) End() uint32 {
	end := uint32(l.stack)
	for _, b := range l.data {
		end = max(end, b.at+uint32(len(b.bytes)))
	}
	return (end + 63) &^ 63
}

// Extract returns a small module with the functions of mathematics alone, of the module that Knows names, rewritten as Module does.
func Extract(wasm []byte) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("the functions of the C library cannot be taken out: %v", p)
		}
	}()
	m, err := parse(wasm)
	if err != nil {
		return nil, err
	}
	l := &Library{module: m, data: m.data(), exports: mathematics, stack: m.stack()}
	made := &assemble.Module{}
	linker := l.Link(made)
	for _, name := range slices.Sorted(maps.Keys(mathematics)) {
		made.Export(name, linker.Function(name))
	}
	linker.Finish()
	return Module(made.Bytes())
}

// Open reads what Extract made.
func Open(wasm []byte) (l *Library, err error) {
	defer func() {
		if p := recover(); p != nil {
			l, err = nil, fmt.Errorf("the library cannot be read: %v", p)
		}
	}()
	m, err := parse(wasm)
	if err != nil {
		return nil, err
	}
	l = &Library{module: m, data: m.data(), exports: m.exports(), stack: m.stack()}
	for name := range mathematics {
		if _, ok := l.exports[name]; !ok {
			return nil, errors.New("the library has no function " + name)
		}
	}
	return l, nil
}

// Linker writes functions of a library into a module, each once.
type Linker struct {
	library *Library
	into    *assemble.Module
	stack   uint32 // the global variable
	begun   bool
	done    map[int]*assemble.Code
	spans   [][2]uint32 // of memory, that they may read
}

// Link returns a linker for a module that imports nothing any more.
func (l *Library) Link(into *assemble.Module) *Linker {
	return &Linker{library: l, into: into, done: map[int]*assemble.Code{}}
}

// Function links a function and what it calls.
func (k *Linker) Function(name string) *assemble.Code { return k.function(k.library.exports[name]) }

func (k *Linker) function(index int) *assemble.Code {
	if c := k.done[index]; c != nil {
		return c
	}
	if !k.begun {
		k.stack, k.begun = k.into.Counter(k.library.stack), true
	}
	m := k.library.module
	if index < m.imported {
		panic("a function calls one that is imported")
	}
	sig, body := m.types[m.functions[index]], m.bodies[index-m.imported]
	c := k.into.Function(sig.params, sig.results)
	k.done[index] = c
	locals, list := decode(body, sig.params)
	for _, t := range locals[len(sig.params):] {
		c.Local(t)
	}
	for _, in := range list[:len(list)-1] {
		switch {
		case in.op == assemble.Call:
			c.Call(k.function(int(in.x)).Index)
			continue
		case in.op == assemble.GlobalGet || in.op == assemble.GlobalSet:
			if in.x != 0 {
				panic("a function uses a variable other than the stack pointer")
			}
			if in.op == assemble.GlobalGet {
				c.GetGlobal(k.stack)
			} else {
				c.SetGlobal(k.stack)
			}
			continue
		case in.op == assemble.CallIndirect || in.op == assemble.MemoryGrow:
			panic("a function does more than compute")
		case in.op == assemble.I32Const || in.op >= assemble.I32Load && in.op <= assemble.I64Load32U:
			k.reads(in.x)
		}
		c.Raw(body[in.start:in.end]...)
	}
	return c
}

// table is how many bytes from an address on a function may read: no table is larger.
const table = 4096 + 64

// reads notes a constant that may be the address of a table, or near it. Most are other numbers; then the bytes are of no use.
func (k *Linker) reads(address int64) {
	if at := uint32(address); address > 0 && k.library.within(at) {
		k.spans = append(k.spans, [2]uint32{at - min(at, 64), at + table})
	}
}

func (l *Library) within(at uint32) bool {
	return slices.ContainsFunc(l.data, func(b block) bool { return at >= b.at && at < b.at+uint32(len(b.bytes)) })
}

// Finish places the tables that the functions read.
func (k *Linker) Finish() {
	slices.SortFunc(k.spans, func(a, b [2]uint32) int { return cmp.Compare(a[0], b[0]) })
	var end uint32
	for _, s := range k.spans {
		from := max(s[0], end)
		if end = max(end, s[1]); from >= s[1] {
			continue
		}
		for _, b := range k.library.data {
			lo, hi := max(from, b.at), min(s[1], b.at+uint32(len(b.bytes)))
			if lo < hi {
				k.into.Data(lo, b.bytes[lo-b.at:hi-b.at])
			}
		}
	}
}

// part reads the entries of a section; missing sections have none.
func (m *module) part(id byte, entry func(r *reader)) {
	for _, s := range m.sections {
		if s.id == id {
			r := &reader{b: s.body}
			for range r.u32() {
				entry(r)
			}
		}
	}
}

func (m *module) data() (list []block) {
	m.part(11, func(r *reader) {
		if r.u32() != 0 {
			panic("data is not placed in memory when the module starts")
		}
		at := r.instruction()
		r.instruction()
		list = append(list, block{uint32(at.x), r.take(int(r.u32()))})
	})
	return list
}

func (m *module) exports() map[string]int {
	list := map[string]int{}
	m.part(7, func(r *reader) {
		name := string(r.take(int(r.u32())))
		kind, index := r.byte(), r.u32()
		if kind == 0 {
			list[name] = int(index)
		}
	})
	return list
}

// stack is what the stack pointer begins as.
func (m *module) stack() int32 {
	if len(m.globals) == 0 {
		panic("it has no stack")
	}
	g := &reader{b: m.globals[0], at: 2}
	return int32(g.instruction().x)
}

// LibraryVersion changes with what Extract makes of a module.
const LibraryVersion = Version + "." + "1"
