package toolchain_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/templates"
	"github.com/dreamql/dreamql/registry/toolchain"
)

// folder writes a template and returns its one target.
func folder(t *testing.T, template string) toolchain.Target {
	t.Helper()
	files, err := templates.Files(template, "acme", "geo")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	targets, err := toolchain.Targets(dir)
	if err != nil || len(targets) != 1 {
		t.Fatalf("targets %v, error %v", targets, err)
	}
	return targets[0]
}

func build(t *testing.T, target toolchain.Target) {
	t.Helper()
	err := target.Build(context.Background())
	if errors.Is(err, toolchain.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The compilers that the committed modules were made with, what shows their version, and how that begins. Another release gives other
// bytes.
var madeWith = map[string][3]string{
	".rs": {"/usr/bin/rustc", "--version", "rustc 1.63.0"},
	".c":  {"clang", "--version", "Debian clang version 14.0.6"},
	".ts": {"node_modules/.bin/asc", "--version", "Version 0.28.20"},
	".go": {"go", "version", "go version go1.26.8"},
}

// A module that is committed is what its source compiles to.
func TestTemplatesBuild(t *testing.T) {
	t.Parallel()
	for _, template := range templates.All {
		if template.Name == "dreamql" || template.Name == "python" || template.Name == "numpy" {
			continue
		}
		t.Run(template.Name, func(t *testing.T) {
			t.Parallel()
			rebuild(t, folder(t, template.Name))
		})
	}
}

func TestExamplesBuild(t *testing.T) {
	t.Parallel()
	manifests, err := filepath.Glob("../examples/*/" + registry.ManifestName)
	if err != nil || len(manifests) < 5 {
		t.Fatalf("%d example packages, %v", len(manifests), err)
	}
	for _, manifest := range manifests {
		source := filepath.Dir(manifest)
		t.Run(filepath.Base(source), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			targets, err := toolchain.Targets(dir)
			compiled := 1
			if modules, _ := filepath.Glob(filepath.Join(dir, "*.wasm")); len(modules) == 0 { // Python
				compiled = 0
			}
			if err != nil || len(targets) != compiled {
				t.Fatalf("targets %v, error %v", targets, err)
			}
			for _, target := range targets {
				rebuild(t, target)
			}
		})
	}
}

func rebuild(t *testing.T, target toolchain.Target) {
	t.Helper()
	before, err := registry.LoadDir(target.Dir)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := filepath.Abs("../../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(target.Dir, "node_modules") // where authors install the compiler of AssemblyScript
	if err := os.Symlink(modules, link); err != nil {
		t.Fatal(err)
	}
	build(t, target)
	compiler := madeWith[filepath.Ext(target.Source)]
	command := exec.Command(compiler[0], compiler[1])
	command.Dir = target.Dir
	version, _ := command.Output()
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	after, err := registry.LoadDir(target.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(version, []byte(compiler[2])) {
		t.Skipf("built, and not compared: the compiler is not %s", compiler[2])
	}
	if before.Digest != after.Digest {
		t.Errorf("%s is not what %s compiles to; build it again", target.Module, target.Source)
	}
}

func TestAMistakeIsShownAndTheOldModuleStays(t *testing.T) {
	t.Parallel()
	target := folder(t, "c")
	build(t, target)
	source := filepath.Join(target.Dir, target.Source)
	if err := os.WriteFile(source, []byte("int f(void) { return 1 }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := target.Build(context.Background())
	if err == nil || !strings.Contains(err.Error(), "functions.c does not compile") || !strings.Contains(err.Error(), "functions.c:1:") {
		t.Errorf("got %v", err)
	}
	if !target.Exists() {
		t.Error("the old module is gone")
	}
}

func TestOnlyWhatIsOlderThanItsSourceIsStale(t *testing.T) {
	t.Parallel()
	target := folder(t, "rust")
	module, source := filepath.Join(target.Dir, target.Module), filepath.Join(target.Dir, target.Source)
	now := time.Now()
	for _, c := range []struct {
		module, source time.Time
		stale          bool
	}{{now, now.Add(-time.Hour), false}, {now, now, false}, {now.Add(-time.Hour), now, true}} {
		if err := errors.Join(os.Chtimes(module, c.module, c.module), os.Chtimes(source, c.source, c.source)); err != nil {
			t.Fatal(err)
		}
		if target.Stale() != c.stale {
			t.Errorf("module %v, source %v: stale is %v", c.module, c.source, !c.stale)
		}
	}
	if err := os.Remove(module); err != nil {
		t.Fatal(err)
	}
	if !target.Stale() || target.Exists() {
		t.Error("a missing module is not stale")
	}
}

func TestAMissingCompilerIsNamed(t *testing.T) {
	target := folder(t, "c")
	t.Setenv("PATH", t.TempDir())
	err := target.Build(context.Background())
	if !errors.Is(err, toolchain.ErrMissing) || !strings.Contains(err.Error(), "apt-get install clang lld") {
		t.Errorf("got %v", err)
	}
	if _, err := toolchain.Targets(t.TempDir()); err == nil || !strings.Contains(err.Error(), "dreamql package init") {
		t.Errorf("got %v", err)
	}
}
