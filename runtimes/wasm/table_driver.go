package wasm

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
	b := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	i32s := func(n int) []byte {
		ts := make([]byte, n)
		for i := range ts {
			ts[i] = typeI32
		}
		return ts
	}
	sigs := signature(nil, params, results)
	sigs = signature(sigs, i32s(2), i32s(1))
	sigs = signature(sigs, i32s(1), nil)
	sigs = signature(sigs, i32s(7), i32s(1))
	b = section(b, 1, 4, sigs)
	var imports []byte
	for i, part := range []string{partOpen, partNext, partClose} {
		imports = append(name(name(imports, userModule), t.open.entry+part), 0x00, byte(i))
	}
	imports = append(name(name(imports, userModule), exportTable), 0x02, 0x00, 0)
	b = section(b, 2, 4, imports)
	b = section(b, 3, 1, []byte{3})
	var globals []byte
	for range 3 {
		globals = append(globals, typeI32, 0x01, opI32Const, 0, opEnd)
	}
	b = section(b, 6, 3, globals)
	exports := append(name(nil, exportFill), 0x00, 3)
	exports = append(name(exports, exportRow), 0x03, globalRow)
	exports = append(name(exports, exportCursor), 0x03, globalCursor)
	exports = append(name(exports, exportOpen), 0x03, globalOpen)
	b = section(b, 7, 4, exports)
	body := append([]byte{1, 5, typeI32}, fill(t)...)
	return section(b, 10, 1, append(unsigned(nil, uint32(len(body))), body...))
}

func fill(t *tableRoutine) []byte {
	var c code
	nextRow := func() {
		for _, step := range []struct {
			local uint32
			by    int32
		}{{localRow, 1}, {localBy8, 8}, {localBy4, 4}} {
			c.get(step.local)
			c.i32(step.by)
			c.op(opI32Add)
			c.set(step.local)
		}
	}
	c.op(opBlock, voidBlock, opLoop, voidBlock)

	c.op(opGlobalGet, globalOpen, opI32Eqz, opIf, voidBlock)
	c.get(localRow)
	c.get(localRows)
	c.op(opI32GeU)
	c.branch(opBrIf, 2)
	c.get(localBase)
	c.get(localRow)
	c.op(opI32Add)
	c.access(opI32Load8U, t.open.layout.mask)
	c.op(opI32Eqz, opIf, voidBlock)
	nextRow()
	c.branch(opBr, 2)
	c.op(opEnd)
	c.get(localRow)
	c.op(opGlobalSet, globalRow)
	(&plan{abi: t.open.abi, layout: t.open.layout, few: true}).callRow(&c, 0)
	c.get(localBy4)
	c.access(opI32Load, t.open.layout.result)
	c.op(opGlobalSet, globalCursor)
	c.i32(1)
	c.op(opGlobalSet, globalOpen)
	c.op(opEnd)

	c.get(localCount)
	c.get(localMost)
	c.op(opI32GeU)
	c.branch(opBrIf, 1)
	c.get(localCount)
	c.i32(int32(t.row))
	c.op(opI32Mul)
	c.get(localOut)
	c.op(opI32Add)
	c.set(localAt)
	c.op(opGlobalGet, globalCursor)
	c.get(localAt)
	c.call(callNext)
	c.op(opI32Eqz, opIf, voidBlock)
	c.op(opGlobalGet, globalCursor)
	c.call(callClose)
	c.i32(0)
	c.op(opGlobalSet, globalOpen)
	nextRow()
	c.branch(opBr, 1)
	c.op(opEnd)

	c.get(localCount) // which row of the call it belongs to
	c.i32(2)
	c.op(opI32Shl)
	c.get(localOut)
	c.op(opI32Add)
	c.get(localRow)
	c.access(opI32Store, tableRows*t.row)
	c.get(localCount)
	c.i32(1)
	c.op(opI32Add)
	c.set(localCount)
	for i, v := range t.fields {
		if v.form == text {
			copyText(&c, t, t.slots[i], v.optional)
		}
	}
	c.get(localStop)
	c.branch(opBrIf, 1)
	c.branch(opBr, 0)
	c.op(opEnd, opEnd)
	c.get(localRow)
	c.op(opGlobalSet, globalRow)
	c.get(localCount)
	c.op(opEnd)
	return c
}

// copyText copies the text whose pointer and length are at a slot of the row, and lets the slot point to the copy.
func copyText(c *code, t *tableRoutine, slot uint32, optional bool) {
	if optional {
		c.get(localAt)
		c.access(opI32Load, slot+8)
		c.op(opIf, voidBlock)
	}
	c.get(localAt)
	c.access(opI32Load, slot+4)
	c.set(localSize)
	c.get(localSize)
	c.i32(tableText)
	c.get(localUsed)
	c.op(opI32Sub, opI32GtU, opIf, voidBlock)
	c.i32(1)
	c.set(localStop)
	c.op(opElse)
	destination := func() {
		c.get(localOut)
		c.get(localUsed)
		c.op(opI32Add)
		c.i32(int32(tableRows * (t.row + 4)))
		c.op(opI32Add)
	}
	destination()
	c.get(localAt)
	c.access(opI32Load, slot)
	c.get(localSize)
	c.op(opPrefix, opMemoryCopy, 0, 0)
	c.get(localAt)
	destination()
	c.access(opI32Store, slot)
	c.get(localUsed)
	c.get(localSize)
	c.op(opI32Add)
	c.set(localUsed)
	c.op(opEnd)
	if optional {
		c.op(opEnd)
	}
}
