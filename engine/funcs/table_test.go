package funcs

import (
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/types"
)

func TestTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All {
		if seen[f.Name] {
			t.Errorf("%s stands in the table twice", f.Name)
		}
		seen[f.Name] = true
		if f.Doc == "" || f.Family == "" || len(f.Overloads) == 0 {
			t.Errorf("%s lacks a doc, a family or an overload", f.Name)
		}
		examples := 0
		for i := range f.Overloads {
			o := &f.Overloads[i]
			if _, err := readSignature(o.Signature); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
			if (f.Kind == Scalar) != (o.Kernel != nil) || (f.Kind == Aggregate) != (o.Agg != nil) || (f.Kind == Window) != (o.Window != nil) {
				t.Errorf("%s%s is a %s function without its implementation", f.Name, o.Signature, f.Kind)
			}
			examples += len(o.Examples)
		}
		if examples == 0 && !strings.HasPrefix(f.Name, "try_") {
			t.Errorf("%s has no example", f.Name)
		}
	}
}

// TestLibraryIsLarge holds the library to what the book says of it: operators, and the list_ functions behind aggregates, are not
// counted.
func TestLibraryIsLarge(t *testing.T) {
	n := len(Callable())
	t.Logf("%d functions", n)
	if n < 180 {
		t.Errorf("the library has %d functions that a user can call; 180 are promised", n)
	}
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want string // result, or a part of the error
		cast []string
	}{
		{"+", []string{"int", "int"}, "int", nil},
		{"+", []string{"int", "float"}, "float", []string{"float", "float"}},
		{"+", []string{"int?", "int"}, "int?", []string{"int?", "int"}},
		{"+", []string{"int", "none"}, "int?", []string{"int", "int?"}},
		{"*", []string{"decimal<15,2>", "decimal<15,2>"}, "decimal<30,4>", nil},
		{"-", []string{"int", "decimal<15,2>"}, "decimal<22,2>", []string{"decimal<19,0>", "decimal<15,2>"}},
		{"*", []string{"decimal<15,2>", "float"}, "float", []string{"float", "float"}},
		{"-", []string{"date", "duration"}, "date", nil},
		{"/", []string{"int", "int"}, "float", []string{"float", "float"}},
		{"==", []string{"int?", "float"}, "bool", []string{"float?", "float"}},
		{"<", []string{"timestamp", "date"}, "bool", []string{"timestamp", "timestamp"}},
		{"??", []string{"string?", "string"}, "string", nil},
		{"??", []string{"int?", "float"}, "float", []string{"float?", "float"}},
		{"??", []string{"int?", "int?"}, "int?", nil},
		{"+", []string{"string", "int"}, "+(a: string, b: string) => string", nil},
	} {
		var args, cast []types.Type
		for _, s := range c.args {
			x, err := types.Parse(s)
			if err != nil {
				t.Fatal(err)
			}
			args = append(args, x)
		}
		for _, s := range c.cast {
			x, _ := types.Parse(s)
			cast = append(cast, x)
		}
		if cast == nil {
			cast = args
		}
		r, err := Resolve(c.name, args)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s%v: %v", c.name, c.args, err)
			}
			continue
		}
		if r.Result.String() != c.want {
			t.Errorf("%s%v gives %s, want %s", c.name, c.args, r.Result, c.want)
		}
		for i := range cast {
			if !types.Equal(r.Params[i], cast[i]) {
				t.Errorf("%s%v converts argument %d to %s, want %s", c.name, c.args, i, r.Params[i], cast[i])
			}
		}
	}
}
