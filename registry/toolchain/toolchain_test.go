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

// What a template holds is what its source compiles to, with the compilers that the modules were made with.
func TestTemplatesBuild(t *testing.T) {
	t.Parallel()
	for template, compiler := range map[string][2]string{
		"rust":           {"/usr/bin/rustc", "rustc 1.63.0"},
		"c":              {"clang", "Debian clang version 14.0.6"},
		"assemblyscript": {"asc", "Version 0.28.20"},
		"go":             {"go", "go version go1.26.8"},
	} {
		t.Run(template, func(t *testing.T) {
			t.Parallel()
			target := folder(t, template)
			before, err := registry.LoadDir(target.Dir)
			if err != nil {
				t.Fatal(err)
			}
			build(t, target)
			after, err := registry.LoadDir(target.Dir)
			if err != nil {
				t.Fatal(err)
			}
			flag := "--version"
			if template == "go" {
				flag = "version"
			}
			version, _ := exec.Command(compiler[0], flag).Output()
			if !bytes.HasPrefix(version, []byte(compiler[1])) {
				t.Skipf("built, and not compared: the compiler is not %s", compiler[1])
			}
			if before.Digest != after.Digest {
				t.Errorf("%s is not what %s compiles to; build it again", target.Module, target.Source)
			}
		})
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
