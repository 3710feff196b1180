package wasm

import (
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

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
	case v.form == text, v.choices()[0] != assemble.I32:
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

// Locals of the loop. The cursors are where row 0 of the round lies in a column of that width, less the column's offset.
const (
	localBase uint32 = iota // parameter: where the batch's block lies
	localRows               // parameter: how many rows
	localRow
	localBy8 // base + 8 * row
	localBy4
	localBy16 // this and the next only in loops of ours
	localBy1
	localFirst // of an inlined function
)

// cursors are the locals that walk along columns, with their steps.
var cursors = []struct {
	local uint32
	by    uint32
}{{localBy16, 16}, {localBy8, 8}, {localBy4, 4}, {localBy1, 1}}

// maxRound bounds the code of one round of the loop, in bytes of inlined bodies.
const maxRound = 4 << 10

// plan is what a driver is made of.
type plan struct {
	abi    *abi
	layout layout
	entry  string
	unroll uint32   // rows of a round
	body   *inlined // nil: the function is called
	used   uint32   // bit w: some column has the width w
	few    bool     // of the cursors there are only those by 8 and by 4

	function uint32 // that is called, where it is imported
	row      uint32 // the global that tells the row
}

// driver returns a module that exports run(base, rows), which calls the user's function entry for every row,
// run_masked, which leaves out rows whose mask byte is 0, and the global row, which after a trap tells where it was. The
// driver owns its memory unless arguments must lie in the module's. A function that can be inlined is (inline.go).
//
// Rounds of several rows have what costs in every round only once: checks of bounds, and where the engine checks in every
// round of every loop whether it has to stop, those.
func driver(a *abi, l layout, entry string, user *sections) []byte {
	d := &plan{abi: a, layout: l, entry: entry, unroll: 16}
	if body, ok := inlineBody(user, user.exports[entry]); ok && !a.inGuest() && a.result.form == number {
		d.body = body
		d.unroll = max(1, min(d.unroll, maxRound/uint32(len(body.code)+1)))
	}
	for _, p := range a.params {
		d.used |= 1 << width(p)
		if p.optional {
			d.used |= 1 << 1
		}
	}
	d.used |= 1 << width(a.result)
	if a.result.optional {
		d.used |= 1 << 4
	}
	return d.module()
}

func (d *plan) module() []byte {
	a := d.abi
	m := &assemble.Module{}
	params, results := a.signature(value.bound)
	d.function = m.Import(userModule, d.entry, params, results)
	if a.inGuest() {
		m.ImportMemory(userModule)
	} else {
		pages := (d.layout.size + 65535) / 65536
		m.Memory(pages, pages)
	}
	d.row = m.Global(assemble.I32)
	m.ExportGlobal(exportRow, d.row)
	for _, masked := range []bool{false, true} {
		c := m.Function([]assemble.Value{assemble.I32, assemble.I32}, nil)
		for local := localRow; local < localFirst; local++ {
			c.Local(assemble.I32)
		}
		if d.body != nil {
			for _, t := range append(slices.Clone(d.body.params), d.body.locals...) {
				c.Local(t)
			}
		}
		d.loop(c, masked)
		if masked {
			m.Export(exportMask, c)
		} else {
			m.Export(exportRun, c)
		}
	}
	return m.Bytes()
}

// loop is the body of run and run_masked: rounds of unroll rows, then the rest one by one.
func (d *plan) loop(c *assemble.Code, masked bool) {
	for _, cursor := range cursors {
		c.Get(localBase)
		c.Set(cursor.local)
	}
	for _, rows := range []uint32{d.unroll, 1} {
		done, next := c.Block(), c.Loop()
		c.Get(localRow)
		c.I32(int32(rows - 1))
		c.Op(assemble.I32Add)
		c.Get(localRows)
		c.Op(assemble.I32GeU)
		c.BranchIf(done)
		if d.body != nil {
			d.checkBounds(c, rows)
		}
		for k := range rows {
			d.oneRow(c, k, masked)
		}
		d.advance(c, rows, masked)
		c.Branch(next)
		c.End()
		c.End()
		if d.unroll == 1 {
			break
		}
	}
}

// checkBounds reads the last byte of a round that lies behind each cursor: what lies before it is then known to be in memory.
func (d *plan) checkBounds(c *assemble.Code, rows uint32) {
	for _, cursor := range cursors {
		last := uint32(0)
		reach := func(at, w uint32) {
			if w == cursor.by {
				last = max(last, at+w*rows-1)
			}
		}
		for i, p := range d.abi.params {
			reach(d.layout.params[i], width(p))
			if p.optional {
				reach(d.layout.present[i], 1)
			}
		}
		reach(d.layout.result, width(d.abi.result))
		if last > 0 {
			c.Get(cursor.local)
			c.Access(assemble.I32Load8U, last)
			c.Op(assemble.Drop)
		}
	}
}

// advance goes on by rows.
func (d *plan) advance(c *assemble.Code, rows uint32, masked bool) {
	step := func(local, by uint32) {
		c.Get(local)
		c.I32(int32(by))
		c.Op(assemble.I32Add)
		c.Set(local)
	}
	step(localRow, rows)
	for _, cursor := range cursors {
		if d.used&(1<<cursor.by) != 0 || masked && cursor.by == 1 {
			step(cursor.local, cursor.by*rows)
		}
	}
}

// oneRow calls the function for row k of the round, unless the mask leaves it out.
func (d *plan) oneRow(c *assemble.Code, k uint32, masked bool) {
	if masked {
		leftOut := c.Block()
		c.Get(localBy1)
		c.Access(assemble.I32Load8U, d.layout.mask+k)
		c.Op(assemble.I32Eqz)
		c.BranchIf(leftOut)
	}
	if d.body == nil || d.body.traps { // only then is anybody going to ask
		c.Get(localRow)
		if k > 0 {
			c.I32(int32(k))
			c.Op(assemble.I32Add)
		}
		c.SetGlobal(d.row)
	}
	d.callRow(c, k)
	if masked {
		c.End()
	}
}

// callRow loads the arguments of row k of the round, calls the function and stores its result.
func (d *plan) callRow(c *assemble.Code, k uint32) {
	a, l := d.abi, d.layout
	cursor := func(v value) { d.cursor(c, width(v)) }
	result := l.result + k*width(a.result)
	address := func(v value, at uint32) {
		cursor(v)
		c.I32(int32(at))
		c.Op(assemble.I32Add)
	}
	switch {
	case a.result.behind():
		address(a.result, result)
	case a.result.form != nothing:
		cursor(a.result) // the address of the store below
	}
	for i, p := range a.params {
		at := l.params[i] + k*width(p)
		if p.form == block {
			address(p, at)
		} else {
			cursor(p)
		}
		switch {
		case p.form == block:
		case p.form == text:
			c.Access(assemble.I32Load, at)
			cursor(p)
			c.Access(assemble.I32Load, at+4)
		case p.form == wide:
			c.Access(assemble.I64Load, at)
			cursor(p)
			c.Access(assemble.I64Load, at+8)
		case p.wasm == assemble.F64:
			c.Access(assemble.F64Load, at)
		case p.wasm == assemble.F32:
			c.Access(assemble.F64Load, at)
			c.Op(assemble.F32DemoteF64)
		case p.wasm == assemble.I64:
			c.Access(assemble.I64Load, at)
		case width(p) == 8: // an int that the module takes as i32
			c.Access(assemble.I64Load, at)
			c.Op(assemble.I32WrapI64)
		default:
			c.Access(assemble.I32Load, at)
		}
		if p.optional {
			d.cursor(c, 1)
			c.Access(assemble.I32Load8U, l.present[i]+k)
		}
	}
	if a.result.optional {
		c.Get(localBy4)
		c.I32(int32(l.resultPresent + 4*k))
		c.Op(assemble.I32Add)
	}
	if d.body != nil {
		d.body.write(c, localFirst, a.result.wasm)
	} else {
		c.Call(d.function)
	}
	r := a.result
	switch {
	case r.form == nothing || r.behind():
	case r.form == text || r.wasm == assemble.I64:
		c.Access(assemble.I64Store, result)
	case r.wasm == assemble.F64:
		c.Access(assemble.F64Store, result)
	case r.wasm == assemble.F32:
		c.Op(assemble.F64PromoteF32)
		c.Access(assemble.F64Store, result)
	case width(r) == 8:
		c.Op(assemble.I64ExtendI32S)
		c.Access(assemble.I64Store, result)
	default:
		c.Access(assemble.I32Store, result)
	}
}

// cursor pushes the place of row 0 of the round in a column of a width, less the column's offset.
func (d *plan) cursor(c *assemble.Code, width uint32) {
	switch {
	case width == 16 && d.few:
		c.Get(localBy8)
		c.Get(localBy8)
		c.Op(assemble.I32Add)
		c.Get(localBase)
		c.Op(assemble.I32Sub)
	case width == 16:
		c.Get(localBy16)
	case width == 8:
		c.Get(localBy8)
	case width == 1 && d.few:
		c.Get(localBase)
		c.Get(localRow)
		c.Op(assemble.I32Add)
	case width == 1:
		c.Get(localBy1)
	default:
		c.Get(localBy4)
	}
}
