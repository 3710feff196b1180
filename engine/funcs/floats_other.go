//go:build !amd64

package funcs

func scaleWide([]float64, float64, []float64) int { return 0 }

func shiftWide([]float64, float64, []float64) int { return 0 }

func compareWide(comparison, []float64, float64, []uint64) int { return 0 }
