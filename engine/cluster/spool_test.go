package cluster

import (
	"bytes"
	"io"
	"runtime"
	"testing"
)

// TestSpoolIsHandedOverForReading writes to the file that an executor would get.
func TestSpoolIsHandedOverForReading(t *testing.T) {
	t.Parallel()
	s := &spool{dir: t.TempDir()}
	defer s.close()
	want := bytes.Repeat([]byte("rows"), spoolMemory)
	if _, err := s.Write(want); err != nil {
		t.Fatal(err)
	}
	f, err := s.duplicate()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("x"), 0); err == nil && runtime.GOOS == "linux" {
		t.Error("it can be written to")
	}
	if got, err := io.ReadAll(io.NewSectionReader(f, 0, s.size)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
}
