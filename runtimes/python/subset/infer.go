package subset

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	maxBodies = 64  // of one module: a function counts once for each list of types that it is called with
	maxPasses = 200 // until types stand still
)

// body is a function with the types of everything in it, for given types of its arguments.
type body struct {
	function *function
	name     string
	params   []typ
	locals   map[string]typ
	order    []string        // of locals, as they are first met
	unsure   map[string]bool // locals that may have no value where they are read
	types    map[expr]typ
	calls    map[*call]*body // of functions of the module
	ranges   map[*call]bool  // calls of range that a loop goes over
	callees  map[*call]callee
	result   typ
	pass     int // in which it was last looked at
}

// inferrer finds types. Each pass goes through all bodies that are reached; what it learns can only widen.
type inferrer struct {
	module  *module
	bodies  map[string]*body
	pass    int
	changed bool

	*body
	assigned map[string]bool // locals that certainly have a value here
	scopes   []scope
}

// scope is the name of a generator, which hides others.
type scope struct{ name, local string }

func (g *generator) local() string { return fmt.Sprintf("%s in %p", g.name, g) }

// infer returns the typed body of a function that is called with params.
func (in *inferrer) infer(f *function, params []typ) *body {
	for in.pass < maxPasses {
		in.pass++
		in.changed = false
		b := in.enter(f, params)
		if !in.changed {
			return b
		}
	}
	refuse(f.at(), "its types are too hard to find")
	return nil
}

func key(f *function, params []typ) string {
	var b strings.Builder
	fmt.Fprint(&b, f.name)
	for _, p := range params {
		fmt.Fprint(&b, ", ", p)
	}
	return b.String()
}

// enter looks at a body once a pass.
func (in *inferrer) enter(f *function, params []typ) *body {
	k := key(f, params)
	b := in.bodies[k]
	if b == nil {
		if len(in.bodies) == maxBodies {
			refuse(f.at(), "functions are called with too many lists of types")
		}
		b = &body{function: f, name: k, params: params, locals: map[string]typ{}, unsure: map[string]bool{}, types: map[expr]typ{}, calls: map[*call]*body{},
			ranges: map[*call]bool{}, callees: map[*call]callee{}}
		in.bodies[k] = b
		in.changed = true
	}
	if b.pass == in.pass {
		return b
	}
	b.pass = in.pass
	outer := *in
	in.body, in.assigned, in.scopes = b, map[string]bool{}, nil
	if f.reason != nil {
		panic(f.reason)
	}
	in.declare(f.body)
	for i, p := range f.params {
		in.bind(f.at(), p.name, params[i])
	}
	if in.block(f.body) {
		in.returns(f.at(), typ{kind: none})
	}
	in.body, in.assigned, in.scopes = outer.body, outer.assigned, outer.scopes
	return b
}

// declare makes locals of all names that a body assigns, wherever it does.
func (in *inferrer) declare(list []statement) {
	name := func(n string) {
		if _, ok := in.locals[n]; !ok {
			in.locals[n] = typ{}
			in.order = append(in.order, n)
		}
	}
	for _, p := range in.function.params {
		name(p.name)
	}
	for _, s := range list {
		switch s := s.(type) {
		case *assign:
			for _, t := range s.targets {
				for _, n := range t {
					name(n)
				}
			}
		case *augment:
			name(s.name)
		case *branch:
			in.declare(s.then)
			in.declare(s.other)
		case *whileLoop:
			in.declare(s.body)
			in.declare(s.other)
		case *forLoop:
			name(s.name)
			in.declare(s.body)
			in.declare(s.other)
		}
	}
}

// bind notes that a local gets a value of type t.
func (in *inferrer) bind(line int, name string, t typ) {
	have, ok := in.locals[name]
	if !ok {
		in.order = append(in.order, name)
	}
	joined, ok := join(have, t)
	if !ok {
		label, _, _ := strings.Cut(name, " in ")
		refuse(line, "%s is %s here and was %s before; a variable that changes its type is not compiled", label, t, have)
	}
	if joined != have {
		in.locals[name] = joined
		in.changed = true
	}
	in.assigned[name] = true
}

func (in *inferrer) returns(line int, t typ) {
	joined, ok := join(in.result, t)
	if !ok {
		refuse(line, "the result is %s here and %s elsewhere, which is not compiled", t, in.result)
	}
	if joined != in.result {
		in.result = joined
		in.changed = true
	}
}

// block reports whether what follows it can be reached.
func (in *inferrer) block(list []statement) bool {
	for _, s := range list {
		if !in.statement(s) {
			// What follows is never run, but is looked at for what the grammar's tables cannot tell.
			return false
		}
	}
	return true
}

func (in *inferrer) statement(s statement) bool {
	switch s := s.(type) {
	case *assign:
		var ts []typ
		for _, v := range s.values {
			ts = append(ts, in.expression(v))
		}
		for _, target := range s.targets {
			for i, name := range target {
				in.bind(s.at(), name, ts[i])
			}
		}
	case *augment:
		in.bind(s.at(), s.name, in.expression(s.value))
	case *branch:
		in.truth(s.test)
		before := maps.Clone(in.assigned)
		then := in.block(s.then)
		after := in.assigned
		in.assigned = before
		other := in.block(s.other)
		switch {
		case then && other:
			in.assigned = both(after, in.assigned)
		case then:
			in.assigned = after
		}
		return then || other
	case *whileLoop:
		in.truth(s.test)
		in.loop(s.body, s.other, func() {})
		return !isTrue(s.test) || leaves(s.body)
	case *forLoop:
		t := in.over(s.over)
		in.loop(s.body, s.other, func() { in.bind(s.at(), s.name, t) })
	case *leave:
		t := typ{kind: none}
		if s.value != nil {
			t = in.expression(s.value)
		}
		in.returns(s.at(), t)
		return false
	case *jump, *raise:
		return false
	case *evaluate:
		in.expression(s.value)
	case *assert:
		in.truth(s.test)
	}
	return true
}

func isTrue(e expr) bool {
	b, ok := e.(*boolLiteral)
	return ok && b.value
}

// over returns the type of what a loop goes over.
func (in *inferrer) over(e expr) typ {
	if c, ok := e.(*call); ok && in.isBuiltin(c, "range") {
		if len(c.args) < 1 || len(c.args) > 3 || len(c.names) > 0 {
			refuse(c.at(), "range takes one to three numbers")
		}
		for _, a := range c.args {
			if t := in.expression(a); t.kind != unseen && !t.isWhole() {
				refuse(c.at(), "range of %s is not compiled", t)
			}
		}
		in.ranges[c] = true
		return typ{kind: integer}
	}
	t := in.expression(e)
	if t.kind != text && t.kind != unseen {
		refuse(e.at(), "a loop over anything but range() and strings is not compiled")
	}
	return t.required()
}

// loop looks at a body that may not run.
func (in *inferrer) loop(list, other []statement, begin func()) {
	before := maps.Clone(in.assigned)
	begin()
	in.block(list)
	in.assigned = maps.Clone(before)
	in.block(other)
	in.assigned = both(before, in.assigned)
}

// leaves reports whether a loop's body has a break of its own.
func leaves(list []statement) bool {
	return slices.ContainsFunc(list, func(s statement) bool {
		switch s := s.(type) {
		case *jump:
			return s.word == "break"
		case *branch:
			return leaves(s.then) || leaves(s.other)
		case *whileLoop:
			return leaves(s.other)
		case *forLoop:
			return leaves(s.other)
		}
		return false
	})
}

func both(a, b map[string]bool) map[string]bool {
	c := map[string]bool{}
	for n := range a {
		if b[n] {
			c[n] = true
		}
	}
	return c
}
