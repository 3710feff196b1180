package wasm

// batchRows is how many rows a driver loops over in one call.
const batchRows = 8192

// layout places the columns of a batch in a block of memory, at constant offsets so that the compiler can fold them. A
// column has room for batchRows values of 16 bytes (wide and block), 8 bytes (int, float, text slots of pointer and length), 4
// bytes (bool, date, handles, the result's presence) or 1 byte (the presence of an argument, and the mask of rows to call).
type layout struct {
	params        []uint32
	present       []uint32 // of optional parameters
	result        uint32
	resultPresent uint32
	mask          uint32
	size          uint32
}

func width(v value) uint32 {
	switch {
	case v.form == nothing:
		return 0
	case v.form == wide, v.form == block:
		return 16
	case v.form == text, v.choices()[0] != typeI32:
		return 8
	}
	return 4
}

func place(a *abi) layout {
	var l layout
	column := func(w uint32) uint32 {
		at := l.size
		l.size += w * batchRows
		return at
	}
	for _, p := range a.params {
		l.params = append(l.params, column(width(p)))
		at := uint32(0)
		if p.optional {
			at = column(1)
		}
		l.present = append(l.present, at)
	}
	l.result = column(width(a.result))
	if a.result.optional {
		l.resultPresent = column(4)
	}
	l.mask = column(1)
	return l
}

// Names by which a driver and the host know each other's parts.
const (
	userModule  = "user" // what drivers import from
	exportRun   = "run"
	exportMask  = "run_masked"
	exportRow   = "row"
	exportTable = "memory"
)

// Locals of the loop.
const (
	localBase uint32 = iota // parameter: where the batch's block lies
	localRows               // parameter: how many rows
	localRow
	localBy8 // base + 8 * row
	localBy4 // base + 4 * row
)

// driver returns a module that exports run(base, rows), which calls the user's function entry for every row,
// run_masked, which leaves out rows whose mask byte is 0, and the global row, which after a trap tells where it was. The
// driver owns its memory unless arguments must lie in the module's.
//
// Where the engine checks in every round of every loop whether it has to stop, unrolling makes the driver's checks few.
func driver(a *abi, l layout, entry string, unroll int32) []byte {
	params, results := a.signature(value.bound)
	b := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	sigs := signature(nil, params, results)
	sigs = signature(sigs, []byte{typeI32, typeI32}, nil)
	b = section(b, 1, 2, sigs)

	imports := append(name(name(nil, userModule), entry), 0x00, 0)
	if a.inGuest() {
		imports = append(name(name(imports, userModule), exportTable), 0x02, 0x00, 0)
		b = section(b, 2, 2, imports)
	} else {
		b = section(b, 2, 1, imports)
	}
	b = section(b, 3, 2, []byte{1, 1})
	if !a.inGuest() {
		pages := (l.size + 65535) / 65536
		b = section(b, 5, 1, unsigned(unsigned([]byte{0x01}, pages), pages))
	}
	b = section(b, 6, 1, []byte{typeI32, 0x01, opI32Const, 0, opEnd})
	exports := append(name(nil, exportRun), 0x00, 1)
	exports = append(name(exports, exportMask), 0x00, 2)
	exports = append(name(exports, exportRow), 0x03, 0)
	exports = append(name(exports, exportTable), 0x02, 0)
	b = section(b, 7, 4, exports)

	var bodies []byte
	for _, masked := range []bool{false, true} {
		body := append([]byte{1, 3, typeI32}, loop(a, l, unroll, masked)...) // three locals of i32
		bodies = append(unsigned(bodies, uint32(len(body))), body...)
	}
	return section(b, 10, 2, bodies)
}

// loop is the body of run and run_masked: rounds of unroll rows, then the rest one by one.
func loop(a *abi, l layout, unroll int32, masked bool) []byte {
	var c code
	for _, local := range []uint32{localBy8, localBy4} {
		c.get(localBase)
		c.set(local)
	}
	for _, rows := range []int32{unroll, 1} {
		c.op(opBlock, voidBlock, opLoop, voidBlock)
		c.get(localRow)
		c.i32(rows - 1)
		c.op(opI32Add)
		c.get(localRows)
		c.op(opI32GeU)
		c.branch(opBrIf, 1)
		for range rows {
			oneRow(&c, a, l, masked)
		}
		c.branch(opBr, 0)
		c.op(opEnd, opEnd)
		if unroll == 1 {
			break
		}
	}
	c.op(opEnd)
	return c
}

// oneRow calls the function for a row unless the mask leaves it out, and goes on to the next.
func oneRow(c *code, a *abi, l layout, masked bool) {
	if masked {
		c.op(opBlock, voidBlock)
		c.get(localBase)
		c.get(localRow)
		c.op(opI32Add)
		c.access(opI32Load8U, l.mask)
		c.op(opI32Eqz)
		c.branch(opBrIf, 0)
	}
	c.get(localRow)
	c.op(opGlobalSet, 0)
	callRow(c, a, l)
	if masked {
		c.op(opEnd)
	}
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

// callRow loads the arguments of the row, calls the function and stores its result.
func callRow(c *code, a *abi, l layout) {
	cursor := func(v value) {
		switch width(v) {
		case 16: // base + 16 * row
			c.get(localBy8)
			c.get(localBy8)
			c.op(opI32Add)
			c.get(localBase)
			c.op(opI32Sub)
		case 8:
			c.get(localBy8)
		default:
			c.get(localBy4)
		}
	}
	address := func(v value, at uint32) {
		cursor(v)
		c.i32(int32(at))
		c.op(opI32Add)
	}
	switch {
	case a.result.behind():
		address(a.result, l.result)
	case a.result.form != nothing:
		cursor(a.result) // the address of the store below
	}
	for i, p := range a.params {
		at := l.params[i]
		if p.form == block {
			address(p, at)
		} else {
			cursor(p)
		}
		switch {
		case p.form == block:
		case p.form == text:
			c.access(opI32Load, at)
			cursor(p)
			c.access(opI32Load, at+4)
		case p.form == wide:
			c.access(opI64Load, at)
			cursor(p)
			c.access(opI64Load, at+8)
		case p.wasm == typeF64:
			c.access(opF64Load, at)
		case p.wasm == typeF32:
			c.access(opF64Load, at)
			c.op(opF32Demote)
		case p.wasm == typeI64:
			c.access(opI64Load, at)
		case width(p) == 8: // an int that the module takes as i32
			c.access(opI64Load, at)
			c.op(opI32Wrap)
		default:
			c.access(opI32Load, at)
		}
		if p.optional {
			c.get(localBase)
			c.get(localRow)
			c.op(opI32Add)
			c.access(opI32Load8U, l.present[i])
		}
	}
	if a.result.optional {
		c.get(localBy4)
		c.i32(int32(l.resultPresent))
		c.op(opI32Add)
	}
	c.call(0)
	r := a.result
	switch {
	case r.form == nothing || r.behind():
	case r.form == text || r.wasm == typeI64:
		c.access(opI64Store, l.result)
	case r.wasm == typeF64:
		c.access(opF64Store, l.result)
	case r.wasm == typeF32:
		c.op(opF64Promot)
		c.access(opF64Store, l.result)
	case width(r) == 8:
		c.op(opI64Extend)
		c.access(opI64Store, l.result)
	default:
		c.access(opI32Store, l.result)
	}
}
