package e2e_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledWrites kills programs that import a file and replace, add to or merge into another, at any moment: the file is then the old or
// the new one, whole and readable, and the next program leaves nothing of the killed ones.
func TestKilledWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := filepath.Join(dir, "rows.csv")
	var text strings.Builder
	text.WriteString("k,v\n")
	for i := range 40_000 {
		text.WriteString(strings.Repeat("1", 1+i%6) + "," + strings.Repeat("x", i%50) + "\n")
	}
	must(t, os.WriteFile(rows, []byte(text.String()), 0o600))
	folder := filepath.Join(dir, "saved")
	must(t, os.Mkdir(folder, 0o700))
	out := filepath.Join(folder, "out.parquet")
	program := func(source string) *exec.Cmd {
		run := exec.Command(binary(), "query", "-e", source, "--data", "rows="+rows, "--data", "out="+out, "--save", "out="+out, "--format", "csv")
		run.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir)
		return run
	}
	count := func() string {
		got, err := program("out -> agg { n: count() }").CombinedOutput()
		if err != nil {
			t.Fatalf("the file cannot be read: %v\n%s", err, got)
		}
		return strings.TrimSpace(strings.TrimPrefix(string(got), "n"))
	}
	first := exec.Command(binary(), "query", "-e", "rows -> take 10 -> { k, v } -> save 'out'", "--data", "rows="+rows, "--save", "out="+out)
	first.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir)
	if said, err := first.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	was := count()
	if was != "10" {
		t.Fatalf("%s rows", was)
	}
	for i, c := range []struct{ source, becomes string }{
		{"rows -> filter k > 0 -> { k, v } -> save 'out', mode: 'replace'", "40000"},
		{"rows -> take 10 -> { k, v } -> save 'out', mode: 'replace'", "10"},
		{"rows -> { k, v } -> save 'out', mode: 'append'", ""},
		{"rows -> { @k, v: max(v) ?? '' } -> save 'out', mode: 'merge', key: k", ""},
		{"rows -> sort -v -> { k, v } -> save 'out', mode: 'replace'", "40000"},
		{"rows -> { k, v } -> save 'out', mode: 'append'", ""},
	} {
		must(t, os.Chtimes(rows, time.Time{}, time.Now().Add(time.Duration(i)*time.Second))) // so that it is imported again
		run := program(c.source)
		must(t, run.Start())
		ended := make(chan error, 1)
		go func() { ended <- run.Wait() }()
		after := time.Duration(rand.IntN(400)) * time.Millisecond
		select {
		case <-ended:
		case <-time.After(after):
			must(t, run.Process.Kill())
			<-ended
		}
		is := count()
		if c.becomes != "" && is != was && is != c.becomes {
			t.Errorf("%s, killed after %s: %s rows, neither %s nor %s", c.source, after, is, was, c.becomes)
		}
		was = is
	}
	if said, err := program("rows -> take 3 -> { k, v } -> save 'out', mode: 'replace'").CombinedOutput(); err != nil || count() != "3" {
		t.Fatalf("%v: %s", err, said)
	}
	for _, pattern := range []string{filepath.Join(folder, ".*"), filepath.Join(dir, "dreamql", "files", "new-*")} {
		if left, _ := filepath.Glob(pattern); len(left) > 0 {
			t.Errorf("left are %v", left)
		}
	}
}
