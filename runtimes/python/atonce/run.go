package atonce

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/go-python/gpython/py"
	_ "github.com/go-python/gpython/stdlib" // its built-in functions, and its compiler and machine

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// Runner has one function loaded, for the use of one goroutine.
type Runner struct{ fn py.Object }

// Runner loads the function.
func (f *Function) Runner() (r *Runner, err error) {
	defer func() {
		if recover() != nil {
			r, err = nil, ErrDecline
		}
	}()
	code, err := py.Compile(f.source, "functions.py", py.ExecMode, 0, true)
	if err != nil {
		return nil, ErrDecline
	}
	m, err := py.RunCode(py.NewContext(py.ContextOpts{}), code, "functions.py", "functions")
	if err != nil {
		return nil, ErrDecline
	}
	fn := m.Globals[f.entry]
	if fn == nil {
		return nil, ErrDecline
	}
	return &Runner{fn}, nil
}

// Call evaluates the function over n rows. The error is ErrDecline or the context's.
func (r *Runner) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (out arrow.Array, err error) {
	defer func() {
		if recover() != nil {
			out, err = nil, ErrDecline
		}
	}()
	dt, err := types.ToArrow(f.Result)
	if err != nil {
		return nil, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	b.Reserve(n)
	sources := make([]columns.Source, len(args))
	for i, a := range args {
		sources[i] = columns.Open(a)
	}
	skip := columns.Skipped(f, args, n)
	values := make(py.Tuple, len(args))
	for row := range n {
		if row&0xff == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if skip != nil && skip[row] {
			b.AppendNull()
			continue
		}
		for i, s := range sources {
			v, ok := toPython(s, row)
			if !ok {
				return nil, ErrDecline
			}
			values[i] = v
		}
		v, err := py.Call(r.fn, values, nil)
		if err != nil || !appendResult(b, f.Result, v) {
			return nil, ErrDecline
		}
	}
	return b.NewArray(), nil
}

func toPython(s columns.Source, row int) (py.Object, bool) {
	if s.Absent(row) {
		return nil, false // in a list
	}
	i := s.Index(row)
	switch a := s.Values.(type) {
	case *array.Boolean:
		return py.NewBool(a.Value(i)), true
	case *array.Int64:
		v := a.Value(i)
		return py.Int(v), v > -1<<62 && v < 1<<62
	case *array.Float64:
		return py.Float(a.Value(i)), true
	case *array.String:
		v := a.Value(i)
		return py.String(v), plainText(v) && len(v) <= maxLength
	case *array.List:
		lo, hi := a.ValueOffsets(i)
		if hi-lo > maxLength {
			return nil, false
		}
		elements := columns.Open(a.ListValues())
		list := py.NewListSized(int(hi - lo))
		for e := lo; e < hi; e++ {
			v, ok := toPython(elements, int(e))
			if !ok {
				return nil, false
			}
			list.Items[e-lo] = v
		}
		return list, true
	}
	return nil, false
}

// appendResult takes a value of exactly the type, an int for a float, or None for an option.
func appendResult(b array.Builder, t types.Type, v py.Object) bool {
	if v == py.None && t.IsOption() {
		b.AppendNull()
		return true
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		v, ok := v.(py.Bool)
		b.Append(bool(v))
		return ok
	case *array.Int64Builder:
		v, ok := v.(py.Int)
		b.Append(int64(v))
		return ok
	case *array.Float64Builder:
		if i, ok := v.(py.Int); ok {
			b.Append(float64(i))
			return true
		}
		v, ok := v.(py.Float)
		b.Append(float64(v))
		return ok
	case *array.StringBuilder:
		v, ok := v.(py.String)
		b.Append(string(v))
		return ok
	case *array.ListBuilder:
		list, ok := v.(*py.List)
		b.Append(true)
		if !ok {
			return false
		}
		for _, v := range list.Items {
			if !appendResult(b.ValueBuilder(), *t.Required().Elem, v) {
				return false
			}
		}
		return true
	}
	return false
}
