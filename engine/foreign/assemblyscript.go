package foreign

import (
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// readAssemblyScript reads the functions that are exported at the outermost level; the comment above one is its documentation.
//
// A function of numbers is called as it stands. One that takes or gives a string, or a value that may be null, gets a function before it that
// passes pointers and lengths; those stand behind the author's text, so that its lines keep their numbers (Build).
func readAssemblyScript(r *reader) {
	if !r.split(false) {
		return
	}
	var passes strings.Builder
	depth, exported, async, doc := 0, false, false, ""
	for r.next < len(r.tokens) {
		t := r.take()
		switch {
		case t.kind == comment:
			doc = joined(doc, t.text)
			continue
		case t.kind == quoted:
		case t.text == "{" || t.text == "(" || t.text == "[":
			depth++
		case t.text == "}" || t.text == ")" || t.text == "]":
			depth--
		case depth > 0:
		case t.text == "export":
			exported = true
			continue
		case t.text == "async":
			async = true
			continue
		case t.text == "function" && exported && !async:
			r.exportedFunction(commentText(doc), &passes)
		case t.text == "function" && async:
			r.problem(Unsupported, r.peek(), "`"+r.peek().text+"` is asynchronous", "write function without async: a function is called for values, and waits for nothing")
		}
		exported, async, doc = false, false, ""
	}
	if len(r.out.Functions) == 0 {
		return
	}
	r.out.Build = strings.TrimRight(r.text, "\n") + "\n"
	if passes.Len() > 0 {
		r.out.Build += passes.String() + passing
	}
}

// passing is what passes strings.
const passing = `export function alloc(size: usize): usize { return heap.alloc(size); }
function __give(text: string): i64 {
  const bytes = String.UTF8.encode(text);
  return (<i64>changetype<usize>(bytes) << 32) | bytes.byteLength;
}
`

// joined puts line comments that stand together into one.
func joined(doc, next string) string {
	if strings.HasPrefix(doc, "//") && strings.HasPrefix(next, "//") {
		return doc + "\n" + next
	}
	return next
}

func commentText(c string) string {
	if body, ok := strings.CutPrefix(c, "/*"); ok {
		c = strings.TrimSuffix(strings.TrimLeft(body, "*"), "*/")
	}
	lines := strings.Split(c, "\n")
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "//") {
			l = strings.TrimLeft(l, "/")
		} else if i > 0 {
			l = strings.TrimPrefix(l, "*")
		}
		lines[i] = strings.TrimPrefix(l, " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// crossing is how a type of AssemblyScript is passed.
type crossing struct {
	t      types.Type
	script string // its name
}

var scriptTypes = map[string]types.Type{"f64": floatType, "f32": floatType, "number": floatType, "i64": intType, "i32": intType, "bool": boolType, "boolean": boolType, "string": stringType}

func (r *reader) scriptType() (crossing, bool) {
	at := r.take()
	t, known := scriptTypes[at.text]
	c := crossing{t, at.text}
	const how = "there are f64, i64, i32, bool and string, and string | null where a value may be absent"
	if !known {
		r.problem(UnknownType, at, "`"+at.text+"` is no type that passes between AssemblyScript and DreamQL", how)
		return c, false
	}
	if r.eat("|") {
		if null := r.take(); null.text != "null" || at.text != "string" {
			r.problem(UnknownType, null, "only a string may be null in AssemblyScript", how)
			return c, false
		}
		c.t, c.script = types.Optional(c.t), "string | null"
	}
	return c, true
}

func (r *reader) exportedFunction(doc string, passes *strings.Builder) {
	name := r.take()
	f := Function{Function: udf.Function{Name: name.text, Kind: udf.WASM}}
	if name.kind != word {
		r.problem(Unreadable, name, "this function has no name", "write export function name(x: f64): f64 { … }")
		return
	}
	if name.text == "alloc" {
		r.problem(Unsupported, name, "`alloc` is the name of what gives room to strings", "give the function another name")
		return
	}
	if r.peek().text == "<" {
		r.problem(Unsupported, name, "`"+name.text+"` has parameters for types, so it has no type of its own", "write the types out, or call it from a function that does")
		return
	}
	if !r.eat("(") {
		r.problem(Unreadable, name, "`"+name.text+"` has no parameters in brackets", "write export function "+name.text+"(x: f64): f64 { … }")
		return
	}
	ok, passed := true, false
	var params, values []string
	for ok && !r.eat(")") {
		t := r.take()
		if t.kind == comment {
			continue
		}
		if t.kind != word || !r.eat(":") {
			r.problem(Untyped, t, "the parameter `"+t.text+"` of `"+name.text+"` has no type", "add one, as in "+t.text+": f64")
			return
		}
		var c crossing
		if c, ok = r.scriptType(); !ok {
			return
		}
		if r.peek().text == "=" {
			r.problem(Unsupported, r.peek(), "the parameter `"+t.text+"` of `"+name.text+"` has a default, which a function that DreamQL calls cannot have", "leave the default out")
			return
		}
		f.Params = append(f.Params, types.Field{Name: t.text, Type: c.t})
		n := len(values)
		if c.t.Required().Kind == types.String {
			passed = true
			params = append(params, fmt.Sprintf("p%d: usize, n%d: usize", n, n))
			value := fmt.Sprintf("String.UTF8.decodeUnsafe(p%d, n%d)", n, n)
			if c.t.IsOption() {
				params = append(params, fmt.Sprintf("h%d: i32", n))
				value = fmt.Sprintf("h%d ? %s : null", n, value)
			}
			values = append(values, value)
		} else {
			params = append(params, fmt.Sprintf("v%d: %s", n, c.script))
			values = append(values, fmt.Sprintf("v%d", n))
		}
		r.eat(",")
	}
	if !ok {
		return
	}
	if !r.eat(":") {
		r.problem(Untyped, name, "the result of `"+name.text+"` has no type", "add one, as in export function "+name.text+"(…): f64")
		return
	}
	result, ok := r.scriptType()
	if !ok {
		return
	}
	f.Result = result.t
	call := name.text + "(" + strings.Join(values, ", ") + ")"
	body := "return " + call
	give := result.script
	if result.t.Required().Kind == types.String {
		passed = true
		give = "i64"
		body = "return __give(" + call + ")"
		if result.t.IsOption() {
			params = append(params, "found: usize")
			body = "const out = " + call + "; if (out === null) { store<i32>(found, 0); return 0; } return __give(<string>out)"
		}
	}
	if passed {
		f.Entry = "__pass_" + name.text
		fmt.Fprintf(passes, "export function %s(%s): %s { %s; }\n", f.Entry, strings.Join(params, ", "), give, body)
	}
	r.add(name, f, doc)
}
