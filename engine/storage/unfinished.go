package storage

import (
	"os"
	"path/filepath"
	"strings"
)

// Unfinished is a file or a folder on its way: it has a name of its own until it takes the place of what it is to be. Its process
// holds a lock on it, which goes with the process however that ends, so that others can tell it from what a killed one has left.
type Unfinished struct {
	*os.File // the file, or the folder opened
}

// NewUnfinished makes a file in a folder, whose name begins with prefix, and first removes what killed processes have left there.
func NewUnfinished(dir, prefix string) (*Unfinished, error) {
	return newUnfinished(dir, prefix, func() (*os.File, error) { return os.CreateTemp(dir, prefix+"*") })
}

// newUnfinishedFolder is NewUnfinished for a folder.
func newUnfinishedFolder(dir, prefix string) (*Unfinished, error) {
	return newUnfinished(dir, prefix, func() (*os.File, error) {
		path, err := os.MkdirTemp(dir, prefix+"*")
		if err != nil {
			return nil, err
		}
		f, err := os.Open(path)
		if os.IsNotExist(err) { // who cleans up was faster than the lock
			err = nil
		}
		return f, err
	})
}

func newUnfinished(dir, prefix string, make func() (*os.File, error)) (*Unfinished, error) {
	removeLeft(dir, prefix)
	for {
		f, err := make()
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		lock(f, true)
		if here, err := os.Stat(f.Name()); err == nil {
			if held, err := f.Stat(); err == nil && os.SameFile(here, held) {
				return &Unfinished{f}, nil
			}
		}
		f.Close() // it was taken for one that was left, before it was locked
	}
}

// Drop removes it, if it is still there, and lets go of it.
func (u *Unfinished) Drop() error {
	os.RemoveAll(u.Name())
	return u.Close()
}

// removeLeft removes what begins with prefix and belongs to no process that lives. What cannot be removed stays: that is no failure of
// what is being written now.
func removeLeft(dir, prefix string) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range all {
		if !strings.HasPrefix(e.Name(), prefix) || !e.IsDir() && !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if lock(f, false) {
			os.RemoveAll(path)
		}
		f.Close()
	}
}
