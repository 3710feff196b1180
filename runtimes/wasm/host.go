package wasm

import (
	"context"
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/runtimes/columns"
)

const (
	maxMessage = 1024 // bytes of one logged message
	maxLogged  = 100  // messages of one call
)

// callState travels in the context of a call to the functions that modules import.
type callState struct{ logged int }

type callStateKey struct{}

// abortError is what an AssemblyScript module says when it gives up.
type abortError struct {
	message, file string
	line, column  uint32
}

func (e *abortError) Error() string {
	return fmt.Sprintf("aborted: %s (%s:%d:%d)", e.message, e.file, e.line, e.column)
}

// hostModules gives an engine the functions that modules may import, WASI aside.
func (r *Runtime) hostModules(ctx context.Context, e wazero.Runtime) error {
	_, err := e.NewHostModuleBuilder("dreamql").NewFunctionBuilder().WithFunc(r.log).Export("log").Instantiate(ctx)
	if err != nil {
		return err
	}
	_, err = e.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(abort).Export("abort").Instantiate(ctx)
	return err
}

// checkHost reports an import that the host does not offer, or offers with another signature.
func checkHost(e wazero.Runtime, user wazero.CompiledModule) error {
	for _, def := range user.ImportedFunctions() {
		module, name, _ := def.Import()
		host := e.Module(module)
		if host == nil {
			return fmt.Errorf("the module imports %s.%s, which does not exist here", module, name)
		}
		offered, ok := host.ExportedFunctionDefinitions()[name]
		if !ok {
			return fmt.Errorf("the module imports %s.%s, which does not exist here", module, name)
		}
		want, have := show(def.ParamTypes(), def.ResultTypes()), show(offered.ParamTypes(), offered.ResultTypes())
		if want != have {
			return fmt.Errorf("the module imports %s.%s as %s, but it is %s", module, name, want, have)
		}
	}
	return nil
}

// log is dreamql.log(pointer, length).
func (r *Runtime) log(ctx context.Context, m api.Module, ptr, length uint32) {
	state, _ := ctx.Value(callStateKey{}).(*callState)
	if r.opts.Log == nil || state == nil || state.logged >= maxLogged || m.Memory() == nil {
		return
	}
	state.logged++
	if b, ok := m.Memory().Read(ptr, min(length, maxMessage)); ok {
		r.opts.Log(fmt.Sprintf("%q", b))
	}
}

// abort is AssemblyScript's env.abort(message, file, line, column).
func abort(_ context.Context, m api.Module, message, file, line, column uint32) {
	panic(&abortError{utf16At(m, message), utf16At(m, file), line, column})
}

// utf16At reads an AssemblyScript string: UTF-16 code units, whose length in bytes stands before them.
func utf16At(m api.Module, ptr uint32) string {
	if ptr < 4 || m.Memory() == nil {
		return "?"
	}
	size, ok := m.Memory().ReadUint32Le(ptr - 4)
	if !ok {
		return "?"
	}
	b, ok := m.Memory().Read(ptr, min(size, maxMessage)&^1)
	if !ok {
		return "?"
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return columns.Clip(string(utf16.Decode(units)), maxMessage)
}
