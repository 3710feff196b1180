package oracle

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// tuplesOf makes rows of one argument.
func tuplesOf(xs []any) (out [][]any) {
	for _, x := range xs {
		out = append(out, []any{x})
	}
	return out
}

// statistic computes an aggregate of numbers from its definition; false where it is none of them.
func statistic(name string, rows [][]any) (v any, ok bool, err error) {
	switch name {
	case "join_text":
		var parts []string
		separator := ""
		for _, r := range rows {
			if separator = r[1].(string); r[0] != nil {
				parts = append(parts, r[0].(string))
			}
		}
		return strings.Join(parts, separator), true, nil
	case "histogram":
		v, err = histogram(rows)
		return v, true, err
	case "entropy":
		return entropy(rows), true, nil
	case "approx_distinct": // exact for few values
		seen := map[string]bool{}
		for _, r := range rows {
			if r[0] != nil {
				seen[identity(r)] = true
			}
		}
		return int64(len(seen)), true, nil
	}
	f := statistics[name]
	if f == nil {
		return nil, false, nil
	}
	var x, y []float64 // of the rows that have all
	for _, r := range rows {
		if slices.Contains(r, nil) {
			if len(r) == 2 && r[0] == nil && name == "approx_quantile" {
				y = append(y, r[1].(float64))
			}
			continue
		}
		x = append(x, number(r[0]))
		if len(r) == 2 {
			y = append(y, number(r[1]))
		}
	}
	if len(x) == 0 {
		return nil, true, nil
	}
	out, ok := f(x, y)
	if !ok {
		return nil, true, nil
	}
	if name == "approx_quantile" && !(y[0] >= 0 && y[0] <= 1) {
		return nil, true, errArgument
	}
	return out, true, nil
}

func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case Decimal:
		f, _ := v.rat().Float64()
		return f
	}
	return float64(v.(int64))
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// central is the mean of the products of the distances of x and y from their means, taken to powers p and q.
func central(x, y []float64, p, q float64) float64 {
	mx, my := mean(x), mean(y)
	var d []float64
	for i := range x {
		d = append(d, math.Pow(x[i]-mx, p)*math.Pow(y[i]-my, q))
	}
	return mean(d)
}

func moments(x []float64, p float64) float64 { return central(x, x, p, 0) }

var statistics = map[string]func(x, y []float64) (float64, bool){
	"variance_pop": func(x, _ []float64) (float64, bool) { return moments(x, 2), true },
	"stddev_pop":   func(x, _ []float64) (float64, bool) { return math.Sqrt(moments(x, 2)), true },
	"variance": func(x, _ []float64) (float64, bool) {
		n := float64(len(x))
		return moments(x, 2) * n / (n - 1), n > 1
	},
	"stddev": func(x, _ []float64) (float64, bool) {
		n := float64(len(x))
		return math.Sqrt(moments(x, 2) * n / (n - 1)), n > 1
	},
	"skewness": func(x, _ []float64) (float64, bool) {
		return moments(x, 3) / math.Pow(moments(x, 2), 1.5), moments(x, 2) > 0
	},
	"kurtosis": func(x, _ []float64) (float64, bool) {
		return moments(x, 4)/math.Pow(moments(x, 2), 2) - 3, moments(x, 2) > 0
	},
	"geometric_mean": func(x, _ []float64) (float64, bool) {
		for i := range x {
			x[i] = math.Log(x[i])
		}
		return math.Exp(mean(x)), true
	},
	"harmonic_mean": func(x, _ []float64) (float64, bool) {
		for i := range x {
			x[i] = 1 / x[i]
		}
		return 1 / mean(x), true
	},
	"root_mean_square": func(x, _ []float64) (float64, bool) {
		for i := range x {
			x[i] *= x[i]
		}
		return math.Sqrt(mean(x)), true
	},
	"product": func(x, _ []float64) (float64, bool) {
		p := 1.0
		for _, v := range x {
			p *= v
		}
		return p, true
	},
	"weighted_mean": func(x, w []float64) (float64, bool) {
		s, total := 0.0, 0.0
		for i := range x {
			s, total = s+x[i]*w[i], total+w[i]
		}
		return s / total, total != 0
	},
	"ema": func(x, alpha []float64) (float64, bool) {
		s := x[0]
		for i, v := range x[1:] {
			s = alpha[i+1]*v + (1-alpha[i+1])*s
		}
		return s, true
	},
	"corr": func(x, y []float64) (float64, bool) {
		return central(x, y, 1, 1) / math.Sqrt(moments(x, 2)*moments(y, 2)), moments(x, 2) > 0 && moments(y, 2) > 0
	},
	"covar": func(x, y []float64) (float64, bool) {
		n := float64(len(x))
		return central(x, y, 1, 1) * n / (n - 1), n > 1
	},
	"covar_pop":        func(x, y []float64) (float64, bool) { return central(x, y, 1, 1), true },
	"regression_slope": func(y, x []float64) (float64, bool) { return central(x, y, 1, 1) / moments(x, 2), moments(x, 2) > 0 },
	"regression_intercept": func(y, x []float64) (float64, bool) {
		return mean(y) - central(x, y, 1, 1)/moments(x, 2)*mean(x), moments(x, 2) > 0
	},
	"regression_r2": func(y, x []float64) (float64, bool) {
		if moments(y, 2) == 0 {
			return 1, moments(x, 2) > 0
		}
		return math.Pow(central(x, y, 1, 1), 2) / (moments(x, 2) * moments(y, 2)), moments(x, 2) > 0
	},
	"median": func(x, _ []float64) (float64, bool) { return middle(x), true },
	"median_deviation": func(x, _ []float64) (float64, bool) {
		m := middle(x)
		for i := range x {
			x[i] = math.Abs(x[i] - m)
		}
		return middle(x), true
	},
	"approx_median":   func(x, _ []float64) (float64, bool) { return share(x, 0.5) },
	"approx_quantile": func(x, y []float64) (float64, bool) { return share(x, y[0]) },
}

func middle(x []float64) float64 {
	var xs []any
	for _, v := range x {
		xs = append(xs, v)
	}
	return quantile(xs, 0.5).(float64)
}

// share is the exact quantile without NaN, which an approximate one is for few values.
func share(x []float64, at float64) (float64, bool) {
	var xs []any
	for _, v := range x {
		if v == v {
			xs = append(xs, v)
		}
	}
	if len(xs) == 0 || !(at >= 0 && at <= 1) {
		return 0, len(xs) > 0
	}
	return quantile(xs, at).(float64), true
}

func histogram(rows [][]any) (any, error) {
	out := []any{}
	for _, r := range rows {
		low, high, n := number(r[1]), number(r[2]), r[3].(int64)
		if n < 1 || n > 1<<16 || !(low < high) || math.IsInf(high-low, 0) {
			return nil, errArgument
		}
		for int64(len(out)) < n {
			out = append(out, int64(0))
		}
		if r[0] == nil {
			continue
		}
		if x := number(r[0]); x >= low && x <= high {
			at := min(int64(math.Floor((x-low)/(high-low)*float64(n))), n-1)
			out[at] = out[at].(int64) + 1
		}
	}
	return out, nil
}

func entropy(rows [][]any) any {
	counts, n := map[string]float64{}, 0.0
	for _, r := range rows {
		if r[0] != nil {
			counts[fmt.Sprint(identity(r))]++
			n++
		}
	}
	if n == 0 {
		return nil
	}
	s := 0.0
	for _, k := range counts {
		s += k / n * math.Log2(n/k)
	}
	return s
}
