package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/std"
	"github.com/dreamql/dreamql/registry/templates"
	"github.com/dreamql/dreamql/runtimes/python/native/nativetest"
)

// Whatever DreamQL ships keeps the promises of its own examples.
func TestShippedPackagesPassTheirExamples(t *testing.T) {
	t.Parallel()
	packages, err := std.Packages()
	if err != nil {
		t.Fatal(err)
	}
	for _, template := range templates.All {
		files, err := templates.Files(template.Name, "acme", template.Name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := registry.New(files)
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	examples, err := filepath.Glob("../../registry/examples/*/" + registry.ManifestName)
	if err != nil || len(examples) < 5 {
		t.Fatalf("%d example packages, %v", len(examples), err)
	}
	for _, manifest := range examples {
		p, err := registry.LoadDir(filepath.Dir(manifest))
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	for _, p := range packages {
		t.Run(p.Ref().Package(), func(t *testing.T) {
			t.Parallel()
			for _, f := range p.Functions {
				if f.Environment != "" && f.Environment != nativetest.Environment(t) {
					t.Errorf("%s has another lock than the tests' environment", f.ID())
				}
			}
			checks, _, err := checkLocally(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			examples := 0
			for _, f := range p.Manifest.Functions {
				examples += len(f.Examples)
			}
			if len(checks) != examples {
				t.Errorf("%d examples, %d checks", examples, len(checks))
			}
			for _, c := range checks {
				if !c.OK {
					t.Errorf("%s: %s", c.Name, c.Message)
				}
			}
		})
	}
}

func TestAFunctionThatTheModuleLacksIsRefused(t *testing.T) {
	t.Parallel()
	for _, template := range []string{"rust", "python"} {
		files, err := templates.Files(template, "acme", "geo")
		if err != nil {
			t.Fatal(err)
		}
		manifest := strings.Replace(string(files[registry.ManifestName]), `name = "initials"`, "name = \"initials\"\nentry = \"gone\"", 1)
		files[registry.ManifestName] = []byte(manifest)
		p, err := registry.New(files)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := checkLocally(context.Background(), p); err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("%s: got %v", template, err)
		}
	}
}

func TestPackageName(t *testing.T) {
	t.Parallel()
	scope, name, err := packageName("acme/geo")
	if err != nil || scope != "acme" || name != "geo" {
		t.Errorf("got %s/%s, %v", scope, name, err)
	}
	if scope, name, err = packageName("geo"); err != nil || name != "geo" || registry.CheckScope(scope) != nil {
		t.Errorf("got %s/%s, %v", scope, name, err)
	}
	if _, _, err := packageName("a/b/c"); err == nil || !strings.Contains(err.Error(), "write it as scope/name") {
		t.Errorf("got %v", err)
	}
}

// TestNotesOfPython tells an author which line keeps a function from being compiled.
func TestNotesOfPython(t *testing.T) {
	t.Parallel()
	p, err := registry.New(map[string][]byte{
		registry.ManifestName: []byte(`[package]
scope = "acme"
name = "mixed"
version = "1.0.0"
description = "Two functions."
license = "Apache-2.0"

[[function]]
name = "twice"
kind = "python"
module = "f.py"
signature = "(a: int) => int"
doc = "Twice a."

[[function.example]]
call = "twice(4)"
result = "8"

[[function]]
name = "middle"
kind = "python"
module = "f.py"
signature = "(a: int, b: int, c: int) => int"
doc = "The one in the middle."

[[function.example]]
call = "middle(4, 1, 9)"
result = "4"
`),
		"f.py": []byte("def twice(a):\n    return 2 * a\n\n\ndef middle(a, b, c):\n    return sorted([a, b, c])[1]\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, notes, err := checkLocally(t.Context(), p)
	if err != nil || len(notes) != 1 || notes[0] != "middle: line 6: a list is not compiled; CPython runs this function" {
		t.Errorf("got %q, %v", notes, err)
	}
}
