package promote

import (
	"testing"

	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// unoptimised is a function of C that is being written as the compiler does without optimisation.
type unoptimised struct {
	*assemble.Code
	frame, result uint32
	size          int32
}

func begin(params int, size int32) unoptimised {
	c := unoptimised{Code: assemble.NewBody(params), size: size}
	c.frame, c.result = c.Local(assemble.I32), c.Local(assemble.I32)
	c.GetGlobal(0)
	c.I32(size)
	c.Op(assemble.I32Sub)
	c.Tee(c.frame)
	c.SetGlobal(0)
	return c
}

// put stores a parameter in the frame, load pushes what is there, and end gives back the frame and returns 0.
func (c unoptimised) put(param, at uint32) unoptimised {
	c.Get(c.frame)
	c.Get(param)
	c.Access(assemble.I32Store, at)
	return c
}

func (c unoptimised) load(at uint32) {
	c.Get(c.frame)
	c.Access(assemble.I32Load, at)
}

func (c unoptimised) end() []byte {
	c.Get(c.frame)
	c.I32(c.size)
	c.Op(assemble.I32Add)
	c.SetGlobal(0)
	c.Get(c.result)
	return c.Bytes()
}

// TestVariadicFunctions tells those with "..." by where their parameters are put.
func TestVariadicFunctions(t *testing.T) {
	t.Parallel()
	three := begin(3, 16).put(0, 12).put(1, 8).put(2, 4)
	later := begin(3, 16).put(0, 12).put(1, 8)
	later.Get(later.frame)
	later.I32(7)
	later.Access(assemble.I32Store, 4)
	later.put(2, 0)
	below := begin(2, 16).put(0, 12).put(1, 4)
	structure := begin(2, 16).put(0, 12)
	structure.Get(structure.frame)
	structure.Get(1)
	structure.Access(assemble.I32Load, 0)
	structure.Access(assemble.I32Store, 4)
	twice := begin(2, 16).put(0, 12).put(1, 4)
	twice.Get(1)
	twice.Op(assemble.Drop)
	one := begin(1, 16).put(0, 4)
	for _, c := range []struct {
		name   string
		params int
		code   unoptimised
		want   bool
	}{
		{"all have names", 3, three, false},
		{"another variable is set before the last", 3, later, true},
		{"another variable lies above the last", 2, below, true},
		{"a struct that is used where it is", 2, structure, false},
		{"the last is also used otherwise", 2, twice, false},
		{"one parameter", 1, one, false},
	} {
		sig := signature{[]assemble.Value{assemble.I32, assemble.I32, assemble.I32}[:c.params], []assemble.Value{assemble.I32}}
		m := &module{types: []signature{sig}, functions: []int{0}, bodies: [][]byte{c.code.end()}}
		if got := m.isVariadic(0); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// TestUnnamedArguments is about a call with "...": what it is given stays in memory, and the variables above that do not.
//
//	int x = a; f(1, x, 2.0); return x;
func TestUnnamedArguments(t *testing.T) {
	t.Parallel()
	c := begin(1, 32).put(0, 28)
	c.Get(c.frame)
	c.load(28)
	c.Access(assemble.I32Store, 24)
	c.Get(c.frame)
	c.load(24)
	c.Access(assemble.I32Store, 0)
	c.Get(c.frame)
	c.F64(2)
	c.Access(assemble.F64Store, 8)
	c.I32(1)
	c.Get(c.frame)
	c.Call(1)
	c.Op(assemble.Drop)
	c.load(24)
	c.Set(c.result)
	code, i32 := c.end(), assemble.I32
	for _, variadic := range []bool{true, false} {
		m := &module{types: []signature{{[]assemble.Value{i32}, []assemble.Value{i32}}, {[]assemble.Value{i32, i32}, []assemble.Value{i32}}},
			functions: []int{0, 1}, bodies: [][]byte{code, nil},
			summaries: make([][]summary, 2), params: make([]int32, 2), objects: make([]map[int32]int32, 2), variadic: []bool{false, variadic}}
		body, _ := analyse(m, 0).rewrite()
		_, list := decode(body, m.types[0].params)
		used := map[int64]bool{}
		for _, in := range list {
			if in.op >= assemble.I32Load && in.op <= assemble.I64Store32 {
				used[in.x] = true
			}
		}
		if !used[0] || !used[8] || used[28] {
			t.Errorf("these places are loaded from or stored to: %v", used)
		}
		if used[24] == variadic {
			t.Errorf("x is in memory: %t, where the call has unnamed arguments: %t", used[24], variadic)
		}
	}
}
