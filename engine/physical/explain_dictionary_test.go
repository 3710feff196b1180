package physical

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// TestExplainSaysWhatIsEvaluatedOnceAValue: what depends on one column with a dictionary, under whatever name, and nothing else.
func TestExplainSaysWhatIsEvaluatedOnceAValue(t *testing.T) {
	t.Parallel()
	texts := func(distinct int64, format string) *logical.Table {
		tb := table("t", 2)
		for _, name := range []string{"s", "u"} {
			tb.Columns = append(tb.Columns, types.Field{Name: name, Type: types.Of(types.String)})
		}
		for i := range tb.Segments {
			tb.Segments[i].Columns = append(tb.Segments[i].Columns, logical.Column{Distinct: distinct}, logical.Column{Distinct: distinct})
			tb.Segments[i].Format = format
		}
		return tb
	}
	text := func(name string) *logical.Expr {
		return &logical.Expr{Op: logical.OpColumn, Name: name, T: types.Of(types.String)}
	}
	call := func(name string, args ...*logical.Expr) *logical.Expr {
		return &logical.Expr{Op: logical.OpCall, Name: name, T: types.Of(types.String), Args: args}
	}
	project := func(in logical.Node, e *logical.Expr) logical.Node {
		return &logical.Project{Input: in, Cols: []logical.Named{{Name: "r", Expr: e}}}
	}
	filtered := scanOf(texts(20, ""))
	filtered.Filter = compare("==", call("lower", text("u")), text("u"))
	for name, c := range map[string]struct {
		plan logical.Node
		want []PerValue
	}{
		"a call":              {project(scanOf(texts(20, "")), call("upper", text("s"))), []PerValue{{"upper(s)", "s", 20}}},
		"a part of a call":    {project(scanOf(texts(20, "")), call("+", call("upper", text("s")), text("u"))), []PerValue{{"upper(s)", "s", 20}}},
		"a filter of a scan":  {filtered, []PerValue{{"lower(u) == u", "u", 20}}},
		"another name":        {project(project(scanOf(texts(20, "")), text("s")), call("upper", text("r"))), []PerValue{{"upper(r)", "s", 20}}},
		"the column itself":   {project(scanOf(texts(20, "")), text("s")), nil},
		"what is computed":    {project(project(scanOf(texts(20, "")), call("+", text("s"), text("u"))), call("upper", text("r"))), nil},
		"as many as pay":      {project(scanOf(texts(90, "")), call("upper", text("s"))), []PerValue{{"upper(s)", "s", 90}}},
		"more than a batch":   {project(scanOf(texts(101, "")), call("upper", text("s"))), nil},
		"nothing known":       {project(scanOf(texts(0, "")), call("upper", text("s"))), nil},
		"a file in its place": {project(scanOf(texts(20, "parquet")), call("upper", text("s"))), nil},
		"a number":            {project(scanOf(texts(20, "")), compare("<", column("a"), literal(3))), nil},
	} {
		e := Explain(lower(t, c.plan), nil, nil, nil)
		var got []PerValue
		for _, o := range e.Stages[0].Operators {
			got = append(got, o.PerValue...)
		}
		if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%s: %v, not %v\n%s", name, got, c.want, e.Text())
		}
		said, shown := "once a value of ", `"per_value"`
		j, err := json.Marshal(e)
		if err != nil || strings.Contains(e.Text(), said) != (len(c.want) > 0) || strings.Contains(string(j), shown) != (len(c.want) > 0) {
			t.Errorf("%s: %v\n%s%s", name, err, e.Text(), j)
		}
	}
}
