package wasm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
)

// cache is compiled code on disk. The engine keeps it in a folder named after its version, the architecture and the system, in
// files named after the module's bytes, the processor's features and whether the code can be interrupted, with a checksum that
// it compares before it uses them: what another version or machine has written, or what is damaged, is compiled again.
//
// What is in the folder is executed. Only its owner may write there; where others may too, it is not used at all.
type cache struct {
	engine   wazero.CompilationCache
	dir      string // of the notes which modules are there
	salt     string
	readOnly atomic.Bool // it could not be written, and is left alone
}

// openCache returns nil where the folder cannot be used: a cache only saves time.
func openCache(dir string, interruptible bool) *cache {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil
	}
	if !ownersAlone(dir) {
		return nil
	}
	engine, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil
	}
	version := engineVersion() + "-" + runtime.GOARCH + "-" + runtime.GOOS
	if entries, err := filepath.Glob(filepath.Join(dir, "wazero-*")); err == nil {
		for _, e := range entries {
			if !ownersAlone(e) {
				return nil
			}
		}
	}
	return &cache{engine: engine, dir: filepath.Join(dir, "modules-"+version), salt: fmt.Sprintf("%s interruptible=%v", version, interruptible)}
}

// engineVersion is that of the engine in this program.
func engineVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "github.com/tetratelabs/wazero" {
				return d.Version
			}
		}
	}
	return "unknown"
}

// mark is the file that says that a module was compiled into the cache.
func (c *cache) mark(code []byte) string {
	digest := sha256.Sum256(append([]byte(c.salt+"\n"), code...))
	return filepath.Join(c.dir, hex.EncodeToString(digest[:]))
}

// has reports whether a module is likely to be in the cache. Where it is wrong, a module is compiled.
func (c *cache) has(code []byte) bool {
	if c == nil {
		return false
	}
	_, err := os.Stat(c.mark(code))
	return err == nil
}

// publish lets executors, which are other users, read what is in the cache. Nobody but the owner may write.
func (c *cache) publish() error {
	return filepath.WalkDir(filepath.Dir(c.dir), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.Chmod(path, 0o755)
		case d.Type().IsRegular():
			return os.Chmod(path, 0o644)
		}
		return nil
	})
}

// note remembers that a module is in the cache.
func (c *cache) note(code []byte) {
	if os.MkdirAll(c.dir, 0o755) == nil {
		_ = os.WriteFile(c.mark(code), nil, 0o644) // without it the next process takes longer to find out
	}
}
