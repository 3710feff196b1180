package main

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// fused evaluates an expression by a module that was emitted for it. The module's memory has room for all rows, so that it can be
// measured in place; with copies it uses the room of a block, which stays in the cache.
type fused struct {
	ctx     context.Context
	d       *data
	runtime wazero.Runtime
	f       api.Function
	memory  []byte
	outAt   int
	bits    bool
	out     []uint64 // of all rows, as copies give them
	valid   []uint64
	stack   [2]uint64
	copied  bool
}

func newFused(ctx context.Context, e *logical.Expr, d *data) (*fused, error) {
	w := &fused{ctx: ctx, d: d, bits: e.T.Required().Kind == types.Bool, out: make([]uint64, d.rows)}
	columns := map[string]uint32{}
	for i, f := range d.fields {
		columns[f.Name] = uint32(i * d.rows * 8)
	}
	w.outAt = len(d.fields) * d.rows * 8
	code, err := emit(e, columns, uint32(w.outAt), uint32(w.outAt+d.rows*8))
	if err != nil {
		return nil, err
	}
	w.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	m, err := w.runtime.Instantiate(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("the emitted module: %w", err)
	}
	w.f = m.ExportedFunction("f")
	w.memory, _ = m.Memory().Read(0, m.Memory().Size())
	for i, v := range d.values {
		copy(w.memory[i*d.rows*8:], bytesOf(v))
	}
	if d.valid != nil {
		w.valid = make([]uint64, len(d.valid))
	}
	return w, nil
}

// run evaluates all rows. A result is absent where a column is: that is a matter of bitmaps, and the host's.
func (w *fused) run(copied bool) error {
	w.copied = copied
	if w.d.valid != nil {
		copy(w.valid, w.d.valid)
	}
	step := batch
	if copied {
		step = min(cached, w.d.rows)
	}
	for from := 0; from < w.d.rows; from += step {
		n := min(step, w.d.rows-from)
		at := from
		if copied {
			at = 0
			for i, v := range w.d.values {
				copy(w.memory[i*w.d.rows*8:], bytesOf(v[from:from+n]))
			}
		}
		w.stack = [2]uint64{uint64(at * 8), uint64((at + n) * 8)}
		if err := w.f.CallWithStack(w.ctx, w.stack[:]); err != nil {
			return err
		}
		if copied && w.bits {
			copy(bytesOf(w.out)[from/8:], w.memory[w.outAt:w.outAt+n/8])
		} else if copied {
			copy(bytesOf(w.out)[from*8:], w.memory[w.outAt:w.outAt+n*8])
		}
	}
	if w.valid != nil && w.bits {
		words := w.words()[:w.d.rows/64]
		kernels.Best.And(words, w.valid, words)
	}
	return nil
}

func (w *fused) words() []uint64 {
	if w.copied {
		return w.out
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(&w.memory[w.outAt])), w.d.rows)
}

// result is what the last run gave.
func (w *fused) result() []uint64 {
	if w.bits {
		return w.words()[:w.d.rows/64]
	}
	out := append([]uint64(nil), w.words()...)
	for i := range out {
		if w.valid != nil && w.valid[i/64]>>(i%64)&1 == 0 {
			out[i] = 0
		}
	}
	return out
}

func (w *fused) close() error { return w.runtime.Close(w.ctx) }

func bytesOf[T float64 | uint64](in []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(in))), len(in)*8)
}
