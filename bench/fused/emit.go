package main

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// A module has one function (from, to: i32): byte offsets into each column. The columns lie at constant offsets, so that a load is one
// instruction with its address in it; constants are in locals; a turn of the loop does four registers of two numbers.

const (
	turn  = 64   // bytes of a column
	pages = 1024 // of 64 KiB, at most
)

// emitter writes the code of one expression.
type emitter struct {
	code      []byte
	constants []float64
	columns   map[string]uint32 // offsets
	out       uint32
}

// emit returns a module for e, with memory for the columns at their offsets and the result at out.
func emit(e *logical.Expr, columns map[string]uint32, out, bytes uint32) ([]byte, error) {
	m := &emitter{columns: columns, out: out}
	m.gather(e)
	for i, c := range m.constants {
		m.op(0x44) // f64.const
		m.code = binary.LittleEndian.AppendUint64(m.code, math.Float64bits(c))
		m.simd(0x14) // f64x2.splat
		m.local(0x21, uint32(2+i))
	}
	m.op(0x03, 0x40) // loop
	if e.T.Required().Kind == types.Bool {
		m.local(0x20, 0)
		m.op(0x41, 6, 0x76) // 64 bytes of numbers are one byte of bits
	}
	for i := range uint32(4) {
		bits := e.T.Required().Kind == types.Bool
		if !bits {
			m.local(0x20, 0)
		}
		if err := m.expr(e, i*16); err != nil {
			return nil, err
		}
		switch {
		case !bits:
			m.simd(0x0b) // v128.store
			m.at(4, out+i*16)
		default:
			m.simd(0xc4) // i64x2.bitmask
			if i > 0 {
				m.op(0x41, byte(2*i), 0x74, 0x72) // shl, or
			}
		}
	}
	if e.T.Required().Kind == types.Bool {
		m.op(0x3a) // i32.store8
		m.at(0, out)
	}
	m.local(0x20, 0)
	m.op(0x41, 0xc0, 0x00, 0x6a) // + 64
	m.local(0x22, 0)
	m.local(0x20, 1)
	m.op(0x49, 0x0d, 0, 0x0b, 0x0b) // lt_u, br_if, end, end
	return m.module(bytes), nil
}

func (m *emitter) op(b ...byte) { m.code = append(m.code, b...) }
func (m *emitter) local(op byte, i uint32) {
	m.code = binary.AppendUvarint(append(m.code, op), uint64(i))
}
func (m *emitter) simd(op uint64) { m.code = binary.AppendUvarint(append(m.code, 0xfd), op) }
func (m *emitter) at(align byte, offset uint32) {
	m.code = binary.AppendUvarint(append(m.code, align), uint64(offset))
}

func (m *emitter) gather(e *logical.Expr) {
	if e.Op == logical.OpLiteral {
		m.constants = append(m.constants, float64(*e.Lit.Float))
	}
	for _, a := range e.Args {
		m.gather(a)
	}
}

var operators = map[string]uint64{"+": 0xf0, "-": 0xf1, "*": 0xf2, "<": 0x49, ">": 0x4a}

// expr leaves the value of e, at some bytes from the turn's first, on the stack.
func (m *emitter) expr(e *logical.Expr, from uint32) error {
	switch e.Op {
	case logical.OpColumn:
		m.local(0x20, 0)
		m.simd(0x00) // v128.load
		m.at(4, m.columns[e.Name]+from)
		return nil
	case logical.OpLiteral:
		for i, c := range m.constants {
			if c == float64(*e.Lit.Float) {
				m.local(0x20, uint32(2+i))
				return nil
			}
		}
	case logical.OpCall:
		if op, ok := operators[e.Name]; ok {
			for _, a := range e.Args {
				if err := m.expr(a, from); err != nil {
					return err
				}
			}
			m.simd(op)
			return nil
		}
	}
	return fmt.Errorf("no code for %s %s", e.Op, e.Name)
}

func (m *emitter) module(bytes uint32) []byte {
	out := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	section := func(id byte, body []byte) {
		out = append(binary.AppendUvarint(append(out, id), uint64(len(body))), body...)
	}
	section(1, []byte{1, 0x60, 2, 0x7f, 0x7f, 0}) // type (i32, i32)
	section(3, []byte{1, 0})
	section(5, binary.AppendUvarint([]byte{1, 0}, uint64(bytes+65535)>>16))
	section(7, append(append([]byte{2, 1, 'f', 0, 0, 6}, "memory"...), 2, 0))
	body := binary.AppendUvarint([]byte{1}, uint64(len(m.constants)))
	body = append(append(body, 0x7b), m.code...) // locals are v128
	section(10, append(binary.AppendUvarint([]byte{1}, uint64(len(body))), body...))
	return out
}
