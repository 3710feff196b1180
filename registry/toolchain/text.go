package toolchain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// CompileText compiles AssemblyScript that is in no file, such as a cell of a notebook; dir is a folder in which the compiler may be
// installed. Errors are those of Build.
func CompileText(ctx context.Context, dir, name, text string) ([]byte, error) {
	work, err := os.MkdirTemp("", "dreamql-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	found := *assemblyScript
	found.find = func(ctx context.Context, _ string) string { return assemblyScript.find(ctx, dir) }
	t := Target{Dir: work, Module: name + ".wasm", Source: name + ".ts", Compiler: &found}
	if err := os.WriteFile(filepath.Join(work, t.Source), []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := t.Build(ctx); err != nil {
		return nil, fmt.Errorf("cell %s: %w", name, err)
	}
	return os.ReadFile(filepath.Join(work, t.Module))
}
