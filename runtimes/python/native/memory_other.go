//go:build !linux

package native

import (
	"errors"
	"os"
)

func sharedMemory() (*os.File, error) {
	return nil, errors.New("native Python runs on Linux only")
}
