package python

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/dreamql/dreamql/runtimes/python/promote"
)

// interpreterCode reads the interpreter, and rewrites it where it is the one that package promote knows: that one was published
// without optimisation, and gets two to three times as fast. The rewritten one is kept in dir, which is trusted as compiled code there is.
func interpreterCode(path, dir string) ([]byte, error) {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(wasm)
	digest := hex.EncodeToString(sum[:])
	if !promote.Knows(digest) {
		return wasm, nil
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
