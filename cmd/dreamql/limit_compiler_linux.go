package main

import (
	"fmt"
	"syscall"
)

// limitCompiler bounds what this process may use, for good, and puts it behind everything else that wants a processor.
func limitCompiler() error {
	_ = syscall.Setpriority(syscall.PRIO_PGRP, 0, 19) // a group of its own, so all threads: see asideAttributes
	for what, l := range map[int]uint64{syscall.RLIMIT_CPU: compileSeconds, syscall.RLIMIT_DATA: compileMemory, syscall.RLIMIT_CORE: 0} {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: l, Max: l}); err != nil {
			return fmt.Errorf("limiting the compiler: %w", err)
		}
	}
	return nil
}

// asideAttributes make a compiler the leader of a group of its own.
func asideAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
