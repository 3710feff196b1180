package assemble

import (
	"context"
	"math"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

func instance(t *testing.T, r wazero.Runtime, m *Module, name string) api.Module {
	t.Helper()
	compiled, err := r.CompileModule(t.Context(), m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	in, err := r.InstantiateModule(t.Context(), compiled, wazero.NewModuleConfig().WithName(name))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func engine(t *testing.T) wazero.Runtime {
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	t.Cleanup(func() { r.Close(context.Background()) })
	return r
}

// TestNumbers: the engine reads the numbers that were written, around every length that they can have.
func TestNumbers(t *testing.T) {
	t.Parallel()
	want := []int64{0, math.MinInt64, math.MaxInt64, math.MinInt32, math.MaxInt32}
	for bits := 6; bits < 63; bits += 7 {
		for _, near := range []int64{-1, 0, 1} {
			want = append(want, 1<<bits+near, -1<<bits+near)
		}
	}
	m := &Module{}
	c := m.Function([]Value{I32}, []Value{I64})
	for i, v := range want {
		c.Get(0)
		c.I32(int32(i))
		c.Op(I32Eq)
		c.If()
		c.I64(v)
		c.Op(Return)
		c.End()
	}
	c.I64(0)
	m.Export("number", c)
	number := instance(t, engine(t), m, "").ExportedFunction("number")
	for i, v := range want {
		got, err := number.Call(t.Context(), uint64(i))
		if err != nil || int64(got[0]) != v {
			t.Errorf("%d was read as %v, %v", v, got, err)
		}
	}
}

// TestLocals: variables of changing types have places of their own, and begin as zero like those of the module.
func TestLocals(t *testing.T) {
	t.Parallel()
	m := &Module{}
	c := m.Function([]Value{I64}, []Value{I64})
	var locals []uint32
	for _, v := range []Value{I32, I32, F64, F32, I64, I64, I64, I32} {
		l, g := c.Local(v), m.Global(v)
		locals = append(locals, l)
		c.Zero(v)
		c.Set(l)
		c.GetGlobal(g)
		c.Set(l)
	}
	c.Get(0)
	c.Set(locals[5])
	c.Get(locals[4])
	c.Get(locals[5])
	c.Op(I64Add)
	m.Export("same", c)
	got, err := instance(t, engine(t), m, "").ExportedFunction("same").Call(t.Context(), 41)
	if err != nil || got[0] != 41 {
		t.Errorf("it gave %v, %v", got, err)
	}
}

// TestTwoModules: one calls a function of the other and copies in the memory of the other, after which its global is 1.
func TestTwoModules(t *testing.T) {
	t.Parallel()
	r := engine(t)
	owner := &Module{}
	owner.Memory(1, 1)
	owner.Data(100, []byte("memory"))
	ten := owner.Function(nil, []Value{I32})
	ten.I32(10)
	owner.Export("ten", ten)
	memory := instance(t, r, owner, "owner").Memory()

	user := &Module{}
	to := user.Import("owner", "ten", nil, []Value{I32})
	user.ImportMemory("owner")
	done := user.Global(I32)
	user.ExportGlobal("done", done)
	c := user.Function(nil, nil)
	c.Call(to)
	c.I32(100)
	c.I32(6)
	c.MemoryCopy()
	end := c.Block()
	c.I32(1)
	c.SetGlobal(done)
	c.Branch(end)
	c.End()
	user.Export("copy", c)
	in := instance(t, r, user, "user")
	if _, err := in.ExportedFunction("copy").Call(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b, _ := memory.Read(10, 6); string(b) != "memory" || in.ExportedGlobal("done").Get() != 1 || in.ExportedMemory("memory") == nil {
		t.Errorf("the memory has %q there, and the global is %d", b, in.ExportedGlobal("done").Get())
	}
}
