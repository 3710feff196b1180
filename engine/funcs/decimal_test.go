package funcs

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/types"
)

// TestDecimals computes and compares numbers of all magnitudes in whole blocks, beside big integers.
func TestDecimals(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)
	number := func(bits int) decimal128.Num {
		n := new(big.Int).SetUint64(random.Uint64())
		n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(random.Uint64())).Rsh(n, uint(128-bits))
		if random.IntN(2) == 0 {
			n.Neg(n)
		}
		return decimal128.FromBigInt(n.Rem(n, limit))
	}
	for _, bits := range []int{1, 20, 62, 63, 64, 100, 124, 125, 127} {
		for _, c := range []struct {
			name      string
			kernel    Kernel
			up        int // digits that the second column is scaled up by
			constant  bool
			reference func(z, x, y *big.Int) *big.Int
		}{
			{"add", decimals(decimalAdd), 0, false, (*big.Int).Add},
			{"add scaled", decimals(decimalAdd), 2, false, (*big.Int).Add},
			{"add a constant", decimals(decimalAdd), 2, true, (*big.Int).Add},
			{"subtract", decimals(decimalSubtract), 0, false, (*big.Int).Sub},
			{"multiply", decimals(decimalMultiply), 0, false, (*big.Int).Mul},
		} {
			const n = 1500
			of := types.Type{Kind: types.Decimal, Precision: 38, Scale: 2}
			small := types.Type{Kind: types.Decimal, Precision: 38, Scale: 2 - c.up}
			a, b, out := NewVec(of, n), NewVec(small, n), NewVec(of, n)
			for i := range n {
				a.Decimals[i], b.Decimals[i] = number(bits), number(bits)
			}
			if c.constant {
				b.Const, b.Decimals = true, b.Decimals[:1]
			}
			bad := -1
			want := make([]*big.Int, n)
			scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.up)), nil)
			for i := range n {
				y := b.Decimals[b.At(i)].BigInt()
				want[i] = c.reference(new(big.Int), a.Decimals[i].BigInt(), y.Mul(y, scale))
				if bad < 0 && want[i].CmpAbs(limit) >= 0 {
					bad = i
				}
			}
			err := c.kernel(&Call{N: n, Args: []*Vec{a, b}, Out: out})
			var row *RowError
			if bad >= 0 && !(errors.As(err, &row) && row.Row == bad) || bad < 0 && err != nil {
				t.Errorf("%s of %d bits: %v, but row %d is the first that does not fit", c.name, bits, err, bad)
				continue
			}
			for i := range n {
				if bad < 0 && out.Decimals[i].BigInt().Cmp(want[i]) != 0 {
					t.Fatalf("%s of %d bits: row %d is %s, not %s", c.name, bits, i, out.Decimals[i].BigInt(), want[i])
				}
			}
			out.Decimals[n/2] = a.Decimals[n/2]
			less, equal := make([]uint64, Words(n)), make([]uint64, Words(n))
			lessDecimals(a.Decimals, out.Decimals, less)
			equalDecimals(a.Decimals, out.Decimals, equal)
			for i := range n {
				order := a.Decimals[i].BigInt().Cmp(out.Decimals[i].BigInt())
				if bit(less, i) != (order < 0) || bit(equal, i) != (order == 0) {
					t.Fatalf("%s and %s are ordered as %d, less is %t, equal %t", a.Decimals[i].BigInt(), out.Decimals[i].BigInt(), order, bit(less, i), bit(equal, i))
				}
			}
		}
	}
}
