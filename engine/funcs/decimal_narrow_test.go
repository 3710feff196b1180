package funcs

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// edges are where 64 bits, and 18 and 19 digits, end.
var edges = []int64{0, 1, -1, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1, 1 << 62, -1 << 62, 1 << 31, -1 << 31,
	math.MaxInt32, 999_999_999_999_999_999, -999_999_999_999_999_999, 1_000_000_000_000_000_000, -1_000_000_000_000_000_000, 9_223_372_036, 3_037_000_500}

func narrowColumn(t types.Type, vals []int64) *Vec {
	size := uint64(0)
	for _, x := range vals {
		size = max(size, uint64(max(x, -x)))
	}
	return &Vec{Type: t, N: len(vals), Narrow: vals, Most: size}
}

// TestNarrowIsWide holds narrow kernels to those of 128 bits: each operation over all kinds of columns, with a bound and without, and with
// single rows that have no room in 64 bits, in any block.
func TestNarrowIsWide(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	const n = 2*block + 100
	column := func(bits int, edge float64) []int64 {
		out := make([]int64, n)
		for i := range out {
			if out[i] = int64(random.Uint64()) >> (64 - bits); random.Float64() < edge {
				out[i] = edges[random.IntN(len(edges))]
			}
		}
		return out
	}
	for _, op := range []struct {
		name string
		op   decimalOp
	}{{"add", decimalAdd}, {"subtract", decimalSubtract}, {"multiply", decimalMultiply}} {
		for _, scales := range [][2]int{{2, 2}, {2, 0}, {0, 3}, {0, 18}, {19, 0}} {
			for _, c := range []struct {
				bits     int
				edge     float64
				constant int // which is one; -1 for none
				bound    bool
			}{{8, 0, -1, true}, {31, 0, -1, true}, {31, 0, -1, false}, {31, 0, 0, true}, {31, 0, 1, true}, {62, 0, -1, true}, {64, 0, -1, false}, {64, 0, 0, false},
				{20, 0.0003, -1, false}, {20, 0.0003, 1, false}, {64, 0.5, -1, false}, {64, 0.5, 0, false}, {64, 0.5, 1, true}} {
				var narrow, wide [2]*Vec
				for k := range 2 {
					of := types.Type{Kind: types.Decimal, Precision: 38, Scale: scales[k]}
					vals := column(c.bits, c.edge)
					if c.constant == k {
						vals = vals[:1]
					}
					v := narrowColumn(of, vals)
					if v.N, v.Const = n, c.constant == k; !c.bound {
						v.Most = unbounded
					}
					narrow[k], wide[k] = v, v.wide()
				}
				if random.IntN(2) == 0 { // narrow and wide meet
					narrow[random.IntN(2)].Widen()
				}
				of := types.Type{Kind: types.Decimal, Precision: 38, Scale: max(scales[0], scales[1])}
				got, want := NewVec(of, n), NewVec(of, n)
				if random.IntN(2) == 0 {
					got = NewNarrow(of, n)
				}
				if random.IntN(3) == 0 {
					got.Valid = make([]uint64, Words(n))
					for i := range got.Valid {
						got.Valid[i] = random.Uint64()
					}
					want.Valid = got.Valid
				}
				errGot := decimals(op.op)(&Call{N: n, Args: narrow[:], Out: got})
				errWant := decimals(op.op)(&Call{N: n, Args: wide[:], Out: want})
				name := fmt.Sprintf("%s, scales %v, %+v", op.name, scales, c)
				var a, b *RowError
				if errors.As(errWant, &b) {
					if !errors.As(errGot, &a) || *a != *b {
						t.Errorf("%s: %v, not %v", name, errGot, errWant)
					}
					continue
				}
				if errGot != nil {
					t.Fatalf("%s: %v", name, errGot)
				}
				for i := range n {
					if got.Present(i) && got.Decimal(i) != want.Decimals[i] {
						t.Fatalf("%s: row %d is %s, not %s", name, i, got.Decimal(i).BigInt(), want.Decimals[i].BigInt())
					}
					if got.Narrow != nil && got.Present(i) && uint64(max(got.Narrow[i], -got.Narrow[i])) > got.Most {
						t.Fatalf("%s: row %d is %d, beyond the bound %d", name, i, got.Narrow[i], got.Most)
					}
				}
				if c.bits <= 8 && c.edge == 0 && narrow[0].Narrow != nil && narrow[1].Narrow != nil && scales[0] < 18 && scales[1] < 18 && got.Narrow == nil {
					t.Errorf("%s: the result is wide", name)
				}
				for kind, mask := range map[string]func(a, b *Vec, n int, out []uint64){"<": lessMask, "==": equalMask} {
					x, y := make([]uint64, Words(n)), make([]uint64, Words(n))
					mask(narrow[0], narrow[1], n, x)
					mask(wide[0], wide[1], n, y)
					for i := range n {
						if bit(x, i) != bit(y, i) {
							t.Fatalf("%s: %s in row %d", name, kind, i)
						}
					}
				}
			}
		}
	}
}

// TestNarrowCasts changes scale and precision at the edges, beside 128 bits.
func TestNarrowCasts(t *testing.T) {
	t.Parallel()
	for _, x := range edges {
		for _, from := range []types.Type{types.Of(types.Int), {Kind: types.Decimal, Precision: 19, Scale: 0}, {Kind: types.Decimal, Precision: 38, Scale: 6}} {
			for _, to := range []types.Type{{Kind: types.Decimal, Precision: 18, Scale: 0}, {Kind: types.Decimal, Precision: 18, Scale: 6}, {Kind: types.Decimal, Precision: 19, Scale: 0},
				{Kind: types.Decimal, Precision: 38, Scale: 6}, {Kind: types.Decimal, Precision: 38, Scale: 18}, {Kind: types.Decimal, Precision: 38, Scale: 25}, types.Of(types.Float)} {
				if from.Kind == types.Int && to.Kind == types.Float {
					continue
				}
				in := narrowColumn(from, []int64{7, x})
				want := &Vec{Type: from, N: 2, Decimals: []decimal128.Num{decimal128.FromI64(7), decimal128.FromI64(x)}}
				if from.Kind == types.Int {
					in = &Vec{Type: from, N: 2, Ints: []int64{7, x}}
					want.Type = types.Type{Kind: types.Decimal, Precision: 38, Scale: 0}
				}
				a, errA := Cast(in, to)
				b, errB := Cast(want, to)
				if (errA == nil) != (errB == nil) {
					t.Errorf("%d from %s to %s: %v, not %v", x, from, to, errA, errB)
				}
				for i := 0; errA == nil && i < 2; i++ {
					if to.Kind == types.Float && a.Floats[i] != b.Floats[i] || to.Kind == types.Decimal && a.Decimal(i) != b.Decimal(i) {
						t.Errorf("%d from %s to %s is another number in row %d", x, from, to, i)
					}
				}
			}
		}
	}
}

// TestNarrowSums adds up narrow columns to groups, and all rows to one, beside big integers.
func TestNarrowSums(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	const n, rounds = 3000, 4
	of := types.Type{Kind: types.Decimal, Precision: 38, Scale: 2}
	for _, bits := range []int{8, 16, 37, 48, 64} {
		for _, grouped := range []bool{false, true} {
			s, err := NewAccumulator("sum", []types.Type{of})
			if err != nil {
				t.Fatal(err)
			}
			s.Resize(3)
			want := [3]big.Int{}
			for range rounds {
				vals, groups := make([]int64, n), make([]uint32, n)
				for i := range vals {
					vals[i] = int64(random.Uint64()) >> (64 - bits)
					if bits == 64 && random.IntN(3) == 0 {
						vals[i] = edges[random.IntN(len(edges))]
					}
					if grouped {
						if groups[i] = uint32(random.IntN(4)); groups[i] == 3 {
							groups[i] = NoGroup
							continue
						}
					}
					want[groups[i]].Add(&want[groups[i]], big.NewInt(vals[i]))
				}
				if !grouped {
					groups = nil
				}
				if err := s.Update(n, groups, []arrow.Array{ofWidth(vals, bits)}); err != nil {
					t.Fatal(err)
				}
			}
			out, err := s.Finish()
			if err != nil {
				t.Fatal(err)
			}
			for g := range want {
				if got := out.(*array.Decimal128).Value(g).BigInt(); got.Cmp(&want[g]) != 0 {
					t.Errorf("%d bits, grouped %t: group %d is %s, not %s", bits, grouped, g, got, &want[g])
				}
			}
		}
	}
}

// ofWidth is numbers in the narrowest Arrow type for so many bits.
func ofWidth(vals []int64, bits int) arrow.Array {
	dt := map[bool]arrow.DataType{true: arrow.PrimitiveTypes.Int64}[bits > 32]
	switch {
	case bits <= 8:
		dt = arrow.PrimitiveTypes.Int8
	case bits <= 16:
		dt = arrow.PrimitiveTypes.Int16
	case bits <= 32:
		dt = arrow.PrimitiveTypes.Int32
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	for _, x := range vals {
		switch b := b.(type) {
		case *array.Int8Builder:
			b.Append(int8(x))
		case *array.Int16Builder:
			b.Append(int16(x))
		case *array.Int32Builder:
			b.Append(int32(x))
		case *array.Int64Builder:
			b.Append(x)
		}
	}
	return b.NewArray()
}

// TestWidened reads columns of each narrow Arrow type, with absent rows and from the middle of an array, in every way.
func TestWidened(t *testing.T) {
	t.Parallel()
	for _, of := range []types.Type{types.Of(types.Int), types.Of(types.Date), types.Of(types.Time), types.Of(types.Timestamp), {Kind: types.Decimal, Precision: 12, Scale: 2}} {
		for _, bits := range []int{8, 16, 32, 64} {
			vals := make([]int64, 500)
			for i := range vals {
				vals[i] = int64(i*7919) << (64 - 25) >> (64 - min(bits, 25))
			}
			whole := ofWidth(vals, bits)
			d := whole.Data()
			valid := []byte{}
			for i := range 63 {
				valid = append(valid, byte(i*37))
			}
			a := array.NewSlice(array.MakeFromData(array.NewData(d.DataType(), d.Len(), []*memory.Buffer{memory.NewBufferBytes(valid), d.Buffers()[1]}, nil, array.UnknownNullCount, 0)), 3, 480)
			if !IsNarrow(a, of) {
				continue
			}
			wide, err := Widened(memory.DefaultAllocator, a, of)
			if err != nil {
				t.Fatal(err)
			}
			dt, _ := types.ToArrow(of)
			if !arrow.TypeEqual(wide.DataType(), dt) {
				t.Fatalf("%s of %d bits became %s", of, bits, wide.DataType())
			}
			views := map[string]*Vec{}
			if views["widened"], err = FromArrow(wide, of); err != nil {
				t.Fatal(err)
			}
			if views["direct"], err = FromArrow(a, of); err != nil {
				t.Fatal(err)
			}
			views["filled"] = NewVec(of, a.Len())
			views["filled"].Fill(a)
			for name, v := range views {
				for i := range a.Len() {
					k := i + 3
					if present := valid[k/8]>>(k%8)&1 != 0; v.Present(i) != present {
						t.Fatalf("%s, %s of %d bits: row %d is present: %t", name, of, bits, i, !present)
					}
					got := int64(0)
					switch of.Kind {
					case types.Decimal:
						got = int64(v.Decimal(i).LowBits())
					case types.Date:
						got = int64(v.Days[i])
					default:
						got = v.Ints[i]
					}
					if got != vals[k] {
						t.Fatalf("%s, %s of %d bits: row %d is %d, not %d", name, of, bits, i, got, vals[k])
					}
				}
			}
		}
	}
}
