package templates_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/templates"
)

func TestEveryTemplateIsAPackageOfAnyName(t *testing.T) {
	t.Parallel()
	for _, template := range templates.All {
		files, err := templates.Files(template.Name, "acme", "geo")
		if err != nil {
			t.Fatal(err)
		}
		p, err := registry.New(files)
		if err != nil {
			t.Fatalf("%s: %v", template.Name, err)
		}
		if p.Ref() != (registry.Ref{Scope: "acme", Name: "geo", Version: "0.1.0"}) {
			t.Errorf("%s: got %s", template.Name, p.Ref())
		}
		if !strings.Contains(p.Readme(), "import acme/geo@0.1 (") {
			t.Errorf("%s: README.md does not say how to import acme/geo", template.Name)
		}
		for name, data := range files {
			if bytes.Contains(data, []byte("example/example")) {
				t.Errorf("%s: %s still has the template's name", template.Name, name)
			}
		}
		for _, f := range p.Manifest.Functions {
			if len(f.Examples) == 0 {
				t.Errorf("%s: %s has no example", template.Name, f.Name)
			}
		}
	}
}

func TestBadNamesAndTemplatesAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]string{
		{"cobol", "acme", "geo", `there is no template "cobol"; choose one of dreamql, python, numpy, rust, c, assemblyscript, go`},
		{"rust", "acme", "my-geo", `write "my_geo"`},
		{"rust", "../acme", "geo", "use letters, digits and _"},
		{"rust", "", "geo", "scope is missing"},
	} {
		if _, err := templates.Files(c[0], c[1], c[2]); err == nil || !strings.Contains(err.Error(), c[3]) {
			t.Errorf("%v: got %v", c, err)
		}
	}
}
