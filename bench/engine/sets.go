package main

import (
	"fmt"
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
	check                      string   // appended to dql and put around sql where results are too large to compare whole
	data                       string   // the folder of its tables, below that of the benchmark
	tables                     []string // in that folder
}

// texts are where queries lie. The programs of TPC-H are those that the tests compare with published answers.
const texts = "bench/engine/queries"

func load(name string) (query, error) {
	kind, base, _ := strings.Cut(name, "/")
	q := query{name: name, data: kind}
	if kind != "tpch" && kind != "h2o" {
		q.data = "flights"
	}
	q.tables = tables[q.data]
	programs := filepath.Join(texts, kind)
	if kind == "tpch" {
		programs = "e2e/corpora/tpch"
	}
	for _, f := range []struct {
		path string
		into *string
	}{{filepath.Join(programs, base+".dql"), &q.dql}, {filepath.Join(texts, name+".sql"), &q.sql}} {
		text, err := os.ReadFile(f.path)
		if err != nil {
			return q, err
		}
		*f.into = string(text)
	}
	q.clickhouse = q.sql
	if text, err := os.ReadFile(filepath.Join(texts, name+".clickhouse.sql")); err == nil {
		q.clickhouse = string(text)
	}
	return q, nil
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
