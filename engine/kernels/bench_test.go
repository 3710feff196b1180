package kernels

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkKernels compares the loops for columns that stay in the cache: 8192 rows, of which 60 % are kept.
func BenchmarkKernels(b *testing.B) {
	const n = 8192
	r := rand.New(rand.NewPCG(1, 2))
	ints, more, words, out := make([]int64, n), make([]int64, n), make([]uint64, n), make([]uint64, n+Slack)
	floats, others, results := make([]float64, n), make([]float64, n), make([]float64, n)
	narrow, narrowOut := make([]int32, n), make([]uint32, n+Slack)
	halves, short, shortOut := make([]uint32, n), make([]uint16, n), make([]uint16, n+Slack)
	tiny, tinyOut := make([]uint8, n), make([]uint8, n+Slack)
	shorts, bytes, products := make([]int16, n), make([]int8, n), make([]int64, n)
	keep := make([]uint64, n/64)
	for i := range n {
		ints[i], more[i], words[i] = r.Int64N(5), r.Int64N(5), r.Uint64()
		floats[i], others[i], narrow[i] = r.Float64()*100, r.Float64(), int32(r.IntN(5))
		if r.IntN(5) < 3 {
			keep[i/64] |= 1 << (i % 64)
		}
	}
	var total int64
	loops := implementations()
	loops["plain"] = Plain
	for name, l := range loops {
		for _, c := range []struct {
			kernel string
			run    func()
		}{
			{"Keep64", func() { l.Keep64(words, out, keep) }},
			{"Keep32", func() { l.Keep32(halves, narrowOut, keep) }},
			{"Keep16", func() { l.Keep16(short, shortOut, keep) }},
			{"Keep8", func() { l.Keep8(tiny, tinyOut, keep) }},
			{"LessConst64", func() { l.LessConst64(ints, 3, out) }},
			{"EqualConst64", func() { l.EqualConst64(ints, 3, out) }},
			{"LessConst32", func() { l.LessConst32(narrow, 3, out) }},
			{"LessConst", func() { l.LessConst(floats, 37, out) }},
			{"Less64", func() { l.Less64(ints, more, out) }},
			{"Equal64", func() { l.Equal64(ints, more, out) }},
			{"Less", func() { l.Less(floats, others, out) }},
			{"Equal", func() { l.Equal(floats, others, out) }},
			{"And", func() { l.And(words, words, out) }},
			{"Add", func() { l.Add(floats, others, results) }},
			{"Mul", func() { l.Mul(floats, others, results) }},
			{"Scale", func() { l.Scale(floats, 1.2, results) }},
			{"Floats", func() { l.Floats(ints, results) }},
			{"Bounds", func() { _, most := l.Bounds(ints); total += most }},
			{"Sum", func() { total += l.Sum(ints) }},
			{"Size", func() { total += int64(l.Size(ints)) }},
			{"SumKept64", func() { total += l.SumKept64(ints, keep) }},
			{"SumKept32", func() { total += l.SumKept32(narrow, keep) }},
			{"SumKept16", func() { total += l.SumKept16(shorts, keep) }},
			{"SumKept8", func() { total += l.SumKept8(bytes, keep) }},
			{"Mul64", func() { l.Mul64(ints, more, products) }},
		} {
			b.Run(c.kernel+"/"+name, func(b *testing.B) {
				for b.Loop() {
					c.run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
			})
		}
	}
}
