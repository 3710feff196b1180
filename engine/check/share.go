package check

import (
	"crypto/sha256"
	"strconv"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// shareWork computes once what several expressions, or several places of one, use: name → record fields and match subjects
// are inlined as one pointer, so what is met twice was written once. Only what calls a package function, or is large, is
// worth a column, and only what would be evaluated for every row anyway may be moved.
func shareWork(in logical.Node, exprs []*logical.Expr) (logical.Node, []*logical.Expr) {
	s := sharing{seen: map[*logical.Expr]*use{}}
	for _, e := range exprs {
		s.visit(e, true)
	}
	names := map[*logical.Expr]string{}
	for _, e := range s.order {
		if u := s.seen[e]; u.count > 1 && u.always && (u.size >= 8 || u.calls) {
			names[e] = "$shared" + strconv.Itoa(len(names)+1)
		}
	}
	if len(names) == 0 {
		return in, exprs
	}
	for _, e := range s.order { // arguments come before what uses them
		if names[e] == "" {
			continue
		}
		p := keep(in, in.Schema()).(*logical.Project)
		body := rewriteArgs(e, names, map[*logical.Expr]*logical.Expr{})
		p.Cols = append(p.Cols, logical.Named{Name: names[e], Expr: body})
		in = p
	}
	in = mergeShared(in)
	memo := map[*logical.Expr]*logical.Expr{}
	out := make([]*logical.Expr, len(exprs))
	for i, e := range exprs {
		out[i] = rewrite(e, names, memo)
	}
	return in, out
}

type use struct {
	count  int
	always bool // evaluated for every row
	calls  bool // holds a call of a package function
	size   int
}

type sharing struct {
	seen  map[*logical.Expr]*use
	order []*logical.Expr
}

func (s *sharing) visit(e *logical.Expr, always bool) *use {
	if u := s.seen[e]; u != nil {
		u.count++
		u.always = u.always || always
		return u
	}
	u := &use{count: 1, always: always, calls: e.Op == logical.OpUDF, size: 1}
	s.seen[e] = u
	for i, a := range e.Args {
		lazy := e.Op == logical.OpCall && e.Name == "try" || i > 0 && (e.Op == logical.OpCase || e.Op == logical.OpCall && (e.Name == "and" || e.Name == "or" || e.Name == "??"))
		w := s.visit(a, always && !lazy)
		u.calls = u.calls || w.calls
		u.size += w.size
	}
	s.order = append(s.order, e)
	return u
}

// rewrite replaces what has a name by its column.
func rewrite(e *logical.Expr, names map[*logical.Expr]string, memo map[*logical.Expr]*logical.Expr) *logical.Expr {
	if n := names[e]; n != "" {
		return &logical.Expr{Op: logical.OpColumn, T: e.T, Name: n, Span: e.Span}
	}
	return rewriteArgs(e, names, memo)
}

func rewriteArgs(e *logical.Expr, names map[*logical.Expr]string, memo map[*logical.Expr]*logical.Expr) *logical.Expr {
	if len(e.Args) == 0 {
		return e
	}
	if x := memo[e]; x != nil {
		return x
	}
	out := *e
	out.Args = make([]*logical.Expr, len(e.Args))
	for i, a := range e.Args {
		out.Args[i] = rewrite(a, names, memo)
	}
	memo[e] = &out
	return &out
}

// mergeShared joins neighbouring projections that only add columns, where the upper ones do not read the lower ones'.
func mergeShared(in logical.Node) logical.Node {
	upper, ok := in.(*logical.Project)
	if !ok {
		return in
	}
	lower, ok := mergeShared(upper.Input).(*logical.Project)
	if !ok || len(upper.Cols) != len(lower.Cols)+1 {
		return in
	}
	for i, col := range lower.Cols {
		if c := upper.Cols[i]; c.Name != col.Name || c.Expr.Op != logical.OpColumn || c.Expr.Name != c.Name {
			return in // a projection of the program: it renames, moves or replaces columns
		}
	}
	last := upper.Cols[len(upper.Cols)-1]
	made := map[string]bool{}
	for i, col := range lower.Cols {
		if col.Expr.Op != logical.OpColumn || col.Expr.Name != col.Name {
			if i < len(lower.Input.Schema()) {
				return in // not one of ours
			}
			made[col.Name] = true
		}
	}
	reads := map[string]bool{}
	logical.ColumnsOf(last.Expr, reads)
	for n := range reads {
		if made[n] {
			return &logical.Project{Input: lower, Cols: upper.Cols}
		}
	}
	return &logical.Project{Input: lower.Input, Cols: append(append([]logical.Named{}, lower.Cols...), last)}
}

// digest stands for a key that may be long.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return string(sum[:])
}

// key is a text that is equal for equal expressions.
func key(e *logical.Expr) string {
	b := make([]byte, 0, 64)
	return string(appendKey(b, e))
}

func appendKey(b []byte, e *logical.Expr) []byte {
	if e == nil {
		return append(b, '_')
	}
	b = append(b, e.Op...)
	b = append(b, ' ')
	b = strconv.AppendQuote(b, e.Name)
	b = append(b, e.T.String()...)
	if e.Func != nil {
		b = append(b, e.Func.ID()...)
	}
	for _, n := range e.Names {
		b = strconv.AppendQuote(b, n)
	}
	if e.Body != nil {
		b = appendKey(append(b, '='), e.Body)
	}
	if l := e.Lit; !l.Absent() {
		switch {
		case l.Bool != nil:
			b = strconv.AppendBool(b, *l.Bool)
		case l.Int != nil:
			b = strconv.AppendInt(b, *l.Int, 10)
		case l.Float != nil:
			b = strconv.AppendFloat(b, float64(*l.Float), 'g', -1, 64)
		case l.Text != nil:
			b = strconv.AppendQuote(b, *l.Text)
		case l.Interval != nil:
			for _, n := range l.Interval {
				b = append(strconv.AppendInt(b, n, 10), ' ')
			}
		default:
			b = strconv.AppendQuote(b, string(l.Bytes))
		}
	}
	b = append(b, '(')
	for _, a := range e.Args {
		b = append(appendKey(b, a), ',')
	}
	return append(b, ')')
}

func fieldIn(fs []types.Field, name string) (types.Field, bool) {
	return types.RecordOf(fs...).Field(name)
}
