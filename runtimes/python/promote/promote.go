// Package promote rewrites WebAssembly that was compiled without optimisation, as the published CPython for WASI is: its functions
// keep every variable in a frame of the linear memory, and load and store it at each use. Module moves those variables into
// WebAssembly's own locals, which the engine's compiler keeps in registers.
//
//	local.get $fp; local.get $x; i32.store 12 … local.get $fp; i32.load 12   →   local.get $x; local.set $12 … local.get $12
//
// A variable can be moved when no other code can see it: all its uses are loads and stores of one width at its place in the frame, or
// loads of a part of an integer, and no address that is passed on may reach it. How far an address reaches is known from the function
// that it is passed to, where that is known (summary); else it reaches from its place to the parameters, which lie above all variables. C
// does not let a pointer go below the object that it was taken of. Whatever is not understood stays as it is. The module's behaviour is
// the same.
//
// What that leaves unused is taken out (clean), small functions are written into their callers (inline), and the C library's allocator and
// copying, where it is the one that is known, get a faster way for what is common (libc).
package promote

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// rounds is how often all functions are gone through: what is known of one lets more be known of those that call it.
const rounds = 9

// Module returns the rewritten module, without its debug information.
func Module(wasm []byte) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("the module cannot be read: %v", p)
		}
	}()
	m, err := parse(wasm)
	if err != nil {
		return nil, err
	}
	library := m.find()
	for range rounds {
		next := make([][]summary, len(m.summaries))
		copy(next, m.summaries)
		for i := range m.bodies {
			if m.settled[i] {
				continue
			}
			a := analyse(m, i)
			if a == nil {
				m.settled[i] = true
				continue
			}
			next[m.imported+i] = a.reach
			m.bodies[i], m.settled[i] = a.rewrite()
		}
		m.summaries = next
	}
	m.clean()
	m.keepBlocks(library)
	m.moveBytes(library)
	for range 2 {
		m.inline()
		m.clean()
	}
	return m.encode(), nil
}

// summary is what a function does with an address that it is given.
type summary struct {
	known  bool
	lo, hi int32 // it loads and stores these bytes from the address on, and keeps it nowhere
}

type module struct {
	sections  []section
	types     []signature
	functions []int // the type of each, imported ones first
	imported  int
	bodies    [][]byte
	globals   [][]byte
	summaries [][]summary // of parameters
	variadic  []bool      // of functions, imported ones first
	objects   []map[int32]int32
	settled   []bool  // nothing more will come of the body
	params    []int32 // where they begin in the first frame of each body; 0 before that is known
}

type section struct {
	id   byte
	body []byte
}

type signature struct{ params, results []assemble.Value }

func parse(wasm []byte) (*module, error) {
	if len(wasm) < 8 || string(wasm[:4]) != "\x00asm" {
		return nil, errors.New("it is no WebAssembly module")
	}
	m := &module{}
	for r := (&reader{b: wasm, at: 8}); r.at < len(wasm); {
		s := section{id: r.byte()}
		s.body = r.take(int(r.u32()))
		if s.id == 0 {
			continue
		}
		m.sections = append(m.sections, s)
		m.section(s)
	}
	if len(m.bodies) != len(m.functions)-m.imported {
		return nil, errors.New("it has not as many bodies as functions")
	}
	m.summaries = make([][]summary, len(m.functions))
	m.params = make([]int32, len(m.bodies))
	m.settled = make([]bool, len(m.bodies))
	m.variadic = make([]bool, len(m.functions))
	for i, b := range m.bodies {
		m.variadic[m.imported+i] = m.isVariadic(i)
		m.objects = append(m.objects, objects(b))
	}
	return m, nil
}

func (m *module) section(s section) {
	r := &reader{b: s.body}
	switch s.id {
	case 1:
		for range r.u32() {
			if r.byte() != 0x60 {
				panic("a type is no function")
			}
			params := r.values()
			m.types = append(m.types, signature{params, r.values()})
		}
	case 2:
		for range r.u32() {
			r.take(int(r.u32()))
			r.take(int(r.u32()))
			if r.byte() != 0 {
				panic("it imports something other than functions")
			}
			m.functions = append(m.functions, int(r.u32()))
			m.imported++
		}
	case 3:
		for range r.u32() {
			m.functions = append(m.functions, int(r.u32()))
		}
	case 6:
		for range r.u32() {
			m.globals = append(m.globals, r.global())
		}
	case 10:
		for range r.u32() {
			m.bodies = append(m.bodies, r.take(int(r.u32())))
		}
	}
}

func (m *module) encode() []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range m.sections {
		var entries [][]byte
		switch s.id {
		case 3:
			for _, t := range m.functions[m.imported:] {
				entries = append(entries, binary.AppendUvarint(nil, uint64(t)))
			}
		case 6:
			entries = m.globals
		case 10:
			for _, b := range m.bodies {
				entries = append(entries, append(binary.AppendUvarint(nil, uint64(len(b))), b...))
			}
		default:
			out = append(binary.AppendUvarint(append(out, s.id), uint64(len(s.body))), s.body...)
			continue
		}
		out = assemble.AppendSection(out, s.id, entries)
	}
	return out
}
