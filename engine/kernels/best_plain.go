//go:build !amd64

package kernels

func best() Loops { return Plain }
