package registry

import (
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// maxStateBytes bounds what an aggregate keeps for each group in one flat piece.
const maxStateBytes = 64 << 10

// shape checks what goes with the number of rows that go in and come out.
func (v *validator) shape(name string, f *Function, g *udf.Function) {
	switch f.Shape {
	case "", udf.Scalar:
	case udf.Aggregate:
		g.Shape = udf.Aggregate
		if len(g.Params) == 0 && g.Result.Kind != types.Invalid {
			v.problem("%s: an aggregate takes at least one argument; name it in the signature", name)
		}
	case udf.Table:
		g.Shape = udf.Table
		if g.Result.Kind != types.List && g.Result.Kind != types.Invalid {
			v.problem("%s: a table function gives a list of rows; write for example signature = \"(text: string) => [{word: string}]\"", name)
		}
	default:
		v.problem("%s: unknown shape %q; it is scalar, aggregate or table", name, clip(string(f.Shape), 40))
	}
	if g.Shape != udf.Scalar && f.Kind == udf.Expression {
		v.problem("%s: an expression has the shape scalar; write an aggregate or a table function in WebAssembly or Python", name)
	}
	if f.RowErrors && (g.Shape != udf.Scalar || f.Kind == udf.Expression) {
		v.problem("%s: row_errors is for scalar functions with a module; leave it out", name)
	}
	switch {
	case f.StateBytes != 0 && (g.Shape != udf.Aggregate || f.Kind != udf.WASM):
		v.problem("%s: state_bytes is for aggregates in WebAssembly; leave it out", name)
	case f.StateBytes < 0 || f.StateBytes > maxStateBytes:
		v.problem("%s: state_bytes is between 1 and %d; a larger state is saved and loaded by the module", name, maxStateBytes)
	}
}

// capabilities checks what the code asks for. What looks at the clock or at chance gives other results for equal arguments.
func (v *validator) capabilities(name string, f *Function, g *udf.Function) {
	for i, c := range f.Capabilities {
		switch {
		case !slices.Contains(udf.Capabilities, c):
			v.problem("%s: unknown capability %q; there are %s", name, clip(c, 40), strings.Join(udf.Capabilities, ", "))
		case slices.Contains(f.Capabilities[:i], c):
			v.problem("%s: the capability %s is named twice", name, c)
		}
	}
	if len(f.Capabilities) > 0 && f.Kind == udf.Expression {
		v.problem("%s: an expression has no capabilities; leave them out", name)
	}
	g.Capabilities = slices.Sorted(slices.Values(f.Capabilities))
	g.Volatile = volatile(f)
}

func volatile(f *Function) bool {
	return f.Volatile || slices.Contains(f.Capabilities, "clock") || slices.Contains(f.Capabilities, "random")
}

// requirements checks the lock of a python-native function and returns its digest.
func (v *validator) requirements(name string, f *Function) string {
	if f.Kind != udf.Native {
		if f.Requirements != "" {
			v.problem("%s: requirements are for the kind python-native; leave them out or change the kind", name)
		}
		return ""
	}
	if f.Requirements == "" {
		v.problem(`%s: requirements are missing; name the lock file of the package, for example requirements = "requirements.lock"`, name)
		return ""
	}
	text, ok := v.files[f.Requirements]
	if !ok {
		v.problem("%s: there is no file %q in the package", name, clip(f.Requirements, 80))
		return ""
	}
	lock, err := udf.ParseLock(text)
	if err != nil {
		v.problem("%s: %s: %s", name, f.Requirements, err)
		return ""
	}
	return lock.Digest
}

// bundled checks the files that a python-native function reads.
func (v *validator) bundled(name string, f *Function) {
	if len(f.Files) > 0 && f.Kind != udf.Native {
		v.problem("%s: files are for the kind python-native; other functions read none", name)
	}
	for i, path := range f.Files {
		if _, ok := v.files[path]; !ok {
			v.problem("%s: there is no file %q in the package", name, clip(path, 80))
		} else if slices.Contains(f.Files[:i], path) {
			v.problem("%s: the file %s is named twice", name, path)
		}
	}
}
