package wasm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
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
	wasm      assemble.Value // value type of the module's function where the form is number or handle
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
func (v value) choices() []assemble.Value {
	switch {
	case v.form == handle, v.kind == types.Bool, v.kind == types.Date:
		return []assemble.Value{assemble.I32}
	case v.kind == types.Int:
		return []assemble.Value{assemble.I64, assemble.I32}
	case v.kind == types.Float:
		return []assemble.Value{assemble.F64, assemble.F32}
	}
	return []assemble.Value{assemble.I64} // time, timestamp, decimal
}

// usual is the parameters that a value has in the usual signature of a function.
func (v value) usual() []assemble.Value {
	var ps []assemble.Value
	switch v.form {
	case text:
		ps = []assemble.Value{assemble.I32, assemble.I32}
	case wide:
		ps = []assemble.Value{assemble.I64, assemble.I64}
	case block:
		ps = []assemble.Value{assemble.I32}
	default:
		ps = v.choices()[:1]
	}
	if v.optional {
		ps = append(ps, assemble.I32)
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
	have := valueTypes(def.ParamTypes())
	next, ok := 0, true
	take := func(allowed ...assemble.Value) assemble.Value {
		if next >= len(have) {
			ok = false
			return allowed[0]
		}
		t := have[next]
		next++
		ok = ok && slices.Contains(allowed, t)
		return t
	}
	if a.result.behind() {
		take(assemble.I32)
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
		take(assemble.I32)
	}
	results := valueTypes(def.ResultTypes())
	switch r := &a.result; {
	case r.form == nothing || r.behind():
		ok = ok && len(results) == 0
	case len(results) != 1:
		ok = false
	case r.form == text:
		ok = ok && results[0] == assemble.I64
	default:
		r.wasm = results[0]
		ok = ok && slices.Contains(r.choices(), r.wasm)
	}
	if !ok || next != len(have) {
		params, result := a.signature(value.usual)
		return fmt.Errorf("the export %q is %s, but the signature %s needs %s; change one of them",
			entry, showType(def), signature, show(params, result))
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
	want := []assemble.Value{assemble.I32}
	for _, v := range append(slices.Clone(a.params), a.result) {
		want = append(want, assemble.I32)
		if v.optional {
			want = append(want, assemble.I32)
		}
	}
	if hasType(def, want, nil) {
		return nil
	}
	return fmt.Errorf("the export %q is %s, but a batch of the signature %s needs %s: rows, a pointer for each column, a pointer for the results",
		entry+batchSuffix, showType(def), signature, show(want, nil))
}

// signature is the WebAssembly type of a function, with what a parameter becomes.
func (a *abi) signature(parameter func(value) []assemble.Value) (params, results []assemble.Value) {
	if a.result.behind() {
		params = append(params, assemble.I32)
	}
	for _, p := range a.params {
		params = append(params, parameter(p)...)
	}
	if a.result.optional {
		params = append(params, assemble.I32)
	}
	switch r := a.result; {
	case r.form == nothing || r.behind():
	case r.form == text:
		results = []assemble.Value{assemble.I64}
	case r.wasm != 0:
		results = []assemble.Value{r.wasm}
	default:
		results = r.choices()[:1]
	}
	return params, results
}

// bound is value.usual with the value type that the module has.
func (v value) bound() []assemble.Value {
	ps := v.usual()
	if v.form == number || v.form == handle {
		ps[0] = v.wasm
	}
	return ps
}

func valueTypes(of []api.ValueType) []assemble.Value {
	ts := make([]assemble.Value, len(of))
	for i, t := range of {
		ts[i] = assemble.Value(t)
	}
	return ts
}

func hasType(def api.FunctionDefinition, params, results []assemble.Value) bool {
	return slices.Equal(valueTypes(def.ParamTypes()), params) && slices.Equal(valueTypes(def.ResultTypes()), results)
}

func showType(def api.FunctionDefinition) string {
	return show(valueTypes(def.ParamTypes()), valueTypes(def.ResultTypes()))
}

func show(params, results []assemble.Value) string {
	list := func(ts []assemble.Value) string {
		names := make([]string, len(ts))
		for i, t := range ts {
			names[i] = api.ValueTypeName(api.ValueType(t))
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
