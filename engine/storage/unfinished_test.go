package storage

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// onTheirWay keeps them open: the collector closes a file that nobody can reach.
var onTheirWay []*Unfinished

// TestMain is also the process that TestUnfinishedIsCleared kills: it has a file and a folder on their way, and waits.
func TestMain(m *testing.M) {
	if dir := os.Getenv("UNFINISHED_IN"); dir != "" {
		f, err := NewUnfinished(dir, ".saving-")
		if err != nil {
			panic(err)
		}
		d, err := newUnfinishedFolder(dir, "new-")
		if err != nil {
			panic(err)
		}
		if err := os.WriteFile(filepath.Join(d.Name(), "segment"), []byte("half"), 0o600); err != nil {
			panic(err)
		}
		onTheirWay = []*Unfinished{f, d}
		os.Stdout.WriteString(filepath.Base(f.Name()) + "\n")
		select {}
	}
	os.Exit(m.Run())
}

// TestUnfinishedIsCleared: what is on its way stays while its process lives, and is gone with the next write after that was killed.
func TestUnfinishedIsCleared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "UNFINISHED_IN="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	name, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	left := func() (names []string) {
		all, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	write := func() {
		f, err := NewUnfinished(dir, ".saving-")
		if err != nil {
			t.Fatal(err)
		}
		d, err := newUnfinishedFolder(dir, "new-")
		if err != nil {
			t.Fatal(err)
		}
		if len(left()) < 2 {
			t.Error("what is on its way is not there")
		}
		f.Drop()
		d.Drop()
	}
	write()
	if got := left(); len(got) != 2 || filepath.Base(got[0])+"\n" != name {
		t.Errorf("while the process lives there are %v, want %s and a folder", got, name)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	other := filepath.Join(dir, "kept")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	write()
	if got := left(); len(got) != 1 || got[0] != other {
		t.Errorf("after it was killed there are %v", got)
	}
}
