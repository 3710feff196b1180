package registry

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/dreamql/dreamql/engine/udf"
)

// ManifestName is the file that makes a folder a package.
const ManifestName = "dreamql.toml"

// Manifest is dreamql.toml as its author writes it.
type Manifest struct {
	Package   About      `toml:"package" json:"package"`
	Functions []Function `toml:"function" json:"functions"`
}

// About describes the package.
type About struct {
	Scope       string   `toml:"scope" json:"scope"`
	Name        string   `toml:"name" json:"name"`
	Version     string   `toml:"version" json:"version"`
	Description string   `toml:"description" json:"description"`
	License     string   `toml:"license" json:"license"`
	Keywords    []string `toml:"keywords" json:"keywords,omitempty"`
	Repository  string   `toml:"repository" json:"repository,omitempty"`
}

// Function is one exported function.
type Function struct {
	Name string   `toml:"name" json:"name"`
	Kind udf.Kind `toml:"kind" json:"kind"`
	// Shape is scalar where nothing is said.
	Shape     udf.Shape `toml:"shape" json:"shape,omitempty"`
	Module    string    `toml:"module" json:"module,omitempty"` // path in the package, for all kinds but expressions
	Entry     string    `toml:"entry" json:"entry,omitempty"`   // its name in the module, where that differs
	Source    string    `toml:"source" json:"source,omitempty"` // the DreamQL lambda of an expression
	Signature string    `toml:"signature" json:"signature"`     // "(lat: float, lon: float) => string"
	Doc       string    `toml:"doc" json:"doc"`
	// Volatile functions may give another result for the same arguments.
	Volatile bool `toml:"volatile" json:"volatile,omitempty"`
	// RowErrors says that a failure concerns its row alone.
	RowErrors bool `toml:"row_errors" json:"row_errors,omitempty"`
	// StateBytes is the size of a WebAssembly aggregate's state, where that is one flat piece of memory.
	StateBytes int `toml:"state_bytes" json:"state_bytes,omitempty"`
	// Capabilities are what the code may use beyond computing; clock and random make it volatile.
	Capabilities []string `toml:"capabilities" json:"capabilities,omitempty"`
	// Requirements is the path of the lock file that names the environment of a python-native function.
	Requirements string `toml:"requirements" json:"requirements,omitempty"`
	// Files are paths in the package of what a python-native function reads, such as a trained model.
	Files    []string  `toml:"files" json:"files,omitempty"`
	Examples []Example `toml:"example" json:"examples,omitempty"`
}

// Example is a call with what it gives, both as DreamQL expressions: it documents the function, and it is run as a test.
type Example struct {
	Call   string `toml:"call" json:"call"`
	Result string `toml:"result" json:"result"`
	// Tolerance is how far a number may be from Result.
	Tolerance float64 `toml:"tolerance" json:"tolerance,omitempty"`
}

// Ref names the version that the manifest describes.
func (m *Manifest) Ref() Ref { return Ref{m.Package.Scope, m.Package.Name, m.Package.Version} }

// ParseManifest reads dreamql.toml strictly: an unknown key is an error that offers the nearest known one. The result is
// well formed but not yet valid; New checks it together with the files.
func ParseManifest(text []byte) (*Manifest, error) {
	if len(text) > maxManifest {
		return nil, invalid("%s is larger than %d KiB", ManifestName, maxManifest>>10)
	}
	var m Manifest
	dec := toml.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	err := dec.Decode(&m)
	if err == nil {
		return &m, nil
	}
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		var bad Invalid
		for _, e := range unknown.Errors {
			line, _ := e.Position()
			bad.Problems = append(bad.Problems, fmt.Sprintf("%s:%d: %s", ManifestName, line, unknownKey(e.Key())))
		}
		return nil, &bad
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		line, column := wrong.Position()
		return nil, invalid("%s:%d:%d: %s", ManifestName, line, column, strings.TrimPrefix(wrong.Error(), "toml: "))
	}
	return nil, invalid("%s: %s", ManifestName, strings.TrimPrefix(err.Error(), "toml: "))
}

func unknownKey(path toml.Key) string {
	key := path[len(path)-1]
	known := keysAt(reflect.TypeFor[Manifest](), path[:len(path)-1])
	message := fmt.Sprintf("unknown key %q", clip(strings.Join(path, "."), 80))
	if near := nearest(key, known); near != "" {
		return message + fmt.Sprintf("; did you mean %q?", near)
	}
	return message + "; known here are " + strings.Join(known, ", ")
}

// keysAt lists the keys that the manifest has under a path, such as function.example.
func keysAt(t reflect.Type, path []string) []string {
	for _, key := range path {
		for i := range t.NumField() {
			if t.Field(i).Tag.Get("toml") == key {
				t = t.Field(i).Type
				break
			}
		}
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return nil
		}
	}
	var keys []string
	for i := range t.NumField() {
		keys = append(keys, t.Field(i).Tag.Get("toml"))
	}
	return keys
}
