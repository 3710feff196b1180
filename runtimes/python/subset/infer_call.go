package subset

import "slices"

// callee says what a call calls: a function of the module, a built-in, one of math, or a method of a string.
type callee struct {
	function *function
	builtin  string
	math     string
	method   string
}

func (in *inferrer) callee(e *call) callee {
	switch f := e.function.(type) {
	case *nameExpr:
		if _, ok := local(in.scopes, in.locals, f.id); ok {
			refuse(e.at(), "a call of a variable is not compiled")
		}
		if g := in.module.functions[f.id]; g != nil {
			return callee{function: g}
		}
		if m, ok := in.module.imported[f.id]; ok {
			return callee{math: m}
		}
		if _, ok := in.module.bound[f.id]; ok {
			in.alien(e.at(), f.id)
		}
		return callee{builtin: f.id}
	case *attribute:
		if name, ok := in.mathName(f); ok {
			return callee{math: name}
		}
		return callee{method: f.id}
	}
	refuse(e.at(), "this call is not compiled")
	return callee{}
}

// mathName returns the name within math that an attribute names.
func (in *inferrer) mathName(a *attribute) (string, bool) {
	n, ok := a.x.(*nameExpr)
	if !ok || !in.module.maths[n.id] {
		return "", false
	}
	if _, hidden := local(in.scopes, in.locals, n.id); hidden {
		return "", false
	}
	return a.id, true
}

func (in *inferrer) isBuiltin(e *call, name string) bool {
	n, ok := e.function.(*nameExpr)
	if !ok || n.id != name {
		return false
	}
	_, hidden := local(in.scopes, in.locals, name)
	_, bound := in.module.bound[name]
	return !hidden && !bound
}

func (in *inferrer) call(e *call) typ {
	c := in.callee(e)
	in.callees[e] = c
	if c.function != nil {
		return in.own(e, c.function)
	}
	if len(e.args) == 1 {
		if g, ok := e.args[0].(*generator); ok {
			return in.reduce(e, c, g)
		}
	}
	if len(e.names) > 0 && !(c.builtin == "round" && len(e.names) == 1 && e.names[0] == "ndigits") {
		refuse(e.at(), "an argument with a name is not compiled here")
	}
	var args []typ
	for _, a := range e.args {
		t := in.expression(a)
		args = append(args, t.required())
		if t.kind == unseen {
			return typ{}
		}
	}
	switch {
	case c.builtin != "":
		return inferBuiltin(e, c.builtin, args)
	case c.math != "":
		return in.module.inferMath(e, c.math, args)
	}
	receiver := e.function.(*attribute).x
	if t := in.expression(receiver); t.kind == unseen {
		return typ{}
	} else if t.kind != text {
		refuse(e.at(), "the method %s of %s is not compiled", c.method, t)
	}
	return inferMethod(e, c.method, args)
}

// own is a call of a function of the module.
func (in *inferrer) own(e *call, f *function) typ {
	var ts []typ
	for _, a := range arguments(e, f) {
		t := in.expression(a)
		if t.kind == unseen {
			return typ{}
		}
		ts = append(ts, t)
	}
	b := in.enter(f, ts)
	in.calls[e] = b
	return b.result
}

// arguments returns the expression that each parameter gets.
func arguments(e *call, f *function) []expr {
	args := make([]expr, len(f.params))
	positional := len(e.args) - len(e.names)
	if positional > len(args) {
		refuse(e.at(), "%s is called with too many arguments", f.name)
	}
	copy(args, e.args[:positional])
	for i, n := range e.names {
		at := slices.IndexFunc(f.params, func(p parameter) bool { return p.name == n })
		if at < 0 || args[at] != nil {
			refuse(e.at(), "%s is called with a wrong argument %s", f.name, n)
		}
		// Arguments are evaluated as they are written; nothing that is compiled can tell the order from any other.
		args[at] = e.args[positional+i]
	}
	for i, a := range args {
		if a == nil {
			if args[i] = f.params[i].or; args[i] == nil {
				refuse(e.at(), "%s is called without %s", f.name, f.params[i].name)
			}
		}
	}
	return args
}

// reduce is a call of sum, any, all or a join with a generator.
func (in *inferrer) reduce(e *call, c callee, g *generator) typ {
	if c.method == "join" {
		in.expect(e.function.(*attribute).x, text, "join with")
	}
	t := in.over(g.over)
	before, outer := in.assigned[g.local()], in.scopes
	in.scopes = append(in.scopes, scope{g.name, g.local()})
	in.bind(g.at(), g.local(), t)
	for _, test := range g.tests {
		in.truth(test)
	}
	defer func() {
		in.scopes = outer // also where a refusal within the body of another function unwinds to here
		in.assigned[g.local()] = before
	}()
	switch {
	case c.builtin == "any" || c.builtin == "all":
		in.truth(g.element)
		return typ{kind: boolean}
	case c.builtin == "sum":
		switch t := in.expression(g.element).required(); {
		case t.kind == unseen:
			return t
		case t.isWhole():
			return typ{kind: integer}
		case t.kind == float:
			return typ{kind: number}
		default:
			refuse(g.at(), "sum of %s is not compiled", t)
		}
	case c.method == "join":
		in.expect(g.element, text, "join of")
		return typ{kind: text}
	}
	refuse(e.at(), "a generator is compiled only within sum, any, all and join")
	return typ{}
}
