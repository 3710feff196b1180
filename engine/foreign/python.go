package foreign

import (
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// readPython reads what stands at the left margin: functions, whose annotations are the signature and whose docstring is the
// documentation; and classes, of which those with step and finish are aggregates, and those with typed fields name the rows of
// table functions. What begins with an underscore is the cell's own.
func readPython(r *reader) {
	if !r.split(true) {
		return
	}
	p := &python{reader: r, rows: map[string]types.Type{}}
	p.each(func(head token) {
		if head.text == "class" {
			p.class()
		}
	})
	p.each(func(head token) {
		switch head.text {
		case "async":
			p.take()
			if name := p.peekAfterDef(); name.kind == word {
				p.problem(Unsupported, name, "`"+name.text+"` is asynchronous", "write def without async: a function is called for values, and waits for nothing")
			}
		case "def":
			p.take()
			if f, name, doc, ok := p.function(false); ok && !strings.HasPrefix(name.text, "_") {
				p.add(name, f, doc)
			}
		case "class":
			if a, ok := p.aggregates[p.next]; ok {
				p.add(a.name, a.f, a.doc)
			}
		}
	})
}

type python struct {
	*reader
	rows       map[string]types.Type // classes that name rows
	aggregates map[int]aggregate     // by the place of their class
	wrong      wrong                 // with the annotation that was read last
	table      bool                  // that annotation is of rows that come one by one
}

type aggregate struct {
	name token
	f    Function
	doc  string
}

// each visits the first token of every logical line at the left margin.
func (p *python) each(visit func(head token)) {
	for p.next = 0; p.next < len(p.tokens); {
		at := p.next
		if t := p.tokens[at]; t.column == 0 && t.kind == word {
			visit(t)
		}
		if p.next = max(at, p.next); p.next == at {
			p.next++
		}
		for p.next < len(p.tokens) && p.tokens[p.next-1].kind != newline {
			p.next++
		}
	}
}

func (p *python) peekAfterDef() token {
	p.eat("def")
	return p.peek()
}

// function reads from the name on to the documentation; a method's self is passed over.
func (p *python) function(method bool) (f Function, name token, doc string, ok bool) {
	name = p.take()
	f = Function{Function: udf.Function{Name: name.text, Kind: udf.Python}}
	private := strings.HasPrefix(name.text, "_") && !method
	if name.kind != word {
		p.problem(Unreadable, name, "this function has no name", "write def name(x: float) -> float:")
		return f, name, "", false
	}
	report := func(kind ProblemKind, at token, what, how string) {
		ok = false
		if !private {
			p.problem(kind, at, what, how)
		}
	}
	ok = true
	if p.eat("[") { // type parameters of newer versions
		p.skipTo("]")
		p.take()
	}
	if !p.eat("(") {
		report(Unreadable, name, "`"+name.text+"` has no parameters in brackets", "write def "+name.text+"(x: float) -> float:")
		return f, name, "", false
	}
	first := true
	for !p.eat(")") {
		t := p.take()
		switch {
		case t.kind == end:
			return f, name, "", false
		case method && first && t.kind == word && p.peek().text != ":":
		case t.text == "/":
		case t.text == "*":
			report(Unsupported, t, "`"+name.text+"` takes any number of values", "name each parameter, or take one list")
			p.skipTo(",", ")")
		case t.kind != word:
			report(Unreadable, t, "this parameter of `"+name.text+"` cannot be read", "write it as x: float")
			p.skipTo(",", ")")
		case !p.eat(":"):
			report(Untyped, t, "the parameter `"+t.text+"` of `"+name.text+"` has no type", "add one, as in "+t.text+": float; "+pythonHow)
			p.skipTo(",", ")")
		default:
			typ, known := p.annotation()
			if !known {
				report(p.wrong.Kind, p.wrong.at, p.wrong.what, p.wrong.how)
				p.skipTo(",", ")")
			}
			f.Params = append(f.Params, types.Field{Name: t.text, Type: typ})
		}
		if p.peek().text == "=" {
			report(Unsupported, p.peek(), "the parameter `"+t.text+"` of `"+name.text+"` has a default, which a function that DreamQL calls cannot have", "leave the default out, or take "+t.text+": float | None and replace None inside")
			p.skipTo(",", ")")
		}
		first = false
		p.eat(",")
	}
	if p.eat("->") {
		typ, known := p.annotation()
		if !known {
			report(p.wrong.Kind, p.wrong.at, p.wrong.what, p.wrong.how)
		}
		f.Result = typ
		if typ.Kind == types.None && known && !method {
			report(Untyped, name, "`"+name.text+"` gives nothing", "give a value and its type, as in def "+name.text+"(…) -> float:")
		}
		if p.table {
			f.Shape = udf.Table
		}
		p.table = false
	} else if !method {
		report(Untyped, name, "the result of `"+name.text+"` has no type", "add one, as in def "+name.text+"(…) -> float:")
	}
	p.skipTo(":")
	if !p.eat(":") {
		report(Unreadable, name, "the head of `"+name.text+"` does not end", "end it with a colon")
		return f, name, "", false
	}
	return f, name, p.docstring(), ok
}

// docstring is the text that a body begins with.
func (p *python) docstring() string {
	i := p.next
	for i < len(p.tokens) && p.tokens[i].kind == newline {
		i++
	}
	if i == len(p.tokens) || p.tokens[i].kind != quoted || p.tokens[i].column == 0 {
		return ""
	}
	text := strings.TrimLeft(p.tokens[i].text, "rRuU")
	if strings.HasPrefix(text, `"""`) || strings.HasPrefix(text, "'''") {
		return text[3 : len(text)-3]
	}
	return text[1 : len(text)-1]
}

// class reads one: an aggregate by its methods, a row by its fields.
func (p *python) class() {
	at := p.next
	p.take()
	name := p.take()
	p.skipTo(":")
	p.take()
	if name.kind != word {
		return
	}
	a := aggregate{name: name, doc: p.docstring(), f: Function{Function: udf.Function{Name: name.text, Kind: udf.Python, Shape: udf.Aggregate}}}
	var fields []types.Field
	var has []string
	known := true
	indent := -1
	for p.next < len(p.tokens) {
		t := p.peek()
		lineStart := p.tokens[p.next-1].kind == newline
		if t.column == 0 && t.kind != newline {
			break
		}
		if !lineStart || t.kind == newline {
			p.next++
			continue
		}
		if indent < 0 {
			indent = t.column
		}
		switch {
		case t.column != indent || t.kind != word:
			p.next++
		case t.text == "def":
			p.take()
			m := p.peek()
			has = append(has, m.text)
			if m.text != "step" && m.text != "finish" {
				continue
			}
			before := len(p.out.Problems)
			f, _, _, ok := p.function(true)
			known = known && ok && len(p.out.Problems) == before
			if m.text == "step" {
				a.f.Params = f.Params
			} else {
				a.f.Result = f.Result
				if f.Result.Kind == types.None && ok {
					p.problem(Untyped, m, "the result of `"+name.text+"` has no type", "add one to its finish, as in def finish(self) -> float:")
					known = false
				}
			}
		default:
			p.take()
			if !p.eat(":") {
				continue
			}
			if typ, ok := p.annotation(); ok {
				fields = append(fields, types.Field{Name: t.text, Type: typ})
			}
		}
	}
	switch {
	case strings.HasPrefix(name.text, "_"):
	case slices.Contains(has, "step") && slices.Contains(has, "finish"):
		if !slices.Contains(has, "merge") {
			p.problem(Unsupported, name, "the aggregate `"+name.text+"` cannot be computed in parts", "add def merge(self, other): which takes in the state of another")
			known = false
		}
		if known {
			if p.aggregates == nil {
				p.aggregates = map[int]aggregate{}
			}
			p.aggregates[at] = a
		}
	case len(fields) > 0:
		p.rows[name.text] = types.RecordOf(fields...)
	}
}
