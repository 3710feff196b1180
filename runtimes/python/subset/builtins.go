package subset

import (
	"math"
	"slices"

	"github.com/dreamql/dreamql/runtimes/python/promote"
)

// inferBuiltin returns the type of a built-in function's result. A new one is a case here and in emit_builtin.go.
func inferBuiltin(e *call, name string, args []typ) typ {
	is := func(n int, ok func(typ) bool) bool { return len(args) == n && ok(args[0]) }
	numeric := func(t typ) bool { return t.isNumeric() }
	isText := func(t typ) bool { return t.kind == text }
	switch name {
	case "abs":
		if is(1, numeric) {
			return typ{kind: max(args[0].kind, integer)}
		}
	case "int":
		if is(1, numeric) || is(1, isText) {
			return typ{kind: integer}
		}
	case "float":
		if is(1, numeric) || is(1, isText) {
			return typ{kind: float}
		}
	case "bool":
		if len(args) == 1 {
			return typ{kind: boolean}
		}
	case "str":
		if is(1, func(t typ) bool { return t.kind != number }) {
			return typ{kind: text}
		}
	case "len", "ord":
		if is(1, isText) {
			return typ{kind: integer}
		}
	case "chr":
		if is(1, typ.isWhole) {
			return typ{kind: text}
		}
	case "round":
		if is(1, numeric) {
			return typ{kind: integer}
		}
		if is(2, numeric) && args[1].isWhole() {
			if digits, ok := e.args[1].(*intLiteral); args[0].isWhole() && (!ok || digits.value < 0) {
				break
			}
			return typ{kind: max(args[0].kind, integer)}
		}
	case "min", "max":
		if len(args) >= 2 {
			t := args[0]
			for _, a := range args[1:] {
				var ok bool
				if t, ok = join(t, a); !ok {
					refuse(e.at(), "%s of %s and %s is not compiled", name, args[0], a)
				}
			}
			if t.isNumeric() || t.kind == text {
				return t
			}
		}
	default:
		refuse(e.at(), "the function %s is not compiled", name)
	}
	refuse(e.at(), "this call of %s is not compiled", name)
	return typ{}
}

// mathFunctions whose results are exact or correctly rounded, so that they are the same everywhere: number of arguments, result.
// Those whose last digit depends on the C library are CPython's own, from its library (promote.Library).
var mathFunctions = map[string]struct {
	args   int
	result kind
}{
	"sqrt": {1, float}, "fabs": {1, float}, "floor": {1, integer}, "ceil": {1, integer}, "trunc": {1, integer},
	"isnan": {1, boolean}, "isinf": {1, boolean}, "isfinite": {1, boolean}, "copysign": {2, float},
	"degrees": {1, float}, "radians": {1, float}, "fmod": {2, float},
}

// As C computes them: both operands are doubles.
var (
	pi        float64 = math.Pi
	toRadians         = pi / 180
	toDegrees         = 180 / pi
)

func (m *module) inferMath(e *call, name string, args []typ) typ {
	f, ok := mathFunctions[name]
	if promote.Mathematics(name) {
		m.needsLibrary(e, "math."+name)
		f.args, f.result = 1, float
		if name == "atan2" || name == "pow" || name == "hypot" || name == "remainder" || name == "log" && len(args) == 2 {
			f.args = 2
		}
	} else if !ok {
		refuse(e.at(), "math.%s is not compiled", name)
	}
	if len(args) != f.args || slices.ContainsFunc(args, func(t typ) bool { return !t.isNumeric() }) {
		refuse(e.at(), "this call of math.%s is not compiled", name)
	}
	return typ{kind: f.result}
}

func (m *module) needsLibrary(e expr, what string) {
	if m.library == nil {
		refuse(e.at(), "%s is not compiled, because its last digit may differ", what)
	}
}

// method of strings: kinds of its arguments, how many of them must be given, and the result.
type method struct {
	args   []kind
	least  int
	result kind
}

// methods of strings; the function of the host that does the work has the same name (host_text.go).
var methods = map[string]method{
	"upper": {nil, 0, text}, "lower": {nil, 0, text}, "capitalize": {nil, 0, text}, "title": {nil, 0, text}, "swapcase": {nil, 0, text},
	"strip": {[]kind{text}, 0, text}, "lstrip": {[]kind{text}, 0, text}, "rstrip": {[]kind{text}, 0, text},
	"removeprefix": {[]kind{text}, 1, text}, "removesuffix": {[]kind{text}, 1, text}, "replace": {[]kind{text, text}, 2, text},
	"zfill": {[]kind{integer}, 1, text}, "ljust": {[]kind{integer, text}, 1, text}, "rjust": {[]kind{integer, text}, 1, text},
	"center": {[]kind{integer, text}, 1, text}, "startswith": {[]kind{text}, 1, boolean}, "endswith": {[]kind{text}, 1, boolean},
	"find": {[]kind{text}, 1, integer}, "rfind": {[]kind{text}, 1, integer}, "index": {[]kind{text}, 1, integer}, "count": {[]kind{text}, 1, integer},
	"isdigit": {nil, 0, boolean}, "isalpha": {nil, 0, boolean}, "isalnum": {nil, 0, boolean}, "isspace": {nil, 0, boolean},
	"isupper": {nil, 0, boolean}, "islower": {nil, 0, boolean}, "isascii": {nil, 0, boolean},
}

func inferMethod(e *call, name string, args []typ) typ {
	m, ok := methods[name]
	if !ok {
		refuse(e.at(), "the method %s of strings is not compiled", name)
	}
	fits := m.least <= len(args) && len(args) <= len(m.args)
	for i := 0; fits && i < len(args); i++ {
		fits = args[i].kind == m.args[i] || m.args[i] == integer && args[i].isWhole()
	}
	if !fits {
		refuse(e.at(), "this call of the method %s is not compiled", name)
	}
	return typ{kind: m.result}
}
