package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// Bounds on what a module may declare. Each was the way in which a small file cost the engine gigabytes or minutes.
const (
	maxFunctions     = 100_000
	maxBody          = 256 << 10 // bytes of one function
	maxLocals        = 10_000    // of one function
	maxTables        = 100
	maxTableElements = 64 << 10 // of one table
)

var allowedModules = map[string]bool{"dreamql": true, "wasi_snapshot_preview1": true}

// inspect checks a module against the bounds and returns it with a maximum on every table, so that table.grow is bounded
// too. The engine validates everything else.
func inspect(code []byte, maxSize int, maxPages uint32) ([]byte, error) {
	switch {
	case len(code) > maxSize:
		return nil, fmt.Errorf("the module has %d bytes; at most %d are allowed (strip debug information and optimise for size)", len(code), maxSize)
	case len(code) < 8 || string(code[:4]) != "\x00asm":
		return nil, errors.New("this is no WebAssembly module: it does not begin with \\0asm")
	case string(code[4:8]) != "\x01\x00\x00\x00":
		return nil, errors.New("this is no WebAssembly core module of version 1 (components are not supported; build a core module)")
	}
	out := append(make([]byte, 0, len(code)+16), code[:8]...)
	r := &reader{b: code, i: 8}
	for r.i < len(r.b) && r.err == nil {
		start := r.i
		id := r.byte()
		size := r.u32()
		end := r.i + int(size)
		if r.err != nil || end > len(code) {
			return nil, errors.New("the module is cut off or malformed: a section is longer than the file")
		}
		body := &reader{b: code[:end], i: r.i}
		r.i = end
		var err error
		switch id {
		case 2:
			err = checkImports(body, maxPages)
		case 4:
			tables, terr := boundTables(body)
			if err = terr; err == nil {
				out = assemble.AppendSection(out, id, tables)
				continue
			}
		case 5:
			for n := body.u32(); n > 0 && body.err == nil; n-- {
				min, _, _ := body.limits()
				err = errors.Join(err, checkPages(min, maxPages))
			}
		case 10:
			err = checkBodies(body)
		}
		if err == nil {
			err = body.err
		}
		if err != nil {
			return nil, err
		}
		out = append(out, code[start:end]...)
	}
	return out, r.err
}

func checkPages(min, max uint32) error {
	if min > max {
		return fmt.Errorf("the module asks for %d pages (%d MiB) of memory at its start; at most %d are allowed", min, min/16, max)
	}
	return nil
}

func checkImports(r *reader, maxPages uint32) error {
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		module, field, kind := r.name(), r.name(), r.byte()
		if r.err != nil {
			return r.err
		}
		if kind != 0 {
			return fmt.Errorf("the module imports %s.%s, which is not a function; memories, tables and globals must be its own", module, field)
		}
		if !allowedModules[module] && (module != "env" || field != "abort") {
			return fmt.Errorf("the module imports the function %s.%s, which does not exist here; allowed are dreamql.log, dreamql.fail, env.abort and wasi_snapshot_preview1", module, field)
		}
		r.u32()
	}
	return r.err
}

// boundTables returns the entries of a table section with every maximum set.
func boundTables(r *reader) ([][]byte, error) {
	count := r.u32()
	if count > maxTables {
		return nil, fmt.Errorf("the module has %d tables; at most %d are allowed", count, maxTables)
	}
	var entries [][]byte
	for n := count; n > 0 && r.err == nil; n-- {
		element := r.byte()
		min, max, bounded := r.limits()
		if r.err != nil {
			break
		}
		if element != 0x70 && element != 0x6f || min > maxTableElements {
			return nil, fmt.Errorf("the module has a table of %d elements; at most %d references are allowed", min, maxTableElements)
		}
		if !bounded || max > maxTableElements {
			max = maxTableElements
		}
		entries = append(entries, binary.AppendUvarint(binary.AppendUvarint([]byte{element, 0x01}, uint64(min)), uint64(max)))
	}
	return entries, r.err
}

func checkBodies(r *reader) error {
	count := r.u32()
	if count > maxFunctions {
		return fmt.Errorf("the module has %d functions; at most %d are allowed", count, maxFunctions)
	}
	for i := uint32(0); i < count && r.err == nil; i++ {
		size := r.u32()
		end := r.i + int(size)
		if size > maxBody {
			return fmt.Errorf("function %d of the module has %d bytes; at most %d are allowed", i, size, maxBody)
		}
		locals := uint64(0)
		for groups := r.u32(); groups > 0 && r.err == nil; groups-- {
			locals += uint64(r.u32())
			r.byte()
		}
		if locals > maxLocals {
			return fmt.Errorf("function %d of the module has %d local variables; at most %d are allowed", i, locals, maxLocals)
		}
		if r.err == nil && (end > len(r.b) || end < r.i) {
			r.fail()
		}
		r.i = end
	}
	return r.err
}

// reader reads the binary format; after the first error it stays at the end.
type reader struct {
	b   []byte
	i   int
	err error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = fmt.Errorf("the module is malformed at byte %d", r.i)
	}
	r.i = len(r.b)
}

func (r *reader) byte() byte {
	if r.i >= len(r.b) {
		r.fail()
		return 0
	}
	r.i++
	return r.b[r.i-1]
}

func (r *reader) u32() uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		c := r.byte()
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			if v > 1<<32-1 {
				r.fail()
			}
			return uint32(v)
		}
	}
	r.fail()
	return 0
}

func (r *reader) skip(n int) { r.bytes(n) }

func (r *reader) bytes(n int) []byte {
	if n < 0 || r.err != nil || n > len(r.b)-r.i {
		r.fail()
		return nil
	}
	r.i += n
	return r.b[r.i-n : r.i]
}

func (r *reader) name() string {
	n := int(r.u32())
	if r.err != nil || n > len(r.b)-r.i || n > 1000 || !utf8.Valid(r.b[r.i:r.i+n]) {
		r.fail()
		return ""
	}
	r.i += n
	return string(r.b[r.i-n : r.i])
}

func (r *reader) limits() (min, max uint32, bounded bool) {
	flag := r.byte()
	if flag > 1 {
		r.fail()
		return 0, 0, false
	}
	min = r.u32()
	if flag == 1 {
		max = r.u32()
	}
	return min, max, flag == 1
}
