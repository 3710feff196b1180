package exec

import (
	"cmp"
	"context"
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/logical"
)

// slide computes an associative join over every row's frame, of rows 0 to n of a partition, in the order of the rows and in a few joins a
// row. Frames only move forward: what is behind a border is kept as joins from each row up to the border, which last until the frame has
// moved beyond it; what is after it as one join, which grows with the frame. Nothing is ever subtracted, so that sums of floats stay sound.
func slide[S any](ctx context.Context, f *logical.WindowFunc, n int, load func(i int) S, join func(a, b S) S, give func(r int, s S)) error {
	var none, after S
	var behind []S // of the rows from base on
	base, border, end := 0, 0, 0
	for r := range n {
		if r&0xffff == 0xffff && ctx.Err() != nil {
			return ctx.Err()
		}
		from, to := frame(f, r, n)
		if from > to {
			give(r, none)
			continue
		}
		for ; end <= to; end++ {
			after = join(after, load(end))
		}
		if from > border {
			if cap(behind) < end-from {
				behind = make([]S, end-from, 2*(end-from))
			}
			behind = behind[:end-from]
			all := none
			for i := end - 1; i >= from; i-- {
				all = join(load(i), all)
				behind[i-from] = all
			}
			base, border, after = from, end, none
		}
		if from < border {
			give(r, join(behind[from-base], after))
		} else {
			give(r, after)
		}
	}
	return nil
}

// exactSum is a sum of ints in 128 bits, and how many there were.
type exactSum struct {
	hi int64
	lo uint64
	n  int64
}

func (a exactSum) plus(b exactSum) exactSum {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return exactSum{a.hi + b.hi + int64(carry), lo, a.n + b.n}
}

func (a exactSum) float() float64 {
	if a.hi == int64(a.lo)>>63 {
		return float64(int64(a.lo))
	}
	return decimal128.New(a.hi, a.lo).ToFloat64(0)
}

type floatSum struct {
	v float64
	n int64
}

func (a floatSum) plus(b floatSum) floatSum { return floatSum{a.v + b.v, a.n + b.n} }

// sliding computes the aggregates whose frames can slide; ok is false for all others, and for sums that do not fit, which others report.
func (s *partitions) sliding(ctx context.Context, f *logical.WindowFunc, dt arrow.DataType, cols []*pileColumn) (out windowColumn, ok bool, err error) {
	if f.User != nil {
		return out, false, nil
	}
	out = windowColumn{dt: dt}
	switch f.Func {
	case "count", "count_if":
		out.words = make([]uint64, s.p.n)
		err := s.parts(ctx, func(w *thread, rows []uint32, from int) error {
			load := func(int) int64 { return 1 }
			if len(cols) > 0 {
				load = func(i int) int64 {
					b, k := at(rows[i])
					return int64(boolInt(cols[0].valid[b].at(k) && (f.Func == "count" || cols[0].bools[b].at(k))))
				}
			}
			return slide(w.ctx, f, len(rows), load, func(a, b int64) int64 { return a + b }, func(r int, n int64) { out.words[from+r] = uint64(n) })
		})
		return out, true, err
	case "sum", "mean":
		switch {
		case len(cols) == 1 && cols[0].dt.ID() == arrow.INT64:
			return s.sumInts(ctx, f, out, cols[0])
		case len(cols) == 1 && cols[0].dt.ID() == arrow.FLOAT64:
			return s.sumFloats(ctx, f, out, cols[0])
		}
		return out, false, nil
	case "min", "max", "first", "last", "any", "arg_min", "arg_max":
		return s.choose(ctx, f, cols)
	}
	return out, false, nil
}

// parts does f for the rows of every partition; from is the position of the first.
func (s *partitions) parts(ctx context.Context, f func(w *thread, rows []uint32, from int) error) error {
	return s.each(ctx, func(w *thread, _, from, _ int, start []int) error {
		for i := range len(start) - 1 {
			a, b := from+start[i], from+start[i+1]
			if err := f(w, s.refs[a:b], a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *partitions) sumInts(ctx context.Context, f *logical.WindowFunc, out windowColumn, c *pileColumn) (windowColumn, bool, error) {
	out.words = make([]uint64, s.p.n)
	mean := f.Func == "mean"
	if mean {
		out.valid = make([]bool, s.p.n)
	}
	values := casts(c.fixed, arrow.Int64Traits.CastFromBytes)
	fits := make([]bool, len(s.morsels))
	err := s.each(ctx, func(w *thread, m, from, _ int, start []int) error {
		fits[m] = true
		for i := range len(start) - 1 {
			a, z := from+start[i], from+start[i+1]
			rows := s.refs[a:z]
			load := func(i int) exactSum {
				b, k := at(rows[i])
				if !c.valid[b].at(k) {
					return exactSum{}
				}
				v := values[b][k]
				return exactSum{v >> 63, uint64(v), 1}
			}
			err := slide(w.ctx, f, len(rows), load, exactSum.plus, func(r int, sum exactSum) {
				switch {
				case mean && sum.n > 0:
					out.valid[a+r] = true
					out.words[a+r] = math.Float64bits(sum.float() / float64(sum.n))
				case !mean:
					out.words[a+r] = sum.lo
					fits[m] = fits[m] && sum.hi == int64(sum.lo)>>63
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, ok := range fits[:len(fits)-1] {
		if !ok && err == nil {
			return out, false, nil
		}
	}
	return out, true, err
}

func (s *partitions) sumFloats(ctx context.Context, f *logical.WindowFunc, out windowColumn, c *pileColumn) (windowColumn, bool, error) {
	out.words = make([]uint64, s.p.n)
	mean := f.Func == "mean"
	if mean {
		out.valid = make([]bool, s.p.n)
	}
	values := casts(c.fixed, arrow.Float64Traits.CastFromBytes)
	err := s.parts(ctx, func(w *thread, rows []uint32, from int) error {
		load := func(i int) floatSum {
			b, k := at(rows[i])
			if !c.valid[b].at(k) {
				return floatSum{}
			}
			return floatSum{values[b][k], 1}
		}
		return slide(w.ctx, f, len(rows), load, floatSum.plus, func(r int, sum floatSum) {
			switch {
			case !mean:
				out.words[from+r] = math.Float64bits(sum.v)
			case sum.n > 0:
				out.valid[from+r] = true
				out.words[from+r] = math.Float64bits(sum.v / float64(sum.n))
			}
		})
	})
	return out, true, err
}

// choose computes the aggregates that take the value of one row of the frame.
func (s *partitions) choose(ctx context.Context, f *logical.WindowFunc, cols []*pileColumn) (out windowColumn, ok bool, err error) {
	by := cols[len(cols)-1]
	better := func(x, y uint32) bool { return false } // whether y, which comes later, is to be taken instead of x
	switch f.Func {
	case "last":
		better = func(_, _ uint32) bool { return true }
	case "min", "max", "arg_min", "arg_max":
		fields, err := s.p.sortFields(ctx, by, false, false)
		if err != nil {
			return out, false, err
		}
		o := &sortOrder{p: s.p, fields: fields}
		sign := 1
		if f.Func == "max" || f.Func == "arg_max" {
			sign = -1
		}
		better = func(x, y uint32) bool { return sign*o.compare(0, len(fields), x, y) > 0 }
		if len(fields) > 0 && fields[len(fields)-1].compare == nil && len(fields)-boolInt(by.nulls) == 1 {
			only := fields[len(fields)-1]
			better = func(x, y uint32) bool {
				b, i := at(x)
				c, j := at(y)
				return sign*cmp.Compare(only.rawAt(b, i), only.rawAt(c, j)) > 0
			}
		}
	}
	// A row is its ref and one, so that none is zero.
	type choice uint64
	out = windowColumn{from: cols[0], refs: make([]uint32, s.p.n)}
	err = s.parts(ctx, func(w *thread, rows []uint32, from int) error {
		load := func(i int) choice {
			if b, k := at(rows[i]); !by.valid[b].at(k) {
				return 0
			}
			return choice(rows[i]) + 1
		}
		join := func(a, b choice) choice {
			if a == 0 || b != 0 && better(uint32(a-1), uint32(b-1)) {
				return b
			}
			return a
		}
		return slide(w.ctx, f, len(rows), load, join, func(r int, c choice) {
			if out.refs[from+r] = absent; c != 0 {
				out.refs[from+r] = uint32(c - 1)
			}
		})
	})
	return out, true, err
}
