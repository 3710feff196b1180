package executor

import (
	"os"

	"golang.org/x/sys/unix"
)

// nameless makes a file that never has a name; not all file systems can.
func nameless(dir string) (*os.File, error) {
	return os.OpenFile(dir, os.O_RDWR|unix.O_TMPFILE, 0o600)
}
