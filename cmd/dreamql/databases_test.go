package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/server/local/localtest"
)

const shop = `
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE "Orders" (
	id bigint PRIMARY KEY, small smallint NOT NULL, price numeric(10,2) NOT NULL, wide numeric, ratio float4, name text NOT NULL, feeling mood,
	day date, at timestamptz NOT NULL, clock time, took interval, key uuid, doc jsonb, raw bytea, tags text[] NOT NULL, marks int[], paid bool NOT NULL);
INSERT INTO "Orders" VALUES
	(1, 2, 9.99, 123456789012345.678901234, 0.5, 'it''s', 'high', '2024-01-31', '2024-01-31 12:00+02', '12:30', '1 mon 2 days 03:00', '01234567-89ab-cdef-0123-456789abcdef', '{"a": [1]}', '\x00ff', '{a,NULL}', '{1,2}', true),
	(2, 3, -0.01, NULL, NULL, '', NULL, NULL, '1969-12-31 23:59:59.5+00', NULL, NULL, NULL, NULL, NULL, '{}', NULL, false);
CREATE TABLE numbers AS SELECT n, n % 7 AS seventh FROM generate_series(1, 20000) n;
CREATE TABLE odd (p point);
CREATE TABLE endless (d date); INSERT INTO endless VALUES ('infinity');
CREATE TABLE digits (x numeric); INSERT INTO digits VALUES (0.00000000001);`

// TestPostgres reads tables of a real database from the command line.
func TestPostgres(t *testing.T) {
	address := localtest.Database(t)
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SHOP", address)
	run := func(args ...string) string {
		root := newRootCommand()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(append(args[:len(args):len(args)], "--format", "csv"))
		if err := root.ExecuteContext(t.Context()); err != nil {
			fmt.Fprint(&out, err)
		}
		return out.String()
	}
	for program, want := range map[string]string{
		`postgres('SHOP', '"Orders"') -> drop raw -> filter id == 1`: `id,small,price,wide,ratio,name,feeling,day,at,clock,took,key,doc,tags,marks,paid
1,2,9.99,123456789012345.678901234,0.5,it's,high,2024-01-31,2024-01-31T10:00:00Z,12:30:00,1mo 2d 3h0m0s,01234567-89ab-cdef-0123-456789abcdef,"{""a"": [1]}","[""a"",null]","[1,2]",true
`,
		`postgres('SHOP', 'public."Orders"') -> filter name == '' and paid == false -> { id, price, wide, at, tags }`: "id,price,wide,at,tags\n2,-0.01,,1969-12-31T23:59:59.5Z,[]\n",
		`numbers = postgres('SHOP', 'numbers')
		numbers -> filter seventh == 3 -> agg { rows: count(), most: max(n) }`: "rows,most\n2857,19995\n",
		`postgres('SHOP', 'numbers') -> take 3 -> { n } -> sort n`: "n\n1\n2\n3\n",
		`postgres('SHOP', 'numbers') -> agg { n: count() }`:        "n\n20000\n",
		`postgres('SHOP', 'nothing')`:                              "has no table nothing that this user can see",
		`postgres('SHOP', 'a; drop table numbers')`:                "cannot be read: the database ",
		`postgres('SHOP', 'odd')`:                                  "the column p is of the type point, which has no type here",
		`postgres('SHOP', 'endless')`:                              "column d: ",
		`postgres('SHOP', 'digits')`:                               "a number has more digits than a decimal<38,9>",
		`postgres('NO_SUCH_VARIABLE', 'odd')`:                      "there is no environment variable NO_SUCH_VARIABLE",
		`postgres('postgres://me:secret@127.0.0.1:1/x', 'odd')`:    "does not let us in, or does not answer",
	} {
		if got := run("query", "-e", program); got != want && !(strings.Contains(got, want) && !strings.Contains(want, "\n")) {
			t.Errorf("%s\ngot  %s\nwant %s", program, got, want)
		}
	}
	if got := run("query", "-e", `postgres('SHOP', 'numbers') -> filter n > 5 -> { n }`, "--explain"); strings.Contains(got, address) || !strings.Contains(got, "scan numbers") {
		t.Error(got)
	}
}

func TestDatabasesOfAnEnvironment(t *testing.T) {
	t.Parallel()
	got, err := namedDatabases([]string{"HOME=/root", "DREAMQL_POSTGRES_SHOP=postgres://a:b=c@h/d", "DREAMQL_POSTGRES_CRM_2=postgresql://h/e", "DREAMQL_POSTGRES_OFF="})
	if err != nil || len(got) != 2 || got["shop"] != "postgres://a:b=c@h/d" || got["crm_2"] != "postgresql://h/e" {
		t.Errorf("%v, %v", got, err)
	}
	for environ, want := range map[string]string{
		"DREAMQL_POSTGRES_SHOP=secret":                                            "DREAMQL_POSTGRES_SHOP is not the address",
		"DREAMQL_POSTGRES_=postgres://secret":                                     "needs a name",
		"DREAMQL_POSTGRES_A=postgres://secret\nDREAMQL_POSTGRES_a=postgres://x/y": "two variables name the database a",
	} {
		if _, err := namedDatabases(strings.Split(environ, "\n")); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", environ, err)
		}
	}
}
