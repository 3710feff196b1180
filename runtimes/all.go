// Package runtimes lists the mechanisms that execute functions. A new one is a package beside this file, a udf.Kind, a field
// of Set and a line in ByKind; package runtimetest proves it.
package runtimes

import (
	"context"
	"errors"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python"
	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/wasm"
)

// Options of all runtimes. The zero value is ready to use.
type Options struct {
	CacheDir string // where compiled code is kept, for runtimes that name no folder of their own; "" keeps none
	WASM     wasm.Options
	Python   python.Options
	Native   native.Options
}

// Set is every runtime. Nothing is compiled or started before it is needed, or asked for by Python.Prewarm.
type Set struct {
	WASM   *wasm.Runtime
	Python *python.Runtime
	Native *native.Runtime
}

// New returns every runtime; expression functions need none. The caller closes the set.
func New(opts Options) *Set {
	if opts.WASM.CacheDir == "" {
		opts.WASM.CacheDir = opts.CacheDir
	}
	if opts.Python.CacheDir == "" {
		opts.Python.CacheDir = opts.CacheDir
	}
	return &Set{WASM: wasm.New(opts.WASM), Python: python.New(opts.Python), Native: native.New(opts.Native)}
}

// ByKind returns each runtime under the kind of functions that it executes.
func (s *Set) ByKind() map[udf.Kind]udf.Runtime {
	return map[udf.Kind]udf.Runtime{udf.WASM: s.WASM, udf.Python: s.Python, udf.Native: s.Native}
}

// Close closes every runtime.
func (s *Set) Close(ctx context.Context) error {
	return errors.Join(s.WASM.Close(ctx), s.Python.Close(ctx), s.Native.Close(ctx))
}
