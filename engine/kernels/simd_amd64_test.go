//go:build goexperiment.simd && amd64

package kernels

// implementations are those that the tests compare with the plain one.
func implementations() map[string]Loops {
	return map[string]Loops{"assembly": assembly(), "simd": simd(Plain), "best": Best}
}
