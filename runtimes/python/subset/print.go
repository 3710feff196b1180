package subset

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Print returns the functions of a module as they were understood: with all parentheses, and without annotations, defaults and what
// is raised. Functions that are not understood are left out.
func Print(source string) (printed map[string]string, reason *Reason) {
	printed = map[string]string{}
	reason = try(func() {
		for name, f := range parseModule(source).functions {
			if f.reason != nil {
				continue
			}
			var params []string
			for _, p := range f.params {
				params = append(params, p.name)
			}
			printed[name] = fmt.Sprintf("def %s(%s):\n%s", name, strings.Join(params, ", "), printBlock(f.body, "    "))
		}
	})
	return printed, reason
}

func printBlock(list []statement, indent string) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(indent)
		b.WriteString(printStatement(s, indent+"    "))
	}
	return b.String()
}

func printStatement(s statement, inner string) string {
	body := func(head string, list []statement) string { return head + ":\n" + printBlock(list, inner) }
	other := func(list []statement) string {
		if list == nil {
			return ""
		}
		return inner[4:] + body("else", list)
	}
	switch s := s.(type) {
	case *assign:
		text := ""
		for _, t := range s.targets {
			text += strings.Join(t, ", ") + " = "
		}
		return text + printList(s.values) + "\n"
	case *augment:
		return s.name + " " + s.value.op + "= " + printExpr(s.value.r) + "\n"
	case *branch:
		return body("if "+printExpr(s.test), s.then) + other(s.other)
	case *whileLoop:
		return body("while "+printExpr(s.test), s.body) + other(s.other)
	case *forLoop:
		return body("for "+s.name+" in "+printExpr(s.over), s.body) + other(s.other)
	case *leave:
		if s.value == nil {
			return "return\n"
		}
		return "return " + printExpr(s.value) + "\n"
	case *jump:
		return s.word + "\n"
	case *evaluate:
		return printExpr(s.value) + "\n"
	case *raise:
		return "raise\n"
	case *assert:
		return "assert " + printExpr(s.test) + "\n"
	}
	return "pass\n"
}

func printList(xs []expr) string {
	var parts []string
	for _, x := range xs {
		parts = append(parts, printExpr(x))
	}
	return strings.Join(parts, ", ")
}

func printExpr(x expr) string {
	optional := func(x expr) string {
		if x == nil {
			return ""
		}
		return printExpr(x)
	}
	switch x := x.(type) {
	case *intLiteral:
		return strconv.FormatInt(x.value, 10)
	case *floatLiteral:
		if math.IsInf(x.value, 0) {
			return "1e999"
		}
		return strconv.FormatFloat(x.value, 'e', -1, 64)
	case *textLiteral:
		return strconv.QuoteToASCII(x.value)
	case *boolLiteral:
		if x.value {
			return "True"
		}
		return "False"
	case *noneLiteral:
		return "None"
	case *nameExpr:
		return x.id
	case *unary:
		return "(" + x.op + " " + printExpr(x.x) + ")"
	case *operation:
		return "(" + printExpr(x.l) + " " + x.op + " " + printExpr(x.r) + ")"
	case *logical:
		var parts []string
		for _, y := range x.xs {
			parts = append(parts, printExpr(y))
		}
		return "(" + strings.Join(parts, " "+x.op+" ") + ")"
	case *compare:
		text := printExpr(x.xs[0])
		for i, op := range x.ops {
			text += " " + op + " " + printExpr(x.xs[i+1])
		}
		return "(" + text + ")"
	case *conditional:
		return "(" + printExpr(x.then) + " if " + printExpr(x.test) + " else " + printExpr(x.other) + ")"
	case *call:
		var args []string
		for i, a := range x.args {
			text := printExpr(a)
			if k := i - (len(x.args) - len(x.names)); k >= 0 {
				text = x.names[k] + "=" + text
			}
			args = append(args, text)
		}
		return printExpr(x.function) + "(" + strings.Join(args, ", ") + ")"
	case *attribute:
		return "(" + printExpr(x.x) + ")." + x.id
	case *subscript:
		return printExpr(x.x) + "[" + printExpr(x.index) + "]"
	case *slice:
		text := optional(x.lo) + ":" + optional(x.hi)
		if x.step != nil {
			text += ":" + printExpr(x.step)
		}
		return printExpr(x.x) + "[" + text + "]"
	case *sequence:
		inside := printList(x.xs)
		switch {
		case x.kind == "list":
			return "[" + inside + "]"
		case x.kind == "set":
			return "{" + inside + "}"
		case len(x.xs) == 1:
			inside += ","
		}
		return "(" + inside + ")"
	case *generator:
		text := printExpr(x.element) + " for " + x.name + " in " + printExpr(x.over)
		for _, t := range x.tests {
			text += " if " + printExpr(t)
		}
		return "(" + text + ")"
	case *format:
		text := ""
		for _, p := range x.parts {
			if p.x == nil {
				quoted := strconv.QuoteToASCII(p.text)
				text += strings.NewReplacer("{", "{{", "}", "}}").Replace(quoted[1 : len(quoted)-1])
				continue
			}
			text += "{(" + printExpr(p.x) + ")"
			if p.spec != "" {
				text += ":" + p.spec
			}
			text += "}"
		}
		return `f"` + text + `"`
	}
	return "?"
}
