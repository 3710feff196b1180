// Package templates is what `dreamql package init` starts an author off with: one small package a language, which passes
// its own tests and can be published as it is.
//
// A template is a valid package called example/example; Files gives it another name. A new language is a folder here and
// a line in All.
package templates

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/dreamql/dreamql/registry"
)

//go:embed rust c assemblyscript go python numpy dreamql
var files embed.FS

// Template is one language.
type Template struct {
	Name string // as --template takes it
	Doc  string
}

// All templates, in the order to show them.
var All = []Template{
	{"dreamql", "expressions, which the planner writes into the query"},
	{"python", "Python with its standard library, in a sandbox"},
	{"numpy", "Python over whole columns, with NumPy, scikit-learn and ONNX Runtime"},
	{"rust", "Rust, compiled to WebAssembly"},
	{"c", "C, compiled to WebAssembly"},
	{"assemblyscript", "AssemblyScript, compiled to WebAssembly"},
	{"go", "Go, compiled to WebAssembly"},
}

// Files returns the files of a template, as a package with the scope and name given.
func Files(template, scope, name string) (map[string][]byte, error) {
	if err := registry.CheckScope(scope); err != nil {
		return nil, err
	}
	if err := registry.CheckName(name); err != nil {
		return nil, err
	}
	var names []string
	for _, t := range All {
		names = append(names, t.Name)
		if t.Name != template {
			continue
		}
		folder, err := fs.Sub(files, template)
		if err != nil {
			return nil, err
		}
		out, err := registry.ReadFiles(folder)
		if err != nil {
			return nil, err
		}
		rename(out, scope, name)
		return out, nil
	}
	return nil, fmt.Errorf("there is no template %q; choose one of %s", template, strings.Join(names, ", "))
}

func rename(files map[string][]byte, scope, name string) {
	manifest := strings.NewReplacer(`scope = "example"`, `scope = "`+scope+`"`, `name = "example"`, `name = "`+name+`"`)
	files[registry.ManifestName] = []byte(manifest.Replace(string(files[registry.ManifestName])))
	files["README.md"] = []byte(strings.ReplaceAll(string(files["README.md"]), "example/example", scope+"/"+name))
}
