//go:build !goexperiment.simd

package kernels

func best() Loops { return assembly() }
