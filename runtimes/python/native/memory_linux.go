package native

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// sharedMemory is a piece of memory as a file, whose size nobody can change.
func sharedMemory() (*os.File, error) {
	fd, err := unix.MemfdCreate("columns", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("memory to share with Python: %w", err)
	}
	f := os.NewFile(uintptr(fd), "columns")
	if err := f.Truncate(SharedBytes); err != nil {
		f.Close()
		return nil, fmt.Errorf("memory to share with Python: %w", err)
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL); err != nil {
		f.Close()
		return nil, fmt.Errorf("memory to share with Python: %w", err)
	}
	return f, nil
}
