//go:build !amd64

package kernels

func best() Loops { return Plain }

// WideSums reports whether SumKept* take whole registers on this processor.
func WideSums() bool { return false }
