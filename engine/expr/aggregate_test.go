package expr_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// columnsOf reads an example's columns.
func columnsOf(t *testing.T, over string) (cols []*funcs.Vec, ts []types.Type) {
	t.Helper()
	x, ds := syntax.ParseExpr(0, "["+over+"]")
	if len(ds) > 0 {
		t.Fatalf("%s: %v", over, ds)
	}
	for _, item := range x.(*syntax.List).Items {
		span := item.Place()
		text := ("[" + over + "]")[span.Start:span.End]
		a, err := value(t, text)
		if err != nil {
			t.Fatal(err)
		}
		of := *lower(t, text, nil).T.Elem
		v, err := funcs.FromArrow(a.(*array.List).ListValues(), of)
		if err != nil {
			t.Fatal(err)
		}
		cols, ts = append(cols, v), append(ts, of)
	}
	return cols, ts
}

// TestAggregateExamples computes each example at once, and in two parts that are merged through their states.
func TestAggregateExamples(t *testing.T) {
	t.Parallel()
	for _, f := range funcs.All {
		for i := range f.Overloads {
			for _, ex := range f.Overloads[i].Examples {
				switch f.Kind {
				case funcs.Aggregate:
					t.Run(f.Name, func(t *testing.T) { aggregateExample(t, f, ex) })
				case funcs.Window:
					t.Run(f.Name, func(t *testing.T) { windowExample(t, f, ex) })
				}
			}
		}
	}
}

func aggregateExample(t *testing.T, f *funcs.Func, ex funcs.Example) {
	cols, ts := columnsOf(t, ex.Over)
	r, err := funcs.Resolve(f.Name, ts)
	if err != nil {
		t.Fatal(err)
	}
	n := cols[0].N
	part := func(from, to int) funcs.Accumulator {
		a, err := funcs.NewAccumulator(f.Name, ts)
		if err != nil {
			t.Fatal(err)
		}
		var args []arrow.Array
		var own []*funcs.Vec
		for i, c := range cols {
			v, err := funcs.Cast(c, r.Params[i])
			if err != nil {
				t.Fatal(err)
			}
			v = v.Take(nil)
			own = append(own, v)
			whole, err := v.ToArrow()
			if err != nil {
				t.Fatal(err)
			}
			args = append(args, array.NewSlice(whole, int64(from), int64(to)))
		}
		groups := make([]uint32, to-from) // all rows in group 1; group 0 stays empty
		for i := range groups {
			groups[i] = 1
		}
		a.Resize(2)
		if err := a.Update(to-from, groups, args); err != nil {
			t.Fatal(err)
		}
		for _, v := range own { // what it keeps it has copied
			for raw := v.Raw(); len(raw) > 0; raw = raw[1:] {
				raw[0] = 0xa5
			}
		}
		return a
	}
	want, err := value(t, ex.Result)
	if err != nil {
		t.Fatal(err)
	}
	finish := func(a funcs.Accumulator, how string) {
		got, err := a.Finish()
		if err != nil {
			t.Fatal(f.Name, err)
		}
		if got.Len() != 2 || got.ValueStr(1) != want.ValueStr(0) {
			t.Errorf("%s over %s %s: got %v, want %s", ex.Call, ex.Over, how, got, want.ValueStr(0))
		}
	}
	finish(part(0, n), "at once")
	for at := range n + 1 {
		whole := part(0, 0)
		for _, p := range []funcs.Accumulator{part(0, at), part(at, n)} {
			state, err := p.State()
			if err != nil {
				t.Fatal(err)
			}
			st, err := funcs.StateTypes(f.Name, ts)
			if err != nil || len(st) != len(state) {
				t.Fatalf("%d state columns of %d types: %v", len(state), len(st), err)
			}
			for i, s := range state {
				if dt, err := types.ToArrow(st[i]); err != nil || !arrow.TypeEqual(dt, s.DataType()) {
					t.Errorf("state %d is %s, said to be %s", i, s.DataType(), st[i])
				}
			}
			if err := whole.Merge(2, []uint32{0, 1}, state); err != nil {
				t.Fatal(err)
			}
		}
		finish(whole, "in parts")
	}
}

func windowExample(t *testing.T, f *funcs.Func, ex funcs.Example) {
	cols, ts := columnsOf(t, ex.Over)
	x, n := cols[0], cols[0].N
	want, wantTypes := columnsOf(t, ex.Result)
	if f.Overloads[0].Window.Number != nil {
		peer, out := make([]bool, n), make([]int64, n)
		for i := 1; i < n; i++ {
			peer[i] = x.Ints[i] == x.Ints[i-1]
		}
		f.Overloads[0].Window.Number(peer, 2, out)
		for i := range out {
			if out[i] != want[0].Ints[i] {
				t.Errorf("%s over %s: %v, want %s", ex.Call, ex.Over, out, ex.Result)
			}
		}
		return
	}
	if share := f.Overloads[0].Window.Share; share != nil {
		peer, out := make([]bool, n), make([]float64, n)
		for i := 1; i < n; i++ {
			peer[i] = x.Ints[i] == x.Ints[i-1]
		}
		share(peer, out)
		for i := range out {
			if out[i] != want[0].Floats[i] {
				t.Errorf("%s over %s: %v, want %s", ex.Call, ex.Over, out, ex.Result)
			}
		}
		return
	}
	if f.Name == "nth" {
		ts = append(ts, types.Of(types.Int))
	}
	if r, err := funcs.Resolve(f.Name, ts); err != nil || !types.Equal(r.Result.Required(), wantTypes[0].Required()) {
		t.Errorf("%s: %v %v", f.Name, r, err)
	}
	for i := range n {
		got, ok := f.Overloads[0].Window.Pick(i, n, 1, 0, n-1), want[0].Present(i)
		if (got >= 0) != ok || ok && x.Ints[got] != want[0].Ints[i] {
			t.Errorf("%s over %s: row %d takes row %d", ex.Call, ex.Over, i, got)
		}
	}
}
