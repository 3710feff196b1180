package funcs

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
)

// Cast converts a column as Convertible allows. Only a decimal that gets too long can fail.
func Cast(v *Vec, to types.Type) (*Vec, error) {
	to = to.Required()
	if types.Equal(v.Type, to) {
		return v, nil
	}
	n, from := v.Len(), v.Type.Kind
	if to.Kind == types.Decimal {
		out := &Vec{Type: to, N: v.N, Const: v.Const, Valid: v.Valid}
		if from == types.Int && castNarrow(out, v.Ints[:n], unbounded, to.Scale) {
			return out, nil
		}
		if v.Narrow != nil && castNarrow(out, v.Narrow[:n], v.Most, to.Scale-v.Type.Scale) {
			return out, nil
		}
	}
	out := NewVec(to, n)
	out.N, out.Const, out.Valid = v.N, v.Const, v.Valid
	switch {
	case from == types.None:
		return absentVec(to, v.N), nil
	case from == types.Int && to.Kind == types.Float:
		kernels.Best.Floats(v.Ints[:n], out.Floats)
	case from == types.Int && to.Kind == types.Decimal:
		for i, x := range v.Ints[:n] {
			d, ok := scaleUp(decimal128.FromI64(x), to.Scale)
			if (!ok || !d.FitsInPrecision(int32(to.Precision))) && v.Present(i) {
				return nil, &RowError{Row: i, Message: fmt.Sprintf("%d does not fit %s", x, to)}
			}
			out.Decimals[i] = d
		}
	case from == types.Decimal && to.Kind == types.Decimal:
		for i := range n {
			x := v.Decimal(i)
			d, ok := scaleUp(x, to.Scale-v.Type.Scale)
			if (!ok || !d.FitsInPrecision(int32(to.Precision))) && v.Present(i) {
				return nil, &RowError{Row: i, Message: fmt.Sprintf("%s does not fit %s", x.ToString(int32(v.Type.Scale)), to)}
			}
			out.Decimals[i] = d
		}
	case from == types.Decimal && to.Kind == types.Float && v.Narrow != nil && v.Type.Scale < len(tens):
		by := tens[v.Type.Scale]
		for i, x := range v.Narrow[:n] {
			out.Floats[i] = float64(x) / by
		}
	case from == types.Decimal && to.Kind == types.Float:
		for i, x := range v.wide().Decimals[:n] {
			out.Floats[i] = decimalFloat(x, v.Type.Scale)
		}
	case from == types.Date && to.Kind == types.Timestamp:
		for i, x := range v.Days[:n] {
			out.Ints[i] = int64(x) * dayMicros
		}
	case from == types.List && to.Kind == types.List:
		return castList(v, to)
	default:
		return nil, fmt.Errorf("a value of type %s cannot become %s", v.Type, to)
	}
	return out, nil
}

// decimalFloat is the nearest float of a decimal of at most 53 bits, and within two units in the last place of others.
func decimalFloat(x decimal128.Num, scale int) float64 {
	if lo := int64(x.LowBits()); x.HighBits() == lo>>63 && scale <= 22 {
		return float64(lo) / tens[scale]
	}
	return x.ToFloat64(int32(scale))
}

// tens are the powers of ten that floats hold exactly.
var tens = func() (t [23]float64) {
	for i := range t {
		t[i] = math.Pow10(i)
	}
	return t
}()

// absentVec is a constant without a value.
func absentVec(t types.Type, n int) *Vec {
	v := NewVec(t, 1)
	v.N, v.Const, v.Valid = n, true, []uint64{0}
	switch v.Type.Kind {
	case types.String, types.Bytes, types.JSON:
		v.Offsets = []int32{0, 0}
	case types.List, types.Record:
		if dt, err := types.ToArrow(t); err == nil {
			v.Array = array.MakeArrayOfNull(memory.DefaultAllocator, dt, 1)
		}
	}
	return v
}

// AbsentVec is a constant of n rows without a value.
func AbsentVec(t types.Type, n int) *Vec { return absentVec(t.Required(), n) }

func castList(v *Vec, to types.Type) (*Vec, error) {
	l := v.Array.(*array.List)
	dt, err := types.ToArrow(to)
	if err != nil {
		return nil, err
	}
	items, err := FromArrow(l.ListValues(), *v.Type.Elem)
	if err != nil {
		return nil, err
	}
	if items, err = Cast(items, *to.Elem); err != nil {
		return nil, err
	}
	child, err := items.ToArrow()
	if err != nil {
		return nil, err
	}
	defer child.Release()
	d := l.Data()
	out := *v
	out.Type = to
	out.Array = array.MakeFromData(array.NewData(dt, d.Len(), d.Buffers(), []arrow.ArrayData{child.Data()}, d.NullN(), d.Offset()))
	return &out, nil
}
