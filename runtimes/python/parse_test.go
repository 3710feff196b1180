package python

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/subset"
)

// compareTrees tells where CPython's trees of a function in two sources differ, apart from what the compiler does not keep.
const compareTrees = `
import ast
import functools

parse = functools.lru_cache(None)(ast.parse)

class Plain(ast.NodeTransformer):
    def visit_AnnAssign(self, n):
        self.generic_visit(n)
        return ast.Assign(targets=[n.target], value=n.value, lineno=0)
    def visit_Raise(self, n):
        return ast.Raise(exc=None, cause=None)
    def visit_Assert(self, n):
        self.generic_visit(n)
        return ast.Assert(test=n.test, msg=None)
    def visit_FunctionDef(self, n):
        self.generic_visit(n)
        n.returns, n.args.defaults = None, []
        for a in n.args.args:
            a.annotation = None
        return n

def tree(source, name):
    for node in parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.dump(Plain().visit(node))

def f(source: str, printed: str, name: str) -> str:
    want, got = tree(source, name), tree(printed, name)
    return "" if want == got else f"{name}: CPython reads {want}\nand the compiler {got}"
`

// precedence has what is easily read wrongly.
const precedence = `
def f(a, b, c):
    x = -a ** -b ** c; y = not a == b; z = a if b else c if a else b
    x = a + b * c - a // b % c / a << b >> c & a | b ^ ~c
    x = a or b and not c in a is not None
    x = a < b == c not in (1, 2,) != -1
    x = a[b][c:a, ][0] if c else a.strip().upper()[::-1] if a else a[1:][:2][b:c:a]
    x = (a, b), [a, b,], {a}
    x = f(a)(b) if a else 0
    return x

def g(a):
    x = 0x_ff + 0o17 + 0b1_0 + 1_000 + 1e5 + .5 + 5. + 1.5E-3 + 00
    s = 'a' "b" r'\n' '''c
d''' "\
e" + '\x41\101\u00e9\n\\' + u"x"
    t = f"{a}" 'x' f"{{}}{a+1:>5}{'y' "z"}" "w" f'''{a
    + 1}''' f"{a if a else (lambda: 1) if 0 else 2}"
    return (a
            + 1) \
        + 2  # a comment

def h(a, b=1):
    if a: return 1
    elif b: pass
    else:
        while a: a -= 1; b **= 2
        else: b = 1
    for i in range(a, -b, 2): continue
    else:
        raise ValueError('x') from None
    a = b = a, b
    a, b = (b, a)
    assert a, "message"
    c: int = 3
    return sum(i * 2 for i in 'abc' if i if not a), h(a, b=b), ()
`

// TestReadsAsCPython compares the trees of what the compiler understands with those of CPython's own parser.
func TestReadsAsCPython(t *testing.T) {
	t.Parallel()
	sources := []string{}
	for function := range strings.SplitSeq(precedence, "\ndef ") {
		head, _, _ := strings.Cut(function, "\n")
		if head == "" {
			continue
		}
		// Line by line too, because one line that is refused hides the others.
		sources = append(sources, "def "+function)
		for line := range strings.SplitSeq(function[len(head)+1:], "\n") {
			if strings.HasPrefix(line, "    ") && !strings.HasPrefix(line, "     ") && !strings.HasSuffix(line, ":") {
				sources = append(sources, "def "+head+"\n"+line+"\n")
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.py"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join("testdata", "functions.py")) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, string(source))
	}
	random, _ := newWriter(rand.New(rand.NewPCG(rand.Uint64(), 1))).module(t, 100)
	sources = append(sources, random)
	columns := make([]*array.StringBuilder, 3)
	for i := range columns {
		columns[i] = array.NewStringBuilder(memory.DefaultAllocator)
	}
	n := 0
	for _, source := range sources {
		printed, _ := subset.Print(source)
		for name, text := range printed {
			n++
			columns[0].Append(source)
			columns[1].Append(text)
			columns[2].Append(name)
		}
	}
	if n < 200 {
		t.Fatalf("only %d functions were understood", n)
	}
	f := function(t, "string", "string", "string", "string")
	p, err := sharedRuntime(t).load(t.Context(), module(compareTrees), []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	printed := columns[1].NewStringArray()
	out, err := in.Call(t.Context(), f, []arrow.Array{columns[0].NewArray(), printed, columns[2].NewArray()}, n)
	if err != nil {
		t.Fatal(err)
	}
	for row := range n {
		if s := out.(*array.String).Value(row); s != "" {
			t.Errorf("%.2000s\n%.500s", s, printed.Value(row))
		}
	}
}
