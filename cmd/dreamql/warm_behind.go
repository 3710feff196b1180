package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/dreamql/dreamql/runtimes/wasm"
)

// compileTime is how long the compiler may take for one module, and compileMemory and compileSeconds what it may use.
const (
	compileTime    = time.Minute
	compileSeconds = 45
	compileMemory  = 2 << 30
)

// warmBehind returns what a worker does with the modules of its tasks: each that its cache lacks is compiled into it once, one at
// a time, in a process of its own with limits. Executors begin with the interpreter meanwhile; they read the cache and never write it.
// The examples of a package that is published run on a worker too, so that its first query finds it compiled.
func warmBehind(ctx context.Context, log *slog.Logger) func(code []byte) {
	look := wasm.New(wasm.Options{CacheDir: compileCache()})
	var mu sync.Mutex
	seen := map[[sha256.Size]byte]bool{}
	turn := make(chan struct{}, 1)
	return func(code []byte) {
		if !bytes.HasPrefix(code, []byte("\x00asm")) {
			return
		}
		digest := sha256.Sum256(code)
		mu.Lock()
		known := seen[digest]
		if len(seen) > 10_000 {
			clear(seen) // looking again costs little
		}
		seen[digest] = true
		mu.Unlock()
		if known || look.Cached(code) {
			return
		}
		go func() {
			select {
			case turn <- struct{}{}:
				defer func() { <-turn }()
			case <-ctx.Done():
				return
			}
			if err := compileAside(ctx, code); err != nil && ctx.Err() == nil {
				log.Warn("a module was not compiled ahead", "error", err)
			}
		}()
	}
}

// compileAside compiles a module in a process of its own.
func compileAside(ctx context.Context, code []byte) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, compileTime)
	defer cancel()
	child := exec.CommandContext(ctx, self, "package", "warm", "--module")
	child.Env = []string{cacheVariable + "=" + compileCache(), "GOMAXPROCS=1"}
	child.Stdin = bytes.NewReader(code)
	child.SysProcAttr = asideAttributes()
	return child.Run()
}
