package e2e_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestACrossJoinOfBillionsIsRefusedOrInterrupted: with @bounded it does not start, and without it keeps within its memory and
// ends within a second of Ctrl-C, in the middle of one batch. It is not run beside others, which keep all processors busy.
func TestACrossJoinOfBillionsIsRefusedOrInterrupted(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.csv")
	must(t, os.WriteFile(big, []byte("a\n"+strings.Repeat("12345\n", 100_000)), 0o600))
	query := func(text string) *exec.Cmd {
		c := exec.Command(binary(), "query", "-e", text, "--format", "ndjson", "--memory", "256MB", "--data", "big="+big)
		c.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir)
		return c
	}
	const join = "big -> join_cross (big -> { b: a })"

	out, err := query("@bounded " + join).CombinedOutput()
	var status *exec.ExitError
	if !errors.As(err, &status) || status.ExitCode() != 1 || !strings.Contains(string(out), "10,000,000,000 rows, and @bounded allows 1,000,000,000") {
		t.Errorf("@bounded: %v\n%s", err, out)
	}

	for _, text := range []string{join, join + " -> filter a + b > 0 -> { c: a * b }"} {
		c := query(text)
		rows, err := c.StdoutPipe()
		must(t, err)
		var problems bytes.Buffer
		c.Stderr = &problems
		must(t, c.Start())
		if _, err := rows.Read(make([]byte, 1)); err != nil {
			t.Fatalf("no row came: %v %s", err, problems.String())
		}
		asked := time.Now()
		must(t, c.Process.Signal(syscall.SIGINT))
		for buf := make([]byte, 1<<16); err == nil; {
			_, err = rows.Read(buf)
		}
		err = c.Wait()
		if took := time.Since(asked); took > time.Second {
			t.Errorf("%s: it ended %s after the interrupt", text, took)
		}
		if !errors.As(err, &status) || status.ExitCode() != 3 || !strings.Contains(problems.String(), "interrupted") {
			t.Errorf("%s: %v %s", text, err, problems.String())
		}
	}
}
