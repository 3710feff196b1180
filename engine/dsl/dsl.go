// Package dsl is the second front end: it turns a search in JSON (term, range, bool, aggregations) over one table into
// DreamQL programs, which then take the way of every program. So a search means what the language says it means.
//
// It must not run anything, and knows of tables only their columns. A new query clause is a case in query.go, a new
// aggregation one in aggs.go.
package dsl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// Request is a search.
type Request struct {
	Query  json.RawMessage            `json:"query"`
	From   int                        `json:"from"`
	Size   *int                       `json:"size"` // default 10
	Sort   []json.RawMessage          `json:"sort"`
	Source []string                   `json:"_source"` // columns; all if empty
	Aggs   map[string]json.RawMessage `json:"aggs"`
}

// Programs answer a request: Total has one row with the column n, Hits is "" where none are asked for.
type Programs struct {
	Hits  string
	Total string
	Aggs  []Agg
}

// Agg is one aggregation: Buckets have the columns key, doc_count and those of Metrics; else one row with Metrics[0].
type Agg struct {
	Name    string
	Source  string
	Buckets bool
	Metrics []string
}

// Bounds on a request from a stranger.
const (
	maxSize    = 10_000
	maxClauses = 1000
	maxDepth   = 20
	maxAggs    = 20
)

// Error is what is wrong with a request, and where: "query.bool.must[1].term".
type Error struct{ Path, Message string }

func (e *Error) Error() string { return e.Path + ": " + e.Message }

func wrong(path, format string, args ...any) error {
	return &Error{Path: path, Message: fmt.Sprintf(format, args...)}
}

// Translate writes the programs of a request over a table.
func Translate(table string, columns []types.Field, r Request) (*Programs, error) {
	t := &translator{table: name(table), columns: columns}
	from := t.table
	if len(r.Query) > 0 {
		pred, err := t.query("query", r.Query, 0)
		if err != nil {
			return nil, err
		}
		from += "\n-> filter " + pred
	}
	p := &Programs{Total: from + "\n-> agg { n: count() }"}
	size := 10
	if r.Size != nil {
		size = *r.Size
	}
	if r.From < 0 || size < 0 || r.From+size > maxSize {
		return nil, wrong("size", "from and size must not be negative, and from + size at most %d; sort and filter instead of paging further", maxSize)
	}
	if size > 0 {
		var err error
		if p.Hits, err = t.hits(from, r, size); err != nil {
			return nil, err
		}
	}
	if len(r.Aggs) > maxAggs {
		return nil, wrong("aggs", "there are %d, at most %d are allowed", len(r.Aggs), maxAggs)
	}
	for _, n := range sortedNames(r.Aggs) {
		a, err := t.agg("aggs."+n, n, from, r.Aggs[n])
		if err != nil {
			return nil, err
		}
		p.Aggs = append(p.Aggs, a)
	}
	return p, nil
}

type translator struct {
	table   string
	columns []types.Field
	clauses int
}

func (t *translator) hits(from string, r Request, size int) (string, error) {
	if len(r.Sort) > 0 {
		var keys []string
		for i, s := range r.Sort {
			k, err := t.sortKey(fmt.Sprintf("sort[%d]", i), s)
			if err != nil {
				return "", err
			}
			keys = append(keys, k)
		}
		from += "\n-> sort " + strings.Join(keys, ", ")
	}
	if r.From > 0 {
		from += fmt.Sprintf("\n-> skip %d", r.From)
	}
	from += fmt.Sprintf("\n-> take %d", size)
	var fields []string
	for _, s := range r.Source {
		f, err := t.column("_source", s)
		if err != nil {
			return "", err
		}
		if n := name(f.Name); !slices.Contains(fields, n) {
			fields = append(fields, n)
		}
	}
	if len(fields) > 0 {
		from += "\n-> { " + strings.Join(fields, ", ") + " }"
	}
	return from, nil
}

// sortKey reads "price", {"price": "desc"} or {"price": {"order": "desc"}}.
func (t *translator) sortKey(path string, s json.RawMessage) (string, error) {
	var column, order string
	if json.Unmarshal(s, &column) != nil {
		field, body, err := single(path, s)
		if err != nil {
			return "", err
		}
		column = field
		var long struct{ Order string }
		if json.Unmarshal(body, &order) != nil {
			if json.Unmarshal(body, &long) != nil {
				return "", wrong(path, `write {"column": "asc"} or {"column": "desc"}`)
			}
			order = long.Order
		}
	}
	f, err := t.column(path, column)
	if err != nil {
		return "", err
	}
	switch order {
	case "", "asc":
		return name(f.Name), nil
	case "desc":
		return "-" + name(f.Name), nil
	}
	return "", wrong(path, "the order is %q; there are asc and desc", order)
}

func (t *translator) column(path, n string) (types.Field, error) {
	for _, f := range t.columns {
		if f.Name == n {
			return f, nil
		}
	}
	names := make([]string, len(t.columns))
	for i, f := range t.columns {
		names[i] = f.Name
	}
	return types.Field{}, wrong(path, "there is no column %.100q; there are %.500s", n, strings.Join(names, ", "))
}

// name writes any column or table as the language does.
func name(n string) string { return "`" + strings.ReplaceAll(n, "`", "") + "`" }

// single takes an object of one key apart.
func single(path string, b json.RawMessage) (string, json.RawMessage, error) {
	var m map[string]json.RawMessage
	if json.Unmarshal(b, &m) != nil || len(m) != 1 {
		return "", nil, wrong(path, "write an object with one key")
	}
	for k, v := range m {
		return k, v, nil
	}
	return "", nil, nil
}

func sortedNames(m map[string]json.RawMessage) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
