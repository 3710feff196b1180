package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const (
	spoolMemory = 1 << 20
	spoolLimit  = 16 << 30
)

var errTooMuch = errors.New("a part of the query gave more than 16 GiB of rows; filter or aggregate earlier")

// spool holds the bytes of an output: a little in memory, more in a file that has no name and goes with the process.
type spool struct {
	dir    string
	memory []byte
	file   *os.File
	size   int64
}

func (s *spool) Write(p []byte) (int, error) {
	if s.size+int64(len(p)) > spoolLimit {
		return 0, errTooMuch
	}
	if s.file == nil && len(s.memory)+len(p) > spoolMemory {
		f, err := os.CreateTemp(s.dir, "dreamql-output-*")
		if err != nil {
			return 0, err
		}
		os.Remove(f.Name())
		if _, err := f.Write(s.memory); err != nil {
			f.Close()
			return 0, err
		}
		s.file, s.memory = f, nil
	}
	s.size += int64(len(p))
	if s.file == nil {
		s.memory = append(s.memory, p...)
		return len(p), nil
	}
	return s.file.Write(p)
}

// reader reads from the start, beside other readers.
func (s *spool) reader() io.ReadSeeker {
	if s.file == nil {
		return bytes.NewReader(s.memory)
	}
	return io.NewSectionReader(s.file, 0, s.size)
}

// duplicate is the file as one of its own to close, for reading, because an executor gets it; nil if the bytes are in memory.
func (s *spool) duplicate() (*os.File, error) {
	if s.file == nil {
		return nil, nil
	}
	if f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", s.file.Fd())); err == nil {
		return f, nil
	}
	// Where there is no /proc, what an executor may not do is a matter of its limits.
	fd, err := unix.FcntlInt(s.file.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), s.file.Name()), nil
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
	}
}
