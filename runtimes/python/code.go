package python

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dreamql/dreamql/runtimes/python/promote"
)

// interpreterCode reads the interpreter, and rewrites it where it is the one that package promote knows: that one was published
// without optimisation, and gets two to three times as fast. The rewritten one is kept in dir, which is trusted as compiled code there is.
func interpreterCode(path, dir string) ([]byte, error) {
	wasm, digest, err := readInterpreter(path)
	if err != nil || !promote.Knows(digest) {
		return wasm, err
	}
	kept := filepath.Join(dir, "promoted-"+promote.Version+"-"+digest+".wasm")
	if dir != "" {
		if made, err := os.ReadFile(kept); err == nil {
			return made, nil
		}
	}
	made, err := promote.Module(wasm)
	if err != nil {
		return nil, err
	}
	if dir != "" {
		keepFile(kept, made) // a folder that cannot be written to costs time only
	}
	return made, nil
}

// readInterpreter reads the interpreter, and its SHA-256 in hexadecimal.
func readInterpreter(path string) (wasm []byte, digest string, err error) {
	if wasm, err = os.ReadFile(path); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(wasm)
	return wasm, hex.EncodeToString(sum[:]), nil
}

// path is where the interpreter is.
func (r *Runtime) path() (string, error) {
	if r.opts.Path != "" {
		return r.opts.Path, nil
	}
	return Locate()
}

// library returns the functions of the interpreter's C library, for compiled code to be linked with; nil where the interpreter is not
// there, or is not the one that package promote knows. They are kept in the folder of compiled code, as the rewritten
// interpreter is, by the size and time of the file that they are from.
func (r *Runtime) library() (*promote.Library, error) {
	path, err := r.path()
	if err != nil {
		return nil, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil
	}
	kept := filepath.Join(r.opts.CacheDir, fmt.Sprintf("library-%s-%d-%d.wasm", promote.LibraryVersion, info.Size(), info.ModTime().UnixNano()))
	if r.opts.CacheDir != "" {
		if made, err := os.ReadFile(kept); err == nil {
			if l, err := promote.Open(made); err == nil { // else it is made again
				return l, nil
			}
		}
	}
	wasm, digest, err := readInterpreter(path)
	if err != nil || !promote.Knows(digest) {
		return nil, err
	}
	made, err := promote.Extract(wasm)
	if err != nil {
		return nil, err
	}
	if r.opts.CacheDir != "" {
		keepFile(kept, made)
	}
	return promote.Open(made)
}

// keepFile writes a file that is there whole or not at all.
func keepFile(path string, data []byte) {
	if os.MkdirAll(filepath.Dir(path), 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".promoted-*")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err != nil || cerr != nil || os.Rename(f.Name(), path) != nil {
		os.Remove(f.Name())
	}
}
