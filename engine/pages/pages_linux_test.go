package pages_test

import (
	"os"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dreamql/dreamql/engine/pages"
)

type odd struct{ a, b, c uint64 } // does not divide a page

func TestMakeHasPages(t *testing.T) {
	t.Parallel()
	has[byte](t)
	has[uint32](t)
	has[odd](t)
	has[[3000]byte](t)
	has[[5000]byte](t)
}

// has makes far more than the process has had, so that it is fresh.
func has[T comparable](t *testing.T) {
	t.Helper()
	var zero T
	n := 40 << 20 / int(unsafe.Sizeof(zero))
	s := pages.Make[T](n)
	if len(s) != n || slices.ContainsFunc(s, func(v T) bool { return v != zero }) {
		t.Errorf("%T: %d values, or not all zero", zero, len(s))
	}
	page := os.Getpagesize()
	s = pages.Make[T](n)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), n*int(unsafe.Sizeof(zero)))
	bytes = bytes[:len(bytes)/page*page] // a large slice begins with a page
	there := make([]byte, len(bytes)/page)
	if _, _, e := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&bytes[0])), uintptr(len(bytes)), uintptr(unsafe.Pointer(&there[0]))); e != 0 {
		t.Fatal(e)
	}
	if i := slices.IndexFunc(there, func(b byte) bool { return b&1 == 0 }); i >= 0 {
		t.Errorf("%T: page %d of %d is not there", zero, i, len(there))
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	if s := pages.Make[uint64](0); len(s) != 0 {
		t.Error(s)
	}
	if s := pages.Make[struct{}](3); len(s) != 3 {
		t.Error(s)
	}
}
