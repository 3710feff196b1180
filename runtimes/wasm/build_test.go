package wasm

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestModulesMatchSources builds the committed modules again where the compiler that built them is present.
func TestModulesMatchSources(t *testing.T) {
	t.Parallel()
	version, err := exec.Command("clang", "--version").Output()
	if err != nil || !strings.Contains(string(version), "version 14.") {
		t.Skip("clang 14 is not installed")
	}
	if _, err := exec.LookPath("wasm-ld"); err != nil {
		t.Skip("lld is not installed")
	}
	for _, name := range []string{"functions", "hostile", "imports", "inline", "shapes", "types"} {
		built := filepath.Join(t.TempDir(), name+".wasm")
		cmd := exec.Command("clang", "--target=wasm32", "-nostdlib", "-O2", "-Wl,--no-entry", "-Wl,--strip-all", "-o", built, filepath.Join("testdata", name+".c"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		got, err := os.ReadFile(built)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata", name+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s.wasm is not what %s.c builds to", name, name)
		}
	}
}
