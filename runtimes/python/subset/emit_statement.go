package subset

import "github.com/dreamql/dreamql/runtimes/wasm/assemble"

// block reports whether what follows it can be reached, as inferrer.block does.
func (e *emitter) block(list []statement) bool {
	for _, s := range list {
		if e.build.size+e.Size() > e.limit {
			refuse(s.at(), "the function is too large to be compiled")
		}
		if !e.statement(s) {
			return false
		}
	}
	return true
}

func (e *emitter) statement(s statement) bool {
	switch s := s.(type) {
	case *assign:
		e.assignment(s)
	case *augment:
		e.expression(s.value)
		e.assign(s.name, e.b.types[s.value])
	case *branch:
		e.truth(s.test)
		e.If()
		then := e.block(s.then)
		other := true
		if s.other != nil {
			e.Else()
			other = e.block(s.other)
		}
		e.End()
		if !then && !other {
			e.Op(assemble.Unreachable)
		}
		return then || other
	case *whileLoop:
		e.while(s)
		if isTrue(s.test) && !leaves(s.body) {
			e.Op(assemble.Unreachable)
			return false
		}
	case *forLoop:
		e.forLoop(s)
	case *leave:
		t := typ{kind: none}
		if s.value != nil {
			t = e.b.types[s.value]
			e.expression(s.value)
		}
		e.finish(t)
		return false
	case *jump:
		l := e.loops[len(e.loops)-1]
		if s.word == "break" {
			e.Branch(l.leave)
		} else {
			e.Branch(l.next)
		}
		return false
	case *raise:
		e.decline()
		return false
	case *evaluate:
		e.expression(s.value)
		for range e.b.types[s.value].values() {
			e.Op(assemble.Drop)
		}
	case *assert:
		e.truth(s.test)
		e.Op(assemble.I32Eqz)
		e.declineIf()
	}
	return true
}

func (e *emitter) assignment(s *assign) {
	if len(s.values) == 1 && len(s.targets) == 1 {
		e.expression(s.values[0])
		e.assign(s.targets[0][0], e.b.types[s.values[0]])
		return
	}
	var values []func()
	for _, v := range s.values {
		e.expression(v)
		values = append(values, e.keep(e.b.types[v]))
	}
	for _, target := range s.targets {
		for i, name := range target {
			values[i]()
			e.assign(name, e.b.types[s.values[i]])
		}
	}
}

func (e *emitter) while(s *whileLoop) {
	leave := e.Block()
	exhausted := e.Block()
	next := e.Loop()
	if !isTrue(s.test) {
		e.truth(s.test)
		e.Op(assemble.I32Eqz)
		e.BranchIf(exhausted)
	}
	e.loops = append(e.loops, loopLabels{leave, next})
	if e.block(s.body) {
		e.Branch(next)
	}
	e.loops = e.loops[:len(e.loops)-1]
	e.End()
	if isTrue(s.test) {
		e.Op(assemble.Unreachable)
	}
	e.End()
	e.block(s.other)
	e.End()
}

func (e *emitter) forLoop(s *forLoop) {
	leave := e.Block()
	each := e.over(s.over)
	each(func(t typ) {
		e.assign(s.name, t)
		next := e.Block()
		e.loops = append(e.loops, loopLabels{leave, next})
		e.block(s.body)
		e.loops = e.loops[:len(e.loops)-1]
		e.End()
	})
	e.block(s.other)
	e.End()
}

// over evaluates what a loop goes over and returns what emits the loop: body finds the next value on the stack, and what leaves
// the loop must branch.
func (e *emitter) over(x expr) func(body func(t typ)) {
	if c, ok := x.(*call); ok && e.b.ranges[c] {
		return e.overRange(c)
	}
	t := e.b.types[x]
	e.expression(x)
	e.convert(t, t.required())
	return e.overText()
}

// overRange counts the rounds first, so that nothing can overflow.
func (e *emitter) overRange(c *call) func(body func(t typ)) {
	start, stop, step, rounds := e.Local(i64), e.Local(i64), e.Local(i64), e.Local(i64)
	number := func(x expr, local uint32) {
		e.as(x, integer)
		e.Set(local)
	}
	switch len(c.args) {
	case 1:
		e.I64(0)
		e.Set(start)
		number(c.args[0], stop)
	default:
		number(c.args[0], start)
		number(c.args[1], stop)
	}
	by := int64(1)
	known := true
	if len(c.args) == 3 {
		number(c.args[2], step)
		var l *intLiteral
		if l, known = fold(c.args[2], nil).(*intLiteral); known {
			by = l.value
			known = by == 1 || by == -1
		}
	} else {
		e.I64(1)
		e.Set(step)
	}
	distance := func(from, to uint32) {
		e.Get(to)
		e.Get(from)
		e.Op(assemble.I64Sub)
	}
	empty := func(from, to uint32) { // pushes whether there is nothing between the two
		e.Get(from)
		e.Get(to)
		e.Op(assemble.I64GeS)
	}
	switch {
	case known && by == 1:
		distance(start, stop)
		e.I64(0)
		empty(start, stop)
		e.chooseOther(rounds)
	case known:
		distance(stop, start)
		e.I64(0)
		empty(stop, start)
		e.chooseOther(rounds)
	default:
		e.Get(step)
		e.Op(assemble.I64Eqz)
		e.declineIf()
		e.Get(step)
		e.I64(0)
		e.Op(assemble.I64GtS)
		e.If()
		e.ceilDivide(rounds, start, stop, func() { e.Get(step) })
		e.Else()
		e.ceilDivide(rounds, stop, start, func() { e.I64(0); e.Get(step); e.Op(assemble.I64Sub) })
		e.End()
	}
	return func(body func(typ)) {
		exhausted := e.Block()
		again := e.Loop()
		e.Get(rounds)
		e.Op(assemble.I64Eqz)
		e.BranchIf(exhausted)
		e.Get(rounds)
		e.I64(1)
		e.Op(assemble.I64Sub)
		e.Set(rounds)
		e.Get(start)
		e.Get(start)
		e.Get(step)
		e.Op(assemble.I64Add)
		e.Set(start)
		body(typ{kind: integer})
		e.Branch(again)
		e.End()
		e.End()
	}
}

// chooseOther finds a, b and a condition on the stack and keeps b where it holds, else a.
func (e *emitter) chooseOther(into uint32) {
	condition := e.Local(i32)
	e.Set(condition)
	b := e.Local(i64)
	e.Set(b)
	a := e.Local(i64)
	e.Set(a)
	e.Get(b)
	e.Get(a)
	e.Get(condition)
	e.Op(assemble.Select)
	e.Set(into)
}

// ceilDivide sets rounds to (to - from + step - 1) / step for from < to, else to 0, in unsigned numbers.
func (e *emitter) ceilDivide(rounds, from, to uint32, step func()) {
	e.Get(from)
	e.Get(to)
	e.Op(assemble.I64GeS)
	e.If(i64)
	e.I64(0)
	e.Else()
	e.Get(to)
	e.Get(from)
	e.Op(assemble.I64Sub)
	e.I64(1)
	e.Op(assemble.I64Sub)
	step()
	e.Op(assemble.I64DivU)
	e.I64(1)
	e.Op(assemble.I64Add)
	e.End()
	e.Set(rounds)
}

// overText finds a string on the stack and goes through its characters, which are parts of it.
func (e *emitter) overText() func(body func(t typ)) {
	whole, at, end, first, size := e.Local(i64), e.Local(i32), e.Local(i32), e.Local(i32), e.Local(i32)
	e.Set(whole)
	e.textPlace(whole)
	e.Tee(at)
	e.textSize(whole)
	e.Op(assemble.I32Add)
	e.Set(end)
	return func(body func(typ)) {
		exhausted := e.Block()
		again := e.Loop()
		e.Get(at)
		e.Get(end)
		e.Op(assemble.I32GeU)
		e.BranchIf(exhausted)
		// A character's first byte tells how many it has: 1 below 0x80, then 2, from 0xe0 on 3, from 0xf0 on 4.
		e.Get(at)
		e.Access(assemble.I32Load8U, 0)
		e.Set(first)
		e.I32(1)
		for _, from := range []int32{0x80, 0xe0, 0xf0} {
			e.Get(first)
			e.I32(from)
			e.Op(assemble.I32GeU, assemble.I32Add)
		}
		e.Set(size)
		e.Get(at)
		e.Op(assemble.I64ExtendI32U)
		e.I64(32)
		e.Op(assemble.I64Shl)
		e.Get(first)
		e.I32(0x80)
		e.Op(assemble.I32LtU)
		e.I32(31)
		e.Op(assemble.I32Shl)
		e.Get(size)
		e.Op(assemble.I32Or, assemble.I64ExtendI32U, assemble.I64Or)
		e.Get(at)
		e.Get(size)
		e.Op(assemble.I32Add)
		e.Set(at)
		body(typ{kind: text})
		e.Branch(again)
		e.End()
		e.End()
	}
}

// textPlace and textSize push where a string lies and how many bytes it has.
func (e *emitter) textPlace(local uint32) {
	e.Get(local)
	e.I64(32)
	e.Op(assemble.I64ShrU, assemble.I32WrapI64)
}

func (e *emitter) textSize(local uint32) {
	e.Get(local)
	e.Op(assemble.I32WrapI64)
	e.I32(0x7fffffff)
	e.Op(assemble.I32And)
}
