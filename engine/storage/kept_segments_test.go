package storage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Segments stay mapped between their users, as many as are allowed, and one that has a user is never unmapped.
func TestKeptSegments(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), context.Background()
	c, err := NewLocalCatalog(nil, filepath.Join(dir, "cache"))
	if err != nil {
		t.Fatal(err)
	}
	c.segments.most = 2
	open := func(i int) Reader {
		t.Helper()
		path := filepath.Join(dir, fmt.Sprintf("%d.csv", i))
		if _, err := os.Stat(path); err != nil {
			if err := os.WriteFile(path, fmt.Appendf(nil, "x\n%d\n", i), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		table, err := c.File(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Open(ctx, table, 0)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	holds := func(r Reader, want int) {
		t.Helper()
		b, err := r.Batch(0, []string{"x"})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Release()
		if got := b.Column(0).ValueStr(0); got != fmt.Sprint(want) {
			t.Errorf("%s, not %d", got, want)
		}
	}
	kept := func(want int) {
		t.Helper()
		if got := len(c.segments.open); got != want {
			t.Errorf("%d segments are mapped, not %d", got, want)
		}
	}
	shut := func(rs ...Reader) {
		t.Helper()
		for _, r := range rs {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	first, again := open(1), open(1)
	if first.(*borrowedSegment).Segment != again.(*borrowedSegment).Segment {
		t.Error("a segment is mapped twice")
	}
	shut(first)
	holds(again, 1)
	shut(again)
	kept(1)
	one, two, three := open(1), open(2), open(3)
	kept(3)
	shut(one, three)
	kept(2)
	holds(two, 2)
	if err := c.Close(0); err != nil {
		t.Fatal(err)
	}
	kept(1)
	holds(two, 2)
	shut(two)
	if err := c.Close(0); err != nil {
		t.Fatal(err)
	}
	kept(0)
}
