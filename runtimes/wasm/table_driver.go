package wasm

import (
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// What the driver of a table function exports beside row and memory.
const (
	exportFill   = "fill"
	exportCursor = "cursor"
	exportOpen   = "open"
)

// Globals of the driver of a table function.
const (
	globalRow    = iota // of the call: the one that is being read
	globalCursor        // of that row
	globalOpen          // 1 while there is a cursor
)

// Locals of fill. The first five are those that callRow works on.
const (
	localOut   = 5 + iota // parameter: where rows go
	localMost             // parameter: how many at most
	localCount            // rows written
	localAt               // where the next row goes
	localUsed             // bytes of text written
	localSize             // of the text at hand
	localStop             // 1 where the text of a row did not fit
)

// Functions that the driver imports.
const (
	callOpen = iota
	callNext
	callClose
)

// tableDriver returns a module that exports fill(base, rows, row, base + 8 * row, base + 4 * row, out, most) -> count. It goes on
// where the last call stopped: opens a cursor for each row of the arguments that the mask does not leave out, asks it for rows until
// there are no more, and closes it. The text of a row is copied behind the rows, because the module may use its place again for the
// next one; where it does not fit, fill returns, and the host reads that row's text where the module has it.
func tableDriver(t *tableRoutine) []byte {
	params, results := t.open.abi.signature(value.bound)
	i32s := func(n int) []assemble.Value { return slices.Repeat([]assemble.Value{assemble.I32}, n) }
	m := &assemble.Module{}
	m.Import(userModule, t.open.entry+partOpen, params, results)
	m.Import(userModule, t.open.entry+partNext, i32s(2), i32s(1))
	m.Import(userModule, t.open.entry+partClose, i32s(1), nil)
	m.ImportMemory(userModule)
	for _, name := range []string{exportRow, exportCursor, exportOpen} {
		m.ExportGlobal(name, m.Global(assemble.I32))
	}
	c := m.Function(i32s(7), i32s(1))
	for local := localCount; local <= localStop; local++ {
		c.Local(assemble.I32)
	}
	fill(c, t)
	m.Export(exportFill, c)
	return m.Bytes()
}

func fill(c *assemble.Code, t *tableRoutine) {
	nextRow := func() {
		for _, step := range []struct {
			local uint32
			by    int32
		}{{localRow, 1}, {localBy8, 8}, {localBy4, 4}} {
			c.Get(step.local)
			c.I32(step.by)
			c.Op(assemble.I32Add)
			c.Set(step.local)
		}
	}
	done, again := c.Block(), c.Loop()

	c.GetGlobal(globalOpen)
	c.Op(assemble.I32Eqz)
	c.If()
	c.Get(localRow)
	c.Get(localRows)
	c.Op(assemble.I32GeU)
	c.BranchIf(done)
	c.Get(localBase)
	c.Get(localRow)
	c.Op(assemble.I32Add)
	c.Access(assemble.I32Load8U, t.open.layout.mask)
	c.Op(assemble.I32Eqz)
	c.If()
	nextRow()
	c.Branch(again)
	c.End()
	c.Get(localRow)
	c.SetGlobal(globalRow)
	(&plan{abi: t.open.abi, layout: t.open.layout, few: true, function: callOpen}).callRow(c, 0)
	c.Get(localBy4)
	c.Access(assemble.I32Load, t.open.layout.result)
	c.SetGlobal(globalCursor)
	c.I32(1)
	c.SetGlobal(globalOpen)
	c.End()

	c.Get(localCount)
	c.Get(localMost)
	c.Op(assemble.I32GeU)
	c.BranchIf(done)
	c.Get(localCount)
	c.I32(int32(t.row))
	c.Op(assemble.I32Mul)
	c.Get(localOut)
	c.Op(assemble.I32Add)
	c.Set(localAt)
	c.GetGlobal(globalCursor)
	c.Get(localAt)
	c.Call(callNext)
	c.Op(assemble.I32Eqz)
	c.If()
	c.GetGlobal(globalCursor)
	c.Call(callClose)
	c.I32(0)
	c.SetGlobal(globalOpen)
	nextRow()
	c.Branch(again)
	c.End()

	c.Get(localCount) // which row of the call it belongs to
	c.I32(2)
	c.Op(assemble.I32Shl)
	c.Get(localOut)
	c.Op(assemble.I32Add)
	c.Get(localRow)
	c.Access(assemble.I32Store, tableRows*t.row)
	c.Get(localCount)
	c.I32(1)
	c.Op(assemble.I32Add)
	c.Set(localCount)
	for i, v := range t.fields {
		if v.form == text {
			copyText(c, t, t.slots[i], v.optional)
		}
	}
	c.Get(localStop)
	c.BranchIf(done)
	c.Branch(again)
	c.End()
	c.End()
	c.Get(localRow)
	c.SetGlobal(globalRow)
	c.Get(localCount)
}

// copyText copies the text whose pointer and length are at a slot of the row, and lets the slot point to the copy.
func copyText(c *assemble.Code, t *tableRoutine, slot uint32, optional bool) {
	if optional {
		c.Get(localAt)
		c.Access(assemble.I32Load, slot+8)
		c.If()
	}
	c.Get(localAt)
	c.Access(assemble.I32Load, slot+4)
	c.Set(localSize)
	c.Get(localSize)
	c.I32(tableText)
	c.Get(localUsed)
	c.Op(assemble.I32Sub, assemble.I32GtU)
	c.If()
	c.I32(1)
	c.Set(localStop)
	c.Else()
	destination := func() {
		c.Get(localOut)
		c.Get(localUsed)
		c.Op(assemble.I32Add)
		c.I32(int32(tableRows * (t.row + 4)))
		c.Op(assemble.I32Add)
	}
	destination()
	c.Get(localAt)
	c.Access(assemble.I32Load, slot)
	c.Get(localSize)
	c.MemoryCopy()
	c.Get(localAt)
	destination()
	c.Access(assemble.I32Store, slot)
	c.Get(localUsed)
	c.Get(localSize)
	c.Op(assemble.I32Add)
	c.Set(localUsed)
	c.End()
	if optional {
		c.End()
	}
}
