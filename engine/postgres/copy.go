package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/types"
)

const batchRows = 8192

// Copy stores what a scan needs of a table as segments under prefix: its columns, and at most limit rows (-1 for all) of which those
// that the scan's filter surely refuses may be missing. It fails where they take more than maxBytes, unless that is 0.
func Copy(ctx context.Context, s *logical.Scan, limit, maxBytes int64, blobs *storage.Blobs, prefix string) (*logical.Table, error) {
	columns := needed(s)
	text, args := query(s, columns, limit)
	c, err := connect(ctx, s.Table.External.Address)
	if err != nil {
		return nil, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	rows, err := c.Query(ctx, text, args...)
	if err != nil {
		return nil, refused(err)
	}
	defer rows.Close()
	return storage.Keep(ctx, s.Table.Name, columns, atMost(maxBytes, batches(rows, columns)), blobs, prefix)
}

func refused(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return fmt.Errorf("the database refuses: %s", e.Message)
	}
	return err
}

// needed are the columns that a scan gives or filters by; a table of none keeps one, to count its rows by.
func needed(s *logical.Scan) []types.Field {
	used := map[string]bool{}
	logical.ColumnsOf(s.Filter, used)
	for _, f := range s.Columns {
		used[f.Name] = true
	}
	var out []types.Field
	for _, f := range s.Table.Columns {
		if used[f.Name] {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return s.Table.Columns[:1]
	}
	return out
}

// query writes the SELECT. Names are quoted, and values are parameters.
func query(s *logical.Scan, columns []types.Field, limit int64) (string, []any) {
	names := make([]string, len(columns))
	for i, f := range columns {
		names[i] = pgx.Identifier{f.Name}.Sanitize() + cast(f.Type)
	}
	text := "SELECT " + strings.Join(names, ", ") + " FROM " + s.Table.External.Relation
	var args []any
	var tests []string
	for _, e := range logical.Conjuncts(s.Filter) {
		if t, v, ok := comparison(e, len(args)+1); ok {
			tests, args = append(tests, t), append(args, v)
		}
	}
	if len(tests) > 0 {
		text += " WHERE " + strings.Join(tests, " AND ")
	}
	if limit >= 0 && s.Filter == nil {
		text += fmt.Sprintf(" LIMIT %d", limit)
	}
	return text, args
}

// cast makes text of what pgx would decode into something else: enumerations, JSON.
func cast(t types.Type) string {
	t = t.Required()
	list := ""
	if t.Kind == types.List {
		t, list = t.Elem.Required(), "[]"
	}
	if t.Kind == types.JSON || t.Kind == types.String {
		return "::text" + list
	}
	return ""
}

// comparison writes a test that refuses no row that e lets through: of a whole number, a date or a bool in any way, of a string only
// whether it is equal, because collations order texts otherwise. A column that may be absent is compared with == alone.
func comparison(e *logical.Expr, n int) (string, any, bool) {
	if e.Op != logical.OpCall || len(e.Args) != 2 || e.Args[0].Op != logical.OpColumn || e.Args[1].Op != logical.OpLiteral || e.Args[1].Lit.Absent() {
		return "", nil, false
	}
	op := map[string]string{"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}[e.Name]
	t, lit := e.Args[0].T, e.Args[1].Lit
	if op == "" || t.IsOption() && op != "=" {
		return "", nil, false
	}
	as, v := "", any(nil)
	switch t.Required().Kind {
	case types.Int:
		as, v = "int8", *lit.Int
	case types.Bool:
		as, v = "bool", *lit.Bool
	case types.Date:
		as, v = "date", lit.Format(e.Args[1].T)[2:12]
	case types.String:
		if op != "=" || strings.Contains(*lit.Text, "\x00") {
			return "", nil, false
		}
		return fmt.Sprintf("%s::text = $%d::text", pgx.Identifier{e.Args[0].Name}.Sanitize(), n), *lit.Text, true
	default:
		return "", nil, false
	}
	if as == "date" {
		return fmt.Sprintf("%s %s $%d::text::date", pgx.Identifier{e.Args[0].Name}.Sanitize(), op, n), v, true
	}
	return fmt.Sprintf("%s %s $%d::%s", pgx.Identifier{e.Args[0].Name}.Sanitize(), op, n, as), v, true
}

// atMost ends rows with an error where they take more than so many bytes.
func atMost(maxBytes int64, rows iter.Seq2[arrow.RecordBatch, error]) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		var n int64
		for b, err := range rows {
			if err == nil {
				for _, c := range b.Columns() {
					n += int64(c.Data().SizeInBytes())
				}
			}
			if maxBytes > 0 && n > maxBytes {
				b.Release()
				yield(nil, fmt.Errorf("it has more than %d MB of what is read; filter it, or take fewer columns", maxBytes>>20))
				return
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

func batches(rows pgx.Rows, columns []types.Field) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		schema, err := types.ArrowSchema(columns)
		if err != nil {
			yield(nil, err)
			return
		}
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		n := 0
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				yield(nil, err)
				return
			}
			for i, f := range columns {
				if err := appendValue(b.Field(i), f.Type, values[i]); err != nil {
					yield(nil, fmt.Errorf("column %s: %w", f.Name, err))
					return
				}
			}
			if n++; n == batchRows {
				if n = 0; !yield(b.NewRecordBatch(), nil) {
					return
				}
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, refused(err))
			return
		}
		if n > 0 {
			yield(b.NewRecordBatch(), nil)
		}
	}
}
