package promote

import (
	"math/rand/v2"
	"os"
	"testing"
)

// blocks is the module of testdata/blocks.c.
func blocks(t *testing.T) *module {
	t.Helper()
	wasm, err := os.ReadFile("testdata/blocks.wasm")
	if err != nil {
		t.Fatal(err)
	}
	m, err := parse(wasm)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestKeptBlocks takes blocks and gives them back at random: those in use never overlap, small ones are used again, and no more than a
// list may hold is kept.
func TestKeptBlocks(t *testing.T) {
	t.Parallel()
	m := blocks(t)
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

// TestMovedBytes copies and fills pieces of all short sizes, at all places of a word, and looks at what lies around them.
func TestMovedBytes(t *testing.T) {
	t.Parallel()
	m := blocks(t)
	m.moveBytes(library{malloc: -1, free: -1, copy: exported(t, m, "copied"), fill: exported(t, m, "filled")})
	module := instance(t, m.encode())
	memory := module.Memory()
	const from, to, around = 2048, 4096, 200
	pattern := make([]byte, around)
	for i := range pattern {
		pattern[i] = byte(3*i + 1)
	}
	for size := range 70 {
		for at := range 8 {
			for _, name := range []string{"copied", "filled"} {
				memory.Write(from, pattern)
				memory.Write(to, make([]byte, around))
				want := make([]byte, around)
				args := []uint64{uint64(to + 40 + at), uint64(from + 7 - at), uint64(size)}
				copy(want[40+at:40+at+size], pattern[7-at:])
				if name == "filled" {
					args[1] = 0x1a7
					for i := range size {
						want[40+at+i] = 0xa7
					}
				}
				got, err := module.ExportedFunction(name).Call(t.Context(), args...)
				if err != nil || got[0] != args[0] {
					t.Fatalf("%s%v gave %v, %v", name, args, got, err)
				}
				if b, _ := memory.Read(to, around); string(b) != string(want) {
					t.Fatalf("%s%v left %v, not %v", name, args, b, want)
				}
			}
		}
	}
}
