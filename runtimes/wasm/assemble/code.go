package assemble

import (
	"encoding/binary"
	"math"
)

// Code is a function's body that is being written.
type Code struct {
	Index     uint32 // by which the function is called
	module    *Module
	signature uint32
	params    int
	locals    []Value
	depth     int
	body      []byte
}

// Label is a block that can be left, or a loop that can be begun again.
type Label int

// Local returns a new local variable.
func (c *Code) Local(v Value) uint32 {
	c.locals = append(c.locals, v)
	return uint32(c.params + len(c.locals) - 1)
}

// Op appends instructions without immediates.
func (c *Code) Op(ops ...Op) {
	for _, op := range ops {
		c.body = append(c.body, byte(op))
	}
}

func (c *Code) Get(local uint32)       { c.body = unsigned(append(c.body, 0x20), uint64(local)) }
func (c *Code) Set(local uint32)       { c.body = unsigned(append(c.body, 0x21), uint64(local)) }
func (c *Code) Tee(local uint32)       { c.body = unsigned(append(c.body, 0x22), uint64(local)) }
func (c *Code) GetGlobal(index uint32) { c.body = unsigned(append(c.body, 0x23), uint64(index)) }
func (c *Code) SetGlobal(index uint32) { c.body = unsigned(append(c.body, 0x24), uint64(index)) }
func (c *Code) Call(function uint32)   { c.body = unsigned(append(c.body, 0x10), uint64(function)) }
func (c *Code) I32(v int32)            { c.body = signed(append(c.body, 0x41), int64(v)) }
func (c *Code) I64(v int64)            { c.body = signed(append(c.body, 0x42), v) }

func (c *Code) F64(v float64) {
	c.body = binary.LittleEndian.AppendUint64(append(c.body, 0x44), math.Float64bits(v))
}

// Access appends a load or a store at a constant offset; alignment is only a hint, so it is never claimed.
func (c *Code) Access(op Op, offset uint32) {
	c.body = unsigned(append(c.body, byte(op), 0), uint64(offset))
}

// MemorySize pushes the memory's pages; MemoryGrow takes a number of pages and pushes the pages before, or -1.
func (c *Code) MemorySize() { c.body = append(c.body, 0x3f, 0) }
func (c *Code) MemoryGrow() { c.body = append(c.body, 0x40, 0) }

// MemoryCopy takes destination, source and size.
func (c *Code) MemoryCopy() { c.body = append(c.body, 0xfc, 10, 0, 0) }

// Block, Loop and If open a block that leaves results; Else and End belong to the innermost one.
func (c *Code) Block(results ...Value) Label { return c.open(0x02, results) }
func (c *Code) Loop(results ...Value) Label  { return c.open(0x03, results) }
func (c *Code) If(results ...Value) Label    { return c.open(0x04, results) }
func (c *Code) Else()                        { c.body = append(c.body, 0x05) }

func (c *Code) End() {
	c.depth--
	c.body = append(c.body, 0x0b)
}

func (c *Code) open(op byte, results []Value) Label {
	c.body = append(c.body, op)
	switch len(results) {
	case 0:
		c.body = append(c.body, 0x40)
	case 1:
		c.body = append(c.body, byte(results[0]))
	default:
		c.body = signed(c.body, int64(c.module.Type(nil, results)))
	}
	c.depth++
	return Label(c.depth)
}

// Branch goes to a label; BranchIf takes a condition.
func (c *Code) Branch(l Label)   { c.body = unsigned(append(c.body, 0x0c), uint64(c.depth-int(l))) }
func (c *Code) BranchIf(l Label) { c.body = unsigned(append(c.body, 0x0d), uint64(c.depth-int(l))) }

// Size is how many bytes of instructions there are so far.
func (c *Code) Size() int { return len(c.body) }

func (c *Code) bytes() []byte {
	if c.depth != 0 {
		panic("a block is not closed")
	}
	var runs [][]byte
	for i := 0; i < len(c.locals); {
		n := i
		for n < len(c.locals) && c.locals[n] == c.locals[i] {
			n++
		}
		runs = append(runs, append(unsigned(nil, uint64(n-i)), byte(c.locals[i])))
		i = n
	}
	b := unsigned(nil, uint64(len(runs)))
	for _, r := range runs {
		b = append(b, r...)
	}
	return append(append(b, c.body...), 0x0b)
}
