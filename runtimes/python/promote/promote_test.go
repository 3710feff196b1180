package promote

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

func read(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/unoptimised.wasm")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func instance(t *testing.T, wasm []byte) api.Module {
	t.Helper()
	r := wazero.NewRuntime(t.Context())
	t.Cleanup(func() { r.Close(context.Background()) })
	m, err := r.Instantiate(t.Context(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestBehavesTheSame calls each function of the module before and after.
func TestBehavesTheSame(t *testing.T) {
	t.Parallel()
	wasm := read(t)
	made, err := Module(wasm)
	if err != nil {
		t.Fatal(err)
	}
	before, after := instance(t, wasm), instance(t, made)
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"plain", "passed", "returned", "stored", "fields", "indexed", "variadic", "partly", "indirect", "narrow", "halves", "parts", "deep", "floats"} {
		for range 200 {
			args := []uint64{uint64(random.Uint32N(50)), uint64(random.Uint32())}
			switch name {
			case "floats":
				args = []uint64{api.EncodeF64(random.NormFloat64()), api.EncodeF64(random.NormFloat64())}
			case "narrow", "halves", "parts":
				args[0] = uint64(random.Uint32())
			}
			want, err1 := before.ExportedFunction(name).Call(t.Context(), args...)
			got, err2 := after.ExportedFunction(name).Call(t.Context(), args...)
			if err1 != nil || err2 != nil || want[0] != got[0] {
				t.Fatalf("%s(%v) gave %v, %v; before %v, %v", name, args, got, err2, want, err1)
			}
		}
	}
}

// TestVariablesMove counts the loads and stores that are left: there must be far fewer, and where others look, some.
func TestVariablesMove(t *testing.T) {
	t.Parallel()
	wasm := read(t)
	count := func(wasm []byte) (each []int, all int) {
		m, err := parse(wasm)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range m.bodies {
			_, list := decode(b, m.types[m.functions[m.imported+i]].params)
			n := 0
			for _, in := range list {
				if in.op >= 0x28 && in.op <= 0x3e {
					n++
				}
			}
			each, all = append(each, n), all+n
		}
		return each, all
	}
	made, err := Module(wasm)
	if err != nil {
		t.Fatal(err)
	}
	_, before := count(wasm)
	_, after := count(made)
	if after*2 > before || after == 0 {
		t.Errorf("%d loads and stores before, %d after", before, after)
	}
}

// exported is the body of an exported function.
func exported(t *testing.T, m *module, name string) int {
	t.Helper()
	for _, s := range m.sections {
		if s.id != 7 {
			continue
		}
		r := &reader{b: s.body}
		for range r.u32() {
			is := string(r.take(int(r.u32())))
			kind, index := r.byte(), int(r.u32())
			if kind == 0 && is == name {
				return index - m.imported
			}
		}
	}
	t.Fatalf("the module exports no %s", name)
	return 0
}

// TestPartsMove is about words of which parts are read: nothing of them is left in memory.
func TestPartsMove(t *testing.T) {
	t.Parallel()
	made, err := Module(read(t))
	if err != nil {
		t.Fatal(err)
	}
	m, err := parse(made)
	if err != nil {
		t.Fatal(err)
	}
	i := exported(t, m, "parts")
	_, list := decode(m.bodies[i], m.types[m.functions[m.imported+i]].params)
	for _, in := range list {
		if in.op >= 0x28 && in.op <= 0x3e {
			t.Errorf("instruction %#x still goes to memory", in.op)
		}
	}
}

// TestMalformedModules are refused, whatever is wrong.
func TestMalformedModules(t *testing.T) {
	t.Parallel()
	wasm := read(t)
	random := rand.New(rand.NewPCG(3, 4))
	refused := 0
	for n := 0; n < len(wasm); n += 41 {
		if _, err := Module(wasm[:n]); err != nil {
			refused++
		}
		broken := append([]byte(nil), wasm...)
		broken[8+random.IntN(len(wasm)-8)] ^= byte(1 + random.IntN(255))
		Module(broken)
	}
	if refused < len(wasm)/41-2 {
		t.Error(fmt.Sprint("only ", refused, " truncated modules were refused"))
	}
}
