package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// wrapped are expressions of types that tables do not hold, over a column of a kind that they do.
var wrapped = map[string]struct {
	kind types.Kind
	expr string
}{
	"json": {types.String, "parse_json(%s)"}, "bytes": {types.String, "encode_utf8(%s)"}, "time": {types.Timestamp, "time(%s)"},
	"duration": {types.Int, "(hours(%[1]s) + months(%[1]s))"}, "uuid": {types.String, "uuid_from(uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8'), %s)"},
}

// words are what parameters of these names take, besides what they do not.
var paramTexts = map[string][]string{
	"period":  {"year", "quarter", "month", "week", "day", "hour", "minute", "second", "eon"},
	"unit":    {"year", "month", "week", "day", "hour", "second", "millisecond", ""},
	"zone":    {"Europe/Amsterdam", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Mars"},
	"form":    {"nfc", "NFD", "nfkc", "nfkd", "x"},
	"path":    {"a", "$", "[0]", "a.b[0]", "[-1].a", "a..b", "['a']"},
	"url":     {"https://u@a.nl:8080/b%20c/d?q=1&r=%zz#f", "http://[::1]/", "a b", "mailto:x@y", "/x?y=z", "http://a/%zz"},
	"s":       {"", "a", "A", "ab,a", "äß", "İı", "42", "-7.50", " x\t", "true", "it's o’clock", "日本語", "e\u0301", "2024-02-29", "🙂🇳🇱", "a%20b", "ff", "YQ==", "ezs42", "line\r\ntwo\n", "29 Feb 2024 3:04 PM"},
	"pattern": {"a", "[a-z]+", `\d+`, "(a)|(b)", "(?P<n>.)", "(", "%a_", "yyyy-MM-dd", "d MMM yyyy h:mm a", "EEEE ww DDD HH:mm:ss.SSS xxx", "''yy'x'"},
	"geohash": {"u4pruydq", "S", "a", ""},
}

var jsonTexts = []string{`{"a": {"b": [1, 2.50, null]}, "c": "é\n"}`, `[1, {"a": true}, "x"]`, `"text"`, `-0.0`, `1e400`, `null`, `12345678901234567890`, `[]`, `{"b":1,"a":2,"b":3}`, `{`, "\"\xff\""}

// TestSignatures calls every function with random columns, and constants, of the types that its signature asks for, in every way
// and through the oracle.
func TestSignatures(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	runs := drawn(t, 4)
	ran, outcomes := map[string]bool{}, map[string]int{}
	for _, f := range funcs.All {
		for i := range f.Overloads {
			o := &f.Overloads[i]
			if f.Kind != funcs.Scalar || o.Volatile || o.Signature == "() => float" {
				continue
			}
			for range 6 {
				program, d, ok := callOf(r, f, o)
				if !ok {
					break
				}
				if !runs() {
					continue
				}
				w, err := newWorld([]*dataset{d})
				if err != nil {
					t.Fatal(err)
				}
				disagreement, outcome := w.verdict(program)
				kind, _, _ := strings.Cut(outcome, ":")
				outcomes[kind]++
				if disagreement != "" || kind != "ok" && kind != "fails" {
					t.Errorf("%s%s\n%s\n%s\n%s\n%s", f.Name, o.Signature, d.define(), program, outcome, disagreement)
				}
				ran[f.Name] = true
			}
		}
	}
	t.Logf("%d functions: %v", len(ran), outcomes)
	if !raced && (len(ran) < 250 || outcomes["ok"] < 1000) {
		t.Errorf("only %d functions were called: %v", len(ran), outcomes)
	}
}

// callOf is a program that calls an overload over a table of its own; false where no arguments can be made.
func callOf(r *rand.Rand, f *funcs.Func, o *funcs.Overload) (string, *dataset, bool) {
	d := &dataset{name: "t"}
	rows := 8
	if o.Fails || f.Family == "geography" { // records of floats have no order to compare them in
		rows = 1 + r.IntN(2) // so that not all calls fail
	}
	for range rows {
		d.rows = append(d.rows, Row{})
	}
	letters := map[string]types.Kind{"T": scalarKinds[r.IntN(len(scalarKinds))], "U": types.String, "O": []types.Kind{types.Int, types.Float, types.String, types.Date}[r.IntN(4)], "N": types.Int}
	if rest, ok := strings.CutPrefix(f.Name, "list_"); ok && rest != "min" && rest != "max" {
		if letters["O"] = types.Float; strings.HasPrefix(rest, "bool_") {
			letters["O"] = types.Bool
		}
	}
	inside := o.Signature[1:strings.Index(o.Signature, ") => ")]
	var args []string
	for k, p := range strings.Split(inside, ", ") {
		if p == "" {
			continue
		}
		name, typ, _ := strings.Cut(p, ": ")
		typ = strings.TrimSuffix(typ, "…")
		c := column{name: fmt.Sprintf("c%d", k), opt: r.IntN(3) == 0 && (o.Absence == funcs.Lifts || strings.HasSuffix(typ, "?"))}
		typ = strings.TrimSuffix(typ, "?")
		expr := c.name
		inner, isList := strings.CutPrefix(typ, "[")
		inner = strings.TrimSuffix(strings.TrimSuffix(inner, "]"), "?")
		kind, ok := letters[inner]
		if !ok {
			x, err := types.Parse(inner)
			if kind = x.Kind; inner == "decimal" {
				kind = types.Decimal
			} else if err != nil {
				return "", nil, false
			}
		}
		if w, ok := wrapped[inner]; ok && !isList {
			kind, expr = w.kind, fmt.Sprintf(w.expr, c.name)
		}
		if c.kind = kind; isList {
			c.kind, c.elem = types.List, kind
			if f.Name == "flatten" || kind == types.Decimal {
				return "", nil, false
			}
		}
		field := c.fieldType()
		constant := r.IntN(3) == 0
		for i, row := range d.rows {
			v := randomValue(r, c, r.IntN(6) == 0)
			if texts := paramTexts[name]; texts != nil && v != nil && kind == types.String && !isList {
				v = texts[r.IntN(len(texts))]
			}
			if inner == "json" && v != nil {
				v = jsonTexts[r.IntN(len(jsonTexts))]
			}
			if constant && i > 0 {
				v = d.rows[0][c.name]
			}
			row[c.name] = v
		}
		d.fields = append(d.fields, types.Field{Name: c.name, Type: field})
		args = append(args, expr)
	}
	if f.Name == "range" || f.Name == "fill" { // no more than the oracle has time for
		for _, row := range d.rows {
			for k, v := range row {
				if n, ok := v.(int64); ok {
					row[k] = n % 50
				}
			}
		}
	}
	call := f.Name + "(" + strings.Join(args, ", ") + ")"
	switch {
	case strings.HasPrefix(f.Name, "list_"):
		call = strings.TrimPrefix(call, "list_")
	case f.Name[0] < 'a' || f.Name[0] > 'z' || f.Family == "operators" || f.Family == "absence":
		return "", nil, false
	}
	return "t -> { r: " + call + " }", d, true
}
