package expr

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// Functions over lists are evaluated over all elements of all rows at once: the lists are laid end to end, the columns that the
// body reads are repeated by the lengths of the lists, and the body is a program of its own over those.

// each compiles the body of OpEach and OpFold.
func (c *compiler) each(n *node, e *logical.Expr) error {
	if e.Body == nil || len(n.args) == 0 || n.args[0].t.Required().Kind != types.List && n.args[0].t.Kind != types.None {
		return fmt.Errorf("%s works on a list and has a body", e.Name)
	}
	item := types.Of(types.None)
	if t := n.args[0].t.Required(); t.Kind == types.List {
		item = *t.Elem
	}
	var schema []types.Field
	columns := n.args[1:]
	if e.Op == logical.OpFold {
		schema = append(schema, types.Field{Type: e.Body.T})
		if e.Name == "fold" {
			n.args[1] = c.cast(n.args[1], e.Body.T)
			columns = n.args[2:]
		}
	}
	schema = append(schema, types.Field{Type: item})
	for _, a := range columns {
		schema = append(schema, types.Field{Type: a.t})
	}
	if len(schema) != len(e.Names) {
		return fmt.Errorf("%s names %d columns of its body, which has %d", e.Name, len(e.Names), len(schema))
	}
	for i := range schema {
		schema[i].Name = e.Names[i]
	}
	var err error
	if n.body, err = Compile(e.Body, schema, c.p.env); err != nil {
		return err
	}
	spelled, err := json.Marshal(e.Body)
	n.spelled = string(spelled)
	n.volatile, n.fails, n.costly = n.body.root.volatile, true, true
	return err
}

// elements is how many are evaluated at a time.
const elements = 1 << 16

// over runs the body over columns of n rows; rows says which row of the frame each is for, for errors.
func (f *frame) over(n *node, columns []*funcs.Vec, rows []int32) (*funcs.Vec, error) {
	var fields []arrow.Field
	var cols []arrow.Array
	for i, v := range columns {
		if v.Type.Kind == types.None && n.body.schema[i].Type.Required().Kind != types.None {
			v = funcs.AbsentVec(n.body.schema[i].Type, len(rows))
		}
		a, err := v.ToArrow()
		if err != nil {
			return nil, err
		}
		defer a.Release()
		cols, fields = append(cols, a), append(fields, arrow.Field{Name: n.body.schema[i].Name, Type: a.DataType(), Nullable: true})
	}
	batch := array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, int64(len(rows)))
	defer batch.Release()
	out, err := n.body.Eval(f.ctx, batch)
	if err != nil {
		var at *RunError
		if errors.As(err, &at) && at.Row >= 0 && at.Row < len(rows) {
			err = &RunError{Span: at.Span, Row: int(rows[at.Row]), Message: at.Message}
		}
		return nil, err
	}
	return funcs.FromArrow(out, n.body.Type())
}

// operands evaluates the arguments of n; rows is 1 where they are all constant, and done the result where the list is absent.
func (f *frame) operands(n *node) (args []*funcs.Vec, rows int, done *funcs.Vec, err error) {
	rows = f.n
	constant := !n.volatile
	for _, a := range n.args {
		v, err := f.eval(a)
		if err != nil {
			return nil, 0, nil, err
		}
		args, constant = append(args, v), constant && v.Const
	}
	if args[0].Absent() || args[0].Type.Kind == types.None {
		return nil, 0, funcs.AbsentVec(n.t, f.n), nil
	}
	if constant {
		rows = min(rows, 1)
	}
	return args, rows, nil, nil
}

// settled spreads the result of constant arguments over the frame.
func (f *frame) settled(v *funcs.Vec, rows int) *funcs.Vec {
	if rows < f.n {
		v.Const, v.N = true, f.n
	}
	return v
}

func (f *frame) evalEach(n *node) (*funcs.Vec, error) {
	args, rows, done, err := f.operands(n)
	if done != nil || err != nil {
		return done, err
	}
	flat, err := funcs.Flatten(args[0], rows)
	if err != nil {
		return nil, f.failure(n, err)
	}
	var parts []*funcs.Vec
	for from := 0; from < len(flat.Rows) || from == 0; from += elements {
		if err := f.ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+elements, len(flat.Rows))
		of := flat.Rows[from:to:to]
		columns := []*funcs.Vec{flat.Items.Take(flat.Places[from:to:to])}
		for _, a := range args[1:] {
			columns = append(columns, a.Take(of))
		}
		part, err := f.over(n, columns, of)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	body := parts[0]
	if len(parts) > 1 {
		if body, err = funcs.Merge(n.body.Type(), parts, len(flat.Rows), func(i int) (int, int) { return i / elements, i % elements }); err != nil {
			return nil, err
		}
	}
	v, err := flat.Gather(n.name, n.t, body)
	if err != nil {
		return nil, f.failure(n, err)
	}
	return f.settled(v, rows), nil
}

// evalFold goes over the elements of all rows by their places: first all first elements, then all second ones, and so on.
func (f *frame) evalFold(n *node) (*funcs.Vec, error) {
	args, rows, done, err := f.operands(n)
	if done != nil || err != nil {
		return done, err
	}
	flat, err := funcs.Flatten(args[0], rows)
	if err != nil {
		return nil, f.failure(n, err)
	}
	columns, place := args[2-int(truth(n.name == "reduce")):], 0
	var left []int32 // rows that have elements left
	which, at := make([]int, rows), make([]int, rows)
	var parts []*funcs.Vec
	if n.name == "fold" {
		parts = append(parts, args[1])
	}
	for i := range rows {
		if which[i], at[i] = -1, i; n.name == "fold" && flat.Has(i) {
			which[i] = 0
		}
		if flat.Len(i) > 0 {
			left = append(left, int32(i))
		}
	}
	var sofar *funcs.Vec
	if n.name == "reduce" {
		if sofar, err = funcs.Cast(flat.At(left, 0), n.body.Type()); err != nil {
			return nil, f.failure(n, err)
		}
		place = 1
	} else {
		sofar = args[1].Take(left)
	}
	for ; len(left) > 0; place++ {
		if err := f.ctx.Err(); err != nil {
			return nil, err
		}
		var next, stay []int32
		for k, r := range left {
			if flat.Len(int(r)) > place {
				next, stay = append(next, r), append(stay, int32(k))
			} else {
				which[r], at[r] = len(parts), k
			}
		}
		if len(next) < len(left) {
			parts = append(parts, sofar)
			if sofar = nil; len(next) > 0 {
				sofar = parts[len(parts)-1].Take(stay)
			}
		}
		if left = next; len(left) == 0 {
			break
		}
		in := []*funcs.Vec{sofar, flat.At(left, place)}
		for _, a := range columns {
			in = append(in, a.Take(left))
		}
		if sofar, err = f.over(n, in, left); err != nil {
			return nil, err
		}
	}
	v, err := funcs.Merge(n.t, parts, rows, func(i int) (int, int) { return which[i], at[i] })
	if err != nil {
		return nil, err
	}
	return f.settled(v, rows), nil
}

func truth(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
