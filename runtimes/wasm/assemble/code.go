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

// NewBody returns the body of a function with these many parameters that belongs to no Module, for those who write a part of one
// themselves. Its blocks have one result at most.
func NewBody(params int) *Code { return &Code{params: params} }

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
		if op > 0xff {
			c.body = append(c.body, byte(op>>8))
		}
		c.body = append(c.body, byte(op))
	}
}

func (c *Code) Get(local uint32)       { c.index(LocalGet, local) }
func (c *Code) Set(local uint32)       { c.index(LocalSet, local) }
func (c *Code) Tee(local uint32)       { c.index(LocalTee, local) }
func (c *Code) GetGlobal(index uint32) { c.index(GlobalGet, index) }
func (c *Code) SetGlobal(index uint32) { c.index(GlobalSet, index) }
func (c *Code) Call(function uint32)   { c.index(Call, function) }
func (c *Code) I32(v int32)            { c.body = AppendSigned(append(c.body, byte(I32Const)), int64(v)) }
func (c *Code) I64(v int64)            { c.body = AppendSigned(append(c.body, byte(I64Const)), v) }

func (c *Code) index(op Op, v uint32) { c.body = unsigned(append(c.body, byte(op)), v) }

// Zero pushes the zero of a type.
func (c *Code) Zero(v Value) { c.body = AppendZero(c.body, v) }

// Raw appends instructions in the binary format, in which every block that is opened is closed.
func (c *Code) Raw(instructions ...byte) { c.body = append(c.body, instructions...) }

func (c *Code) F64(v float64) {
	c.body = binary.LittleEndian.AppendUint64(append(c.body, byte(F64Const)), math.Float64bits(v))
}

// Access appends a load or a store at a constant offset; alignment is only a hint, so it is never claimed.
func (c *Code) Access(op Op, offset uint32) {
	c.body = unsigned(append(c.body, byte(op), 0), offset)
}

// MemorySize pushes the memory's pages; MemoryGrow takes a number of pages and pushes the pages before, or -1.
func (c *Code) MemorySize() { c.body = append(c.body, byte(MemorySize), 0) }
func (c *Code) MemoryGrow() { c.body = append(c.body, byte(MemoryGrow), 0) }

// MemoryCopy takes destination, source and size.
func (c *Code) MemoryCopy() {
	c.Op(MemoryCopy)
	c.Raw(0, 0)
}

// MemoryFill takes destination, byte and size.
func (c *Code) MemoryFill() {
	c.Op(MemoryFill)
	c.Raw(0)
}

// Block, Loop and If open a block that leaves results; Else and End belong to the innermost one.
func (c *Code) Block(results ...Value) Label { return c.open(Block, results) }
func (c *Code) Loop(results ...Value) Label  { return c.open(Loop, results) }
func (c *Code) If(results ...Value) Label    { return c.open(If, results) }
func (c *Code) Else()                        { c.body = append(c.body, byte(Else)) }

func (c *Code) End() {
	c.depth--
	c.body = append(c.body, byte(End))
}

func (c *Code) open(op Op, results []Value) Label {
	c.body = append(c.body, byte(op))
	switch len(results) {
	case 0:
		c.body = append(c.body, VoidBlock)
	case 1:
		c.body = append(c.body, byte(results[0]))
	default:
		c.body = AppendSigned(c.body, int64(c.module.Type(nil, results)))
	}
	c.depth++
	return Label(c.depth)
}

// Branch goes to a label; BranchIf takes a condition.
func (c *Code) Branch(l Label)   { c.index(Br, uint32(c.depth-int(l))) }
func (c *Code) BranchIf(l Label) { c.index(BrIf, uint32(c.depth-int(l))) }

// Size is how many bytes of instructions there are so far.
func (c *Code) Size() int { return len(c.body) }

// Bytes returns the body in the binary format: its local variables, its instructions, and the end.
func (c *Code) Bytes() []byte {
	if c.depth != 0 {
		panic("a block is not closed")
	}
	return append(append(AppendLocals(nil, c.locals), c.body...), byte(End))
}
