package promote

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// Functions of the C library that are known by the SHA-256 of their bodies, and are replaced or written anew.
const (
	bodyMalloc = "5f83c56ff726139a5e6dbfbe312a341226a92bde6fb523e5bdf16e4e55e90066"
	bodyFree   = "32cbd949792fe5a944e459b931b94dd3f9b12d0f85e88ab3640d16a23abb6b81"
	bodyCopy   = "6d80ead2c3c833a4916acfc9a53164acdb1fece3b85504d5ea3ac69a01ff25ff"
	bodyFill   = "2b50d2f3e3cf2c6ea05eb87233ded6956afdcb55a0ffdf82c006f8a2ff78f96f"
)

// library is where these functions are, as indices of bodies; -1 where one is not there.
type library struct{ malloc, free, copy, fill int }

func (m *module) find() library {
	l := library{-1, -1, -1, -1}
	for i, b := range m.bodies {
		sum := sha256.Sum256(b)
		switch hex.EncodeToString(sum[:]) {
		case bodyMalloc:
			l.malloc = i
		case bodyFree:
			l.free = i
		case bodyCopy:
			l.copy = i
		case bodyFill:
			l.fill = i
		}
	}
	return l
}

// What is kept: blocks of up to 128 bytes, of which dlmalloc hands out multiples of 16 only, and of each size at most maxKept.
const (
	maxBlock = 128
	maxKept  = 1 << 15
)

// keepBlocks puts lists of free blocks before malloc and free, one for each small size. CPython for WASI is built without
// its own allocator of small objects, so that each float, int or tuple takes a walk through the C library's. A block that is
// kept is in use for the library; its first word is the next one's address.
//
// A list is two words in a table: its first block, and how many there are. The table's address is in a new global.
func (m *module) keepBlocks(l library) {
	if l.malloc < 0 || l.free < 0 {
		return
	}
	table := uint32(len(m.globals))
	m.globals = append(m.globals, append(assemble.AppendZero([]byte{byte(assemble.I32), 1}, assemble.I32), byte(assemble.End)))
	m.bodies[l.malloc], m.bodies[l.free] = takeBlock(table, m.move(l.malloc)), giveBlock(table, m.move(l.free))
}

// takeBlock is malloc.
func takeBlock(table, malloc uint32) []byte {
	const size = 0
	c := assemble.NewBody(1)
	list, block := c.Local(assemble.I32), c.Local(assemble.I32)
	none := c.Block()
	c.Get(size)
	c.I32(maxBlock - 4) // a block's first word is its size
	c.Op(assemble.I32GtU)
	c.BranchIf(none)
	c.GetGlobal(table)
	c.Op(assemble.I32Eqz)
	c.BranchIf(none)
	c.GetGlobal(table)
	c.Get(size)
	c.I32(19) // rounds the size and that word up
	c.Op(assemble.I32Add)
	entry(c)
	c.Tee(list)
	c.Access(assemble.I32Load, 0)
	c.Tee(block)
	c.Op(assemble.I32Eqz)
	c.BranchIf(none)
	c.Get(list)
	c.Get(block)
	c.Access(assemble.I32Load, 0)
	c.Access(assemble.I32Store, 0)
	count(c, list, assemble.I32Sub)
	c.Get(block)
	c.Op(assemble.Return)
	c.End()

	const bytes = maxBlock/16*8 + 8
	c.GetGlobal(table)
	c.Op(assemble.I32Eqz)
	c.If()
	c.I32(bytes)
	c.Call(malloc)
	c.Tee(list)
	c.SetGlobal(table)
	c.Get(list)
	c.If()
	c.Get(list)
	c.I32(0)
	c.I32(bytes)
	c.MemoryFill()
	c.End()
	c.End()
	c.Get(size)
	c.Call(malloc)
	return c.Bytes()
}

// giveBlock is free.
func giveBlock(table, free uint32) []byte {
	const block = 0
	c := assemble.NewBody(1)
	list := c.Local(assemble.I32)
	over := c.Block()
	c.Get(block)
	c.Op(assemble.I32Eqz)
	c.BranchIf(over)
	c.GetGlobal(table)
	c.Op(assemble.I32Eqz)
	c.BranchIf(over)
	c.Get(block)
	c.I32(4)
	c.Op(assemble.I32Sub)
	c.Access(assemble.I32Load, 0)
	c.Tee(list)
	c.I32(maxBlock + 15) // its low bits are flags
	c.Op(assemble.I32GtU)
	c.BranchIf(over)
	c.GetGlobal(table)
	c.Get(list)
	entry(c)
	c.Tee(list)
	c.Access(assemble.I32Load, 4)
	c.I32(maxKept)
	c.Op(assemble.I32GeU)
	c.BranchIf(over)
	count(c, list, assemble.I32Add)
	c.Get(block)
	c.Get(list)
	c.Access(assemble.I32Load, 0)
	c.Access(assemble.I32Store, 0)
	c.Get(list)
	c.Get(block)
	c.Access(assemble.I32Store, 0)
	c.Op(assemble.Return)
	c.End()
	c.Get(block)
	c.Call(free)
	return c.Bytes()
}

// entry takes the table and a size in bytes, and leaves the address of the list for that size.
func entry(c *assemble.Code) {
	c.I32(1)
	c.Op(assemble.I32ShrU)
	c.I32(0x78) // a multiple of 8, up to maxBlock / 2
	c.Op(assemble.I32And, assemble.I32Add)
}

// count adds 1 to the blocks of a list, or takes it away.
func count(c *assemble.Code, list uint32, op assemble.Op) {
	c.Get(list)
	c.Get(list)
	c.Access(assemble.I32Load, 4)
	c.I32(1)
	c.Op(op)
	c.Access(assemble.I32Store, 4)
}

// moveBytes puts before memcpy and memset, which go on by bytes and words, what does the common sizes at once.
func (m *module) moveBytes(l library) {
	const to, from, size = 0, 1, 2
	if l.copy >= 0 {
		c := assemble.NewBody(3)
		c.Get(size)
		c.I32(16)
		c.Op(assemble.I32GtU)
		c.If()
		c.Get(to)
		c.Get(from)
		c.Get(size)
		c.MemoryCopy()
		c.Get(to)
		c.Op(assemble.Return)
		c.End()
		for _, w := range []struct {
			load, store assemble.Op
			width, most int32
		}{{assemble.I64Load, assemble.I64Store, 8, 16}, {assemble.I32Load, assemble.I32Store, 4, 7}} {
			c.Get(size)
			c.I32(w.width)
			c.Op(assemble.I32Sub)
			c.I32(w.most - w.width)
			c.Op(assemble.I32LeU)
			c.If()
			c.Get(to) // the first bytes and the last, which may be some of the same
			c.Get(from)
			c.Access(w.load, 0)
			last(c, to, size, w.width)
			last(c, from, size, w.width)
			c.Access(w.load, 0)
			c.Access(w.store, 0)
			c.Access(w.store, 0)
			c.Get(to)
			c.Op(assemble.Return)
			c.End()
		}
		m.begin(l.copy, c)
	}
	if l.fill >= 0 {
		c := assemble.NewBody(3)
		c.Get(size)
		c.I32(32)
		c.Op(assemble.I32GtU)
		c.If()
		c.Get(to)
		c.Get(from) // the byte
		c.Get(size)
		c.MemoryFill()
		c.Get(to)
		c.Op(assemble.Return)
		c.End()
		m.begin(l.fill, c)
	}
}

// last leaves where the last bytes begin of those that begin at an address.
func last(c *assemble.Code, address, size uint32, width int32) {
	c.Get(address)
	c.Get(size)
	c.Op(assemble.I32Add)
	c.I32(width)
	c.Op(assemble.I32Sub)
}

// begin has a function begin with instructions that need no local variables of their own.
func (m *module) begin(body int, c *assemble.Code) {
	b := m.bodies[body]
	_, list := decode(b, m.types[m.functions[m.imported+body]].params)
	first, more := list[0].start, c.Bytes()
	m.bodies[body] = slices.Concat(b[:first], more[1:len(more)-1], b[first:]) // without its count of locals and its end
}

// move gives a body a new index, which it returns, and leaves room for another in its place.
func (m *module) move(body int) (index uint32) {
	m.functions = append(m.functions, m.functions[m.imported+body])
	m.bodies = append(m.bodies, m.bodies[body])
	return uint32(len(m.functions) - 1)
}
