// Package runtimes lists the mechanisms that execute functions. A new one is a package beside this file, a udf.Kind, and a
// line in All; package runtimetest proves it.
package runtimes

import (
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python"
	"github.com/dreamql/dreamql/runtimes/wasm"
)

// Options of all runtimes. The zero value is ready to use.
type Options struct {
	WASM   wasm.Options
	Python python.Options
}

// All returns every runtime by the kind of functions that it executes; the caller closes each. Expression functions need none.
// Nothing is compiled or started before it is needed: see python.Runtime.Prewarm.
func All(opts Options) map[udf.Kind]udf.Runtime {
	return map[udf.Kind]udf.Runtime{
		udf.WASM:   wasm.New(opts.WASM),
		udf.Python: python.New(opts.Python),
	}
}
