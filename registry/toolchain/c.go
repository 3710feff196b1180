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
		// The same as -O3; but told of that itself, clang 14 hands the module to a wasm-opt in PATH, which may not know SIMD.
		return []string{"--target=wasm32", "-nostdlib", "-Xclang", "-O3", "-fvectorize", "-fslp-vectorize", "-msimd128", "-Wall", "-Wl,--no-entry", "-Wl,--strip-all", "-o", module, source}
	},
}
