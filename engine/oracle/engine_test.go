package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	joinorder "github.com/dreamql/dreamql/engine/order"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/engine/udf/udftest"
)

// dataset is a table of a world: what the oracle and the engine both read.
type dataset struct {
	name   string
	fields []types.Field
	rows   []Row
}

// world answers the checker and the executor from datasets.
type world struct {
	data   map[string]*dataset
	tables map[string]*logical.Table
	recs   map[string]arrow.RecordBatch
	given  []udftest.Function // of the package test/go
}

func newWorld(ds []*dataset) (*world, error) {
	w := &world{data: map[string]*dataset{}, tables: map[string]*logical.Table{}, recs: map[string]arrow.RecordBatch{}}
	for _, d := range ds {
		rec, err := d.record()
		if err != nil {
			return nil, err
		}
		w.data[d.name], w.recs[d.name] = d, rec
		w.tables[d.name] = &logical.Table{Name: d.name, Version: "1", Columns: d.fields, Rows: int64(len(d.rows))}
	}
	return w, nil
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
	if w.given == nil || name != "test/go" {
		return nil, catalog.ErrNotFound
	}
	p := &catalog.Package{Name: name, Version: "1.0.0"}
	for _, f := range w.given {
		p.Functions = append(p.Functions, f.Function)
	}
	return p, nil
}

func (w *world) PackageNames(context.Context) ([]string, error) { return nil, nil }

// way is one of the ways in which the engine executes a program.
type way struct {
	name           string
	rules, encode  bool
	batch          int
	threads, tasks int
	pressed        bool // as if memory were always short: groups in parts, and whatever can be on disk
}

var ways = []way{
	{name: "rules off", batch: 4, threads: 1, tasks: 1},
	{name: "rules on", rules: true, encode: true, batch: 1000, threads: 2, tasks: 1},
	{name: "batches of one row", rules: true, encode: true, batch: 1, threads: 2, tasks: 1},
	{name: "three tasks", rules: true, batch: 2, threads: 2, tasks: 3},
	{name: "three tasks, rules off", encode: true, batch: 1, threads: 1, tasks: 3},
	{name: "on disk", rules: true, encode: true, batch: 3, threads: 2, tasks: 1, pressed: true},
}

// rejected is a program that the checker does not take.
type rejected struct{ error }

func (r rejected) Unwrap() error { return r.error }

func (w *world) check(text string) (logical.Node, error) {
	p, diags := syntax.Parse(0, text)
	if diags.HasErrors() {
		return nil, rejected{diags}
	}
	res, diags := check.Check(context.Background(), w, check.Program{Sources: []*syntax.Program{p}}, nil)
	if diags.HasErrors() {
		return nil, rejected{diags}
	}
	if saves := res.Cells[0].Saves; len(saves) > 0 {
		return saves[len(saves)-1].Whole(), nil
	}
	if res.Plan == nil {
		return nil, rejected{errors.New("the program has no value")}
	}
	return res.Plan, nil
}

func (w *world) oracle(n logical.Node, lazy bool) ([]Row, error) {
	rows := map[string][]Row{}
	for name, d := range w.data {
		rows[name] = d.rows
	}
	functions := map[string]Function{}
	for _, f := range w.given {
		functions[f.ID()] = f.Of
	}
	return RunWith(n, rows, functions, lazy)
}

// engine executes a checked plan in one way.
func (w *world) engine(n logical.Node, y way) (out []Row, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault{fmt.Errorf("panic: %v", p)}
		}
	}()
	w.cut(y)
	if y.rules {
		var steps []rules.Step
		if n, steps = rules.Rewrite(n); len(steps) >= rules.MaxSteps {
			return nil, fault{errors.New("rules undo each other for ever")}
		}
		ordered, more := joinorder.Plan(n, joinorder.Options{Always: true})
		n, steps = ordered, append(steps, more...)
		for _, s := range steps {
			if s.Rejected != "" {
				return nil, fault{fmt.Errorf("rule %s: %s", s, s.Rejected)}
			}
		}
	}
	plan, err := physical.Lower(n, physical.Options{Narrow: y.tasks > 1})
	if err != nil {
		return nil, fault{err}
	}
	b, err := json.Marshal(plan)
	if err != nil {
		return nil, fault{err}
	}
	plan = &physical.Plan{}
	if err := json.Unmarshal(b, plan); err != nil {
		return nil, fault{err}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err = w.stages(ctx, plan, y, func(r arrow.RecordBatch) error {
		for i := range int(r.NumRows()) {
			row := Row{}
			for c, f := range plan.Columns {
				row[f.Name] = valueAt(r.Column(c), i)
			}
			out = append(out, row)
		}
		return nil
	})
	if err != nil && ctx.Err() != nil {
		err = fault{err}
	}
	return out, err
}

// fault is an error that no program may cause.
type fault struct{ error }

// stages runs every stage, source stages in as many tasks as the way says.
func (w *world) stages(ctx context.Context, plan *physical.Plan, y way, sink exec.Sink) error {
	env := exec.Env{Threads: y.threads, Runtimes: map[udf.Kind]udf.Runtime{udf.WASM: &udftest.Runtime{Functions: w.given}},
		Modules: func(context.Context, string) ([]byte, error) { return nil, nil }}
	if y.pressed {
		dir, err := os.MkdirTemp("", "pressed")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		env.Scratch = func() (exec.Scratch, error) { return os.CreateTemp(dir, "scratch") }
		env = env.Pressed()
	}
	open := func(_ context.Context, t *logical.Table, _ int) (exec.SegmentReader, error) {
		return &segment{rec: w.recs[t.Name], size: y.batch, encode: y.encode}, nil
	}
	outputs := make([][]arrow.RecordBatch, len(plan.Stages))
	for i := range plan.Stages {
		stage := &plan.Stages[i]
		take := sink
		if i < len(plan.Stages)-1 {
			take = func(r arrow.RecordBatch) error {
				r.Retain()
				outputs[i] = append(outputs[i], r)
				return nil
			}
		}
		inputs := map[int]func(context.Context) exec.Batches{}
		for _, in := range stage.Inputs {
			inputs[in] = func(context.Context) exec.Batches {
				return func(yield func(arrow.RecordBatch, error) bool) {
					for _, r := range outputs[in] {
						if !yield(r, nil) {
							return
						}
					}
				}
			}
		}
		for _, split := range physical.Splits(stage, y.tasks) {
			if _, err := exec.Run(ctx, env, exec.Task{Stage: stage, Splits: split, Open: open, Inputs: inputs, Modules: plan.Modules}, take); err != nil {
				return err
			}
		}
	}
	return nil
}

// cut divides the tables into batches, with the ranges that storage would write.
func (w *world) cut(y way) {
	for name, t := range w.tables {
		d := w.data[name]
		t.Segments = nil
		var batches []logical.Batch
		for at := 0; at < len(d.rows); at += y.batch {
			part := d.rows[at:min(len(d.rows), at+y.batch)]
			b := logical.Batch{Rows: int64(len(part))}
			for _, f := range d.fields {
				b.Ranges = append(b.Ranges, rangeOf(part, f))
			}
			batches = append(batches, b)
		}
		if len(batches) > 0 {
			s := logical.Segment{Key: name, Rows: int64(len(d.rows)), Batches: batches}
			for _, f := range d.fields {
				c := logical.Column{Range: rangeOf(d.rows, f)}
				c.Rising, c.Strict = rises(d.rows, f)
				s.Columns = append(s.Columns, c)
			}
			t.Segments = []logical.Segment{s}
		}
	}
}

// rangeOf is known for ints, dates, timestamps and short texts.
func rangeOf(rows []Row, f types.Field) (out logical.Range) {
	var lo, hi any
	for _, row := range rows {
		v := row[f.Name]
		switch v := v.(type) {
		case nil:
			out.Nulls++
			continue
		case int64, Day, Instant:
		case string:
			if len(v) > 20 {
				return logical.Range{}
			}
		default:
			return logical.Range{}
		}
		if lo == nil || order(v, lo) < 0 {
			lo = v
		}
		if hi == nil || order(v, hi) > 0 {
			hi = v
		}
	}
	out.Min, out.Max = literalOf(lo), literalOf(hi)
	return out
}

// rises tells whether no value is absent or below the one before it, and whether none is equal to it either.
func rises(rows []Row, f types.Field) (rising, strict bool) {
	if r := rangeOf(rows, f); r.Min == nil || r.Nulls > 0 {
		return false, false
	}
	strict = true
	for i := 1; i < len(rows); i++ {
		o := order(rows[i-1][f.Name], rows[i][f.Name])
		if o > 0 {
			return false, false
		}
		strict = strict && o < 0
	}
	return true, strict
}

func literalOf(v any) *logical.Literal {
	n := int64(0)
	switch v := v.(type) {
	case int64:
		n = v
	case Day:
		n = int64(v)
	case Instant:
		n = int64(v)
	case string:
		return &logical.Literal{Text: &v}
	default:
		return nil
	}
	return &logical.Literal{Int: &n}
}

// segment serves a record in batches of a given size, with text dictionary-encoded if asked for: most dictionaries continue those of the
// batches before.
type segment struct {
	rec    arrow.RecordBatch
	size   int
	encode bool
}

func (s *segment) Schema() *arrow.Schema { return s.rec.Schema() }
func (s *segment) Close() error          { return nil }

func (s *segment) Batch(i int, columns []string) (arrow.RecordBatch, error) {
	from := int64(i * s.size)
	part := s.rec.NewSlice(from, min(from+int64(s.size), s.rec.NumRows()))
	var fields []arrow.Field
	var cols []arrow.Array
	for _, name := range columns {
		at := slices.IndexFunc(part.Schema().Fields(), func(f arrow.Field) bool { return f.Name == name })
		f, c := part.Schema().Field(at), part.Column(at)
		if text, ok := c.(*array.String); ok && s.encode {
			f.Type = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
			b := array.NewBuilder(memory.DefaultAllocator, f.Type).(*array.BinaryDictionaryBuilder)
			before := int64(0)
			if i%4 != 3 {
				before = from
				text = s.rec.Column(at).(*array.String)
			}
			for r := range int(before) + c.Len() {
				if text.IsNull(r) {
					b.AppendNull()
				} else if err := b.AppendString(text.Value(r)); err != nil {
					return nil, err
				}
			}
			c = array.NewSlice(b.NewArray(), before, before+int64(c.Len()))
		}
		fields, cols = append(fields, f), append(cols, c)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, part.NumRows()), nil
}

func (d *dataset) record() (arrow.RecordBatch, error) {
	schema, err := types.ArrowSchema(d.fields)
	if err != nil {
		return nil, err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for _, row := range d.rows {
		for i, f := range d.fields {
			appendValue(b.Field(i), row[f.Name], f.Type)
		}
	}
	return b.NewRecordBatch(), nil
}

func appendValue(b array.Builder, v any, t types.Type) {
	if v == nil {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.(Day)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.(Instant)))
	case *array.Time64Builder:
		b.Append(arrow.Time64(v.(Clock)))
	case *array.MonthDayNanoIntervalBuilder:
		s := v.(Span)
		b.Append(arrow.MonthDayNanoInterval{Months: int32(s[0]), Days: int32(s[1]), Nanoseconds: s[2]})
	case *array.BinaryBuilder:
		b.Append([]byte(v.(Blob)))
	case *array.FixedSizeBinaryBuilder:
		b.Append([]byte(v.(UUID)))
	case *array.Decimal128Builder:
		b.Append(decimal128.FromBigInt(v.(Decimal).Unscaled))
	case *array.ListBuilder:
		b.Append(true)
		for _, x := range v.([]any) {
			appendValue(b.ValueBuilder(), x, *t.Required().Elem)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i, f := range t.Required().Fields {
			appendValue(b.FieldBuilder(i), v.(map[string]any)[f.Name], f.Type)
		}
	default:
		panic(fmt.Sprintf("no builder for %T", b))
	}
}

func valueAt(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Null:
		return nil
	case *array.Boolean:
		return a.Value(i)
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.String:
		return a.Value(i)
	case *array.Dictionary:
		return valueAt(a.Dictionary(), a.GetValueIndex(i))
	case *array.Date32:
		return Day(a.Value(i))
	case *array.Timestamp:
		return Instant(a.Value(i))
	case *array.Time64:
		return Clock(a.Value(i))
	case *array.MonthDayNanoInterval:
		v := a.Value(i)
		return Span{int64(v.Months), int64(v.Days), v.Nanoseconds}
	case *array.Decimal128:
		n := a.Value(i)
		return Decimal{new(big.Int).Set(n.BigInt()), int(a.DataType().(*arrow.Decimal128Type).Scale)}
	case *array.Binary:
		return Blob(a.Value(i))
	case *array.FixedSizeBinary:
		return UUID(a.Value(i))
	case *array.List:
		from, to := a.ValueOffsets(i)
		out := []any{}
		for k := from; k < to; k++ {
			out = append(out, valueAt(a.ListValues(), int(k)))
		}
		return out
	case *array.Struct:
		out := map[string]any{}
		for c, f := range a.DataType().(*arrow.StructType).Fields() {
			out[f.Name] = valueAt(a.Field(c), i)
		}
		return out
	}
	return fmt.Sprintf("%T", a)
}
