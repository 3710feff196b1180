package postgres

import (
	"fmt"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// TestQuery shows what of a scan the database is asked, and that it is never asked to leave out a row that the filter keeps.
func TestQuery(t *testing.T) {
	t.Parallel()
	columns, err := types.Parse("{id: int, name: string, n: int?, day: date, ok: bool, f: float, tags: [json?], note: json}")
	if err != nil {
		t.Fatal(err)
	}
	col := func(name string) *logical.Expr {
		for _, f := range columns.Fields {
			if f.Name == name {
				return &logical.Expr{Op: logical.OpColumn, Name: name, T: f.Type}
			}
		}
		t.Fatal(name)
		return nil
	}
	num, text, day, yes, half := int64(7), "it's", int64(19723), true, logical.Float(0.5)
	lit := func(k types.Kind, l logical.Literal) *logical.Expr {
		return &logical.Expr{Op: logical.OpLiteral, T: types.Of(k), Lit: &l}
	}
	call := func(op string, args ...*logical.Expr) *logical.Expr {
		return &logical.Expr{Op: logical.OpCall, Name: op, T: types.Of(types.Bool), Args: args}
	}
	seven := lit(types.Int, logical.Literal{Int: &num})
	for _, c := range []struct {
		columns []string
		filter  *logical.Expr
		limit   int64
		want    string
	}{
		{[]string{"id", "name"}, nil, -1, `SELECT "id", "name"::text FROM shop."T" []`},
		{[]string{"note", "tags"}, nil, 5, `SELECT "tags"::text[], "note"::text FROM shop."T" LIMIT 5 []`},
		{nil, nil, -1, `SELECT "id" FROM shop."T" []`},
		{[]string{"name"}, call(">=", col("id"), seven), 5, `SELECT "id", "name"::text FROM shop."T" WHERE "id" >= $1::int8 [7]`},
		{[]string{"id"}, call("and", call("==", col("n"), seven), call("!=", col("n"), seven)), -1, `SELECT "id", "n" FROM shop."T" WHERE "n" = $1::int8 [7]`},
		{[]string{"id"}, call("and", call("==", col("name"), lit(types.String, logical.Literal{Text: &text})), call("<", col("name"), lit(types.String, logical.Literal{Text: &text}))), -1,
			`SELECT "id", "name"::text FROM shop."T" WHERE "name"::text = $1::text [it's]`},
		{[]string{"id"}, call("and", call("<", col("day"), lit(types.Date, logical.Literal{Int: &day})), call("!=", col("ok"), lit(types.Bool, logical.Literal{Bool: &yes}))), -1,
			`SELECT "id", "day", "ok" FROM shop."T" WHERE "day" < $1::text::date AND "ok" <> $2::bool [2024-01-01 true]`},
		{[]string{"id"}, call("or", call("==", col("f"), lit(types.Float, logical.Literal{Float: &half})), call("==", col("id"), seven)), 3, `SELECT "id", "f" FROM shop."T" []`},
	} {
		s := &logical.Scan{Table: &logical.Table{Columns: columns.Fields, External: &logical.External{Relation: `shop."T"`}}, Filter: c.filter}
		for _, n := range c.columns {
			s.Columns = append(s.Columns, types.Field{Name: n, Type: col(n).T})
		}
		text, args := query(s, needed(s), c.limit)
		if got := fmt.Sprint(text, " ", args); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
