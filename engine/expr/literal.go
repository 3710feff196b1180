package expr

import (
	"fmt"
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// literal is a constant as a Vec of one row.
func literal(l *logical.Literal, t types.Type) (*funcs.Vec, error) {
	if l.Absent() {
		return funcs.AbsentVec(t, 1), nil
	}
	v := funcs.NewVec(t, 1)
	v.Const = true
	bad := fmt.Errorf("a literal does not fit its type %s", t)
	switch k := v.Type.Kind; {
	case k == types.Bool && l.Bool != nil:
		if *l.Bool {
			v.Bits[0] = 1
		}
	case (k == types.Int || k == types.Time || k == types.Timestamp) && l.Int != nil:
		v.Ints[0] = *l.Int
	case k == types.Date && l.Int != nil && *l.Int == int64(int32(*l.Int)):
		v.Days[0] = int32(*l.Int)
	case k == types.Float && l.Float != nil:
		v.Floats[0] = float64(*l.Float)
	case k == types.Float && l.Int != nil:
		v.Floats[0] = float64(*l.Int)
	case k == types.Decimal && l.Text != nil:
		n, ok := new(big.Int).SetString(*l.Text, 10)
		if !ok || n.BitLen() > 127 {
			return nil, bad
		}
		v.Decimals[0] = decimal128.FromBigInt(n)
		v.Shrink()
	case k == types.Duration && l.Interval != nil:
		m, d := l.Interval[0], l.Interval[1]
		if m != int64(int32(m)) || d != int64(int32(d)) {
			return nil, bad
		}
		v.Intervals[0] = arrow.MonthDayNanoInterval{Months: int32(m), Days: int32(d), Nanoseconds: l.Interval[2]}
	case k == types.UUID && l.Text != nil:
		u, err := uuid.Parse(*l.Text)
		if err != nil {
			return nil, bad
		}
		v.UUIDs[0] = u
	case (k == types.String || k == types.JSON) && l.Text != nil && len(*l.Text) <= math.MaxInt32:
		v.Data, v.Offsets = []byte(*l.Text), []int32{0, int32(len(*l.Text))}
	case k == types.Bytes && l.Bytes != nil && len(l.Bytes) <= math.MaxInt32:
		v.Data, v.Offsets = l.Bytes, []int32{0, int32(len(l.Bytes))}
	default:
		return nil, bad
	}
	return v, nil
}

// literalKey tells constants of one type apart, by bits: -0.0 is not 0.0 here.
func literalKey(v *funcs.Vec) string {
	if v.Absent() {
		return "none"
	}
	switch {
	case v.Floats != nil:
		return fmt.Sprintf("%x", math.Float64bits(v.Floats[0]))
	case v.Offsets != nil:
		return v.Str(0)
	}
	return fmt.Sprint(v.Bits, v.Ints, v.Days, v.Decimals, v.Narrow, v.Intervals, v.UUIDs)
}
