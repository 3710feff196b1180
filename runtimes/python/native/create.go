package native

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/udf"
)

//go:embed probe.py
var probeSource string

// CreateConfig says what environment to make.
type CreateConfig struct {
	Folder string
	Lock   *udf.Lock
	Python string    // the interpreter; "" looks for one
	Again  bool      // what was left behind half made is no error
	Log    io.Writer // gets what pip says
}

// Create makes an environment with Python's venv and pip, which downloads what the lock names and nothing else, and only files
// with the lock's hashes. Wheels only: building a package would run its code here, outside of all walls.
func Create(ctx context.Context, c CreateConfig) (*Environment, error) {
	path := filepath.Join(c.Folder, c.Lock.Digest)
	if e, err := read(path); err == nil {
		return e, nil
	}
	if c.Again {
		if err := os.RemoveAll(path); err != nil {
			return nil, err
		}
	}
	python, err := findPython(ctx, c.Python)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Folder, 0o755); err != nil {
		return nil, fmt.Errorf("the folder of environments: %w", err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		if !os.IsExist(err) {
			return nil, err
		}
		return nil, fmt.Errorf("%s is being made, or was left behind half made; if nobody is at it, remove it and try again", path)
	}
	e := &Environment{Digest: c.Lock.Digest, Path: path, Architecture: runtime.GOARCH, Created: time.Now().UTC().Truncate(time.Second)}
	if err := e.fill(ctx, c, python); err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return e, nil
}

func (e *Environment) fill(ctx context.Context, c CreateConfig, python string) error {
	lock := filepath.Join(e.Path, "requirements.lock")
	var text strings.Builder
	for _, r := range c.Lock.Requirements {
		e.Requirements = append(e.Requirements, r.String())
		fmt.Fprintln(&text, r.Line())
	}
	if err := os.WriteFile(lock, []byte(text.String()), 0o644); err != nil {
		return err
	}
	inside := filepath.Join(e.venv(), "bin", "python")
	for _, args := range [][]string{
		{python, "-I", "-m", "venv", "--without-pip", e.venv()},
		{python, "-m", "pip", "--python", inside, "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
			"--only-binary", ":all:", "--requirement", lock},
		{inside, "-I", "-m", "compileall", "-q", "-j", "0", filepath.Join(e.venv(), "lib")},
	} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = io.MultiWriter(&said, c.Log), io.MultiWriter(&said, c.Log)
		if err := cmd.Run(); err != nil && !strings.Contains(strings.Join(args, " "), "compileall") { // some wheels bring files for other Pythons
			return fmt.Errorf("%s: %w\n%s", strings.Join(args[:4], " "), err, bytes.TrimSpace(tailOf(said.Bytes())))
		}
	}
	out, err := exec.CommandContext(ctx, inside, "-I", "-c", probeSource).Output()
	if err != nil {
		return fmt.Errorf("the new environment's Python does not run: %w", err)
	}
	if err := json.Unmarshal(out, e); err != nil {
		return fmt.Errorf("the new environment's Python described itself as %.200q: %w", out, err)
	}
	record, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(e.Path, recordName), append(record, '\n'), 0o644)
}

func tailOf(b []byte) []byte { return b[max(0, len(b)-2000):] }

// findPython returns an interpreter that this user's workers can run: 3.9 or later, with venv and pip, and, because workers of root
// run it as other users, not in a folder closed to those.
func findPython(ctx context.Context, want string) (string, error) {
	candidates := []string{want}
	if want == "" {
		candidates = []string{"python3", "/usr/bin/python3", "/usr/local/bin/python3"}
	}
	var why []error
	for _, name := range candidates {
		path, err := exec.LookPath(name)
		if err == nil {
			err = usable(ctx, path)
		}
		if err == nil {
			return path, nil
		}
		why = append(why, fmt.Errorf("%s: %w", name, err))
	}
	return "", fmt.Errorf("no Python for environments was found; on Debian install python3, python3-venv and python3-pip, or name one with --python: %w", errors.Join(why...))
}

func usable(ctx context.Context, path string) error {
	out, err := exec.CommandContext(ctx, path, "-I", "-c", probeSource).Output()
	if err != nil {
		return err
	}
	var e Environment
	if err := json.Unmarshal(out, &e); err != nil {
		return errors.New("it is no CPython 3.9 or later")
	}
	if os.Geteuid() == 0 {
		for _, p := range append([]string{e.Program}, e.Libraries...) {
			if err := openToAll(p); err != nil {
				return err
			}
		}
	}
	if err := exec.CommandContext(ctx, path, "-m", "pip", "--version").Run(); err != nil {
		return errors.New("it has no pip")
	}
	return nil
}

// openToAll reports a folder on the way to path that others than its owner cannot enter.
func openToAll(path string) error {
	for p := path; ; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if info.Mode().Perm()&1 == 0 {
			return fmt.Errorf("%s is closed to other users, as whom functions run", p)
		}
		if p == filepath.Dir(p) {
			return nil
		}
	}
}
