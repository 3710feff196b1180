package exec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/order"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// world is the tables, packages and runtimes of one test file.
type world struct {
	tables   map[string]*logical.Table
	rows     map[string]arrow.RecordBatch
	packages map[string]*catalog.Package
	runtimes map[udf.Kind]udf.Runtime
	blobs    *storage.Blobs // of tables that are stored
}

func newWorld() *world {
	return &world{tables: map[string]*logical.Table{}, rows: map[string]arrow.RecordBatch{}, packages: map[string]*catalog.Package{}}
}

func (w *world) Table(_ context.Context, name string) (*logical.Table, error) {
	if t := w.tables[name]; t != nil {
		return t, nil
	}
	return nil, catalog.ErrNotFound
}

func (w *world) TableNames(context.Context) ([]string, error) { return nil, nil }

func (w *world) File(context.Context, string) (*logical.Table, error) {
	return nil, catalog.ErrNotFound
}

func (w *world) Package(_ context.Context, name, _ string) (*catalog.Package, error) {
	if p := w.packages[name]; p != nil {
		return p, nil
	}
	return nil, catalog.ErrNotFound
}

func (w *world) PackageNames(context.Context) ([]string, error) { return nil, nil }

// define makes a table of a record type, such as {a: int, b: string?}, and one JSON array a row.
func (w *world) define(t testing.TB, name, text string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	typ, err := types.Parse(lines[0])
	if err != nil {
		t.Fatal(err)
	}
	schema, err := types.ArrowSchema(typ.Fields)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for _, line := range lines[1:] {
		var cells []any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&cells); err != nil || len(cells) != len(typ.Fields) {
			t.Fatalf("row %s of table %s: %v", line, name, err)
		}
		row := map[string]any{}
		for i, f := range typ.Fields {
			row[f.Name] = cells[i]
		}
		rows = append(rows, row)
	}
	if rows == nil {
		rows = []map[string]any{}
	}
	b, _ := json.Marshal(rows)
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(string(b)), array.WithUseNumber())
	if err != nil {
		t.Fatal(err)
	}
	w.rows[name] = rec
	w.tables[name] = &logical.Table{Name: name, Version: "1", Columns: typ.Fields, Rows: rec.NumRows()}
}

// fakeSegment serves a record in batches of a given size, with text dictionary-encoded if asked for: most dictionaries continue those of
// the batches before, as segments' do.
type fakeSegment struct {
	rec    arrow.RecordBatch
	size   int
	encode bool
}

func (s *fakeSegment) Schema() *arrow.Schema { return s.rec.Schema() }
func (s *fakeSegment) Close() error          { return nil }

func (s *fakeSegment) Batch(i int, columns []string) (arrow.RecordBatch, error) {
	from := int64(i * s.size)
	part := s.rec.NewSlice(from, min(from+int64(s.size), s.rec.NumRows()))
	defer part.Release()
	var fields []arrow.Field
	var cols []arrow.Array
	for _, name := range columns {
		at := part.Schema().FieldIndices(name)
		if len(at) == 0 {
			return nil, fmt.Errorf("no column %s", name)
		}
		f, c := part.Schema().Field(at[0]), part.Column(at[0])
		if text, ok := c.(*array.String); ok && s.encode {
			dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
			b := array.NewDictionaryBuilder(memory.DefaultAllocator, dt).(*array.BinaryDictionaryBuilder)
			before := int64(0)
			if i%4 != 3 {
				before = from
				text = s.rec.Column(at[0]).(*array.String)
			}
			for r := range int(before) + c.Len() {
				if text.IsNull(r) {
					b.AppendNull()
				} else if err := b.AppendString(text.Value(r)); err != nil {
					return nil, err
				}
			}
			c = array.NewSlice(b.NewArray(), before, before+int64(c.Len()))
			f.Type = dt
		}
		fields, cols = append(fields, f), append(cols, c)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, part.NumRows()), nil
}

// way is one of the ways in which every case is executed; the rows must agree.
type way struct {
	name           string
	rules, encode  bool
	batch          int
	threads, tasks int
	// parts shares groups out by parts of their keys, with spill also to disk, as if memory were always short.
	parts, spill bool
	grain        int // rows of a batch that are given at a time; 0 for as many as would be
}

var ways = []way{
	{name: "rules off", batch: 4, threads: 1, tasks: 1},
	{name: "rules on", rules: true, encode: true, batch: 1000, threads: 2, tasks: 1},
	{name: "batches in pieces", rules: true, batch: 7, threads: 2, tasks: 1, grain: 2},
	{name: "batches of one row", rules: true, encode: true, batch: 1, threads: 2, tasks: 1},
	{name: "three tasks", rules: true, batch: 2, threads: 2, tasks: 3},
	{name: "three tasks, rules off", encode: true, batch: 1, threads: 1, tasks: 3},
	{name: "groups in parts", rules: true, encode: true, batch: 3, threads: 3, tasks: 1, parts: true},
	{name: "on disk", rules: true, encode: true, batch: 3, threads: 2, tasks: 1, spill: true},
}

// prepare cuts the tables into batches and segments of one way.
func (w *world) prepare(y way) {
	for name, t := range w.tables {
		rec := w.rows[name]
		t.Segments = nil
		var batches []logical.Batch
		for at := int64(0); at < rec.NumRows(); at += int64(y.batch) {
			batches = append(batches, logical.Batch{Rows: min(int64(y.batch), rec.NumRows()-at)})
		}
		if len(batches) > 0 {
			t.Segments = []logical.Segment{{Key: name, Rows: rec.NumRows(), Batches: batches, Columns: statistics(rec)}}
		}
	}
}

// statistics are what a segment says of whole numbers: their bounds, and whether they rise.
func statistics(rec arrow.RecordBatch) []logical.Column {
	out := make([]logical.Column, rec.NumCols())
	for i, a := range rec.Columns() {
		ints, ok := a.(*array.Int64)
		if !ok || ints.NullN() > 0 || ints.Len() == 0 {
			continue
		}
		v := ints.Int64Values()
		least, most := slices.Min(v), slices.Max(v)
		c := logical.Column{Range: logical.Range{Min: &logical.Literal{Int: &least}, Max: &logical.Literal{Int: &most}}, Rising: true, Strict: true}
		for k := 1; k < len(v); k++ {
			c.Rising, c.Strict = c.Rising && v[k] >= v[k-1], c.Strict && v[k] > v[k-1]
		}
		out[i] = c
	}
	return out
}

func (w *world) opener(y way) Opener {
	return func(_ context.Context, t *logical.Table, segment int) (SegmentReader, error) {
		return &fakeSegment{rec: w.rows[t.Name], size: y.batch, encode: y.encode}, nil
	}
}

// plan takes a program to a physical plan that has been through JSON, as one that travels has.
func (w *world) plan(ctx context.Context, text string, y way) (*physical.Plan, error) {
	p, diags := syntax.Parse(0, text)
	if diags.HasErrors() {
		return nil, diags
	}
	res, diags := check.Check(ctx, w, check.Program{Sources: []*syntax.Program{p}}, nil)
	if diags.HasErrors() {
		return nil, diags
	}
	node := res.Plan
	if saves := res.Cells[0].Saves; len(saves) > 0 {
		node = saves[len(saves)-1].Whole()
	}
	if node == nil {
		return nil, errors.New("the program has no value")
	}
	if y.rules {
		var steps []rules.Step
		node, steps = rules.Rewrite(node)
		ordered, more := order.Plan(node, order.Options{Always: true})
		node, steps = ordered, append(steps, more...)
		for _, s := range steps {
			if s.Rejected != "" {
				return nil, fmt.Errorf("rule %s: %s", s, s.Rejected)
			}
		}
	}
	plan, err := physical.Lower(node, physical.Options{Narrow: y.tasks > 1 || y.parts})
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	var again physical.Plan
	if err := json.Unmarshal(b, &again); err != nil {
		return nil, err
	}
	return &again, nil
}

// run executes a program in one way and writes its rows as JSON lines.
func (w *world) run(t testing.TB, text string, y way, ordered bool) (string, Stats, error) {
	t.Helper()
	w.prepare(y)
	plan, err := w.plan(t.Context(), text, y)
	if err != nil {
		return "", Stats{}, err
	}
	var lines []string
	for _, c := range plan.Columns {
		lines = append(lines, c.Name+": "+c.Type.String())
	}
	head := strings.Join(lines, ", ")
	lines = nil
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	env := Env{Threads: y.threads, Alloc: alloc, spoil: true, Runtimes: w.runtimes, Modules: func(context.Context, string) ([]byte, error) { return []byte("code"), nil }}
	env.grain = y.grain
	if y.parts {
		env.tableGroups = 1
	}
	if y.spill {
		env.Scratch, env.alwaysTight = scratchIn(t), true
	}
	env.whole = newBudget(&env)
	stats, err := runPlan(t.Context(), env, plan, w.opener(y), y.tasks, func(r arrow.RecordBatch) error {
		if r.NumRows() > maxBatch {
			return fmt.Errorf("a batch of %d rows", r.NumRows())
		}
		for i := range int(r.NumRows()) {
			cells := make([]string, r.NumCols())
			for c := range cells {
				cells[c] = cell(r.Column(c), i)
			}
			lines = append(lines, "["+strings.Join(cells, ", ")+"]")
		}
		return nil
	})
	if err != nil {
		return "", stats, err
	}
	if n := alloc.CurrentAlloc(); n != 0 {
		t.Errorf("%s: %d bytes were never released", y.name, n)
	}
	if n := env.whole.held.Load(); n != 0 {
		t.Errorf("%s: %d bytes are still accounted for: %s", y.name, n, text)
	}
	if !ordered {
		slices.Sort(lines)
	}
	return strings.Join(append([]string{head}, lines...), "\n") + "\n", stats, nil
}

func cell(a arrow.Array, i int) string {
	if d, ok := a.(*array.Dictionary); ok && d.IsValid(i) {
		return cell(d.Dictionary(), d.GetValueIndex(i))
	}
	b, err := json.Marshal(a.GetOneForMarshal(i))
	if err != nil {
		return a.ValueStr(i)
	}
	return string(b)
}

func errorText(err error) string {
	var d source.Diagnostics
	if !errors.As(err, &d) {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, x := range d {
		fmt.Fprintf(&b, "%s: %s\n", x.Code, x.Message)
		if x.Help != "" {
			fmt.Fprintf(&b, "  help: %s\n", x.Help)
		}
	}
	return b.String()
}
