package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// set is queries with common targets. Ratios are ours / DuckDB.
type set struct {
	name, title                string
	native, worst, parquetMean float64  // the targets: geometric mean and worst of native storage, geometric mean of Parquet
	queries                    []string // in the order of the report: "folder/name"
}

var sets = []set{
	{name: "core", title: "TPC-H Q1 and Q6, flights", native: 0.8, worst: 1.2, parquetMean: 1.2,
		queries: []string{"tpch/q01", "tpch/q06", "core/filter-count", "core/group-by-origin", "core/top-k"}},
	{name: "h2o", title: "h2o group-by, 10 million rows", native: 1, worst: 2, parquetMean: 1.3, queries: numbered("h2o/q%02d", 10)},
	{name: "tpch", title: "TPC-H, scale factor 1", native: 1.5, worst: 4, parquetMean: 1.8, queries: numbered("tpch/q%02d", 22)},
	{name: "join", title: "flights joined with airports; window over flights", native: 1, worst: 1.5, parquetMean: 1.5,
		queries: []string{"join/flights-airports", "join/window"}},
	{name: "rates", title: "what a row costs, of 10 million", queries: []string{"rates/filter-project", "rates/grouped-sum"}},
}

func numbered(format string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf(format, i+1))
	}
	return names
}

// query is one query in the languages of everyone.
type query struct {
	name, dql, sql, clickhouse string
	check                      *query   // whose rows are compared instead, where there are too many
	data                       string   // the folder of its tables, below that of the benchmark
	tables                     []string // in that folder
}

// texts are where queries lie. The programs of TPC-H are those that the tests compare with published answers.
const texts = "bench/engine/queries"

func load(name string) (query, error) {
	kind, base, _ := strings.Cut(name, "/")
	q := query{name: name, data: kind}
	switch kind {
	case "core", "join":
		q.data = "flights"
	case "rates":
		q.data = "h2o"
	}
	q.tables = tables[q.data]
	programs := filepath.Join(texts, kind)
	if kind == "tpch" {
		programs = "e2e/corpora/tpch"
	}
	var err error
	if q.dql, err = text(filepath.Join(programs, base+".dql")); err != nil {
		return q, err
	}
	if q.sql, err = text(filepath.Join(texts, name+".sql")); err != nil {
		return q, err
	}
	if q.clickhouse, err = text(filepath.Join(texts, name+".clickhouse.sql")); errors.Is(err, fs.ErrNotExist) {
		q.clickhouse, err = q.sql, nil
	}
	if _, missing := os.Stat(filepath.Join(texts, name+".check.sql")); err == nil && missing == nil {
		var check query
		check, err = load(name + ".check")
		q.check = &check
	}
	return q, err
}

func text(path string) (string, error) {
	b, err := os.ReadFile(path)
	return string(b), err
}

// tables are those of each folder of data.
var tables = map[string][]string{
	"tpch":    {"lineitem", "orders", "partsupp", "part", "customer", "supplier", "nation", "region"},
	"h2o":     {"x"},
	"flights": {"flights", "airports"},
}

// wanted are the queries of a set that -only names.
func (b *bench) wanted(s set) []string {
	return slices.DeleteFunc(slices.Clone(s.queries), func(name string) bool { return !strings.Contains(name, b.only) })
}
