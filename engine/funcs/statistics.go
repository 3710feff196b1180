package funcs

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// numeric is an aggregate of floats whose state is a few numbers a group: a statistic. The first of them counts rows.
type numeric struct {
	statistic
	cells  []float64 // width for each group
	groups int
}

// statistic is what one such aggregate does.
type statistic struct {
	width  int
	step   func(s []float64, x, y float64)   // adds a row; y is the second argument
	merge  func(a, b []float64)              // adds the rows of b, which has some, after those of a
	finish func(s []float64) (float64, bool) // false for an absent result
}

func (s statistic) spec() *AggregateSpec {
	state := make([]types.Type, s.width)
	for i := range state {
		state[i] = types.Of(types.Float)
	}
	return &AggregateSpec{
		State: func([]types.Type, types.Type) []types.Type { return state },
		New:   func([]types.Type, types.Type) (Accumulator, error) { return &numeric{statistic: s}, nil },
	}
}

func (n *numeric) of(g int) []float64 { return n.cells[g*n.width : (g+1)*n.width] }

func (n *numeric) Resize(groups int) {
	n.groups = max(n.groups, groups)
	n.cells = grow(n.cells, n.groups*n.width)
}

func (n *numeric) Update(rows int, groups []uint32, args []arrow.Array) error {
	vs := make([]*Vec, len(args))
	for i, a := range args {
		v, err := FromArrow(a, types.Of(types.Float))
		if err != nil || v.Type.Kind == types.None {
			return err
		}
		vs[i] = v
	}
	if len(vs) == 2 && groups != nil && vs[0].Valid == nil && vs[1].Valid == nil {
		y := vs[1].Floats
		for i, x := range vs[0].Floats {
			if g := groups[i]; g != NoGroup {
				n.step(n.of(int(g)), x, y[i])
			}
		}
		return nil
	}
	eachPresent(vs[0], rows, groups, func(g uint32, i int) {
		y := 0.0
		if len(vs) == 2 {
			if !vs[1].Present(i) {
				return
			}
			y = vs[1].Floats[i]
		}
		n.step(n.of(int(g)), vs[0].Floats[i], y)
	})
	return nil
}

func (n *numeric) Merge(rows int, groups []uint32, state []arrow.Array) error {
	vs := make([]*Vec, len(state))
	for i, a := range state {
		v, err := FromArrow(a, types.Of(types.Float))
		if err != nil {
			return err
		}
		vs[i] = v
	}
	b := make([]float64, n.width)
	eachPresent(vs[0], rows, groups, func(g uint32, i int) {
		for k, v := range vs {
			b[k] = v.Floats[i]
		}
		n.join(n.of(int(g)), b)
	})
	return nil
}

func (n *numeric) State() ([]arrow.Array, error) {
	vs := make([]*Vec, n.width)
	for k := range vs {
		vs[k] = NewVec(types.Of(types.Float), n.groups)
		for g := range n.groups {
			vs[k].Floats[g] = n.of(g)[k]
		}
	}
	return toArrows(vs...)
}

func (n *numeric) Finish() (arrow.Array, error) {
	out := NewVec(types.Of(types.Float), n.groups)
	out.Valid = make([]uint64, Words(n.groups))
	for g := range n.groups {
		if s := n.of(g); s[0] > 0 {
			x, ok := n.finish(s)
			out.Floats[g] = x
			assignBit(out.Valid, g, ok)
		}
	}
	return out.ToArrow()
}

func (n *numeric) Bytes() int64 { return int64(cap(n.cells) * 8) }

// statisticFunc builds an aggregate of one column of floats.
func statisticFunc(name, doc string, s statistic, ex ...Example) *Func {
	return &Func{Name: name, Kind: Aggregate, Family: "aggregates", Doc: doc, Overloads: []Overload{{Signature: "(x: float?) => float?", Absence: Sees, Agg: s.spec(), Examples: ex}}}
}

// pairFunc builds an aggregate of two columns of floats; rows where one is absent do not count.
func pairFunc(name, signature, doc string, s statistic, ex ...Example) *Func {
	return &Func{Name: name, Kind: Aggregate, Family: "aggregates", Doc: doc + " Rows where either is absent do not count.",
		Overloads: []Overload{{Signature: signature, Absence: Sees, Agg: s.spec(), Examples: ex}}}
}

// powers is count, mean and the sums of the second to fourth powers of the distances from it (Pébay 2008), for what finish makes of them.
func powers(finish func(n, mean, m2, m3, m4 float64) (float64, bool)) statistic {
	merge := func(a, b []float64) {
		na, nb := a[0], b[0]
		n, d := na+nb, b[1]-a[1]
		m2, m3 := a[2], a[3]
		a[4] += b[4] + d*d*d*d*na*nb*(na*na-na*nb+nb*nb)/(n*n*n) + 6*d*d*(na*na*b[2]+nb*nb*m2)/(n*n) + 4*d*(na*b[3]-nb*m3)/n
		a[3] += b[3] + d*d*d*na*nb*(na-nb)/(n*n) + 3*d*(na*b[2]-nb*m2)/n
		a[2] += b[2] + d*d*na*nb/n
		a[1] += d * nb / n
		a[0] = n
	}
	return statistic{width: 5, merge: merge, finish: func(s []float64) (float64, bool) { return finish(s[0], s[1], s[2], s[3], s[4]) },
		step: func(s []float64, x, _ float64) {
			before := s[0]
			s[0]++
			n := s[0]
			d := x - s[1]
			part := d / n
			t := d * part * before
			s[1] += part
			s[4] += t*part*part*(n*n-3*n+3) + 6*part*part*s[2] - 4*part*s[3]
			s[3] += t*part*(n-2) - 3*part*s[2]
			s[2] += t
		}}
}

var (
	variancePop = statisticFunc("variance_pop", "The variance of the present values as a whole population (divided by n); absent of none.",
		powers(func(n, _, m2, _, _ float64) (float64, bool) { return m2 / n, true }), Example{Call: "variance_pop(x)", Over: "[1, 3]", Result: "1.0"})
	stddevPop = statisticFunc("stddev_pop", "The standard deviation of the present values as a whole population; absent of none.",
		powers(func(n, _, m2, _, _ float64) (float64, bool) { return math.Sqrt(m2 / n), true }), Example{Call: "stddev_pop(x)", Over: "[1, 3]", Result: "1.0"})
	skewness = statisticFunc("skewness", "The skewness of the present values, m₃ / m₂^(3/2) of their central moments; absent where all are equal.",
		powers(func(n, _, m2, m3, _ float64) (float64, bool) { return math.Sqrt(n) * m3 / math.Pow(m2, 1.5), m2 > 0 }), Example{Call: "skewness(x)", Over: "[1, 2, 3]", Result: "0.0"})
	kurtosis = statisticFunc("kurtosis", "The excess kurtosis of the present values, m₄ / m₂² - 3 of their central moments; absent where all are equal.",
		powers(func(n, _, m2, _, m4 float64) (float64, bool) { return n*m4/(m2*m2) - 3, m2 > 0 }), Example{Call: "kurtosis(x)", Over: "[1, 1, 3, 3]", Result: "-2.0"})
)

// added is a statistic that adds up f of every row after the count, and makes of n and the sum what finish says.
func added(f func(x, y float64) float64, finish func(n, sum float64) (float64, bool)) statistic {
	return statistic{width: 2, step: func(s []float64, x, y float64) { s[0]++; s[1] += f(x, y) },
		merge:  func(a, b []float64) { a[0] += b[0]; a[1] += b[1] },
		finish: func(s []float64) (float64, bool) { return finish(s[0], s[1]) }}
}

var (
	geometricMean = statisticFunc("geometric_mean", "The n-th root of the product of the n present values; absent of none, NaN where one is negative.",
		added(func(x, _ float64) float64 { return math.Log(x) }, func(n, s float64) (float64, bool) { return math.Exp(s / n), true }), Example{Call: "geometric_mean(x)", Over: "[2.0, 2.0]", Result: "2.0"})
	harmonicMean = statisticFunc("harmonic_mean", "The count of the present values divided by the sum of their reciprocals; absent of none.",
		added(func(x, _ float64) float64 { return 1 / x }, func(n, s float64) (float64, bool) { return n / s, true }), Example{Call: "harmonic_mean(x)", Over: "[1, 1, 0.25]", Result: "0.5"})
	rootMeanSquare = statisticFunc("root_mean_square", "The square root of the mean of the squares of the present values; absent of none.",
		added(func(x, _ float64) float64 { return x * x }, func(n, s float64) (float64, bool) { return math.Sqrt(s / n), true }), Example{Call: "root_mean_square(x)", Over: "[1, 7]", Result: "5.0"})
	product = statisticFunc("product", "The product of the present values, as a float; absent of none.", statistic{width: 2,
		step: func(s []float64, x, _ float64) {
			if s[0]++; s[0] == 1 {
				s[1] = x
			} else {
				s[1] *= x
			}
		},
		merge: func(a, b []float64) { a[0] += b[0]; a[1] *= b[1] }, finish: func(s []float64) (float64, bool) { return s[1], true }}, Example{Call: "product(x)", Over: "[2, 3, none]", Result: "6.0"})
	weightedMean = pairFunc("weighted_mean", "(x: float?, weight: float?) => float?", "The mean of the values, each as often as its weight says; absent where the weights come to 0.", statistic{width: 3,
		step:   func(s []float64, x, w float64) { s[0]++; s[1] += w; s[2] += x * w },
		merge:  func(a, b []float64) { a[0] += b[0]; a[1] += b[1]; a[2] += b[2] },
		finish: func(s []float64) (float64, bool) { return s[2] / s[1], s[1] != 0 }}, Example{Call: "weighted_mean(x, y)", Over: "[1, 5], [3, 1]", Result: "2.0"})
	movingMean = &Func{Name: "ema", Kind: Aggregate, Family: "aggregates", Doc: "The exponential moving average of the present values in the order of the rows: each counts alpha (the same in every row), all before it 1 - alpha. As a running value: ema(x, 0.5) -> over(order: at, rows: ..0).",
		Overloads: []Overload{{Signature: "(x: float?, alpha: float) => float?", Absence: Sees, Agg: statistic{width: 4, // count, first value, and what the others make of it: s → scale × s + add
			step: func(s []float64, x, alpha float64) {
				if s[0]++; s[0] == 1 {
					s[1], s[2], s[3] = x, 1-alpha, alpha*x
					return
				}
				s[2], s[3] = s[2]*(1-alpha), s[3]*(1-alpha)+alpha*x
			},
			merge:  func(a, b []float64) { a[0] += b[0]; a[3] = a[3]*b[2] + b[3]; a[2] *= b[2] },
			finish: func(s []float64) (float64, bool) { return s[2]*s[1] + s[3], true },
		}.spec(), Examples: []Example{{Call: "ema(x, y)", Over: "[4, 8, none, 2], [0.5, 0.5, 0.5, 0.5]", Result: "4.0"}}}}}
)

// joint is count, the means of x and y, and the sums of the squares and of the products of their distances from them.
func joint(finish func(n, mx, my, xx, yy, xy float64) (float64, bool)) statistic {
	merge := func(a, b []float64) {
		na, nb := a[0], b[0]
		n, dx, dy := na+nb, b[1]-a[1], b[2]-a[2]
		a[3] += b[3] + dx*dx*na*nb/n
		a[4] += b[4] + dy*dy*na*nb/n
		a[5] += b[5] + dx*dy*na*nb/n
		a[0], a[1], a[2] = n, a[1]+dx*nb/n, a[2]+dy*nb/n
	}
	return statistic{width: 6, merge: merge, finish: func(s []float64) (float64, bool) { return finish(s[0], s[1], s[2], s[3], s[4], s[5]) },
		step: func(s []float64, x, y float64) {
			s[0]++
			part := 1 / s[0]
			dx, dy := x-s[1], y-s[2]
			s[1] += dx * part
			s[2] += dy * part
			s[3] += dx * (x - s[1])
			s[4] += dy * (y - s[2])
			s[5] += dx * (y - s[2])
		}}
}

const (
	twoColumns = "(x: float?, y: float?) => float?"
	regression = "(y: float?, x: float?) => float?" // the dependent one first, as in SQL
)

var (
	correlation = pairFunc("corr", twoColumns, "Pearson's correlation of two columns, from -1.0 to 1.0; absent where one of them does not vary.",
		joint(func(_, _, _, xx, yy, xy float64) (float64, bool) { return xy / math.Sqrt(xx*yy), xx > 0 && yy > 0 }), Example{Call: "corr(x, y)", Over: "[1, 2, 3], [2, 4, 6]", Result: "1.0"})
	covariance = pairFunc("covar", twoColumns, "The sample covariance of two columns (divided by n - 1); absent for fewer than two rows.",
		joint(func(n, _, _, _, _, xy float64) (float64, bool) { return xy / (n - 1), n > 1 }), Example{Call: "covar(x, y)", Over: "[1, 3], [1, 3]", Result: "2.0"})
	covariancePop = pairFunc("covar_pop", twoColumns, "The covariance of two columns as a whole population (divided by n); absent of none.",
		joint(func(n, _, _, _, _, xy float64) (float64, bool) { return xy / n, true }), Example{Call: "covar_pop(x, y)", Over: "[1, 3], [1, 3]", Result: "1.0"})
	slope = pairFunc("regression_slope", regression, "The slope of the line that fits y over x with the least squares; absent where x does not vary.",
		joint(func(_, _, _, _, xx, xy float64) (float64, bool) { return xy / xx, xx > 0 }), Example{Call: "regression_slope(x, y)", Over: "[1, 3], [0, 1]", Result: "2.0"})
	intercept = pairFunc("regression_intercept", regression, "Where the line that fits y over x with the least squares crosses x = 0; absent where x does not vary.",
		joint(func(_, my, mx, _, xx, xy float64) (float64, bool) { return my - xy/xx*mx, xx > 0 }), Example{Call: "regression_intercept(x, y)", Over: "[1, 3], [0, 1]", Result: "1.0"})
	determination = pairFunc("regression_r2", regression, "How much of the variance of y the line that fits it over x explains, from 0.0 to 1.0; absent where x does not vary, 1.0 where y does not.",
		joint(func(_, _, _, yy, xx, xy float64) (float64, bool) {
			if yy == 0 {
				return 1, xx > 0
			}
			return xy * xy / (xx * yy), xx > 0
		}), Example{Call: "regression_r2(x, y)", Over: "[1, 3], [0, 1]", Result: "1.0"})
)
