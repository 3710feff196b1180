package promote

import (
	"slices"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// value is what is known of an operand or a local.
type value struct {
	base int32 // one of the constants below, frame k as firstFrame + k, parameter k as -firstParam - k, several as a set
	off  int32 // bytes from the base; of a constant its value; of several the set
}

const (
	other      = 0 // anything else
	unreached  = 1
	constant   = 2
	pointer    = 3 // the stack pointer itself
	several    = 4 // one of a set of values, depending on the way that was taken
	firstFrame = 8
	firstParam = 8
)

func (v value) address() bool {
	return v.base >= firstFrame || v.base <= -firstParam || v.base == pointer
}

// use is a load or store at a place in a frame.
type use struct {
	at    int // instruction
	off   int32
	class class
	store bool
}

type frame struct {
	size    int32
	uses    []use
	blocked [][2]int32 // bytes that other code may see
	objects map[int32]int32
	params  int32 // where the parameters begin, which are above all variables; size where it is not known
	bad     bool
}

// analysis is of one function.
type analysis struct {
	m        *module
	index    int // of the body
	sig      signature
	body     []byte
	locals   []assemble.Value // types, parameters first
	list     []instruction
	frames   []frame
	frameOf  map[int]int32 // by the instruction that makes it
	sets     [][]value
	loops    map[int][]value // what branches bring to the start of a loop
	changed  bool
	bad      bool
	reach    []summary     // of parameters
	given    map[int]value // what the stack pointer is set to, by instruction
	moved    bool          // the stack pointer is moved in another way
	stack    []value
	state    []value // of locals; nil where it cannot be reached
	control  []construct
	straight int // where the instructions begin that follow each other up to here, without a branch or a call
}

type construct struct {
	op      assemble.Op
	at      int
	height  int
	results int
	params  int
	join    []value // what branches bring to its end
	start   []value // of an if
}

const maxPasses = 12

// analyse returns nil for a function that is not understood, or has no use for it.
func analyse(m *module, index int) (a *analysis) {
	a = &analysis{m: m, index: index, sig: m.types[m.functions[m.imported+index]], body: m.bodies[index], loops: map[int][]value{}, frameOf: map[int]int32{}}
	a.locals, a.list = decode(a.body, a.sig.params)
	if m.params[index] == 0 {
		m.params[index] = a.parameters()
	}
	for range maxPasses {
		a.pass()
		if a.bad {
			return nil
		}
		if !a.changed {
			return a
		}
	}
	return nil
}

// parameters finds where the parameters begin in the first frame of a function that was not optimised. Such a function begins by
// putting each in turn into its frame, from the top down.
//
//	global.get 0; i32.const 64; i32.sub; local.tee 5; global.set 0; (local.get 5; local.get 0; i32.store 60) (local.get 5; …
func (a *analysis) parameters() int32 {
	next, begin := spilled(a.list, len(a.sig.params))
	if next < 0 {
		return 1 << 30
	}
	return begin
}

// pass goes through the function once, with what is known of the starts of loops.
func (a *analysis) pass() {
	a.changed, a.stack, a.given, a.moved, a.straight = false, nil, map[int]value{}, false, 0
	for i := range a.frames {
		a.frames[i] = frame{size: a.frames[i].size, params: a.frames[i].params, objects: a.frames[i].objects}
	}
	a.reach = make([]summary, len(a.sig.params))
	a.state = make([]value, len(a.locals))
	for i, t := range a.sig.params {
		a.reach[i] = summary{known: true}
		if t == assemble.I32 {
			a.state[i] = value{base: -firstParam - int32(i)}
		}
	}
	a.control = []construct{{op: assemble.Block, results: len(a.sig.results)}}
	for i := range a.list {
		a.step(i, &a.list[i])
		switch op := a.list[i].op; op {
		case assemble.Block, assemble.Loop, assemble.If, assemble.Else, assemble.End, assemble.Br, assemble.BrIf, assemble.BrTable,
			assemble.Return, assemble.Call, assemble.CallIndirect:
			a.straight = i + 1
		}
		if a.bad {
			return
		}
	}
}

func (a *analysis) push(v value) { a.stack = append(a.stack, v) }

func (a *analysis) pop() value {
	if len(a.stack) == a.control[len(a.control)-1].height {
		if a.state != nil {
			panic("an operand is missing")
		}
		return value{}
	}
	v := a.stack[len(a.stack)-1]
	a.stack = a.stack[:len(a.stack)-1]
	return v
}

// join is what is known where two ways meet.
func (a *analysis) join(v, w value) value {
	switch {
	case v == w || w.base == unreached:
		return v
	case v.base == unreached:
		return w
	case !a.matters(v) && !a.matters(w):
		return value{}
	}
	set := slices.Clone(a.members(v))
	for _, x := range a.members(w) {
		if !slices.Contains(set, x) {
			set = append(set, x)
		}
	}
	slices.SortFunc(set, func(x, y value) int {
		if x.base != y.base {
			return int(x.base) - int(y.base)
		}
		return int(x.off) - int(y.off)
	})
	for i, s := range a.sets {
		if slices.Equal(s, set) {
			return value{several, int32(i)}
		}
	}
	a.sets = append(a.sets, set)
	return value{several, int32(len(a.sets) - 1)}
}

func (a *analysis) matters(v value) bool { return v.address() || v.base == several }

func (a *analysis) members(v value) []value {
	if v.base == several {
		return a.sets[v.off]
	}
	if !v.address() {
		return []value{{}}
	}
	return []value{v}
}

// joined is the state where two ways meet; nil is no way.
func (a *analysis) joined(s, t []value) []value {
	if s == nil {
		return slices.Clone(t)
	}
	if t == nil {
		return s
	}
	for i, v := range t {
		if s[i] != v {
			s[i] = a.join(s[i], v)
		}
	}
	return s
}

// escapes says that other code may get the address.
func (a *analysis) escapes(v value) {
	for _, v := range a.members(v) {
		switch {
		case v.base >= firstFrame:
			f := &a.frames[v.base-firstFrame]
			f.blocked = append(f.blocked, [2]int32{v.off, -1})
		case v.base <= -firstParam:
			a.reach[-firstParam-v.base].known = false
		case v.base == pointer:
			a.bad = true
		}
	}
}

// indexed says that the address is counted on from, by what is not known.
func (a *analysis) indexed(v value) {
	for _, v := range a.members(v) {
		if v.base >= firstFrame {
			a.frames[v.base-firstFrame].bad = true
		}
	}
	a.escapes(v)
}

// touches says that these bytes from the address on are loaded or stored, by other code where at is negative.
func (a *analysis) touches(v value, lo, hi int32, at int, c class, store bool) {
	for _, v := range a.members(v) {
		switch {
		case v.base >= firstFrame:
			f := &a.frames[v.base-firstFrame]
			lo, hi := int64(v.off)+int64(lo), int64(v.off)+int64(hi)
			if lo < 0 || hi > int64(f.size) {
				f.bad = true
			} else if at < 0 {
				f.blocked = append(f.blocked, [2]int32{int32(lo), int32(hi)})
			} else {
				f.uses = append(f.uses, use{at, int32(lo), c, store})
			}
		case v.base <= -firstParam:
			s := &a.reach[-firstParam-v.base]
			s.lo, s.hi = min(s.lo, v.off+lo), max(s.hi, v.off+hi)
			if v.off > 1<<20 || v.off < -1<<20 || hi > 1<<20 {
				s.known = false
			}
		case v.base == pointer:
			a.bad = true
		}
	}
}

// branch brings the state to a label.
func (a *analysis) branch(depth uint32, fallsThrough bool) {
	if a.state == nil {
		return
	}
	k := len(a.control) - 1 - int(depth)
	c := &a.control[k]
	carried := c.results
	if c.op == assemble.Loop {
		carried = c.params
	}
	floor := a.control[len(a.control)-1].height
	for i := len(a.stack) - carried; i < len(a.stack); i++ {
		if i >= floor {
			a.escapes(a.stack[i])
		}
	}
	if c.op != assemble.Loop || fallsThrough {
		c.join = a.joined(c.join, a.state)
		return
	}
	before := a.loops[c.at]
	after := a.joined(slices.Clone(before), a.state)
	if !slices.Equal(before, after) {
		a.loops[c.at] = after
		a.changed = true
	}
}
