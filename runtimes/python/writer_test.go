package python

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
)

// writer writes random functions of the subset, with variables of a few kinds: i int, f float, b bool, s str, o float or None.
type writer struct {
	r    *rand.Rand
	vars map[byte][]string // by kind
	next int               // for names of loops
	made []string          // functions that can be called, all of (int, float, str) => float
}

func newWriter(r *rand.Rand) *writer {
	return &writer{r: r, vars: map[byte][]string{'i': {"i", "j"}, 'f': {"f", "g"}, 'b': {"b"}, 's': {"s", "t"}, 'o': {"o"}}}
}

// module returns a module and its functions.
func (w *writer) module(t *testing.T, n int) (string, []*udf.Function) {
	source := "import math\n\nLIMIT = 12\nNAMES = ('a', 'bc', 'é')\n\n"
	for k := range n {
		result := w.pick("float", "int", "string", "bool", "float?")
		name := fmt.Sprint("f", k)
		source += fmt.Sprintf("\n# (int, float, bool, string, float?) => %s\ndef %s(i, f, b, s, o):\n    j = i\n    g = f\n    t = 'é' + s\n%s    return %s\n",
			result, name, w.block("    ", 2), w.expr(map[string]byte{"float": 'f', "int": 'i', "string": 's', "bool": 'b', "float?": 'o'}[result], 2))
		if k%10 == 0 {
			helper := fmt.Sprint("h", k)
			source += fmt.Sprintf("\ndef %s(i, f, s='x'):\n    return %s\n", helper, w.with([]string{"i"}, []string{"f"}, []string{"s"}, func() string { return w.expr('f', 3) }))
			w.made = append(w.made, helper)
		}
	}
	return source, declared(t, source)
}

// with runs write where only some names are known.
func (w *writer) with(ints, floats, texts []string, write func() string) string {
	outer := w.vars
	w.vars = map[byte][]string{'i': ints, 'f': floats, 's': texts, 'b': {"True"}, 'o': floats}
	defer func() { w.vars = outer }()
	return write()
}

func (w *writer) pick(options ...string) string { return options[w.r.IntN(len(options))] }

// fill replaces each letter after a $ by an expression of that kind.
func (w *writer) fill(form string, depth int) string {
	var b strings.Builder
	for i := 0; i < len(form); i++ {
		if form[i] == '$' {
			i++
			if e := w.expr(form[i], depth-1); strings.ContainsAny(e, " -") {
				b.WriteString("(" + e + ")")
			} else {
				b.WriteString(e)
			}
		} else {
			b.WriteByte(form[i])
		}
	}
	return b.String()
}

var leaves = map[byte][]string{
	'i': {"0", "1", "7", "-3", "LIMIT", "9007199254740993", "True", "len(s)", "2"},
	'f': {"2.5", "1e300", "0.1", "-0.0", "3.0", "1e-7", "math.pi"},
	'b': {"True", "False"},
	's': {"''", "'a'", "'é€'", `"x y"`, "'12'"},
	'o': {"None", "1.5"},
}

var forms = map[byte][]string{
	'i': {"$i + $i", "$i - $i", "$i * $i", "$i // $i", "$i % $i", "($i + $i)", "-$i", "abs($i)", "($i if $b else $i)", "min($i, $i)", "max($i, $i, $i)",
		"($i & $i)", "($i | $i)", "($i ^ $i)", "~$i", "($i << $i % 9)", "($i >> $i % 70)", "$i ** ($i % 4)", "int($f)", "round($f)", "len($s)", "$s.find($s)",
		"$s.count($s)", "ord($s[0])", "math.floor($f)", "math.ceil($f)", "int(str($i))", "($i and $i)", "($i or $i)",
		"sum($i for v in range($i % 5))", "sum(v * $i for v in range($i % 5) if v % 2)", "sum(ord(v) for v in $s)", "int($s)"},
	'f': {"$f + $f", "$f - $f", "$f * $f", "$f / $f", "$i / $i", "$f // $f", "$f % $f", "$f * $i", "($f - $i)", "-$f", "abs($f)", "($f if $b else $f)",
		"min($f, $f)", "max($f, $f)", "float($i)", "round($f, $i % 9)", "math.sqrt(abs($f))", "math.fabs($f)", "math.copysign($f, $f)", "($f or $f)",
		"math.fmod($f, $f)", "($o or $f)", "(0.0 if o is None else o)", "math.degrees($f)", "float($s)", "sum($f for v in range($i % 4))"},
	'b': {"$i < $i", "$i <= $f", "$f > $f", "$f == $i", "($i != $i)", "($i < $f <= $i)", "$s < $s", "$s == $s", "($s >= $s)", "$s in $s", "$s not in $s",
		"(not $b)", "($b and $b)", "($b or $b)", "o is None", "($b if $b else $b)", "$s.startswith($s)", "$s.isdigit()", "bool($i)", "bool($s)", "$i in (1, 2, $i)",
		"$s in NAMES", "$o == $f", "math.isnan($f)", "($f < $f < $i)", "any(v == $s for v in $s)", "all(v < $i for v in range($i % 6))", "$b == $b"},
	's': {"$s + $s", "($s + $s)", "$s * ($i % 4)", "$s[$i % 5:]", "$s[:$i]", "$s[::-1]", "$s[$i:$i:$i]", "$s.upper()", "$s.strip()", "$s.replace($s, $s)",
		"str($i)", "str($f)", "str($b)", "f'{$i}:{$f:.2f}'", "f'<{$s}>{$b}'", "($s if $b else $s)", "($s or $s)", "min($s, $s)", "$s.lower()", "$s.title()",
		"''.join(v + $s for v in $s)", "$s.ljust($i % 9)", "$s.zfill($i % 9)", "chr($i % 3000 + 1)", "f'{$i:>6}{$i:05d}'", "$s.strip($s)", "$s[$i]"},
	'o': {"$f", "(None if $b else $f)", "($o if $b else $o)", "($o and $f)"},
}

func (w *writer) expr(kind byte, depth int) string {
	if depth <= 0 || w.r.IntN(7) == 0 {
		options := w.vars[kind]
		if w.r.IntN(2) == 0 {
			options = leaves[kind]
			if kind == 'i' && len(w.vars['s']) == 0 {
				options = options[:5]
			}
		}
		return w.pick(options...)
	}
	if kind == 'f' && len(w.made) > 0 && w.r.IntN(12) == 0 {
		return w.fill(w.pick(w.made...)+w.pick("($i, $f)", "($i, $f, $s)", "(f=$f, i=$i)"), depth)
	}
	form := w.pick(forms[kind]...)
	if _, ok := w.vars['b']; ok && w.vars['b'][0] == "True" && strings.Contains(form, "o is None") {
		return w.pick(w.vars[kind]...)
	}
	return w.fill(form, depth)
}

func (w *writer) block(indent string, depth int) string {
	var b strings.Builder
	inner := indent + "    "
	for range 1 + w.r.IntN(3) {
		switch k := w.r.IntN(9); {
		case k < 3:
			kind := []byte("iifffsbo")[w.r.IntN(8)]
			fmt.Fprintf(&b, "%s%s = %s\n", indent, w.pick(w.vars[kind]...), w.expr(kind, 2))
		case k == 3:
			fmt.Fprintf(&b, "%s%s\n", indent, w.fill(w.pick("i += $i", "f -= $f", "g *= $f", "s += $s", "j //= $i", "t = t[$i:]", "i, j = j, $i", "f = g = $f"), 2))
		case k == 4 && depth > 0:
			fmt.Fprintf(&b, "%sif %s:\n%s%selse:\n%s", indent, w.expr('b', 2), w.block(inner, depth-1), indent, w.block(inner, depth-1))
		case k == 5 && depth > 0:
			w.next++
			v := fmt.Sprint("k", w.next)
			fmt.Fprintf(&b, "%sfor %s in range(%s):\n%s%s    if %s > 3:\n%s        %s\n", indent, v, w.pick("5", "2, 9, 3", "6, 0, -2", "i % 5", "3, i % 20, j % 5 - 2"),
				w.block(inner, depth-1), indent, v, indent, w.pick("break", "continue", "pass"))
		case k == 6 && depth > 0:
			w.next++
			v := fmt.Sprint("c", w.next)
			fmt.Fprintf(&b, "%sfor %s in %s:\n%s    t = %s + t\n%s    if %s:\n%s        break\n", indent, v, w.pick("s", "t[:4]", "'aé😀'"), indent, v, indent, w.expr('b', 1), indent)
		case k == 7 && depth > 0:
			w.next++
			n := fmt.Sprint("n", w.next)
			fmt.Fprintf(&b, "%s%s = 0\n%swhile %s < 3:\n%s    %s = %s + 1\n%s", indent, n, indent, n, indent, n, n, w.block(inner, depth-1))
		default:
			fmt.Fprintf(&b, "%spass\n", indent)
		}
	}
	return b.String()
}
