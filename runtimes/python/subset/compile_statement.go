package subset

import "github.com/go-python/gpython/ast"

// maxLoops is how deep loops may nest; CPython has such a bound too.
const maxLoops = 15

// statement runs and says how the block goes on.
type statement func(*frame) flow

type flow uint8

const (
	next flow = iota
	leaveLoop
	nextRound
	leaveFunction
)

func run(f *frame, body []statement) flow {
	for _, s := range body {
		if how := s(f); how != next {
			return how
		}
	}
	return next
}

func (c *compiler) block(body []ast.Stmt) []statement {
	defer c.enter()()
	out := make([]statement, 0, len(body))
	for _, s := range body {
		out = append(out, c.statement(s))
	}
	return out
}

func (c *compiler) statement(s ast.Stmt) statement {
	switch s := s.(type) {
	case *ast.Return:
		if s.Value == nil {
			return func(f *frame) flow {
				f.result = value{kind: none}
				return leaveFunction
			}
		}
		e := c.expression(s.Value)
		return func(f *frame) flow {
			f.result = e(f)
			return leaveFunction
		}
	case *ast.Assign:
		at, e := c.locals[target(s)], c.expression(s.Value)
		return func(f *frame) flow {
			f.locals[at] = e(f)
			return next
		}
	case *ast.AugAssign:
		n := s.Target.(*ast.Name)
		at, op, e := c.locals[string(n.Id)], operator(s.Op), c.expression(s.Value)
		return func(f *frame) flow {
			f.locals[at] = op(f.locals[at], e(f))
			return next
		}
	case *ast.If:
		test, then, other := c.expression(s.Test), c.block(s.Body), c.block(s.Orelse)
		return func(f *frame) flow {
			if test(f).isTrue() {
				return run(f, then)
			}
			return run(f, other)
		}
	case *ast.While:
		if len(s.Orelse) > 0 {
			refuse()
		}
		test, body := c.expression(s.Test), c.loop(s.Body)
		return func(f *frame) flow {
			for test(f).isTrue() {
				f.step()
				if how := run(f, body); how == leaveLoop {
					break
				} else if how == leaveFunction {
					return how
				}
			}
			return next
		}
	case *ast.For:
		return c.forRange(s)
	case *ast.Break:
		c.inLoop()
		return func(*frame) flow { return leaveLoop }
	case *ast.Continue:
		c.inLoop()
		return func(*frame) flow { return nextRound }
	case *ast.Pass:
		return func(*frame) flow { return next }
	}
	if !isDocstring(s) {
		refuse()
	}
	return func(*frame) flow { return next }
}

func (c *compiler) loop(body []ast.Stmt) []statement {
	if c.loops++; c.loops > maxLoops {
		refuse()
	}
	defer func() { c.loops-- }()
	return c.block(body)
}

func (c *compiler) inLoop() {
	if c.loops == 0 {
		refuse()
	}
}

// forRange compiles for name in range(…).
func (c *compiler) forRange(s *ast.For) statement {
	call, ok := s.Iter.(*ast.Call)
	if !ok || len(s.Orelse) > 0 || c.builtin(call) != "range" || len(call.Args) < 1 || len(call.Args) > 3 {
		refuse()
	}
	var bounds []expression
	for _, a := range call.Args {
		bounds = append(bounds, c.expression(a))
	}
	at, body := c.locals[string(s.Target.(*ast.Name).Id)], c.loop(s.Body)
	return func(f *frame) flow {
		limits := [3]int64{0, 0, 1}
		for i, b := range bounds {
			v := b(f)
			if !v.isWhole() || magnitude(v.i) > exact {
				giveUp()
			}
			limits[i] = v.i
		}
		if len(bounds) == 1 {
			limits[0], limits[1] = 0, limits[0]
		}
		step := limits[2]
		if step == 0 {
			giveUp()
		}
		for i := limits[0]; step > 0 && i < limits[1] || step < 0 && i > limits[1]; i += step {
			f.step()
			f.locals[at] = whole(i)
			if how := run(f, body); how == leaveLoop {
				break
			} else if how == leaveFunction {
				return how
			}
		}
		return next
	}
}
