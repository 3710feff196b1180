package oracle

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// column is what a generated program knows of a column.
type column struct {
	name  string // as an expression: c?.a for a field of a nested row
	kind  types.Kind
	elem  types.Kind // of a list
	opt   bool
	fuzzy bool // a float that depends on the order in which it was computed: shown, never used
	exact bool // a float whose sums do not depend on their order
}

func (c column) fieldType() types.Type {
	t := types.Of(c.kind)
	if c.kind == types.List {
		t = types.ListOf(types.Of(c.elem))
	}
	if c.kind == types.Decimal {
		t.Precision, t.Scale = 10, 2
	}
	if c.opt {
		t = types.Optional(t)
	}
	return t
}

var tableKinds = []types.Kind{types.Int, types.Int, types.Float, types.String, types.Bool, types.Date, types.Timestamp, types.List, types.Decimal}

// randomTables makes two or three small tables whose values meet each other.
func randomTables(r *rand.Rand) (ds []*dataset, columns [][]column) {
	for i := range 2 + r.IntN(2) {
		d := &dataset{name: fmt.Sprintf("t%d", i)}
		var cs []column
		for j := range 2 + r.IntN(5) {
			c := column{name: fmt.Sprintf("%c%d", 'a'+i, j), kind: tableKinds[r.IntN(len(tableKinds))], opt: r.IntN(3) == 0}
			if j == 0 {
				c.kind, c.opt = types.Int, false
			}
			if c.kind == types.List {
				c.elem = []types.Kind{types.Int, types.String}[r.IntN(2)]
			}
			c.exact = c.kind == types.Float
			cs = append(cs, c)
			d.fields = append(d.fields, types.Field{Name: c.name, Type: c.fieldType()})
		}
		n := []int{0, 1, 2, 3, 5, 8, 12, 20}[r.IntN(8)]
		wild := r.IntN(8) == 0 // extreme values: most arithmetic fails
		for range n {
			row := Row{}
			if len(d.rows) > 0 && r.IntN(4) == 0 {
				row = d.rows[r.IntN(len(d.rows))] // a duplicate
			} else {
				for k, c := range cs {
					row[c.name] = randomValue(r, c, wild)
					if k == 0 && r.IntN(2) == 0 {
						row[c.name] = int64(len(d.rows)) // nearly a key
					}
				}
			}
			d.rows = append(d.rows, row)
		}
		ds, columns = append(ds, d), append(columns, cs)
	}
	return ds, columns
}

var (
	someTexts   = []string{"", "a", "A", "b", "ab", "a,b", "äß", "İı", "42", "-7", "4.5", " x ", "true", "it's", "日本語", "e\u0301", "2024-02-29", "🙂"}
	someFloats  = []float64{0, 1, -1, 0.25, 1.5, -2.75, 10, 100.5, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1)}
	extremeInts = []int64{math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, 1 << 53, 1<<53 + 1, -(1 << 31), 0, 1, -1}
	someDays    = []Day{0, -1, 19782, 19783, 19723, 11016, -25567, 20088, 19753, 19814}
)

func randomValue(r *rand.Rand, c column, wild bool) any {
	if c.opt && r.IntN(4) == 0 {
		return nil
	}
	switch c.kind {
	case types.Bool:
		return r.IntN(2) == 0
	case types.Int:
		if wild && r.IntN(3) == 0 {
			return extremeInts[r.IntN(len(extremeInts))]
		}
		return int64(r.IntN(9)) - 2
	case types.Float:
		if r.IntN(3) == 0 {
			return someFloats[r.IntN(len(someFloats))]
		}
		return float64(r.IntN(40)-10) / 4
	case types.String:
		if wild && r.IntN(5) == 0 {
			return strings.Repeat(someTexts[1+r.IntN(len(someTexts)-1)], 30+r.IntN(400))
		}
		return someTexts[r.IntN(len(someTexts))]
	case types.Date:
		if wild && r.IntN(5) == 0 {
			return []Day{-719162, 2932896}[r.IntN(2)]
		}
		return someDays[r.IntN(len(someDays))]
	case types.Timestamp:
		return Instant(int64(someDays[r.IntN(len(someDays))])*dayMicros + []int64{0, 1, -1, 3_600_000_000, 45_045_250_000}[r.IntN(5)])
	case types.Decimal:
		if wild && r.IntN(4) == 0 {
			return Decimal{big.NewInt(9_999_999_999), 2}
		}
		return Decimal{big.NewInt(int64(r.IntN(900)) - 300), 2}
	case types.List:
		out := []any{}
		for range r.IntN(4) {
			out = append(out, randomValue(r, column{kind: c.elem}, wild))
		}
		return out
	}
	panic("no values of this kind")
}
