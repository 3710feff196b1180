package registry_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/registry"
)

const good = `[package]
scope = "acme"
name = "math"
version = "1.0.0"
description = "Sums."
license = "Apache-2.0"

[[function]]
name = "twice"
kind = "expression"
source = "(x) => x * 2"
signature = "(x: float) => float"
doc = "Twice x."

[[function.example]]
call = "twice(2)"
result = "4"

[[function]]
name = "slow"
kind = "python"
module = "slow.py"
entry = "run"
signature = "(s: string?, xs: [int]) => {a: int, b: decimal<10,2>}?"
doc = "Takes its time."
volatile = true
`

func files(edits ...string) map[string][]byte {
	return map[string][]byte{
		"dreamql.toml":      []byte(strings.NewReplacer(edits...).Replace(good)),
		"slow.py":           []byte("def run(s, xs):\n    return None\n"),
		"README.md":         []byte("# Math\n"),
		"requirements.lock": []byte("numpy==2.2.6 --hash=sha256:" + strings.Repeat("0f", 32) + "\n"),
		"model.bin":         {0, 1, 2},
	}
}

func TestAValidPackage(t *testing.T) {
	t.Parallel()
	p, err := registry.New(files())
	if err != nil {
		t.Fatal(err)
	}
	twice, slow := p.Functions[0], p.Functions[1]
	if got, want := twice.ID(), "acme/math@1.0.0.twice"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := registry.FunctionSignature(&slow), "slow(s: string?, xs: [int]) => {a: int, b: decimal<10,2>}?"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if slow.Entry != "run" || slow.Module != registry.Digest(p.Files["slow.py"]) || !slow.Volatile || twice.Module != "" {
		t.Errorf("got %+v and %+v", twice, slow)
	}
	if m := p.Modules(); len(m) != 1 || m[0].Digest != slow.Module {
		t.Errorf("modules %+v", m)
	}
	if c := p.Catalog(); c.Name != "acme/math" || c.Version != "1.0.0" || c.Digest != registry.Digest(p.Archive) || len(c.Functions) != 2 {
		t.Errorf("catalogue %+v", c)
	}
}

func TestABadManifestSaysWhatToMend(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edits []string
		want  string
	}{
		"unknown key":          {[]string{"license =", "licence ="}, `dreamql.toml:6: unknown key "package.licence"; did you mean "license"?`},
		"unknown nested key":   {[]string{"result = ", "reslt = "}, `unknown key "function.example.reslt"; did you mean "result"?`},
		"strange key":          {[]string{"license =", "zzz ="}, "known here are scope, name, version"},
		"not TOML":             {[]string{"[package]", "[package"}, "dreamql.toml:1:"},
		"wrong kind of value":  {[]string{`version = "1.0.0"`, "version = 1"}, "dreamql.toml:4:"},
		"unknown type":         {[]string{"(x: float)", "(x: flaot)"}, `function twice: signature: type "(x: flaot) => float": expected a type`},
		"no signature":         {[]string{`signature = "(x: float) => float"`, ""}, "function twice: signature is missing"},
		"not a function type":  {[]string{`"(x: float) => float"`, `"float"`}, `signature "float" is not that of a function`},
		"unnamed parameter":    {[]string{"(x: float)", "(float)"}, "function twice: parameter 1: parameter name is missing"},
		"parameter twice":      {[]string{"(x: float)", "(x: float, x: int)"}, "two parameters are called x"},
		"a function parameter": {[]string{"(x: float) =", "(x: (int) => int) ="}, "parameter x: a function cannot take or give a value of type (int) => int"},
		"a table result":       {[]string{"=> float", "=> table<{a: int}>"}, "result: a function cannot take or give a value of type table"},
		"unknown kind":         {[]string{`"expression"`, `"sql"`}, `unknown kind "sql"; it is expression, wasm, python or python-native`},
		"no kind":              {[]string{`kind = "expression"`, ""}, "function twice: kind is missing"},
		"no version":           {[]string{`version = "1.0.0"`, ""}, "version is missing"},
		"v before version":     {[]string{`"1.0.0"`, `"v1.0.0"`}, "leave out the v"},
		"short version":        {[]string{`"1.0.0"`, `"1.0"`}, `version "1.0" is not a semantic version; write major.minor.patch`},
		"build metadata":       {[]string{`"1.0.0"`, `"1.0.0+linux"`}, "leave out what follows the +"},
		"hyphen in name":       {[]string{`"math"`, `"my-math"`}, `write "my_math"`},
		"upper case":           {[]string{`"math"`, `"Math"`}, `write it in lower case, starting with a letter, for example "math"`},
		"confusable letter":    {[]string{`"math"`, `"mаth"`}, "U+0430"},
		"reserved word":        {[]string{`"math"`, `"match"`}, "is a word of the language"},
		"no scope":             {[]string{`scope = "acme"`, ""}, "scope is missing"},
		"no description":       {[]string{`"Sums."`, `" "`}, "description is missing"},
		"no doc":               {[]string{`doc = "Twice x."`, ""}, "function twice: doc is missing"},
		"no example":           {[]string{"volatile = true", ""}, "function slow: there is no [[function.example]]"},
		"half an example":      {[]string{`result = "4"`, ""}, "function twice: example 1 needs both call and result"},
		"bad tolerance":        {[]string{`result = "4"`, "result = \"4\"\ntolerance = -1"}, "tolerance is a number, 0 or more"},
		"no such module":       {[]string{`"slow.py"`, `"gone.py"`}, `function slow: there is no file "gone.py" in the package`},
		"no WebAssembly":       {[]string{`"python"`, `"wasm"`}, "slow.py is not a WebAssembly module"},
		"source and module":    {[]string{`entry = "run"`, `source = "x"`}, "function slow: only an expression has source"},
		"look-alike functions": {[]string{`name = "slow"`, `name = "tw1ce"`}, "functions twice and tw1ce have names that can be taken for each other"},
		"unknown shape":        {[]string{`entry = "run"`, `shape = "vector"`}, `function slow: unknown shape "vector"; it is scalar, aggregate or table`},
		"an expression folds":  {[]string{`kind = "expression"`, "kind = \"expression\"\nshape = \"aggregate\""}, "function twice: an expression has the shape scalar"},
		"no argument to add":   {[]string{`entry = "run"`, `shape = "aggregate"`, "(s: string?, xs: [int])", "()"}, "function slow: an aggregate takes at least one argument"},
		"a table of no rows":   {[]string{`entry = "run"`, `shape = "table"`}, "function slow: a table function gives a list of rows"},
		"rows that fold":       {[]string{`entry = "run"`, "shape = \"aggregate\"\nrow_errors = true"}, "function slow: row_errors is for scalar functions"},
		"an expression fails":  {[]string{`kind = "expression"`, "kind = \"expression\"\nrow_errors = true"}, "function twice: row_errors is for scalar functions with a module"},
		"state of a scalar":    {[]string{`entry = "run"`, "state_bytes = 8"}, "function slow: state_bytes is for aggregates in WebAssembly"},
		"too much state":       {[]string{`entry = "run"`, "shape = \"aggregate\"\nstate_bytes = 70000", `"python"`, `"wasm"`}, "function slow: state_bytes is between 1 and 65536"},
		"unknown capability":   {[]string{`entry = "run"`, `capabilities = ["network"]`}, `function slow: unknown capability "network"; there are log, clock, random`},
		"capability twice":     {[]string{`entry = "run"`, `capabilities = ["log", "log"]`}, "function slow: the capability log is named twice"},
		"an expression's":      {[]string{`kind = "expression"`, "kind = \"expression\"\ncapabilities = [\"log\"]"}, "function twice: an expression has no capabilities"},
		"no requirements":      {[]string{`"python"`, `"python-native"`}, "function slow: requirements are missing"},
		"requirements gone":    {[]string{`"python"`, "\"python-native\"\nrequirements = \"gone.lock\""}, `function slow: there is no file "gone.lock" in the package`},
		"not a lock":           {[]string{`"python"`, "\"python-native\"\nrequirements = \"README.md\""}, "function slow: README.md: the lock names no packages"},
		"files of python":      {[]string{`entry = "run"`, `files = ["model.bin"]`}, "function slow: files are for the kind python-native"},
		"files gone":           {[]string{`entry = "run"`, `files = ["../model.bin"]`}, `function slow: there is no file "../model.bin" in the package`},
		"files twice":          {[]string{`entry = "run"`, `files = ["model.bin", "model.bin"]`}, "function slow: the file model.bin is named twice"},
		"requirements of wasm": {[]string{`entry = "run"`, `requirements = "README.md"`}, "function slow: requirements are for the kind python-native"},
		"bad repository":       {[]string{`license =`, "repository = \"javascript:alert(1)\"\nlicense ="}, "is not an https:// address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := registry.New(files(c.edits...))
			var bad *registry.Invalid
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestShapesAndCapabilities(t *testing.T) {
	t.Parallel()
	p, err := registry.New(files(`kind = "python"`, "kind = \"python-native\"\nshape = \"table\"\nrequirements = \"requirements.lock\"\ncapabilities = [\"random\", \"log\"]",
		"volatile = true", "", "=> {a: int, b: decimal<10,2>}?", "=> [{a: int}]"))
	if err != nil {
		t.Fatal(err)
	}
	f := p.Functions[1]
	if f.Shape != udf.Table || !f.Volatile || !slices.Equal(f.Capabilities, []string{"log", "random"}) || f.Environment != registry.Digest(p.Files["requirements.lock"]) {
		t.Errorf("got %+v", f)
	}
	if b := p.Blobs(); len(b) != 2 || !bytes.Equal(b[f.Environment], p.Files["requirements.lock"]) || !bytes.Equal(b[f.Module], p.Files["slow.py"]) {
		t.Errorf("got %q", b)
	}
	if m := p.Modules(); len(m) != 1 || m[0].Kind != udf.Native {
		t.Errorf("got %+v", m)
	}
	logged, err := registry.New(files(`entry = "run"`, `capabilities = ["log"]`, "volatile = true", "row_errors = true\n[[function.example]]\ncall = \"1\"\nresult = \"1\""))
	if err != nil || logged.Functions[1].Volatile || !logged.Functions[1].RowErrors {
		t.Errorf("got %v; to log does not make a function volatile", err)
	}
}

func TestFilesTravelWithTheirModule(t *testing.T) {
	t.Parallel()
	p, err := registry.New(files(`kind = "python"`, "kind = \"python-native\"\nrequirements = \"requirements.lock\"\nfiles = [\"model.bin\"]"))
	if err != nil {
		t.Fatal(err)
	}
	f, m := p.Functions[1], p.Modules()
	if len(m) != 1 || m[0].Digest != f.Module || f.Module != registry.Digest(m[0].Code) || !bytes.Equal(p.Blobs()[f.Module], m[0].Code) {
		t.Fatalf("got %+v", m)
	}
	b, err := udf.ParseBundle(m[0].Code)
	if err != nil || !bytes.Equal(b.Source, p.Files["slow.py"]) || len(b.Files) != 1 || !bytes.Equal(b.Files["model.bin"], p.Files["model.bin"]) {
		t.Errorf("got %+v, %v", b, err)
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := registry.New(files(`"1.0.0"`, `"1"`, `"Sums."`, `""`, `"slow.py"`, `"gone.py"`))
	var bad *registry.Invalid
	if !errors.As(err, &bad) || len(bad.Problems) != 3 {
		t.Errorf("got %v", err)
	}
	none := files()
	delete(none, "dreamql.toml")
	if _, err := registry.New(none); err == nil || !strings.Contains(err.Error(), "there is no dreamql.toml") {
		t.Errorf("got %v", err)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("[package]\nscope = 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all := maps.Clone(files())
		all["dreamql.toml"] = text
		p, err := registry.New(all)
		if (p == nil) == (err == nil) {
			t.Errorf("package %v and error %v", p, err)
		}
	})
}
