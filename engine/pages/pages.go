// Package pages makes memory that is read before it is written, as tables are in which something is looked up and then added.
//
// Memory that comes fresh from the system has no pages of its own. What is read first is one page of zeros, which all such memory
// shares; the first write then puts a page in its place, and every other processor that runs the process is interrupted, so that it
// forgets the old one (Linux: do_wp_page). With two threads that takes some 10 µs a page, ten times what a page costs that is
// written first.
package pages

import "unsafe"

// size is that of a page, or a part of it.
const size = 4096

// Make is make([]T, n), with pages of its own.
func Make[T any](n int) []T {
	s := make([]T, n)
	Touch(s)
	return s
}

// Touch gives pages of its own to s, which is all zero: a part of what several threads share out, say, so that each takes its pages.
func Touch[T any](s []T) {
	var zero T
	step := max(1, size/max(1, int(unsafe.Sizeof(zero))))
	for i := 0; i < len(s); i += step {
		s[i] = zero
	}
}
