package dsl

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

var columns = []types.Field{
	{Name: "title", Type: types.Of(types.String)}, {Name: "US Gross", Type: types.Optional(types.Of(types.Int))},
	{Name: "rating", Type: types.Of(types.Float)}, {Name: "day", Type: types.Of(types.Date)}, {Name: "ok", Type: types.Of(types.Bool)},
}

func translate(t *testing.T, body string) (*Programs, error) {
	t.Helper()
	var r Request
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(err)
	}
	return Translate("movies", columns, r)
}

func TestPredicates(t *testing.T) {
	for query, want := range map[string]string{
		`{"match_all": {}}`:                                             "true",
		`{"term": {"title": "it's"}}`:                                   `(` + "`title`" + ` == 'it\'s')`,
		`{"term": {"ok": {"value": true}}}`:                             "(`ok` == true)",
		`{"terms": {"rating": [1, -2.5]}}`:                              "(`rating` == 1 or `rating` == (-2.5))",
		`{"terms": {"rating": []}}`:                                     "false",
		`{"range": {"day": {"gte": "2024-01-01", "lt": "2025-01-01"}}}`: "(`day` >= d'2024-01-01' and `day` < d'2025-01-01')",
		`{"exists": {"field": "US Gross"}}`:                             "(`US Gross` is not none)",
		`{"exists": {"field": "title"}}`:                                "true",
		`{"bool": {"must": {"match_all": {}}, "must_not": [{"exists": {"field": "US Gross"}}]}}`:                         "(true and not (`US Gross` is not none))",
		`{"bool": {"should": [{"term": {"ok": true}}, {"term": {"ok": false}}]}}`:                                        "((" + "(`ok` == true) or (`ok` == false)))",
		`{"bool": {"filter": [{"term": {"ok": true}}], "should": [{"term": {"rating": 1}}]}}`:                            "((`ok` == true))",
		`{"bool": {"filter": [{"term": {"ok": true}}], "should": [{"term": {"rating": 1}}], "minimum_should_match": 1}}`: "((`ok` == true) and ((`rating` == 1)))",
	} {
		p, err := translate(t, `{"query": `+query+`}`)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := strings.TrimPrefix(p.Total, "`movies`\n-> filter "); got != want+"\n-> agg { n: count() }" {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestPrograms(t *testing.T) {
	p, err := translate(t, `{"from": 5, "size": 2, "sort": ["title", {"rating": "desc"}, {"day": {"order": "asc"}}], "_source": ["title", "US Gross"],
		"aggs": {"by": {"terms": {"field": "US Gross", "size": 3}, "aggs": {"best": {"max": {"field": "rating"}}}}, "all": {"value_count": {"field": "US Gross"}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if want := "`movies`\n-> sort `title`, -`rating`, `day`\n-> skip 5\n-> take 2\n-> { `title`, `US Gross` }"; p.Hits != want {
		t.Errorf("got %s\nwant %s", p.Hits, want)
	}
	if len(p.Aggs) != 2 || p.Aggs[0].Source != "`movies`\n-> agg { value: count_if(`US Gross` is not none) }" || p.Aggs[0].Buckets {
		t.Errorf("%+v", p.Aggs)
	}
	if want := "`movies`\n-> filter `US Gross` is not none\n-> { @key: `US Gross`, doc_count: count(), `best`: max(`rating`) }\n-> sort -doc_count, key\n-> take 3"; p.Aggs[1].Source != want {
		t.Errorf("got %s\nwant %s", p.Aggs[1].Source, want)
	}
	if p, err := translate(t, `{"size": 0}`); err != nil || p.Hits != "" {
		t.Errorf("no hits were asked for: %+v %v", p, err)
	}
}

func TestMistakesHaveAPlace(t *testing.T) {
	for body, want := range map[string]string{
		`{"query": {"fuzzy": {}}}`:                                       "query.fuzzy: there is no clause",
		`{"query": {"term": {"name": 1}}}`:                               `query.term: there is no column "name"`,
		`{"query": {"term": {"title": 1}}}`:                              "query.term: 1 does not fit column title",
		`{"query": {"term": {"title": null}}}`:                           "use exists",
		`{"query": {"term": {"rating": 1e999}}}`:                         "does not fit",
		`{"query": {"bool": {"must": [{"range": {"day": {"to": 1}}}]}}}`: "query.bool.must[0].range: there is no bound",
		`{"query": {}}`:                      "one key",
		`{"size": 20000}`:                    "at most 10000",
		`{"from": -1}`:                       "negative",
		`{"sort": [{"day": "up"}]}`:          "sort[0]: the order",
		`{"aggs": {"a": {"histogram": {}}}}`: "aggs.a: there are the aggregations",
		`{"query": ` + strings.Repeat(`{"bool": {"must": `, 30) + `{"match_all": {}}` + strings.Repeat(`}}`, 30) + `}`: "too large",
	} {
		_, err := translate(t, body)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: got %v, want %q", body, err, want)
		}
	}
}

func FuzzTranslate(f *testing.F) {
	f.Add([]byte(`{"query": {"bool": {"should": [{"term": {"title": "it's \\"}}, {"range": {"rating": {"lt": -1}}}]}}, "sort": ["day"]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r Request
		if json.Unmarshal(body, &r) != nil {
			return
		}
		p, err := Translate("movies", columns, r)
		if err != nil {
			return
		}
		programs := []string{p.Total, p.Hits}
		for _, a := range p.Aggs {
			programs = append(programs, a.Source)
		}
		for _, text := range programs {
			// Whatever a stranger writes into a value, it stays a value: the program has one statement.
			prog, _ := syntax.Parse(source.FileID(0), text)
			if len(prog.Stmts) > 1 {
				t.Fatalf("%q became %d statements: %s", body, len(prog.Stmts), text)
			}
		}
	})
}
