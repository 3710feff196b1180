package wasm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// form is how a value without its option is laid out for a function.
type form byte

const (
	nothing form = iota // a function that gives no result
	number              // one WebAssembly value
	text                // i32 pointer, i32 length; as a result one i64, pointer << 32 | length
	wide                // a decimal of more than 18 digits: two i64, the low one first; as a result behind a pointer
	block               // 16 bytes behind an i32 pointer; as a result too
	handle              // the module's own i32: a state or a cursor
)

// narrowDigits is the precision up to which a decimal fits an i64.
const narrowDigits = 18

// value is how one parameter or result crosses into WebAssembly.
type value struct {
	form      form
	kind      types.Kind // of the value without its option
	precision int        // of a decimal
	optional  bool
	wasm      byte // value type of the module's function where the form is number or handle
}

// behind reports whether a result is written where the function's first parameter, a pointer, says. It is what C compilers make of
// functions that return a structure or an __int128.
func (v value) behind() bool { return v.form == wide || v.form == block }

// abi is the calling convention of one function as its module has it.
type abi struct {
	params []value
	result value
}

// inGuest reports whether arguments must lie in the module's own memory.
func (a *abi) inGuest() bool {
	if a.result.form == text || a.result.behind() || a.result.optional {
		return true
	}
	for _, p := range a.params {
		if p.form == text || p.form == block {
			return true
		}
	}
	return false
}

// choices returns the value types that may carry a number, the usual one first.
func (v value) choices() []byte {
	switch {
	case v.form == handle, v.kind == types.Bool, v.kind == types.Date:
		return []byte{typeI32}
	case v.kind == types.Int:
		return []byte{typeI64, typeI32}
	case v.kind == types.Float:
		return []byte{typeF64, typeF32}
	}
	return []byte{typeI64} // time, timestamp, decimal
}

// usual is the parameters that a value has in the usual signature of a function.
func (v value) usual() []byte {
	var ps []byte
	switch v.form {
	case text:
		ps = []byte{typeI32, typeI32}
	case wide:
		ps = []byte{typeI64, typeI64}
	case block:
		ps = []byte{typeI32}
	default:
		ps = v.choices()[:1]
	}
	if v.optional {
		ps = append(ps, typeI32)
	}
	return ps
}

func valueOf(what string, t types.Type) (value, error) {
	r := t.Required()
	v := value{kind: r.Kind, precision: r.Precision, optional: t.IsOption(), form: number}
	switch r.Kind {
	case types.Bool, types.Date, types.Int, types.Float, types.Time, types.Timestamp:
	case types.String, types.JSON, types.Bytes:
		v.form = text
	case types.Decimal:
		if r.Precision > narrowDigits {
			v.form = wide
		}
	case types.Duration, types.UUID:
		v.form = block
	default:
		return v, fmt.Errorf("%s has type %s, which WebAssembly functions cannot take; use bool, int, float, decimal, string, bytes, json, date, time, timestamp, duration or uuid", what, t)
	}
	return v, nil
}

// convention is what f's signature asks of a scalar function, with the usual value types.
func convention(f *udf.Function) (*abi, error) {
	a := &abi{}
	for _, p := range f.Params {
		v, err := valueOf("parameter "+p.Name, p.Type)
		if err != nil {
			return nil, err
		}
		a.params = append(a.params, v)
	}
	r, err := valueOf("the result", f.Result)
	a.result = r
	return a, err
}

// bind fills in the value types that the export has where a convention allows more than one. The error shows both signatures.
func (a *abi) bind(entry, signature string, def api.FunctionDefinition) error {
	have := def.ParamTypes()
	next, ok := 0, true
	take := func(allowed ...byte) byte {
		if next >= len(have) {
			ok = false
			return allowed[0]
		}
		t := have[next]
		next++
		ok = ok && strings.IndexByte(string(allowed), t) >= 0
		return t
	}
	if a.result.behind() {
		take(typeI32)
	}
	for i := range a.params {
		p := &a.params[i]
		rest := p.usual()
		if p.form == number || p.form == handle {
			p.wasm = take(p.choices()...)
			rest = rest[1:]
		}
		for _, t := range rest {
			take(t)
		}
	}
	if a.result.optional {
		take(typeI32)
	}
	results := def.ResultTypes()
	switch r := &a.result; {
	case r.form == nothing || r.behind():
		ok = ok && len(results) == 0
	case len(results) != 1:
		ok = false
	case r.form == text:
		ok = ok && results[0] == typeI64
	default:
		r.wasm = results[0]
		ok = ok && strings.IndexByte(string(r.choices()), r.wasm) >= 0
	}
	if !ok || next != len(have) {
		params, result := a.signature(value.usual)
		return fmt.Errorf("the export %q is %s, but the signature %s needs %s; change one of them",
			entry, show(have, results), signature, show(params, result))
	}
	return nil
}

// batchSuffix is what the name of a function's batch ends in.
const batchSuffix = "_batch"

// usual returns a copy with the usual value types.
func (a *abi) usual() *abi {
	b := &abi{result: a.result}
	b.result.wasm = b.result.choices()[0]
	for _, p := range a.params {
		p.wasm = p.choices()[0]
		b.params = append(b.params, p)
	}
	return b
}

// bindBatch checks the export that takes whole columns: how many rows, a pointer for each column, and where the results go; after a
// column of options a pointer to what is present.
func (a *abi) bindBatch(def api.FunctionDefinition, entry, signature string) error {
	want := []byte{typeI32}
	for _, v := range append(slices.Clone(a.params), a.result) {
		want = append(want, typeI32)
		if v.optional {
			want = append(want, typeI32)
		}
	}
	if hasType(def, want, nil) {
		return nil
	}
	return fmt.Errorf("the export %q is %s, but a batch of the signature %s needs %s: rows, a pointer for each column, a pointer for the results",
		entry+batchSuffix, show(def.ParamTypes(), def.ResultTypes()), signature, show(want, nil))
}

// signature is the WebAssembly type of a function, with what a parameter becomes.
func (a *abi) signature(parameter func(value) []byte) (params, results []byte) {
	if a.result.behind() {
		params = append(params, typeI32)
	}
	for _, p := range a.params {
		params = append(params, parameter(p)...)
	}
	if a.result.optional {
		params = append(params, typeI32)
	}
	switch r := a.result; {
	case r.form == nothing || r.behind():
	case r.form == text:
		results = []byte{typeI64}
	case r.wasm != 0:
		results = []byte{r.wasm}
	default:
		results = r.choices()[:1]
	}
	return params, results
}

// bound is value.usual with the value type that the module has.
func (v value) bound() []byte {
	ps := v.usual()
	if v.form == number || v.form == handle {
		ps[0] = v.wasm
	}
	return ps
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

// spelled is the signature of f as its manifest has it.
func spelled(f *udf.Function) string {
	parts := make([]string, len(f.Params))
	for i, p := range f.Params {
		parts[i] = p.Name + ": " + p.Type.String()
	}
	return "(" + strings.Join(parts, ", ") + ") => " + f.Result.String()
}
