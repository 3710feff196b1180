package expr

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// evalRecord puts columns together as a struct.
func (f *frame) evalRecord(n *node, args []*funcs.Vec, rows int) (*funcs.Vec, error) {
	dt, err := types.ToArrow(n.t)
	if err != nil {
		return nil, err
	}
	children := make([]arrow.ArrayData, len(args))
	for i, a := range args {
		if a.Index != nil && !a.Const {
			a = a.Take(nil)
		}
		a = f.unlent(a)
		if a.Type.Kind == types.None {
			a = funcs.AbsentVec(n.t.Required().Fields[i].Type, rows)
		}
		c, err := a.ToArrow()
		if err != nil {
			return nil, err
		}
		defer c.Release()
		children[i] = c.Data()
	}
	d := array.NewData(dt, rows, []*memory.Buffer{nil}, children, 0, 0)
	defer d.Release()
	return &funcs.Vec{Type: n.t.Required(), N: rows, Array: array.MakeFromData(d)}, nil
}

// evalField takes a column out of a struct; it is absent where the struct is.
func evalField(n *node, v *funcs.Vec) (*funcs.Vec, error) {
	if v.Absent() || v.Type.Kind == types.None {
		return funcs.AbsentVec(n.t, v.N), nil
	}
	s, ok := v.Array.(*array.Struct)
	if !ok {
		return nil, fmt.Errorf("%s is a field of a record, not of %s", n.name, v.Type)
	}
	i, ok := s.DataType().(*arrow.StructType).FieldIdx(n.name)
	if !ok {
		return nil, fmt.Errorf("the record has no field %s", n.name)
	}
	out, err := funcs.FromArrow(s.Field(i), n.t)
	if err != nil {
		return nil, err
	}
	if v.Const {
		out.Const, out.N = true, v.N
	}
	if v.Valid != nil {
		valid := append([]uint64(nil), v.Valid...)
		if out.Valid != nil {
			for i := range valid {
				valid[i] &= out.Valid[i]
			}
		}
		out.Valid = valid
	}
	return out, nil
}

// evalList makes lists of one length from columns, by interleaving them.
func evalList(n *node, args []*funcs.Vec, rows int) (*funcs.Vec, error) {
	constant, all := true, rows
	for _, a := range args {
		constant = constant && a.Const
	}
	if constant {
		rows = min(rows, 1)
	}
	t := n.t.Required()
	k := len(args)
	items, err := funcs.Merge(*t.Elem, args, rows*k, func(i int) (int, int) { return i % k, i / k })
	if err != nil {
		return nil, err
	}
	child, err := items.ToArrow()
	if err != nil {
		return nil, err
	}
	defer child.Release()
	dt, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	offsets := make([]int32, rows+1)
	for i := range offsets {
		offsets[i] = int32(i * k)
	}
	d := array.NewData(dt, rows, []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets))}, []arrow.ArrayData{child.Data()}, 0, 0)
	defer d.Release()
	v := &funcs.Vec{Type: t, N: all, Const: constant && rows == 1, Array: array.MakeFromData(d)}
	return v, nil
}
