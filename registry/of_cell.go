package registry

import (
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/dreamql/dreamql/engine/udf"
)

// OfFunctions makes a package of functions that were written outside of one, such as in a cell of a notebook: module is the path in the
// package that holds their code, "" for functions in DreamQL; source, where it differs from the code, is kept beside it.
func OfFunctions(about About, functions []Function, module string, code []byte, files map[string][]byte) (*Package, error) {
	all := map[string][]byte{"README.md": []byte(fmt.Sprintf("# %s/%s\n\n%s\n", about.Scope, about.Name, about.Description))}
	for path, data := range files {
		all[path] = data
	}
	if module != "" {
		all[module] = code
	}
	for i := range functions {
		f := &functions[i]
		if f.Kind != udf.Expression {
			f.Module = module
		}
		if f.Entry == f.Name {
			f.Entry = ""
		}
	}
	text, err := toml.Marshal(plainManifest(about, functions))
	if err != nil {
		return nil, err
	}
	all[ManifestName] = text
	return New(all)
}

// plainManifest leaves out what is empty, as a person would.
func plainManifest(about About, functions []Function) map[string]any {
	set := func(m map[string]any, key string, v any) {
		if s, ok := v.(string); !ok || s != "" {
			m[key] = v
		}
	}
	p := map[string]any{}
	set(p, "scope", about.Scope)
	set(p, "name", about.Name)
	set(p, "version", about.Version)
	set(p, "description", about.Description)
	set(p, "license", about.License)
	var list []map[string]any
	for _, f := range functions {
		m := map[string]any{}
		set(m, "name", f.Name)
		set(m, "kind", string(f.Kind))
		if f.Shape != udf.Scalar {
			set(m, "shape", string(f.Shape))
		}
		set(m, "module", f.Module)
		set(m, "entry", f.Entry)
		set(m, "source", f.Source)
		set(m, "signature", f.Signature)
		set(m, "doc", f.Doc)
		if f.Volatile {
			m["volatile"] = true
		}
		var examples []map[string]any
		for _, e := range f.Examples {
			examples = append(examples, map[string]any{"call": e.Call, "result": e.Result})
		}
		if examples != nil {
			m["example"] = examples
		}
		list = append(list, m)
	}
	return map[string]any{"package": p, "function": list}
}
