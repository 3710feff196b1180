package wasm

import (
	"bytes"
	"testing"
)

// TestMemories uses memory again, zero, and keeps no more than its bound.
func TestMemories(t *testing.T) {
	t.Parallel()
	var m memories
	lent := &lender{from: &m}
	l := lent.Allocate(0, 0)
	b := l.Reallocate(64 << 10)
	copy(b, "secret")
	b = l.Reallocate(100 << 10)
	if !bytes.HasPrefix(b, []byte("secret")) || len(b) != 100<<10 {
		t.Fatalf("grown memory has %d bytes that begin %q", len(b), b[:6])
	}
	b[len(b)-1] = 1
	if l.Free(); m.bytes != 0 {
		t.Error("memory is used again before its instance has ended")
	}
	lent.end()
	if m.bytes != (64+128)<<10 {
		t.Errorf("%d bytes are spare", m.bytes)
	}
	for _, size := range []uint64{64 << 10, 128 << 10, 5 << 20} {
		b := (&lender{from: &m}).Allocate(0, 0).Reallocate(size)
		if uint64(len(b)) != size || bytes.ContainsFunc(b[:cap(b)], func(r rune) bool { return r != 0 }) {
			t.Errorf("memory of %d bytes has %d, or not all are 0", size, len(b))
		}
	}
	if m.bytes != 0 {
		t.Errorf("%d bytes are spare after all were taken", m.bytes)
	}
	for range 20 {
		m.give(make([]byte, 4<<20))
	}
	if m.bytes != maxSpare {
		t.Errorf("%d bytes are spare of 80 MB", m.bytes)
	}
}
