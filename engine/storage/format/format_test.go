package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// sample has a column of every type: a row of values, and one of absent values.
func sample(t *testing.T) (*arrow.Schema, Batches) {
	t.Helper()
	var fields []types.Field
	for _, c := range strings.Split("b bool,i int,f float,m decimal<10;2>,s string,e string,y bytes,d date,t time,ts timestamp,w duration,j json,u uuid,l [int],r {a: int; c: string}", ",") {
		name, spec, _ := strings.Cut(strings.ReplaceAll(c, ";", ","), " ")
		typ, err := types.Parse(spec + "?")
		if err != nil {
			t.Fatal(err)
		}
		fields = append(fields, types.Field{Name: name, Type: typ})
	}
	schema, err := types.ArrowSchema(fields)
	if err != nil {
		t.Fatal(err)
	}
	rb := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	rb.Field(0).(*array.BooleanBuilder).Append(true)
	rb.Field(1).(*array.Int64Builder).Append(-5)
	rb.Field(2).(*array.Float64Builder).Append(0.1)
	rb.Field(3).(*array.Decimal128Builder).Append(decimal128.FromI64(-5))
	rb.Field(4).(*array.StringBuilder).Append("=1,\"x\"\n\u00e9\x01")
	rb.Field(5).(*array.StringBuilder).Append("")
	rb.Field(6).(*array.BinaryBuilder).Append([]byte("a"))
	rb.Field(7).(*array.Date32Builder).Append(-1)
	rb.Field(8).(*array.Time64Builder).Append(1_500_000)
	rb.Field(9).(*array.TimestampBuilder).Append(-1)
	rb.Field(10).(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{Months: 1, Nanoseconds: 2e9})
	rb.Field(11).(*array.StringBuilder).Append(`{"k":[1]}`)
	rb.Field(12).(*array.FixedSizeBinaryBuilder).Append([]byte("0123456789abcdef"))
	l := rb.Field(13).(*array.ListBuilder)
	l.Append(true)
	l.ValueBuilder().(*array.Int64Builder).AppendValues([]int64{1, 2}, nil)
	r := rb.Field(14).(*array.StructBuilder)
	r.Append(true)
	r.FieldBuilder(0).(*array.Int64Builder).Append(1)
	r.FieldBuilder(1).(*array.StringBuilder).Append("q\"")
	for i := range fields {
		rb.Field(i).AppendNull()
	}
	b := rb.NewRecordBatch()
	return schema, func(yield func(arrow.RecordBatch, error) bool) { yield(b, nil) }
}

const object = `{"b":true,"i":-5,"f":0.1,"m":-0.05,"s":"=1,\"x\"\n` + "\u00e9" + `\u0001","e":"","y":"YQ==","d":"1969-12-31","t":"00:00:01.5",` +
	`"ts":"1969-12-31T23:59:59.999999Z","w":"1mo 2s","j":{"k":[1]},"u":"30313233-3435-3637-3839-616263646566","l":[1,2],"r":{"a":1,"c":"q\""}}`

const absent = `{"b":null,"i":null,"f":null,"m":null,"s":null,"e":null,"y":null,"d":null,"t":null,"ts":null,"w":null,"j":null,"u":null,"l":null,"r":null}`

func TestText(t *testing.T) {
	t.Parallel()
	schema, batches := sample(t)
	for name, want := range map[string]string{
		"json":   "[\n" + object + ",\n" + absent + "\n]\n",
		"ndjson": object + "\n" + absent + "\n",
		"csv": "b,i,f,m,s,e,y,d,t,ts,w,j,u,l,r\ntrue,-5,0.1,-0.05,\"=1,\"\"x\"\"\n\u00e9\x01\",\"\",YQ==,1969-12-31,00:00:01.5,1969-12-31T23:59:59.999999Z,1mo 2s," +
			"\"{\"\"k\"\":[1]}\",30313233-3435-3637-3839-616263646566,\"[1,2]\",\"{\"\"a\"\":1,\"\"c\"\":\"\"q\\\"\"\"\"}\"\n,,,,,,,,,,,,,,\n",
	} {
		var out bytes.Buffer
		if err := Write(&out, name, schema, batches); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s\n got %s\nwant %s", name, out.String(), want)
		}
		if name == "json" && !json.Valid(out.Bytes()) {
			t.Error("the JSON is not valid")
		}
		if rows, err := csv.NewReader(&out).ReadAll(); name == "csv" && (err != nil || rows[1][4] != "=1,\"x\"\n\u00e9\x01") {
			t.Errorf("the CSV reads back as %q %v", rows, err)
		}
	}
}

func TestNoRows(t *testing.T) {
	t.Parallel()
	schema, _ := sample(t)
	for name, want := range map[string]string{"json": "[]\n", "ndjson": "", "csv": "b,i,f,m,s,e,y,d,t,ts,w,j,u,l,r\n"} {
		var out bytes.Buffer
		if err := Write(&out, name, schema, func(func(arrow.RecordBatch, error) bool) {}); err != nil || out.String() != want {
			t.Errorf("%s: %q %v", name, out.String(), err)
		}
	}
}

// TestArrow writes batches with different dictionaries, which a file cannot hold, and reads the strings back.
func TestArrow(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	encoded := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	batches := func(yield func(arrow.RecordBatch, error) bool) {
		for _, words := range []string{`["a", "b"]`, `["c", "a"]`} {
			values, _, err := array.FromJSON(memory.DefaultAllocator, arrow.BinaryTypes.String, strings.NewReader(words))
			if err != nil {
				t.Error(err)
			}
			codes, _, err := array.FromJSON(memory.DefaultAllocator, arrow.PrimitiveTypes.Int32, strings.NewReader("[1, null, 0]"))
			if err != nil {
				t.Error(err)
			}
			d := array.NewDictionaryArray(encoded, codes, values)
			if !yield(array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "s", Type: encoded, Nullable: true}}, nil), []arrow.Array{d}, 3), nil) {
				return
			}
		}
	}
	var file, stream bytes.Buffer
	if err := errors.Join(Write(&file, "arrowfile", schema, batches), Write(&stream, "arrow", schema, batches)); err != nil {
		t.Fatal(err)
	}
	fr, err := ipc.NewFileReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	sr, err := ipc.NewReader(&stream)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`["b" (null) "a"]`, `["a" (null) "c"]`} {
		fb, err := fr.RecordBatchAt(i)
		if err != nil {
			t.Fatal(err)
		}
		sb, err := sr.Read()
		if err != nil {
			t.Fatal(err)
		}
		if fb.Column(0).String() != want || sb.Column(0).String() != want {
			t.Errorf("batch %d: file %s, stream %s, want %s", i, fb.Column(0), sb.Column(0), want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	schema, _ := sample(t)
	broken := errors.New("broken")
	if err := Write(&bytes.Buffer{}, "parquet", schema, nil); err == nil || !strings.Contains(err.Error(), "cannot hold durations, as in column w") {
		t.Errorf("got %v", err)
	}
	schema = arrow.NewSchema(schema.Fields()[:5], nil)
	for _, name := range Names() {
		if err := Write(&bytes.Buffer{}, name, schema, func(yield func(arrow.RecordBatch, error) bool) { yield(nil, broken) }); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := MediaType("xml"); err == nil || !strings.Contains(err.Error(), "there are json, ndjson, csv") {
		t.Errorf("got %v", err)
	}
}
