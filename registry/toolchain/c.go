package toolchain

import "context"

var c = &Compiler{
	Language:  "clang with wasm-ld",
	Extension: ".c",
	Install:   "on Debian: apt-get install clang lld",
	find: func(_ context.Context, _ string) string {
		if first("wasm-ld") == "" {
			return ""
		}
		return first("clang")
	},
	args: func(source, module string) []string {
		return []string{"--target=wasm32", "-nostdlib", "-O3", "-msimd128", "-Wall", "-Wl,--no-entry", "-Wl,--strip-all", "-o", module, source}
	},
}
