package toolchain

import "context"

var golang = &Compiler{
	Language:  "go, the Go compiler,",
	Extension: ".go",
	Install:   "Go 1.24 or newer, https://go.dev/dl",
	find:      func(_ context.Context, _ string) string { return first("go") },
	// One file, which needs no go.mod: the standard library is all there is.
	args: func(source, module string) []string {
		return []string{"build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", module, source}
	},
	environment: []string{"GOOS=wasip1", "GOARCH=wasm", "GO111MODULE=on", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0"},
}
