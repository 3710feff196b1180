package toolchain

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const rustTarget = "wasm32-unknown-unknown"

var rust = &Compiler{
	Language:  "rustc with the target " + rustTarget,
	Extension: ".rs",
	Install:   "on Debian: apt-get install rustc libstd-rust-dev-wasm32; with rustup: rustup target add " + rustTarget,
	find:      findRust,
	args: func(source, module string) []string {
		return []string{"--edition", "2021", "--target", rustTarget, "--crate-type", "cdylib", "-C", "opt-level=3",
			"-C", "panic=abort", "-C", "lto=fat", "-C", "strip=symbols", "-o", module, source}
	},
}

// findRust looks for a rustc that has the target: the one in PATH may be rustup's, without it, beside a system's, with it.
func findRust(ctx context.Context, _ string) string {
	for _, candidate := range []string{"rustc", "/usr/bin/rustc"} {
		program := first(candidate)
		if program == "" {
			continue
		}
		root, err := exec.CommandContext(ctx, program, "--print", "sysroot").Output()
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(strings.TrimSpace(string(root)), "lib", "rustlib", rustTarget)); err == nil {
			return program
		}
	}
	return ""
}
