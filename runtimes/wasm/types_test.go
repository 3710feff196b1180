package wasm

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

// column builds a column of a DreamQL type from JSON.
var column = runtimetest.Column

// TestTypes passes every type that takes more than one WebAssembly value, or is not what it looks like.
func TestTypes(t *testing.T) {
	t.Parallel()
	const large, long = "decimal<38,0>", "decimal<20,2>"
	for _, c := range []struct {
		name, result string
		params, args []string
		want         string // the column, or what the error says
		row          int
	}{
		{"cents", "decimal<10,2>", []string{"decimal<10,2>", "decimal<4,2>"}, []string{`["12.50", "-0.01", null]`, `["0.25", "99.99", "1.00"]`}, `["12.25", "-100.00", null]`, 0},
		{"large", large, []string{large, "int"}, []string{`["99999999999999999999999999999999999998", "-5", "18446744073709551615"]`, `[1, 3, 1]`},
			`["99999999999999999999999999999999999999", "-2", "18446744073709551616"]`, 0},
		{"large", large, []string{large, "int"}, []string{`["1", "99999999999999999999999999999999999999"]`, `[1, 1]`}, "more than the 38 digits", 1},
		{"too_large", "decimal<6,1>", []string{"int"}, []string{`[0, 1]`}, "more than the 6 digits", 1},
		{"least", large, []string{"int"}, []string{`[0]`}, "more than the 38 digits", 0},
		{"half", long + "?", []string{long + "?"}, []string{`["0.04", "0.03", null, "-100000000000000000.02"]`}, `["0.02", null, null, "-50000000000000000.01"]`, 0},
		{"noon", "time", []string{"time"}, []string{`["00:00:00", "11:59:59.999999"]`}, `["12:00:00", "23:59:59.999999"]`, 0},
		{"noon", "time", []string{"time"}, []string{`["00:00:00", "12:00:00"]`}, "no time of day", 1},
		{"twice", "duration", []string{"duration"}, []string{`[{"months": 1, "days": -2, "nanoseconds": 3}, null]`}, `[{"months": 2, "days": -4, "nanoseconds": 6}, null]`, 0},
		{"months", "int", []string{"duration"}, []string{`[{"months": 7, "days": 0, "nanoseconds": 0}]`}, `[7]`, 0},
		{"flip", "uuid?", []string{"uuid?"}, []string{`["AAAAAAAAAAAAAAAAAAAAAA==", null]`}, `["/////////////////////w==", null]`, 0},
	} {
		f := function(t, c.name, c.result, c.params...)
		p, err := open(t, Options{}).Load(t.Context(), testdata(t, "types.wasm"), []*udf.Function{f})
		if err != nil {
			t.Fatal(err)
		}
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var args []arrow.Array
		for i, a := range c.args {
			args = append(args, column(t, c.params[i], a))
		}
		got, err := in.Call(t.Context(), f, args, args[0].Len())
		var failed *udf.CallError
		switch {
		case !strings.HasPrefix(c.want, "["):
			if !errors.As(err, &failed) || failed.Row != c.row || !strings.Contains(failed.Message, c.want) {
				t.Errorf("%s gave %v", c.name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case !array.Equal(got, column(t, c.result, c.want)):
			t.Errorf("%s gave %v, not %s", c.name, got, c.want)
		default:
			// Into memory that holds something else, which becomes the column's own.
			values := bytes.Repeat([]byte{0xa5}, 16*got.Len())
			again, err := in.(udf.Filler).Fill(t.Context(), f, args, got.Len(), values)
			if err != nil || !array.Equal(got, again) || &again.Data().Buffers()[1].Bytes()[0] != &values[0] {
				t.Errorf("%s gave %v, %v into memory of ours, not %v in it", c.name, again, err, got)
			}
		}
		in.Close(t.Context())
	}
}

// TestTypesOfShapes sums large decimals, and reads rows with fields of 16 bytes.
func TestTypesOfShapes(t *testing.T) {
	t.Parallel()
	sum := shaped(t, udf.Aggregate, "sum", "decimal<38,2>?", "decimal<20,2>")
	sum.StateBytes = 16
	rows := shaped(t, udf.Table, "rows", "[{amount: decimal<20,2>?, length: duration, id: uuid?, day: date, narrow: decimal<10,2>}]", "uuid", "decimal<38,0>")
	p, err := open(t, Options{}).Load(t.Context(), testdata(t, "types.wasm"), []*udf.Function{sum, rows})
	if err != nil {
		t.Fatal(err)
	}
	leased, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leased.Close(t.Context())
	in := leased.(*instance)
	a := accumulate(t, in, sum, 2)
	defer a.Close()
	amounts := column(t, "decimal<20,2>", `["999999999999999999.99", "0.01", "-5.00"]`)
	if err := a.Update(3, []uint32{0, 0, udf.NoGroup}, []arrow.Array{amounts}); err != nil {
		t.Fatal(err)
	}
	got, err := a.Finish()
	if err != nil || !array.Equal(got, column(t, "decimal<38,2>?", `["1000000000000000000.00", null]`)) {
		t.Errorf("got %v, %v", got, err)
	}
	text, of, err := all(t, in, rows, 1, column(t, "uuid", `["AAAAAAAAAAAAAAAAAAAAAA=="]`), column(t, "decimal<38,0>", `["1"]`))
	const want = `{[-0.05] [{1 -2 3}] [(null)] [2024-01-01] [12.5]} ` +
		`{[(null)] [{1 -2 3}] ["\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"] [2024-01-01] [12.5]}`
	if err != nil || len(of) != 2 || text != want {
		t.Errorf("got %s, %v; not %s", text, err, want)
	}
}
