package funcs

import "math"

func dotProduct(a, b []float64) (s float64) {
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

var (
	dot = vectorFunc("dot", "The dot product of two lists of numbers of one length, the sum of the products of their elements; absent where an element is.",
		func(a, b []float64) (float64, error) { return dotProduct(a, b), nil }, eg("dot([1, 2], [3, 4])", "11.0"), egFails("dot([1], [1, 2])", "of one length"))
	cosineSimilarity = vectorFunc("cosine_similarity", "The cosine of the angle between two lists of numbers of one length, from -1.0 to 1.0; absent where one is all zeros, or an element absent.",
		func(a, b []float64) (float64, error) {
			size := math.Sqrt(dotProduct(a, a)) * math.Sqrt(dotProduct(b, b))
			if size == 0 {
				return 0, errAbsent
			}
			return dotProduct(a, b) / size, nil
		}, eg("cosine_similarity([1, 0], [0, 2])", "0.0"), eg("cosine_similarity([0], [1])", "none"))
	euclidean = vectorFunc("euclidean_distance", "The distance between two points given as lists of numbers of one length; absent where an element is.",
		func(a, b []float64) (float64, error) {
			s := 0.0
			for i, x := range a {
				s += (x - b[i]) * (x - b[i])
			}
			return math.Sqrt(s), nil
		}, eg("euclidean_distance([0, 0], [3, 4])", "5.0"))
)

var cumulativeSum = listFunc("cumulative_sum", "The sums of the elements up to each place; absent ones count as 0.",
	takes("(list: [float?]) => [float]", func(c *Call) error {
		items, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		return rowItems(func(r row, out []float64) ([]float64, error) {
			s := 0.0
			from, to := listRow(c.Args[0], r.i)
			for k := from; k < to; k++ {
				if items.Present(k) {
					s += items.Floats[k]
				}
				out = append(out, s)
			}
			return out, nil
		})(c)
	}, eg("cumulative_sum([1, 2, 3])", "[1.0, 3.0, 6.0]")))
