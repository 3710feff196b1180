//go:build !(linux && (amd64 || arm64))

package sandbox

import "errors"

// Exec is refused: this system has no walls for programs.
func Exec(Policy) error {
	return errors.New("sandbox: programs can be shut in on Linux only, on amd64 and arm64")
}
