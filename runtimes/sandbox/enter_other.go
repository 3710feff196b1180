//go:build unix && !(linux && (amd64 || arm64))

package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Enter sets resource limits, which is all that this system offers; the worker's deadline stands too.
func Enter(p Policy) (Report, error) {
	l := p.Limits.withDefaults()
	for resource, value := range map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: l.OpenFiles, unix.RLIMIT_DATA: l.MemoryBytes} {
		var now unix.Rlimit
		if err := unix.Getrlimit(resource, &now); err != nil {
			return Report{}, fmt.Errorf("sandbox: limit: %w", err)
		}
		v := min(value, uint64(now.Max))
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: v, Max: v}); err != nil {
			return Report{}, fmt.Errorf("sandbox: limit: %w", err)
		}
	}
	return Support(), nil
}

// Support reports what this machine's kernel offers.
func Support() Report { return Report{User: os.Getuid()} }
