package main

import "math"

// row is one line of the table: an expression, and the same in Go and by the peers.
type row struct {
	name, target, promise string
	expression            string                // over the columns, with the functions of package bench/udf and std/geo
	filter                bool                  // the expression is a predicate: rows are counted, nothing is computed from it
	slow                  bool                  // measured over 300,000 rows
	native                bool                  // it needs the environment of package bench/udf/native
	scan                  []string              // the columns that the expression reads, all of them
	beside                bool                  // reading is work of its own, which both queries do; a maximum is then charged to the function
	inGo                  func(*dataset) func() // makes the loop in Go
	peers                 []string              // names of peers.py
}

var rows = []row{
	{name: "expression `price * 1.2 > 100`, streaming", target: "≤ 2", promise: "5", expression: "price * 1.2 > 100", filter: true,
		inGo: goFilter, peers: []string{"duckdb sql/filter", "clickhouse sql/filter"}},
	{name: "WASM scalar f(f64, f64)", target: "≤ 5", promise: "20–30", expression: "score(x, y)", scan: []string{"x", "y"},
		inGo: goScore, peers: []string{"clickhouse wasm row/score", "clickhouse wasm block/score", "duckdb python native/score", "duckdb python arrow/score"}},
	{name: "WASM batch ABI", target: "≤ 2.5", promise: "–", expression: "score_columns(x, y)", scan: []string{"x", "y"},
		inGo: goScoreInline, peers: []string{"clickhouse wasm block/score"}},
	{name: "WASM haversine", target: "≤ 60", promise: "–", expression: "haversine(lat1, lon1, lat2, lon2)", scan: []string{"lat1", "lon1", "lat2", "lon2"},
		inGo: goHaversine, peers: []string{"clickhouse wasm block/haversine", "clickhouse sql/haversine", "duckdb sql/haversine"}},
	{name: "WASM string → int, empty body", target: "≤ 30", promise: "–", expression: "size(name)", scan: []string{"len(name)"}, beside: true, inGo: goSize},
	{name: "WASM string → string, empty body", target: "≤ 30", promise: "–", expression: "len(same(name))", scan: []string{"len(name)"}, inGo: goSame},
	{name: "Python, typed, `x * y * 1.5`", target: "≤ 10", promise: "500", expression: "score_python(x, y)", scan: []string{"x", "y"},
		inGo: goScore, peers: []string{"duckdb python native/score", "duckdb python arrow/score", "clickhouse python/score"}},
	{name: "Python, CPython in WASM, same function, warm", target: "≤ 400", promise: "500", expression: "score_interpreted(x, y)", slow: true, scan: []string{"x", "y"},
		inGo: goScore, peers: []string{"duckdb python native/score", "clickhouse python/score"}},
	{name: "Python, native, NumPy column function", target: "≤ 10", promise: "–", expression: "score_numpy(x, y)", native: true, scan: []string{"x", "y"},
		inGo: goScoreInline, peers: []string{"duckdb python arrow/score"}},
}

// sink keeps what the loops compute, so that the compiler cannot leave them out.
var sink float64

//go:noinline
func score(x, y float64) float64 { return x * y * 1.5 }

func goScore(d *dataset) func() {
	out := make([]float64, rowCount)
	return func() {
		for i, x := range d.x {
			out[i] = score(x, d.y[i])
		}
		sink += out[rowCount/2]
	}
}

func goScoreInline(d *dataset) func() {
	out := make([]float64, rowCount)
	return func() {
		for i, x := range d.x {
			out[i] = x * d.y[i] * 1.5
		}
		sink += out[rowCount/2]
	}
}

func goFilter(d *dataset) func() {
	return func() {
		n := 0
		for _, p := range d.price {
			if p*1.2 > 100 {
				n++
			}
		}
		sink += float64(n)
	}
}

//go:noinline
func haversine(lat1, lon1, lat2, lon2 float64) float64 {
	const radians = math.Pi / 180
	u, v := math.Sin((lat2-lat1)*radians/2), math.Sin((lon2-lon1)*radians/2)
	return 2 * 6371.0088 * math.Asin(math.Sqrt(min(1, u*u+math.Cos(lat1*radians)*math.Cos(lat2*radians)*v*v)))
}

func goHaversine(d *dataset) func() {
	out := make([]float64, rowCount)
	return func() {
		for i := range out {
			out[i] = haversine(d.lat1[i], d.lon1[i], d.lat2[i], d.lon2[i])
		}
		sink += out[rowCount/2]
	}
}

//go:noinline
func size(s string) int { return len(s) }

func goSize(d *dataset) func() {
	return func() {
		n := 0
		for _, s := range d.name {
			n += size(s)
		}
		sink += float64(n)
	}
}

func goSame(d *dataset) func() {
	return func() {
		out := make([]byte, 0, 32*rowCount)
		for _, s := range d.name {
			out = append(out, s...)
		}
		sink += float64(len(out))
	}
}
