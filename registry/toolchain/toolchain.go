// Package toolchain compiles the modules of a package with the compilers of the author's machine.
//
// It installs nothing: what is missing it names, with the command that installs it. A new language is a Compiler in a file
// of its own and a line in All.
package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/registry"
)

// Compiler turns one source file into a WebAssembly module.
type Compiler struct {
	Language  string
	Extension string // of sources, ".rs"
	Install   string // how to get it
	// find returns the program, or "" if this machine has none that can do it. dir is the package's folder.
	find func(ctx context.Context, dir string) string
	args func(source, module string) []string
	// environment is added to this process's own.
	environment []string
}

// All compilers.
var All = []*Compiler{rust, c, assemblyScript, golang}

// ErrMissing says that a compiler is not installed.
var ErrMissing = errors.New("is not installed")

// Target is a module of a package that has its source beside it.
type Target struct {
	Dir      string // of the package
	Module   string // path in the package: "functions.wasm"
	Source   string // "functions.rs"
	Compiler *Compiler
}

// Targets finds what there is to build: every WebAssembly module that the manifest names and that has a source of the
// same name beside it. Modules are where the manifest says, whether they exist yet or not.
func Targets(dir string) ([]Target, error) {
	text, err := os.ReadFile(filepath.Join(dir, registry.ManifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s in %s; `dreamql package init` makes one", registry.ManifestName, dir)
	}
	if err != nil {
		return nil, err
	}
	m, err := registry.ParseManifest(text)
	if err != nil {
		return nil, err
	}
	var out []Target
	for _, f := range m.Functions {
		known := slices.ContainsFunc(out, func(t Target) bool { return t.Module == f.Module })
		if f.Kind != udf.WASM || known || !filepath.IsLocal(f.Module) {
			continue
		}
		stem := strings.TrimSuffix(f.Module, filepath.Ext(f.Module))
		for _, c := range All {
			if _, err := os.Stat(filepath.Join(dir, stem+c.Extension)); err == nil {
				out = append(out, Target{dir, f.Module, stem + c.Extension, c})
				break
			}
		}
	}
	return out, nil
}

// Stale reports whether the module is missing or older than its source.
func (t Target) Stale() bool {
	source, err := os.Stat(filepath.Join(t.Dir, t.Source))
	if err != nil {
		return false
	}
	module, err := os.Stat(filepath.Join(t.Dir, t.Module))
	return err != nil || module.ModTime().Before(source.ModTime())
}

// Exists reports whether the module is there.
func (t Target) Exists() bool {
	_, err := os.Stat(filepath.Join(t.Dir, t.Module))
	return err == nil
}

// Build compiles the target. The old module stays until there is a new one. An error that is ErrMissing says what to
// install; another one is the compiler's own message.
func (t Target) Build(ctx context.Context) error {
	program := t.Compiler.find(ctx, t.Dir)
	if program == "" {
		return fmt.Errorf("%s cannot be built: %s %w here; %s", t.Source, t.Compiler.Language, ErrMissing, t.Compiler.Install)
	}
	fresh, err := os.MkdirTemp("", "dreamql-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	module := filepath.Join(fresh, "module.wasm")
	cmd := exec.CommandContext(ctx, program, t.Compiler.args(t.Source, module)...)
	cmd.Dir = t.Dir
	cmd.Env = append(os.Environ(), t.Compiler.environment...)
	var messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &messages, &messages
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s does not compile (%w)\n%s", t.Source, err, strings.TrimSpace(messages.String()))
	}
	code, err := os.ReadFile(module)
	if err != nil {
		return fmt.Errorf("%s gave no module: %w", filepath.Base(program), err)
	}
	return os.WriteFile(filepath.Join(t.Dir, t.Module), code, 0o644)
}

// first returns the first of the candidates that is a program on this machine.
func first(candidates ...string) string {
	for _, name := range candidates {
		if path, err := exec.LookPath(name); err == nil {
			// The build runs in the package's folder, where a relative path would mean something else.
			if path, err = filepath.Abs(path); err == nil {
				return path
			}
		}
	}
	return ""
}
