package exec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
)

// scratchIn makes files in a test's own folder.
func scratchIn(t testing.TB) func() (Scratch, error) {
	dir := t.TempDir()
	return func() (Scratch, error) { return os.CreateTemp(dir, "scratch") }
}

func spiller(env Env) (*thread, *spilled, *memory.CheckedAllocator) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	w := &thread{run: &runner{running: &running{spill: newSpill(&env)}}, meters: map[*physical.Op]*meter{}}
	return w, w.spilled(&physical.Op{}), alloc
}

func TestSpilledBatchesComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.define(t, "t", `{i: int?, f: float, b: bool?, s: string?, d: date, n: decimal<20,2>?, l: [string?], r: {x: int?, y: [int]}, e: string?}
[1, 0.5, true, "one", "2024-02-29", "1.25", ["a", null], {"x": 1, "y": [1, 2]}, "x"]
[null, -1.5, null, null, "1970-01-01", null, [], {"x": null, "y": []}, null]
[3, 7, false, "", "1969-12-31", "-3.50", ["", "bc", "d"], {"x": 3, "y": [3]}, "y"]
[4, 8, true, "four", "2000-01-01", "0.00", [null], {"x": 4, "y": [4, 4, 4, 4]}, "x"]
`)
	_, f, alloc := spiller(Env{Scratch: scratchIn(t)})
	rec := w.rows["t"]
	var want []string
	show := func(b *batch) string {
		var out strings.Builder
		for _, c := range b.cols {
			for i := range b.n {
				out.WriteString(cell(c, i) + " ")
			}
		}
		return out.String()
	}
	for _, part := range [][2]int64{{0, 4}, {1, 3}, {2, 2}, {3, 4}, {0, 1}} {
		s := &fakeSegment{rec: rec.NewSlice(part[0], part[1]), size: 4, encode: true}
		r, err := s.Batch(0, []string{"i", "f", "b", "d", "n", "l", "r", "e", "s"})
		if err != nil {
			t.Fatal(err)
		}
		b := fromRecord(r)
		if b.n > 0 {
			want = append(want, show(b))
		}
		if err := f.add(alloc, b); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.batches) != len(want) || f.rows != 8 {
		t.Fatalf("%d batches, %d rows", len(f.batches), f.rows)
	}
	for i := range f.batches {
		b, err := f.read(alloc, i)
		if err != nil {
			t.Fatal(err)
		}
		if got := show(b); got != want[i] {
			t.Errorf("batch %d is\n%s\nwant\n%s", i, got, want[i])
		}
		b.release()
	}
	f.drop()
	if f.s.used != 0 || f.m.spilled == 0 || len(f.s.free) != 1 {
		t.Errorf("%d bytes in use of %d written, free %v", f.s.used, f.m.spilled, f.s.free)
	}
	alloc.AssertSize(t, 0)
}

func ints(mem memory.Allocator, n int) *batch {
	b := array.NewInt64Builder(mem)
	defer b.Release()
	b.AppendValues(make([]int64, n), nil)
	return &batch{n: n, cols: []arrow.Array{b.NewArray()}}
}

// TestSpillPlaces gives extents back in an order of their own, and has the file no longer than it must be.
func TestSpillPlaces(t *testing.T) {
	t.Parallel()
	s := newSpill(&Env{Scratch: scratchIn(t)})
	defer s.close()
	var es []extent
	for i := range 8 {
		e, err := s.write(make([]byte, 100+i))
		if err != nil {
			t.Fatal(err)
		}
		es = append(es, e)
	}
	end := s.end
	for _, i := range []int{3, 5, 4, 0, 7, 6, 1, 2} {
		s.release(es[i])
	}
	if len(s.free) != 1 || s.free[0] != (extent{0, end}) || s.used != 0 {
		t.Errorf("free %v of %d, %d used", s.free, end, s.used)
	}
	if e, err := s.write(make([]byte, end)); err != nil || e.at != 0 || s.end != end || len(s.free) != 0 {
		t.Errorf("%v, %v: the file ends at %d, not %d", e, err, s.end, end)
	}
}

// fullFile is a file that does not do as it should.
type fullFile struct {
	*os.File
	err error
}

func (f fullFile) WriteAt([]byte, int64) (int, error) { return 0, f.err }

func TestSpillFailures(t *testing.T) {
	t.Parallel()
	message := func(err error) string {
		var d source.Diagnostics
		if !errors.As(err, &d) || d[0].Code != "DQL9005" || d[0].Help == "" {
			return "no diagnostic: " + err.Error()
		}
		return d[0].Message
	}
	for _, c := range []struct {
		env  Env
		want string
	}{
		{Env{DiskLimit: 1 << 20, Scratch: scratchIn(t)}, "more than the 1 MB of disk"},
		{Env{Scratch: func() (Scratch, error) { return fullFile{nil, syscall.ENOSPC}, nil }}, "the disk is full"},
		{Env{Scratch: func() (Scratch, error) { return nil, syscall.EACCES }}, "permission denied"},
	} {
		_, f, alloc := spiller(c.env)
		var err error
		for range 10 {
			if err = f.add(alloc, ints(alloc, 60_000)); err != nil {
				break
			}
		}
		if err == nil || !strings.Contains(message(err), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		f.drop()
		alloc.AssertSize(t, 0)
	}
}

// TestTruncated reads back what somebody has cut off.
func TestTruncated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "scratch")
	_, f, alloc := spiller(Env{Scratch: func() (Scratch, error) { return os.Create(path) }})
	if err := f.add(alloc, ints(alloc, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := f.read(alloc, 0); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("got %v", err)
	}
	alloc.AssertSize(t, 0)
}
