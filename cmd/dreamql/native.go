package main

import (
	"errors"
	"os"

	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/sandbox"
)

// nativeMemory is what one process of native Python may use.
const nativeMemory = 2 << 30

// nativePython starts Python processes for functions with NumPy and the like, in the environments that this machine's operator has
// created.
func nativePython() *native.Local {
	return &native.Local{Folder: native.Folder(), Args: []string{"executor"}, Unsafe: os.Getenv(native.UnsafeVariable) == "1",
		Limits: sandbox.Limits{MemoryBytes: nativeMemory, CPUSeconds: nativeSeconds}}
}

// nativeSeconds is the processor time in the whole life of such a process; another takes its place.
const nativeSeconds = 4 * 3600

// becomeProgram turns this process into the sandboxed program that it was started as, if any.
func becomeProgram(policy sandbox.Policy) error {
	if policy.Program == nil {
		return nil
	}
	if err := sandbox.Exec(policy); err != nil {
		return err
	}
	return errors.New("the program did not start")
}
