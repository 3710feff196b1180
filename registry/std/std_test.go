package std_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/std"
)

func TestThePackagesAreValid(t *testing.T) {
	t.Parallel()
	packages, err := std.Packages()
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range packages {
		if want := "std/" + std.Names[i] + "@1.0.0"; p.Ref().String() != want {
			t.Errorf("got %s, want %s", p.Ref(), want)
		}
		disk, err := registry.LoadDir(std.Names[i])
		if err != nil {
			t.Fatal(err)
		}
		if disk.Digest != p.Digest {
			t.Errorf("%s: the folder and what is embedded of it differ", p.Ref())
		}
		for _, f := range p.Functions {
			if !strings.Contains(p.Readme(), f.Name+"(") {
				t.Errorf("%s: README.md does not mention %s", p.Ref(), f.Name)
			}
		}
	}
}

// The committed module is what its source compiles to. Another release of rustc gives other bytes, so the test names the one.
func TestGeoIsBuiltFromItsSource(t *testing.T) {
	t.Parallel()
	const rustc, release = "/usr/bin/rustc", "rustc 1.63.0"
	version, err := exec.Command(rustc, "--version").Output()
	if err != nil || !strings.HasPrefix(string(version), release) {
		t.Skipf("%s is not %s", rustc, release)
	}
	source, err := filepath.Abs("geo/geo.rs")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	build := exec.Command(rustc, "--edition", "2021", "--target", "wasm32-unknown-unknown", "--crate-type", "cdylib",
		"-C", "opt-level=3", "-C", "panic=abort", "-C", "lto=fat", "-C", "strip=symbols", "-o", "geo.wasm", source)
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "target may not be installed") {
			t.Skip("the wasm32-unknown-unknown target is not installed")
		}
		t.Fatalf("%v\n%s", err, out)
	}
	built, err := os.ReadFile(filepath.Join(folder, "geo.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("geo/geo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(built, committed) {
		t.Errorf("geo.wasm has %d bytes, its source compiles to %d others; build it again (see geo/README.md)", len(committed), len(built))
	}
}
