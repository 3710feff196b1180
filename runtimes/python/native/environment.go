package native

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// FolderVariable names the folder of environments in the environment.
const FolderVariable = "DREAMQL_ENVIRONMENTS"

// Folder is where an operator's environments are: DREAMQL_ENVIRONMENTS, or a folder of the system for root, of the user else.
// Workers of root read it as other users.
func Folder() string {
	if dir := os.Getenv(FolderVariable); dir != "" {
		if abs, err := filepath.Abs(dir); err == nil {
			return abs
		}
		return dir
	}
	if os.Geteuid() == 0 {
		return "/var/lib/dreamql/environments"
	}
	dir := os.Getenv("XDG_DATA_HOME")
	if dir == "" {
		dir = filepath.Join(os.Getenv("HOME"), ".local", "share")
	}
	return filepath.Join(dir, "dreamql", "environments")
}

// Environment is a Python with the packages of one lock, which an operator has created. It is a folder named by the lock's digest
// with a virtual environment and this record; one without the record is not finished.
type Environment struct {
	Digest       string    `json:"digest"` // SHA-256 of the lock
	Python       string    `json:"python"` // "3.11.2"
	Architecture string    `json:"architecture"`
	Requirements []string  `json:"requirements"` // "numpy==2.2.6"
	Created      time.Time `json:"created"`
	// Program is the interpreter's own file, and Libraries the folders that it reads beside the environment's.
	Program   string   `json:"program"`
	Libraries []string `json:"libraries"`
	// Modules are imported before an interpreter is needed.
	Modules []string `json:"modules"`

	Path string `json:"-"`
}

const recordName = "environment.json"

func (e *Environment) venv() string { return filepath.Join(e.Path, "venv") }

// Lookup finds an environment. The error for one that is not there says what an operator has to do.
func Lookup(folder, digest string) (*Environment, error) {
	if !isDigest(digest) {
		return nil, fmt.Errorf("%q is no digest of a lock", digest)
	}
	e, err := read(filepath.Join(folder, digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotAllowed{Digest: digest}
	}
	return e, err
}

// NotAllowed is the error for an environment that no operator has created.
type NotAllowed struct{ Digest string }

func (e *NotAllowed) Error() string {
	return fmt.Sprintf("its Python environment %.12s… is not allowed here; whoever operates this machine allows it with: "+
		"dreamql environment create requirements.lock (the package's own)", e.Digest)
}

func isDigest(s string) bool {
	return len(s) == 64 && !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') })
}

func read(path string) (*Environment, error) {
	text, err := os.ReadFile(filepath.Join(path, recordName))
	if err != nil {
		return nil, err
	}
	e := &Environment{Path: path}
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("the record of the environment %s is damaged; remove it and create it again: %w", path, err)
	}
	if e.Digest != filepath.Base(path) {
		return nil, fmt.Errorf("the environment %s has the record of another; remove it and create it again", path)
	}
	return e, nil
}

// List returns the finished environments, by digest.
func List(folder string) ([]*Environment, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []*Environment
	for _, entry := range entries {
		e, err := read(filepath.Join(folder, entry.Name()))
		if errors.Is(err, fs.ErrNotExist) || !isDigest(entry.Name()) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// UnknownDigest is the error for what names no environment, or several.
type UnknownDigest struct {
	Prefix string
	Count  int
}

func (e *UnknownDigest) Error() string {
	if e.Count > 1 {
		return fmt.Sprintf("%d environments have digests that begin with %q; write more of it", e.Count, e.Prefix)
	}
	return fmt.Sprintf("no environment has a digest that begins with %q; dreamql environment list shows them", e.Prefix)
}

// Remove deletes the one environment whose digest begins with prefix. Interpreters that run in it go on until they end.
func Remove(folder, prefix string) (*Environment, error) {
	all, err := List(folder)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(e *Environment) bool { return !strings.HasPrefix(e.Digest, prefix) })
	if prefix == "" || len(all) != 1 {
		return nil, &UnknownDigest{prefix, len(all)}
	}
	// The record goes first: what is half removed is not an environment.
	if err := os.Remove(filepath.Join(all[0].Path, recordName)); err != nil {
		return nil, err
	}
	return all[0], os.RemoveAll(all[0].Path)
}
