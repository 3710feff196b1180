package check

// StageDoc is what people are told of a stage. Params are its arguments without names, then those with; a named one ends with ":".
type StageDoc struct {
	Name    string
	Usage   string // right of ->, or as a call where nothing is piped into it
	Doc     string
	Example string
	Params  []StageParam
	// FromNothing says that the stage makes a table and is called by itself.
	FromNothing bool
}

// StageParam is an argument of a stage; Values are the strings that it can be, where they are few.
type StageParam struct {
	Name, Doc string
	Values    []string
}

// Stages documents every stage of the language, in the order in which people learn them.
func Stages() []StageDoc {
	on := StageParam{Name: "on:", Doc: "when a left and a right row belong together, as in `id == c.id`"}
	as := StageParam{Name: "as:", Doc: "keeps the right row together under a name"}
	other := StageParam{Name: "table", Doc: "the table to join"}
	join := func(name, doc, example string) StageDoc {
		return StageDoc{Name: name, Usage: name + " table, on: condition [, as: name]", Doc: doc, Example: example, Params: []StageParam{other, on, as}}
	}
	by := StageParam{Name: "by:", Doc: "the groups: one expression, or several as `[a, b]`"}
	order := StageParam{Name: "order:", Doc: "the order of the rows; `-x` is descending"}
	word := []StageParam{{Name: "text", Doc: "a string that is known before the run"}}
	return []StageDoc{
		{Name: "filter", Usage: "filter condition", Doc: "Keeps the rows for which the condition is true.", Example: "movies -> filter year > 2000 and title is not none",
			Params: []StageParam{{Name: "condition", Doc: "a bool over the row"}}},
		{Name: "derive", Usage: "derive { name: expression, … }", Doc: "Adds columns, or replaces them in their place, and keeps all others.", Example: "orders -> derive { net: price - cost }",
			Params: []StageParam{{Name: "columns", Doc: "a record, whose later fields see the earlier ones"}}},
		{Name: "map", Usage: "map { name: expression, … }", Doc: "Makes each row a record; braces right of the arrow do the same.", Example: "orders -> map { id, net: price - cost }",
			Params: []StageParam{{Name: "columns", Doc: "a record, or a function from a row to one"}}},
		{Name: "agg", Usage: "agg { name: aggregate, … }", Doc: "Makes one row of the whole table.", Example: "orders -> agg { n: count(), total: sum(price) }",
			Params: []StageParam{{Name: "columns", Doc: "a record of aggregates"}}},
		{Name: "sort", Usage: "sort key, -key, …", Doc: "Orders the rows; `-key` is descending. Absent values come last.", Example: "orders -> sort -price, id",
			Params: []StageParam{{Name: "key, …", Doc: "expressions over the row"}}},
		{Name: "take", Usage: "take n", Doc: "Keeps the first rows.", Example: "orders -> sort -price -> take 10", Params: []StageParam{{Name: "n", Doc: "how many, known before the run"}}},
		{Name: "skip", Usage: "skip n", Doc: "Leaves the first rows out.", Example: "orders -> sort id -> skip 10", Params: []StageParam{{Name: "n", Doc: "how many, known before the run"}}},
		{Name: "top", Usage: "top n, order: key [, by: key]", Doc: "Keeps the first rows in an order, of each group where `by:` is given.", Example: "sales -> top 2, by: shop, order: -price",
			Params: []StageParam{{Name: "n", Doc: "how many, known before the run"}, order, by}},
		{Name: "distinct", Usage: "distinct", Doc: "Keeps one of equal rows.", Example: "orders -> { customer_id } -> distinct"},
		{Name: "count", Usage: "count", Doc: "A table of one row with the number of rows.", Example: "orders -> count"},
		{Name: "rename", Usage: "rename new: old, …", Doc: "Gives columns other names.", Example: "orders -> rename customer: customer_id",
			Params: []StageParam{{Name: "new: old, …", Doc: "the new name first, as in a record"}}},
		{Name: "drop", Usage: "drop column, …", Doc: "Leaves columns out.", Example: "orders -> drop notes", Params: []StageParam{{Name: "column, …", Doc: "columns of the table"}}},
		{Name: "union", Usage: "union table, …", Doc: "The rows of all tables, matched by column name.", Example: "sales_2023 -> union sales_2024",
			Params: []StageParam{{Name: "table, …", Doc: "tables with the same columns"}}},
		{Name: "except", Usage: "except table", Doc: "The rows that the other table does not have, each once.", Example: "everyone -> except members", Params: []StageParam{{Name: "table", Doc: "a table with the same columns"}}},
		{Name: "intersect", Usage: "intersect table", Doc: "The rows that both tables have, each once.", Example: "buyers -> intersect members", Params: []StageParam{{Name: "table", Doc: "a table with the same columns"}}},
		join("join_one", "Gives each row the one right row that matches; any other number of matches is an error.", "orders -> join_one customers, as: c, on: customer_id == c.id"),
		join("join_maybe", "Gives each row the right row that matches, if there is one; its columns may be absent.", "people -> join_maybe cities, as: c, on: city_id == c.id"),
		join("join_some", "Gives each row the right rows that match, of which there must be one at least.", "orders -> join_some items, as: i, on: id == i.order_id"),
		join("join_many", "Gives each row the right rows that match, any number of them; a row without one is left out.", "orders -> join_many items, as: i, on: id == i.order_id"),
		join("join_left", "Gives each row the right rows that match, and keeps rows without one.", "orders -> join_left returns, as: r, on: id == r.order_id"),
		join("join_full", "Matches the rows of both tables and keeps those of either that have no match.", "a -> join_full b, as: b, on: id == b.id"),
		{Name: "join_cross", Usage: "join_cross table [, as: name]", Doc: "Pairs every row with every right row.", Example: "shops -> join_cross months, as: m", Params: []StageParam{other, as}},
		{Name: "join_asof", Usage: "join_asof table, as: name, on: keys, at: right_time <= left_time [, within: duration]",
			Doc: "Gives each row the right row of the same key that is nearest in time on one side.", Example: "trades -> join_asof quotes, as: q, on: sym == q.sym, at: q.ts <= ts, within: 5m",
			Params: []StageParam{other, as, on, {Name: "at:", Doc: "one comparison of the two times"}, {Name: "within:", Doc: "the longest time between the two"}}},
		join("semi", "Keeps the rows that have a match in the other table.", "customers -> semi orders, as: o, on: id == o.customer_id"),
		join("anti", "Keeps the rows that have no match in the other table.", "customers -> anti orders, as: o, on: id == o.customer_id"),
		{Name: "unnest", Usage: "unnest list [, as: name]", Doc: "Makes a row of each element of a list.", Example: "orders -> unnest items, as: it",
			Params: []StageParam{{Name: "list", Doc: "a list in the row"}, {Name: "as:", Doc: "the column of the element"}}},
		{Name: "pivot", Usage: "pivot column, in: [value, …], value: aggregate [, by: column]", Doc: "Makes a column of each of the given values of a column.",
			Example: "sales -> pivot month, in: ['jan', 'feb'], value: sum(price), by: shop",
			Params:  []StageParam{{Name: "column", Doc: "whose values become columns"}, {Name: "in:", Doc: "the values, known before the run"}, {Name: "value:", Doc: "one aggregate"}, by}},
		{Name: "unpivot", Usage: "unpivot column, … [, name: column] [, value: column]", Doc: "Makes a row of each of several columns.", Example: "sales -> unpivot jan, feb, name: month, value: price",
			Params: []StageParam{{Name: "column, …", Doc: "columns of one type"}, {Name: "name:", Doc: "the column with their names"}, {Name: "value:", Doc: "the column with their values"}}},
		{Name: "describe", Usage: "describe", Doc: "A row for each column: type, rows, absent and distinct values, least, greatest and mean.", Example: "orders -> describe"},
		{Name: "sample", Usage: "sample n [, seed: s]", Doc: "Some of the rows, the same ones each time.", Example: "orders -> sample 100",
			Params: []StageParam{{Name: "n", Doc: "how many"}, {Name: "seed:", Doc: "another number gives other rows"}}},
		{Name: "over", Usage: "over(by: key, order: key [, rows: lo..hi])", Doc: "Computes the aggregate before it over the rows around each row.", Example: "sum(total) -> over(by: customer_id, order: date, rows: ..0)",
			Params: []StageParam{by, order, {Name: "rows:", Doc: "rows counted from the current one: `..0` is all before and this one"}}},
		{Name: "fix", Usage: "fix(r => step [, keep: {column: min}] [, rounds: n])", Doc: "Recursion: the rows, and with them all that the step makes of the rows so far, as a set.",
			Example: "edges -> fix(r => r -> join_many(edges, as: e, on: dst == e.src) -> { src, dst: e.dst })",
			Params: []StageParam{{Name: "step", Doc: "a function of the rows so far, to rows with the same columns"}, {Name: "keep:", Doc: "columns of which only the best value is kept, by min, max, bool_or or bool_and"},
				{Name: "rounds:", Doc: "more rounds than these are an error"}}},
		{Name: "search", Usage: "search column, query [, limit: n]", Doc: "Keeps the rows whose text matches, and adds how well as `score` (BM25).", Example: "docs -> search body, term('wasm') -> sort -score",
			Params: []StageParam{{Name: "column", Doc: "a string"}, {Name: "query", Doc: "built from term, phrase, prefix, fuzzy, wildcard, regexp, and, or, not"}, {Name: "limit:", Doc: "only the best"}}},
		{Name: "term", Usage: "term('word')", Doc: "A search query: texts that have the word.", Example: "search body, term('wasm')", FromNothing: true, Params: word},
		{Name: "phrase", Usage: "phrase('words' [, slop: n])", Doc: "A search query: texts that have the words in this order.", Example: "search body, phrase('query engine', slop: 1)", FromNothing: true,
			Params: []StageParam{{Name: "words", Doc: "a string that is known before the run"}, {Name: "slop:", Doc: "how many other words may stand between them"}}},
		{Name: "prefix", Usage: "prefix('start')", Doc: "A search query: texts with a word that starts so.", Example: "search body, prefix('data')", FromNothing: true, Params: word},
		{Name: "fuzzy", Usage: "fuzzy('word' [, n])", Doc: "A search query: texts with a word at most n changes away (0 to 2, 1 if not given).", Example: "search body, fuzzy('arow', 1)", FromNothing: true,
			Params: []StageParam{{Name: "word", Doc: "a string that is known before the run"}, {Name: "n", Doc: "insertions, deletions and replacements of a letter"}}},
		{Name: "wildcard", Usage: "wildcard('pattern')", Doc: "A search query: texts with a word of the pattern, where * is any letters and ? is one.", Example: "search body, wildcard('col*r')", FromNothing: true, Params: word},
		{Name: "regexp", Usage: "regexp(r'pattern')", Doc: "A search query: texts with a word that the regular expression (RE2) matches as a whole.", Example: "search body, regexp(r'v[0-9]+')", FromNothing: true, Params: word},
		{Name: "save", Usage: "save name [, mode: 'replace' | 'append' | 'merge'] [, key: column]", Doc: "Stores the table as a version of a dataset; a statement of its own.",
			Example: "daily -> save daily_sales, mode: 'merge', key: day",
			Params: []StageParam{{Name: "name", Doc: "of the dataset"}, {Name: "mode:", Doc: "what becomes of the rows that are there; without it the dataset must be new", Values: []string{"replace", "append", "merge"}},
				{Name: "key:", Doc: "for merge: a column or a list of them; rows of the same key are replaced"}}},
		{Name: "postgres", Usage: "postgres('connection', 'table')", Doc: "A table of a PostgreSQL database.", Example: "postgres('SHOP', 'public.orders') -> take 5", FromNothing: true,
			Params: []StageParam{{Name: "connection", Doc: "the name that was given to a database"}, {Name: "table", Doc: "as in SQL: `table` or `schema.table`"}}},
		{Name: "read", Usage: "read('path')", Doc: "The table in a file or several: Parquet, CSV, TSV, JSON, NDJSON or Arrow.", Example: "read('sales/*.parquet') -> take 5", FromNothing: true,
			Params: []StageParam{{Name: "path", Doc: "a string that is known before the run"}}},
	}
}
