package wasm

import (
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// value is how one parameter or result crosses into WebAssembly.
type value struct {
	kind     types.Kind // of the value without its option
	optional bool
	wasm     byte // value type of the module's function; unused for text
	text     bool // pointer and length
}

// abi is the calling convention of one function as its module has it.
type abi struct {
	params []value
	result value
}

// inGuest reports whether arguments must lie in the module's own memory.
func (a *abi) inGuest() bool {
	if a.result.text || a.result.optional {
		return true
	}
	for _, p := range a.params {
		if p.text {
			return true
		}
	}
	return false
}

// choices returns the value types that may carry a kind, the usual one first; none for kinds that cannot be passed.
func choices(k types.Kind) []byte {
	switch k {
	case types.Bool, types.Date:
		return []byte{typeI32}
	case types.Int:
		return []byte{typeI64, typeI32}
	case types.Time, types.Timestamp:
		return []byte{typeI64}
	case types.Float:
		return []byte{typeF64, typeF32}
	case types.String, types.JSON, types.Bytes:
		return []byte{typeI32}
	}
	return nil
}

func isText(k types.Kind) bool { return k == types.String || k == types.JSON || k == types.Bytes }

// bind matches f with the signature of its export; the error shows both.
func bind(f *udf.Function, def api.FunctionDefinition) (*abi, error) {
	a := &abi{}
	have := def.ParamTypes()
	next := 0
	take := func(allowed []byte) (byte, bool) {
		if next >= len(have) {
			return 0, false
		}
		t := have[next]
		next++
		return t, strings.IndexByte(string(allowed), t) >= 0
	}
	ok := true
	for _, p := range f.Params {
		v, err := valueOf("parameter "+p.Name, p.Type)
		if err != nil {
			return nil, err
		}
		t, fits := take(choices(v.kind))
		v.wasm = t
		ok = ok && fits
		if v.text {
			_, fits = take([]byte{typeI32})
			ok = ok && fits
		}
		if v.optional {
			_, fits = take([]byte{typeI32})
			ok = ok && fits
		}
		a.params = append(a.params, v)
	}
	r, err := valueOf("the result", f.Result)
	if err != nil {
		return nil, err
	}
	if r.optional {
		_, fits := take([]byte{typeI32})
		ok = ok && fits
	}
	allowed := choices(r.kind)
	if r.text {
		allowed = []byte{typeI64}
	}
	if rs := def.ResultTypes(); len(rs) == 1 {
		r.wasm = rs[0]
		ok = ok && strings.IndexByte(string(allowed), r.wasm) >= 0
	} else {
		ok = false
	}
	a.result = r
	if !ok || next != len(have) {
		return nil, fmt.Errorf("the export %q is %s, but the signature (%s) => %s needs %s; change one of them",
			f.Entry, show(have, def.ResultTypes()), fieldTypes(f.Params), f.Result, expected(a))
	}
	return a, nil
}

func valueOf(what string, t types.Type) (value, error) {
	v := value{kind: t.Required().Kind, optional: t.IsOption()}
	v.text = isText(v.kind)
	if choices(v.kind) == nil {
		return v, fmt.Errorf("%s has type %s, which WebAssembly functions cannot take; use bool, int, float, string, bytes, json, date, time or timestamp", what, t)
	}
	return v, nil
}

// expected is the usual signature for a convention.
func expected(a *abi) string {
	var ps []byte
	for _, p := range a.params {
		ps = append(ps, choices(p.kind)[0])
		if p.text {
			ps = append(ps, typeI32)
		}
		if p.optional {
			ps = append(ps, typeI32)
		}
	}
	if a.result.optional {
		ps = append(ps, typeI32)
	}
	r := choices(a.result.kind)[0]
	if a.result.text {
		r = typeI64
	}
	return show(ps, []byte{r})
}

func show(params, results []byte) string {
	list := func(ts []byte) string {
		names := make([]string, len(ts))
		for i, t := range ts {
			names[i] = api.ValueTypeName(t)
		}
		return "(" + strings.Join(names, ", ") + ")"
	}
	return list(params) + " -> " + list(results)
}

func fieldTypes(fs []types.Field) string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.Name + ": " + f.Type.String()
	}
	return strings.Join(parts, ", ")
}
