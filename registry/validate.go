package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

const (
	maxManifest  = 256 << 10
	maxFunctions = 256
	maxExamples  = 64
	maxParams    = 32
	maxText      = 16 << 10
)

const kinds = "expression, wasm, python or python-native"

var wasmHeader = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// validate checks a manifest against the package's files and returns the functions that it declares.
func validate(m *Manifest, files map[string][]byte) ([]udf.Function, error) {
	v := &validator{files: files}
	v.about(&m.Package)
	if len(m.Functions) == 0 {
		v.problem("the package exports no function; add a [[function]]")
	}
	if len(m.Functions) > maxFunctions {
		v.problem("the package exports %d functions; the most is %d", len(m.Functions), maxFunctions)
		return nil, &v.bad
	}
	var out []udf.Function
	seen := map[string]string{}
	for i := range m.Functions {
		f := &m.Functions[i]
		if other, ok := seen[Skeleton(f.Name)]; ok && f.Name != "" {
			v.problem("functions %s and %s have names that can be taken for each other", other, f.Name)
		}
		seen[Skeleton(f.Name)] = f.Name
		g := v.function(f, i)
		g.Package, g.Version = m.Ref().Package(), m.Package.Version
		out = append(out, g)
	}
	if len(v.bad.Problems) > 0 {
		return nil, &v.bad
	}
	return out, nil
}

type validator struct {
	files map[string][]byte
	bad   Invalid
}

func (v *validator) problem(format string, args ...any) {
	v.bad.Problems = append(v.bad.Problems, ManifestName+": "+fmt.Sprintf(format, args...))
}

func (v *validator) check(err error) {
	if err != nil {
		v.problem("%s", err)
	}
}

func (v *validator) about(a *About) {
	v.check(CheckScope(a.Scope))
	v.check(CheckName(a.Name))
	v.check(CheckVersion(a.Version))
	if strings.TrimSpace(a.Description) == "" {
		v.problem("description is missing; say in one sentence what the package is for")
	}
	if a.License == "" {
		v.problem(`license is missing; write an SPDX identifier, for example license = "Apache-2.0"`)
	}
	v.text("description", a.Description, 500)
	v.text("license", a.License, 100)
	v.text("repository", a.Repository, 500)
	if u, err := url.Parse(a.Repository); a.Repository != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		v.problem("repository %q is not an https:// address", clip(a.Repository, 80))
	}
	if len(a.Keywords) > 20 {
		v.problem("%d keywords; the most is 20", len(a.Keywords))
	}
	for _, k := range a.Keywords {
		v.text("keyword", k, 40)
	}
}

func (v *validator) text(what, s string, limit int) {
	if len(s) > limit {
		v.problem("%s is longer than %d bytes", what, limit)
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		v.problem("%s is not valid text", what)
	}
}

func (v *validator) function(f *Function, index int) udf.Function {
	name := "function " + f.Name
	if err := checkIdentifier("function name", f.Name, maxName); err != nil {
		v.problem("function %d: %s", index+1, err)
		name = fmt.Sprintf("function %d", index+1)
	}
	g := udf.Function{Name: f.Name, Kind: f.Kind, Shape: udf.Scalar, Volatile: f.Volatile, RowErrors: f.RowErrors, StateBytes: f.StateBytes}
	g.Params, g.Result = v.signature(name, f.Signature)
	v.shape(name, f, &g)
	v.capabilities(name, f, &g)
	switch f.Kind {
	case udf.Expression:
		g.Source = f.Source
		v.text(name+": source", f.Source, maxText)
		if strings.TrimSpace(f.Source) == "" {
			v.problem(`%s: source is missing; write the lambda, for example source = "(x) => x * 2"`, name)
		}
		if f.Module != "" || f.Entry != "" || f.Requirements != "" || len(f.Files) > 0 {
			v.problem("%s: an expression has source, and neither module, entry, requirements nor files", name)
		}
	case udf.WASM, udf.Python, udf.Native:
		g.Module = v.module(name, f)
		g.Environment = v.requirements(name, f)
		v.bundled(name, f)
		if g.Entry = f.Entry; g.Entry == "" {
			g.Entry = f.Name
		}
		v.text(name+": entry", g.Entry, 256)
		if f.Source != "" {
			v.problem("%s: only an expression has source; name the file in module", name)
		}
	case "":
		v.problem("%s: kind is missing; it is %s", name, kinds)
	default:
		v.problem("%s: unknown kind %q; it is %s", name, clip(string(f.Kind), 40), kinds)
	}
	if strings.TrimSpace(f.Doc) == "" {
		v.problem("%s: doc is missing; say in a sentence what it returns", name)
	}
	v.text(name+": doc", f.Doc, maxText)
	v.examples(name, f)
	return g
}

func (v *validator) signature(name, s string) ([]types.Field, types.Type) {
	if s == "" {
		v.problem(`%s: signature is missing; write for example signature = "(x: float) => float"`, name)
		return nil, types.Type{}
	}
	v.text(name+": signature", s, maxText)
	t, err := types.Parse(s)
	if err != nil {
		v.problem("%s: signature: %s", name, err)
		return nil, types.Type{}
	}
	if t.Kind != types.Func {
		v.problem(`%s: signature %q is not that of a function; write for example "(x: float) => float"`, name, clip(s, 80))
		return nil, types.Type{}
	}
	if len(t.Params) > maxParams {
		v.problem("%s: %d parameters; the most is %d", name, len(t.Params), maxParams)
	}
	seen := map[string]bool{}
	for i, p := range t.Params {
		if err := checkIdentifier("parameter name", p.Name, maxName); err != nil {
			v.problem("%s: parameter %d: %s", name, i+1, err)
		} else if seen[p.Name] {
			v.problem("%s: two parameters are called %s", name, p.Name)
		}
		seen[p.Name] = true
		v.storable(name+": parameter "+p.Name, p.Type)
	}
	v.storable(name+": result", *t.Elem)
	return t.Params, *t.Elem
}

func (v *validator) storable(what string, t types.Type) {
	if _, err := types.ToArrow(t); err != nil || t.Kind == types.None {
		v.problem("%s: a function cannot take or give a value of type %s", what, t)
	}
}

func (v *validator) module(name string, f *Function) string {
	if f.Module == "" {
		v.problem("%s: module is missing; name the file of the package that holds the code", name)
		return ""
	}
	code, ok := v.files[f.Module]
	switch {
	case !ok:
		v.problem("%s: there is no file %q in the package", name, clip(f.Module, 80))
		return ""
	case f.Kind == udf.WASM && !bytes.HasPrefix(code, wasmHeader):
		v.problem("%s: %s is not a WebAssembly module; build it first (dreamql package build)", name, f.Module)
	case f.Kind != udf.WASM && (!utf8.Valid(code) || bytes.IndexByte(code, 0) >= 0):
		v.problem("%s: %s is not Python source in UTF-8", name, f.Module)
	}
	return Digest(bundle(f, v.files))
}

// bundle is the code of a function's module, with the files that it reads. A file that is missing is a problem of its own.
func bundle(f *Function, files map[string][]byte) []byte {
	b := udf.Bundle{Source: files[f.Module], Files: map[string][]byte{}}
	for _, name := range f.Files {
		b.Files[name] = files[name]
	}
	return b.Encode()
}

func (v *validator) examples(name string, f *Function) {
	if len(f.Examples) == 0 && !volatile(f) {
		v.problem("%s: there is no [[function.example]]; one call with its result documents and tests it", name)
	}
	if len(f.Examples) > maxExamples {
		v.problem("%s: %d examples; the most is %d", name, len(f.Examples), maxExamples)
	}
	for i, e := range f.Examples {
		if strings.TrimSpace(e.Call) == "" || strings.TrimSpace(e.Result) == "" {
			v.problem("%s: example %d needs both call and result", name, i+1)
		}
		if !(e.Tolerance >= 0) || math.IsInf(e.Tolerance, 0) {
			v.problem("%s: example %d: tolerance is a number, 0 or more", name, i+1)
		}
		v.text(fmt.Sprintf("%s: example %d", name, i+1), e.Call+e.Result, maxText)
	}
}

// Digest is the SHA-256 of data in lower-case hexadecimal.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
