package storage

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// resident is how many KB of a mapped file this process has.
func resident(t *testing.T, path string) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, of, found := strings.Cut(string(maps), path)
	if !found {
		t.Fatalf("%s is not mapped", path)
	}
	var kb int
	_, of, _ = strings.Cut(of, "\nRss:")
	if _, err := fmt.Sscan(of, &kb); err != nil {
		t.Fatal(err)
	}
	return kb
}

// pagesOf is what is kept and what is due, which a collection of garbage may change meanwhile.
func pagesOf(s *Segment) (k struct {
	bytes, waiting int64
	batches, due   int
}) {
	s.pages.mu.Lock()
	defer s.pages.mu.Unlock()
	k.bytes, k.waiting, k.batches, k.due = s.pages.bytes, s.pages.waiting, len(s.pages.batches), len(s.pages.due)
	return k
}

// lentSegment is a segment of a few batches, in a process that has so much memory of its own.
func lentSegment(t *testing.T, own *atomic.Int64) (s *Segment, path string) {
	t.Helper()
	var text strings.Builder
	text.WriteString("a,b,c\n")
	for i := range 3*BatchRows + 10 {
		fmt.Fprintf(&text, "%d,word %d,%d.5\n", i*1_000_003, i%1000, i)
	}
	table, blobs := load(t, "a.csv", text.String())
	path, err := blobs.Local(t.Context(), table.Segments[0].Key, "")
	if err != nil {
		t.Fatal(err)
	}
	if s, err = OpenSegment(path); err != nil {
		t.Fatal(err)
	}
	s.pages = &keptPages{own: own.Load}
	return s, path
}

// TestKeptPages reads all batches of a segment twice: their pages stay while the process is small, those of some while it is a little
// larger, and when its memory has grown they are let go of though nobody reads.
func TestKeptPages(t *testing.T) {
	t.Parallel()
	var own atomic.Int64
	s, path := lentSegment(t, &own)
	read := func() {
		t.Helper()
		for range 2 {
			for i := range s.NumBatches() {
				b, err := s.Narrow(i, []string{"a", "c"})
				if err != nil {
					t.Fatal(err)
				}
				_ = fmt.Sprint(b)
				b.Release()
			}
		}
	}
	read()
	all, bytes := resident(t, path), pagesOf(s).bytes
	if bytes == 0 || all < int(bytes>>10) {
		t.Errorf("%d KB stay of %d bytes that were read", all, bytes)
	}
	own.Store(smallProcess - bytes/2)
	s.pages.afterCollection()
	some := resident(t, path)
	read()
	if again := resident(t, path); some == 0 || some >= all || pagesOf(s).bytes == 0 || pagesOf(s).bytes > bytes/2 || again >= all {
		t.Errorf("%d KB of %d KB stay, and after reading %d KB", some, all, again)
	}
	own.Store(smallProcess)
	s.pages.afterCollection()
	if k := pagesOf(s); k.bytes != 0 || k.batches != 0 {
		t.Errorf("%d bytes of %d batches stay in a large process", k.bytes, k.batches)
	}
	read()
	if r := resident(t, path); r != 0 {
		t.Errorf("%d KB stay in a large process", r)
	}
	own.Store(0)
	read()
	err := s.Close()
	if k := pagesOf(s); err != nil || k.bytes != 0 || k.batches != 0 {
		t.Errorf("%d bytes of %d batches stay of a segment that is closed: %v", k.bytes, k.batches, err)
	}
}

// TestLetGoTogether reads a segment in a large process: pages wait until they are enough to be let go of, and those of a segment that
// is closed meanwhile are nobody's.
func TestLetGoTogether(t *testing.T) {
	t.Parallel()
	var own atomic.Int64
	own.Store(smallProcess)
	s, path := lentSegment(t, &own)
	read := func(batches int) {
		t.Helper()
		for i := range batches {
			b, err := s.Narrow(i, []string{"a"})
			if err != nil {
				t.Fatal(err)
			}
			_ = fmt.Sprint(b)
			b.Release()
		}
	}
	s.pages.atOnce = 1 << 40 // its pages are never kept, so that no collection asks for it
	read(s.NumBatches())
	k := pagesOf(s)
	if r := resident(t, path); r == 0 || k.due == 0 || k.waiting == 0 {
		t.Errorf("%d KB in %d ranges of %d bytes wait", r, k.due, k.waiting)
	}
	s.pages.atOnce = k.waiting
	read(1)
	if r, k := resident(t, path), pagesOf(s); r != 0 || k.due != 0 || k.waiting != 0 {
		t.Errorf("%d KB stay; %d ranges of %d bytes still wait", r, k.due, k.waiting)
	}
	s.pages.atOnce = 1 << 40
	read(1)
	if err := s.Close(); err != nil || pagesOf(s).due != 0 || pagesOf(s).waiting != 0 {
		t.Errorf("%d ranges of a segment that is closed: %v", pagesOf(s).due, err)
	}
	s.pages.release()
}

// TestLeases reads all batches of a segment in a large process: the pages behind those that were released are let go of, what is still
// held keeps its values, and a release after the end does nothing.
func TestLeases(t *testing.T) {
	t.Parallel()
	var own atomic.Int64
	own.Store(smallProcess)
	s, path := lentSegment(t, &own)
	names := []string{"a", "b", "c"}
	read := func(i int) arrow.RecordBatch {
		b, err := s.Narrow(i, names)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	held := read(1)
	want := fmt.Sprint(held)
	word := func(b arrow.RecordBatch) string {
		c := b.Column(1).(*array.Dictionary)
		return strings.Clone(c.Dictionary().(*array.String).Value(c.GetValueIndex(0)))
	}
	first := word(held)
	for i := range s.NumBatches() {
		b := read(i)
		_ = fmt.Sprint(b)
		b.Release()
	}
	if r := resident(t, path); r == 0 {
		t.Error("nothing is left of a file of which a batch is held")
	}
	column := held.Column(1)
	column.Retain()
	held.Release()
	if s.leases.out != 1 {
		t.Errorf("%d batches are lent while one column is held", s.leases.out)
	}
	column.Release()
	if r := resident(t, path); r != 0 || s.leases.out != 0 {
		t.Errorf("%d KB are left of a file of which %d batches are held", r, s.leases.out)
	}
	last := read(1)
	if got := fmt.Sprint(last); got != want {
		t.Error("a batch that was let go of has other values")
	}
	if got := word(last); got != first {
		t.Errorf("a word that was let go of is %q, not %q", got, first)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	last.Release()
}
