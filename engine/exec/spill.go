package exec

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"
	"syscall"

	"github.com/dreamql/dreamql/engine/source"
)

// Scratch is a private file for what does not fit into memory. Nobody else can name it, and it goes with its descriptor,
// however the process ends. WriteAt makes it longer.
type Scratch interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// spill is a run's place on disk: one file, made when it is first needed, whose extents are given out and taken back.
// Safe for concurrent use.
type spill struct {
	open  func() (Scratch, error)
	limit int64 // of bytes in use at once; 0 means no limit

	mu      sync.Mutex
	file    Scratch
	free    []extent // in the order of their places; no two touch
	end     int64    // of the file
	used    int64
	written int64 // in all
}

// extent is a part of the file.
type extent struct{ at, size int64 }

func newSpill(env *Env) *spill {
	if env.Scratch == nil {
		return nil
	}
	return &spill{open: env.Scratch, limit: env.DiskLimit}
}

// write puts bytes somewhere.
func (s *spill) write(b []byte) (extent, error) {
	file, e, err := s.reserve(int64(len(b)))
	if err != nil {
		return e, err
	}
	if _, err := file.WriteAt(b, e.at); err != nil {
		s.release(e)
		return e, fullDisk(err)
	}
	return e, nil
}

func (s *spill) reserve(size int64) (Scratch, extent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit > 0 && s.used+size > s.limit {
		return nil, extent{}, source.Diagnostics{{
			Code: "DQL9005", Severity: source.Error,
			Message: fmt.Sprintf("the query does not fit into memory, and needs more than the %d MB of disk that it may use instead", s.limit>>20),
			Help:    "keep fewer columns or rows before grouping, sorting or joining, or raise the limits",
		}}
	}
	if s.file == nil {
		f, err := s.open()
		if err != nil {
			return nil, extent{}, fullDisk(err)
		}
		s.file = f
	}
	s.used += size
	s.written += size
	for i, e := range s.free {
		if e.size < size {
			continue
		}
		if e.size == size {
			s.free = append(s.free[:i], s.free[i+1:]...)
		} else {
			s.free[i] = extent{e.at + size, e.size - size}
		}
		return s.file, extent{e.at, size}, nil
	}
	e := extent{s.end, size}
	s.end += size
	return s.file, e, nil
}

// release gives an extent back.
func (s *spill) release(e extent) {
	if e.size == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= e.size
	i := sort.Search(len(s.free), func(i int) bool { return s.free[i].at > e.at })
	if i < len(s.free) && e.at+e.size == s.free[i].at {
		e.size += s.free[i].size
		s.free = append(s.free[:i], s.free[i+1:]...)
	}
	if i > 0 && s.free[i-1].at+s.free[i-1].size == e.at {
		s.free[i-1].size += e.size
		return
	}
	s.free = append(s.free, extent{})
	copy(s.free[i+1:], s.free[i:])
	s.free[i] = e
}

// read fills b from the start of an extent. A file that is shorter than it was is an error.
func (s *spill) read(b []byte, e extent) error {
	if len(b) == 0 {
		return nil
	}
	n, err := s.file.ReadAt(b, e.at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("reading back what did not fit into memory: %w", err)
}

func (s *spill) close() {
	if s == nil || s.file == nil {
		return
	}
	s.file.Close()
	s.file = nil
}

// bytes is how many were written in all.
func (s *spill) bytes() int64 {
	if s == nil {
		return 0
	}
	return s.written
}

// fullDisk tells what is wrong when nothing more can be written.
func fullDisk(err error) error {
	message := "what does not fit into memory could not be written to disk: " + err.Error()
	help := "make room for temporary files where they are kept, or give the query more memory"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		message = "the query does not fit into memory, and the disk is full"
	}
	return source.Diagnostics{{Code: "DQL9005", Severity: source.Error, Message: message, Help: help}}
}
