package e2e_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAFunctionWithoutEndIsInterrupted: Ctrl-C ends a program whose function never returns, with one thread in it or all, whether
// or not the program saves; and what it was to save is not there.
func TestAFunctionWithoutEndIsInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// The module of the function: (func (export "forever") (param i64) (result i64) (loop (br 0)) (i64.const 0)).
	code := "\x00asm\x01\x00\x00\x00\x01\x06\x01\x60\x01\x7e\x01\x7e\x03\x02\x01\x00\x07\x0b\x01\x07forever\x00\x00\x0a\x0b\x01\x09\x00\x03\x40\x0c\x00\x0b\x42\x00\x0b"
	must(t, os.MkdirAll(filepath.Join(dir, "loops"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "loops", "loops.wasm"), []byte(code), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "loops", "dreamql.toml"), []byte(`[package]
scope = "test"
name = "loops"
version = "1.0.0"
description = "Never ends."
license = "Apache-2.0"

[[function]]
name = "forever"
kind = "wasm"
module = "loops.wasm"
signature = "(n: int) => int"
doc = "Never ends."

[[function.example]]
call = "forever(1)"
result = "0"
`), 0o600))
	rows := filepath.Join(dir, "rows.csv")
	must(t, os.WriteFile(rows, []byte("a\n1\n"+strings.Repeat("12345\n", 200_000)), 0o600))
	for _, c := range []struct{ text, file string }{
		{"import test/loops (forever)\nrows -> { b: forever(a) }", ""},
		{"import test/loops (forever)\nrows -> { b: if a == 1 { forever(a) } else { a }, c: lower(f'{a}A') }", ""},
		{"import test/loops (forever)\nrows -> { b: forever(a) } -> save 'out'", filepath.Join(dir, "out.csv")},
	} {
		args := []string{"query", "-e", c.text, "--data", "rows=" + rows, "--package", filepath.Join(dir, "loops")}
		if c.file != "" {
			args = append(args, "--save", "out="+c.file)
		}
		run := exec.Command(binary(), args...)
		run.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir, "DREAMQL_CACHE="+filepath.Join(dir, "compiled"))
		var said strings.Builder
		run.Stdout, run.Stderr = &said, &said
		must(t, run.Start())
		ended := make(chan error, 1)
		go func() { ended <- run.Wait() }()
		for spent := time.Duration(0); spent < time.Second; spent = computed(t, run.Process.Pid) { // it computes nothing else for so long
			select {
			case err := <-ended:
				t.Fatalf("%s ended by itself: %v\n%s", c.text, err, said.String())
			case <-time.After(20 * time.Millisecond):
			}
		}
		must(t, run.Process.Signal(syscall.SIGINT))
		select {
		case err := <-ended:
			var status *exec.ExitError
			if !errors.As(err, &status) {
				t.Errorf("%s: %v\n%s", c.text, err, said.String())
			}
		case <-time.After(10 * time.Second):
			must(t, run.Process.Kill())
			t.Errorf("%s was not ended by an interrupt", c.text)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*out*")); len(left) > 0 {
			t.Errorf("%s left %v", c.text, left)
		}
	}
}

// computed is how long a process has computed.
func computed(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	must(t, err)
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	ticks, err := strconv.Atoi(fields[11])
	must(t, err)
	return time.Duration(ticks) * 10 * time.Millisecond
}
