package exec

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// scalar is an expression ready for the batches of one thread.
type scalar struct {
	p    *expr.Program
	used []int // columns that it reads
	wide *widener
}

func (w *thread) compile(e *logical.Expr, fields []types.Field) (scalar, error) {
	p, err := expr.Compile(e, fields, w.calls.env())
	s := scalar{p: p, wide: &widener{}}
	names := map[string]bool{}
	logical.ColumnsOf(e, names)
	for i, f := range fields {
		if names[f.Name] {
			s.used = append(s.used, i)
		}
	}
	return s, err
}

// ready makes the columns that it reads; expressions take narrow ones.
func (s scalar) ready(w *thread, b *batch) {
	if b.late != nil {
		for _, c := range s.used {
			b.asItCame(w.run.mem, c)
		}
	}
}

// eval computes a column; the caller releases it.
func (s scalar) eval(w *thread, b *batch) (arrow.Array, error) {
	if c := s.p.Column(); c >= 0 {
		a := b.asItCame(w.run.mem, c)
		if b.late != nil && b.late[c].narrow != nil {
			return funcs.Widened(w.run.mem.reused(), a, *b.late[c].narrow)
		}
		a.Retain()
		return a, nil
	}
	return s.evalBy(s.p.Eval, w, b)
}

// evalBriefly is eval for a caller who keeps nothing of the column when the expression is evaluated for the next batch.
func (s scalar) evalBriefly(w *thread, b *batch) (arrow.Array, error) {
	if c := s.p.Column(); c >= 0 {
		a := b.asItCame(w.run.mem, c)
		if b.late != nil && b.late[c].narrow != nil {
			return s.wide.brief(a, *b.late[c].narrow)
		}
		a.Retain()
		return a, nil
	}
	return s.evalBy(s.p.EvalBriefly, w, b)
}

// evalNarrow is evalBriefly for a caller who takes the column by funcs.FromArrow, so that it may be narrow.
func (s scalar) evalNarrow(w *thread, b *batch) (arrow.Array, error) {
	if c := s.p.Column(); c >= 0 {
		a := b.asItCame(w.run.mem, c)
		a.Retain()
		return a, nil
	}
	return s.evalBy(s.p.EvalNarrow, w, b)
}

// evalAgain is eval into memory that is used again when the column is released.
func (s scalar) evalAgain(w *thread, b *batch) (arrow.Array, error) {
	return s.evalBy(func(ctx context.Context, r arrow.RecordBatch) (arrow.Array, error) {
		return s.p.EvalInto(ctx, r, w.run.mem.reused())
	}, w, b)
}

func (s scalar) evalBy(how func(context.Context, arrow.RecordBatch) (arrow.Array, error), w *thread, b *batch) (arrow.Array, error) {
	s.ready(w, b)
	r := b.anonymous()
	defer r.Release()
	a, err := how(w.ctx, r)
	return a, b.located(err)
}

// picks computes a predicate and gives the rows where it is true; nil means that all are.
func (s scalar) picks(w *thread, b *batch) (*picks, error) {
	s.ready(w, b)
	r := b.anonymous()
	defer r.Release()
	bits, n, err := s.p.EvalBool(w.ctx, r)
	if err != nil {
		return nil, b.located(err)
	}
	if n == b.n {
		return nil, nil
	}
	return &picks{keep: bits, of: b.n, n: n}, nil
}

// rows computes a predicate and lists the rows where it is true; nil means that all are.
func (s scalar) rows(w *thread, b *batch) ([]int32, error) {
	p, err := s.picks(w, b)
	if p == nil {
		return nil, err
	}
	return p.numbers(), err
}

// count computes a predicate and counts the rows where it is true.
func (s scalar) count(w *thread, b *batch) (int, error) {
	s.ready(w, b)
	r := b.anonymous()
	defer r.Release()
	_, n, err := s.p.EvalBool(w.ctx, r)
	return n, b.located(err)
}

// anonymous is the batch as a record whose columns have no names: expressions find them by position.
func (b *batch) anonymous() arrow.RecordBatch {
	cols := b.made()
	fs := make([]arrow.Field, len(cols))
	for i, c := range cols {
		fs[i] = arrow.Field{Type: c.DataType(), Nullable: true}
	}
	return array.NewRecordBatch(arrow.NewSchema(fs, nil), cols, int64(b.n))
}

// placed turns a failure of an expression into a diagnostic at its place in the source.
func placed(err error) error {
	var e *expr.RunError
	if !errors.As(err, &e) {
		return err
	}
	if e.Call != nil {
		return &failedCall{source.Diagnostics{calledBadly(e)}, e.Call}
	}
	message, help, _ := strings.Cut(e.Message, "; ")
	d := source.Diagnostic{Code: "DQL9003", Severity: source.Error, Span: e.Span, Message: message, Help: help}
	if e.Where != "" {
		d.Message += " in " + e.Where
	}
	if d.Help == "" {
		d.Help = "try(…) gives none instead of an error"
	}
	if e.Given != "" {
		d.Help += "; there " + e.Given
	}
	return source.Diagnostics{d}
}

// calledBadly says which function failed, where, and for what. The first line of the function's own message is the end of the
// sentence; the whole of it, such as a traceback, is a note.
func calledBadly(e *expr.RunError) source.Diagnostic {
	d := source.Diagnostic{Code: "DQL9004", Severity: source.Error, Span: e.Span, Message: printable(e.Call.Function) + " failed"}
	if e.Where != "" {
		d.Message += " in " + e.Where
	}
	said := printable(strings.TrimSpace(e.Call.Message))
	if first := headline(said); first != "" {
		d.Message += ": " + first
		if first != said {
			d.Notes = append(d.Notes, source.Note{Span: e.Span, Message: said})
		}
	}
	if e.Given != "" {
		d.Help = "it was called with " + printable(e.Given) + "; "
	}
	if e.Group {
		d.Help += "filter such rows out before"
	} else {
		d.Help += "try(…) gives none instead of an error"
	}
	return d
}

// printable is a stranger's text without what could steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return '·'
		}
		return r
	}, s)
}

// headline is the line of a message that says most: the last one of a traceback, else the first.
func headline(message string) string {
	lines := strings.Split(message, "\n")
	if strings.HasPrefix(lines[0], "Traceback") {
		return strings.TrimSpace(lines[len(lines)-1])
	}
	return strings.TrimSpace(lines[0])
}

// failedCall is a diagnostic that still has the function's own error.
type failedCall struct {
	source.Diagnostics
	call *udf.CallError
}

func (f *failedCall) Unwrap() []error { return []error{f.Diagnostics, f.call} }

// placedAt is placed for the failure of an aggregate, which does not know where it was called.
func placedAt(err error, at source.Span) error {
	var e *funcs.RowError
	if !errors.As(err, &e) {
		return err
	}
	return source.Diagnostics{{Code: "DQL9003", Severity: source.Error, Span: at, Message: e.Message}}
}
