package subset

import "slices"

// expression finds and notes the type of an expression.
func (in *inferrer) expression(e expr) typ {
	t := in.find(e)
	in.types[e] = t
	return t
}

func (in *inferrer) find(e expr) typ {
	switch e := e.(type) {
	case *intLiteral:
		return typ{kind: integer}
	case *floatLiteral:
		return typ{kind: float}
	case *textLiteral:
		return typ{kind: text}
	case *boolLiteral:
		return typ{kind: boolean}
	case *noneLiteral:
		return typ{kind: none}
	case *nameExpr:
		return in.name(e)
	case *unary:
		return in.unary(e)
	case *operation:
		return in.binary(e)
	case *logical:
		var t typ
		for _, x := range e.xs {
			t = in.join(e, t, in.expression(x))
		}
		return t
	case *conditional:
		in.truth(e.test)
		return in.join(e, in.expression(e.then), in.expression(e.other))
	case *compare:
		in.compare(e)
		return typ{kind: boolean}
	case *call:
		return in.call(e)
	case *attribute:
		if _, ok := in.mathName(e); ok {
			if v := fold(e, in.module); v != nil {
				return typ{kind: float}
			}
		}
		refuse(e.at(), "the attribute %s is not compiled", e.id)
	case *subscript:
		in.expect(e.x, text, "an index of")
		in.expect(e.index, integer, "an index that is")
		return typ{kind: text}
	case *slice:
		in.expect(e.x, text, "a slice of")
		for _, x := range []expr{e.lo, e.hi, e.step} {
			if x != nil {
				in.expect(x, integer, "a slice by")
			}
		}
		return typ{kind: text}
	case *format:
		for _, p := range e.parts {
			if p.x == nil {
				continue
			}
			t := in.expression(p.x)
			if _, err := parseSpec(p.spec, t); err != "" {
				refuse(e.at(), "%s", err)
			}
		}
		return typ{kind: text}
	case *sequence:
		refuse(e.at(), "a %s is not compiled", e.kind)
	case *generator:
		refuse(e.at(), "a generator is compiled only within sum, any, all and join")
	}
	refuse(e.at(), "this expression is not compiled")
	return typ{}
}

// expect refuses an operand of another kind; a bool is taken for an int.
func (in *inferrer) expect(e expr, k kind, what string) {
	t := in.expression(e)
	if t.kind != unseen && t.kind != k && !(k == integer && t.kind == boolean) {
		refuse(e.at(), "%s %s is not compiled", what, t)
	}
}

func (in *inferrer) join(e expr, a, b typ) typ {
	t, ok := join(a, b)
	if !ok {
		refuse(e.at(), "a value that is sometimes %s and sometimes %s is not compiled", a, b)
	}
	return t
}

// truth looks at an expression of which only the truth counts.
func (in *inferrer) truth(e expr) {
	switch e := e.(type) {
	case *logical:
		for _, x := range e.xs {
			in.truth(x)
		}
	case *unary:
		if e.op == "not" {
			in.truth(e.x)
			in.types[e] = typ{kind: boolean}
			return
		}
		in.expression(e)
	default:
		in.expression(e)
	}
}

// local returns the key of the local that a name means.
func local(scopes []scope, locals map[string]typ, id string) (string, bool) {
	for _, s := range slices.Backward(scopes) {
		if s.name == id {
			return s.local, true
		}
	}
	_, ok := locals[id]
	return id, ok
}

func (in *inferrer) name(e *nameExpr) typ {
	if l, ok := local(in.scopes, in.locals, e.id); ok {
		if !in.assigned[l] {
			in.unsure[l] = true
		}
		return in.locals[l]
	}
	if v, ok := in.module.constants[e.id]; ok {
		if s, ok := v.(*sequence); ok {
			refuse(e.at(), "a %s is not compiled", s.kind)
		}
		return in.expression(v)
	}
	if v := fold(e, in.module); v != nil {
		return typ{kind: float}
	}
	in.alien(e.at(), e.id)
	return typ{}
}

// alien refuses a name that has no value here.
func (in *inferrer) alien(line int, id string) {
	if r := in.module.other[id]; r != nil {
		refuse(line, "%s is used: %s (line %d)", id, r.Text, r.Line)
	}
	if _, ok := in.module.bound[id]; ok {
		refuse(line, "%s as a value is not compiled", id)
	}
	refuse(line, "the name %s is not compiled", id)
}

func (in *inferrer) unary(e *unary) typ {
	if e.op == "not" {
		in.truth(e)
		return typ{kind: boolean}
	}
	t := in.expression(e.x).required()
	switch {
	case t.kind == unseen:
		return typ{}
	case e.op == "~" && t.isWhole():
		return typ{kind: integer}
	case e.op != "~" && t.isNumeric():
		return typ{kind: max(t.kind, integer)}
	}
	refuse(e.at(), "%s before %s is not compiled", e.op, t)
	return typ{}
}

func (in *inferrer) binary(e *operation) typ {
	l, r := in.expression(e.l).required(), in.expression(e.r).required()
	if l.kind == unseen || r.kind == unseen {
		return typ{}
	}
	whole, numeric := l.isWhole() && r.isWhole(), l.isNumeric() && r.isNumeric()
	switch e.op {
	case "+":
		if l.kind == text && r.kind == text {
			return l
		}
	case "*":
		if l.kind == text && r.isWhole() || r.kind == text && l.isWhole() {
			return typ{kind: text}
		}
	case "/":
		if numeric {
			return typ{kind: float}
		}
	case "&", "|", "^":
		if whole {
			return typ{kind: max(l.kind, r.kind)}
		}
	case "<<", ">>":
		if whole {
			return typ{kind: integer}
		}
	case "**":
		exponent, literal := fold(e.r, in.module).(*intLiteral)
		if whole && (!literal || exponent.value >= 0) {
			return typ{kind: integer}
		}
		if numeric {
			in.module.needsLibrary(e, "** with floats")
		}
		if whole || l.kind == float || r.kind == float {
			return typ{kind: float}
		}
	}
	if numeric && slices.Contains([]string{"+", "-", "*", "//", "%"}, e.op) {
		return typ{kind: max(l.kind, r.kind, integer)}
	}
	refuse(e.at(), "%s %s %s is not compiled", l, e.op, r)
	return typ{}
}

func (in *inferrer) compare(e *compare) {
	for i, x := range e.xs {
		if i > 0 && (e.ops[i-1] == "in" || e.ops[i-1] == "not in") {
			if s := in.module.sequence(x, in.scopes, in.locals); s != nil {
				if i < len(e.ops) {
					refuse(e.at(), "a comparison after in is not compiled")
				}
				for _, y := range s.xs {
					// Of the same nan Python says that it is there, though it is not equal to itself.
					f, literal := fold(y, in.module).(*floatLiteral)
					if k := in.expression(y).kind; (k == float || k == number) && (!literal || f.value != f.value) {
						refuse(y.at(), "%s of floats that are no literals is not compiled", e.ops[i-1])
					}
				}
				continue
			}
		}
		in.expression(x)
	}
	for i, op := range e.ops {
		l, r := in.types[e.xs[i]], in.types[e.xs[i+1]]
		switch op {
		case "is", "is not":
			if r.kind != none && l.kind != none {
				refuse(e.at(), "%s is compiled only with None", op)
			}
		case "<", "<=", ">", ">=":
			ordered := l.isNumeric() && r.isNumeric() || l.kind == text && r.kind == text
			if !ordered && l.kind != unseen && r.kind != unseen {
				refuse(e.at(), "%s %s %s is not compiled", l, op, r)
			}
		case "in", "not in":
			if in.module.sequence(e.xs[i+1], in.scopes, in.locals) != nil {
				continue
			}
			if l.kind != unseen && r.kind != unseen && (l.kind != text || r.kind != text) {
				refuse(e.at(), "%s %s %s is not compiled", l, op, r)
			}
		}
	}
}

// sequence returns the tuple, list or set that an expression is, or that it names in the module.
func (m *module) sequence(e expr, scopes []scope, locals map[string]typ) *sequence {
	if n, ok := e.(*nameExpr); ok {
		if _, hidden := local(scopes, locals, n.id); !hidden {
			s, _ := m.constants[n.id].(*sequence)
			return s
		}
	}
	s, _ := e.(*sequence)
	return s
}
