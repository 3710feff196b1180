package executor

import "os"

// Scratch makes a file without a name in a folder, the system's for temporary files if that is empty. It goes with its
// last descriptor: a process that is killed leaves nothing behind.
func Scratch(dir string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if f, err := nameless(dir); err == nil {
		return f, nil
	}
	f, err := os.CreateTemp(dir, "dreamql-scratch-*")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}
