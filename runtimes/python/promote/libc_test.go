package promote

import (
	"math/rand/v2"
	"os"
	"testing"
)

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

// TestKeptBlocks takes blocks and gives them back at random: those in use never overlap, small ones are used again, and no more than a
// list may hold is kept.
func TestKeptBlocks(t *testing.T) {
	t.Parallel()
	wasm, err := os.ReadFile("testdata/blocks.wasm")
	if err != nil {
		t.Fatal(err)
	}
	m, err := parse(wasm)
	if err != nil {
		t.Fatal(err)
	}
	m.keepBlocks(library{malloc: exported(t, m, "malloc"), free: exported(t, m, "free"), copy: -1, fill: -1})
	module := instance(t, m.encode())
	call := func(name string, args ...uint64) uint32 {
		got, err := module.ExportedFunction(name).Call(t.Context(), args...)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			return 0
		}
		return uint32(got[0])
	}
	memory, random := module.Memory(), rand.New(rand.NewPCG(5, 6))
	type block struct {
		at   uint32
		data []byte
	}
	var live []block
	call("free", 0)
	for range 20_000 {
		if len(live) > 200 || len(live) > 0 && random.IntN(2) == 0 {
			k := random.IntN(len(live))
			b := live[k]
			if got, _ := memory.Read(b.at, uint32(len(b.data))); string(got) != string(b.data) {
				t.Fatalf("a block of %d bytes has changed", len(b.data))
			}
			call("free", uint64(b.at))
			live[k] = live[len(live)-1]
			live = live[:len(live)-1]
			continue
		}
		b := block{data: make([]byte, random.IntN(128))}
		for i := range b.data {
			b.data[i] = byte(random.Uint32())
		}
		if b.at = call("malloc", uint64(len(b.data))); b.at == 0 || b.at%16 != 0 || !memory.Write(b.at, b.data) {
			t.Fatalf("a block of %d bytes is at %d", len(b.data), b.at)
		}
		live = append(live, b)
	}
	if used := call("used"); used > 200_000 {
		t.Errorf("%d bytes are used for 200 blocks; they are not used again", used)
	}
	before := call("count")
	call("free", uint64(call("malloc", 500)))
	if got := call("count") - before; got != 1 {
		t.Errorf("a large block is kept: %d reached the library", got)
	}
	var small []uint32
	for range 3 * maxKept / 2 {
		p := call("malloc", 1)
		if p == 0 {
			break
		}
		small = append(small, p)
	}
	before = call("count")
	for _, p := range small {
		call("free", uint64(p))
	}
	if kept := len(small) - int(call("count")-before); kept > maxKept || kept < maxKept/2 {
		t.Errorf("of %d blocks of one size %d are kept, not at most %d", len(small), kept, maxKept)
	}
}
