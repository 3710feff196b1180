package funcs

import (
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// sketches counts distinct values by HyperLogLog (Flajolet et al. 2007, with linear counting for few values): 2^12 registers a
// group, made at its first value; the standard error is 1.6 %.
type sketches struct {
	of   types.Type
	regs [][]byte
	key  []byte
}

const sketchBits = 12

func newSketches(args []types.Type, _ types.Type) (Accumulator, error) {
	return &sketches{of: args[0].Required()}, nil
}

func sketchState([]types.Type, types.Type) []types.Type { return []types.Type{types.Of(types.Bytes)} }

func (s *sketches) Resize(n int) { s.regs = grow(s.regs, n) }

func (s *sketches) Update(n int, groups []uint32, args []arrow.Array) error {
	v, err := FromArrow(args[0], s.of)
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	eachPresent(v, n, groups, func(g uint32, i int) {
		s.key = appendKey(s.key[:0], v, i)
		h := hash64(s.key)
		r := s.registers(g)
		k := h >> (64 - sketchBits)
		r[k] = max(r[k], byte(bits.LeadingZeros64(h<<sketchBits|1<<(sketchBits-1))+1))
	})
	return nil
}

func (s *sketches) registers(g uint32) []byte {
	if s.regs[g] == nil {
		s.regs[g] = make([]byte, 1<<sketchBits)
	}
	return s.regs[g]
}

func (s *sketches) Merge(n int, groups []uint32, state []arrow.Array) error {
	v, err := FromArrow(state[0], types.Of(types.Bytes))
	if err != nil {
		return err
	}
	eachPresent(v, n, groups, func(g uint32, i int) {
		b := v.Str(i)
		if len(b) != 1<<sketchBits {
			return // of no values
		}
		r := s.registers(g)
		for k := range r {
			r[k] = max(r[k], b[k])
		}
	})
	return nil
}

func (s *sketches) State() ([]arrow.Array, error) {
	b := newText(len(s.regs))
	for _, r := range s.regs {
		b.data = append(b.data, r...)
		b.end()
	}
	v := NewVec(types.Of(types.Bytes), len(s.regs))
	if err := b.to(v); err != nil {
		return nil, err
	}
	return toArrows(v)
}

func (s *sketches) Finish() (arrow.Array, error) {
	out := NewVec(types.Of(types.Int), len(s.regs))
	for i, r := range s.regs {
		if r != nil {
			out.Ints[i] = estimate(r)
		}
	}
	return out.ToArrow()
}

func estimate(r []byte) int64 {
	m, sum, zeros := float64(len(r)), 0.0, 0
	for _, x := range r {
		sum += math.Ldexp(1, -int(x))
		if x == 0 {
			zeros++
		}
	}
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && zeros > 0 {
		e = m * math.Log(m/float64(zeros))
	}
	return int64(math.Round(e))
}

func (s *sketches) Bytes() int64 { return int64(len(s.regs)) * (24 + 1<<sketchBits) }

var approxDistinct = &Func{Name: "approx_distinct", Kind: Aggregate, Family: "aggregates", Doc: "About the number of distinct present values, in 4 KiB of memory a group; the standard error is 1.6 %.",
	Overloads: []Overload{{Signature: "(x: T?) => int", Absence: Sees, Agg: &AggregateSpec{State: sketchState, New: newSketches},
		Examples: []Example{{Call: "approx_distinct(x)", Over: "[1, 2, 1, none]", Result: "2"}}}}}
