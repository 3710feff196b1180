package main

import (
	"fmt"
	"syscall"
)

// limitCompiler bounds what this process may use, for good.
func limitCompiler() error {
	for what, l := range map[int]uint64{syscall.RLIMIT_CPU: compileSeconds, syscall.RLIMIT_DATA: compileMemory, syscall.RLIMIT_CORE: 0} {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: l, Max: l}); err != nil {
			return fmt.Errorf("limiting the compiler: %w", err)
		}
	}
	return nil
}
