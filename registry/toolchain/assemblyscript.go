package toolchain

import (
	"context"
	"path/filepath"
)

var assemblyScript = &Compiler{
	Language:  "asc, the AssemblyScript compiler,",
	Extension: ".ts",
	Install:   "in the package's folder: npm install assemblyscript@0.28.20",
	find: func(_ context.Context, dir string) string {
		return first(filepath.Join(dir, "node_modules", ".bin", "asc"), "asc")
	},
	// Without a collector: an instance that has grown much is replaced as a whole.
	args: func(source, module string) []string {
		return []string{source, "-O3", "--runtime", "stub", "-o", module}
	},
}
