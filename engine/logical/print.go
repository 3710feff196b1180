package logical

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/types"
)

// Format writes a plan for people: one node a line, inputs indented below it.
func Format(n Node) string {
	var b strings.Builder
	format(&b, n, 0)
	return b.String()
}

func format(b *strings.Builder, n Node, depth int) {
	for range depth {
		b.WriteString("  ")
	}
	b.WriteString(Describe(n))
	b.WriteByte('\n')
	for _, in := range n.Inputs() {
		format(b, in, depth+1)
	}
}

// Describe writes one node without its inputs.
func Describe(n Node) string {
	switch n := n.(type) {
	case *Scan:
		s := "scan " + n.Table.Name + " (" + columnNames(n.Columns) + ")"
		if n.Filter != nil {
			s += " where " + n.Filter.String()
		}
		return s
	case *Filter:
		return "filter " + n.Pred.String()
	case *Project:
		return "project " + namedList(n.Cols)
	case *Aggregate:
		aggs := make([]string, len(n.Aggs))
		for i, a := range n.Aggs {
			aggs[i] = a.Name + ": " + a.Func + "(" + exprList(a.Args) + ")"
			if a.Filter != nil {
				aggs[i] += " where " + a.Filter.String()
			}
		}
		s := "aggregate"
		if len(n.Keys) > 0 {
			s += " by " + namedList(n.Keys)
		}
		if len(aggs) > 0 {
			s += " compute " + strings.Join(aggs, ", ")
		}
		return s
	case *Join:
		s := string(n.Kind)
		if n.Promised != "" {
			s += " " + string(n.Promised)
		}
		if n.Unique {
			s += " unique"
		}
		for i, k := range n.On {
			s += map[bool]string{true: " on ", false: " and "}[i == 0] + k.Left.String() + " == " + k.Right.String()
		}
		if n.Residual != nil {
			s += " where " + n.Residual.String()
		}
		return s
	case *Sort:
		return "sort " + sortKeys(n.Keys)
	case *Limit:
		if n.Count < 0 {
			return fmt.Sprintf("skip %d", n.Offset)
		}
		if n.Offset > 0 {
			return fmt.Sprintf("skip %d take %d", n.Offset, n.Count)
		}
		return fmt.Sprintf("take %d", n.Count)
	case *TopN:
		s := fmt.Sprintf("top %d", n.N)
		if len(n.By) > 0 {
			s += " by " + exprList(n.By)
		}
		return s + " order " + sortKeys(n.Keys)
	case *Distinct:
		return "distinct"
	case *Search:
		return "search " + n.Text.String() + " for " + n.Query.String()
	case *Bounded:
		return fmt.Sprintf("bounded %d", n.Rows)
	case *Union:
		return "union"
	case *Unnest:
		return "unnest " + n.Expr.String() + " as " + n.As
	case *Window:
		fs := make([]string, len(n.Funcs))
		for i, f := range n.Funcs {
			fs[i] = f.Name + ": " + f.Func + "(" + exprList(f.Args) + ")"
			if f.From != nil || f.To != nil {
				fs[i] += " rows " + bound(f.From) + ".." + bound(f.To)
			}
		}
		s := "window"
		if len(n.By) > 0 {
			s += " by " + exprList(n.By)
		}
		if len(n.Order) > 0 {
			s += " order " + sortKeys(n.Order)
		}
		return s + " compute " + strings.Join(fs, ", ")
	case *Fix:
		s := fmt.Sprintf("fix %d", n.ID)
		for i, k := range n.Keep {
			s += map[bool]string{true: " keep ", false: ", "}[i == 0] + k.Column + ": " + k.Func
		}
		if n.Whole {
			s += " from all rows"
		}
		return s
	case *Recur:
		return fmt.Sprintf("rows of fix %d (%s)", n.ID, columnNames(n.Columns))
	case *Values:
		s := "values (" + columnNames(n.Columns) + ")"
		for i, row := range n.Rows {
			if i == 5 {
				return s + fmt.Sprintf(" … %d more", len(n.Rows)-i)
			}
			s += " (" + exprList(row) + ")"
		}
		return s
	}
	return fmt.Sprintf("%T", n)
}

func bound(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func columnNames(fs []types.Field) string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = f.Name
	}
	return strings.Join(out, ", ")
}

func namedList(ns []Named) string {
	out := make([]string, len(ns))
	for i, n := range ns {
		if out[i] = n.Name; n.Expr.Op != OpColumn || n.Expr.Name != n.Name {
			out[i] += ": " + n.Expr.String()
		}
	}
	return strings.Join(out, ", ")
}

func exprList(es []*Expr) string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = e.String()
	}
	return strings.Join(out, ", ")
}

func sortKeys(ks []SortKey) string {
	out := make([]string, len(ks))
	for i, k := range ks {
		if out[i] = k.Expr.String(); k.Desc {
			out[i] = "-" + out[i]
		}
	}
	return strings.Join(out, ", ")
}

// maxText is where the text of an expression is cut, in bytes; shared parts are written out, so it could be long.
const maxText = 4000

// String writes an expression as DreamQL would, with every operator in parentheses of its own but the outermost.
func (e *Expr) String() string {
	p := exprPrinter{}
	p.expr(e, false)
	if p.full() {
		return strings.ToValidUTF8(p.b.String()[:maxText], "") + "…"
	}
	return p.b.String()
}

type exprPrinter struct{ b strings.Builder }

func (p *exprPrinter) full() bool { return p.b.Len() > maxText }

func (p *exprPrinter) expr(e *Expr, inner bool) {
	if e == nil || p.full() {
		return
	}
	switch e.Op {
	case OpColumn:
		p.b.WriteString(e.Name)
	case OpLiteral:
		p.b.WriteString(e.Lit.Format(e.T))
	case OpUDF:
		p.call(e.Func.ID(), e.Args)
	case OpCall:
		p.operator(e, inner)
	case OpCase:
		p.b.WriteString("match {")
		for i := 0; i+1 < len(e.Args); i += 2 {
			p.b.WriteString(" | ")
			p.expr(e.Args[i], false)
			p.b.WriteString(" => ")
			p.expr(e.Args[i+1], false)
		}
		p.b.WriteString(" | _ => ")
		p.expr(e.Args[len(e.Args)-1], false)
		p.b.WriteString(" }")
	case OpRecord:
		p.b.WriteByte('{')
		for i, a := range e.Args {
			if i > 0 {
				p.b.WriteString(", ")
			}
			p.b.WriteString(e.Names[i] + ": ")
			p.expr(a, false)
		}
		p.b.WriteByte('}')
	case OpField:
		p.expr(e.Args[0], true)
		p.b.WriteString("." + e.Name)
	case OpList:
		p.b.WriteByte('[')
		p.list(e.Args)
		p.b.WriteByte(']')
	case OpEach:
		p.lambda(e, 1, e.Names[:1], e.Names[1:])
	case OpFold:
		given := 2
		if e.Name == "reduce" {
			given = 1
		}
		p.lambda(e, given, e.Names[:2], e.Names[2:])
	case OpCast:
		p.call(e.T.String(), e.Args)
	}
}

// lambda writes a function over a list; columns that its body reads under another name are given as what they are.
func (p *exprPrinter) lambda(e *Expr, given int, params, columns []string) {
	p.b.WriteString(e.Name + "(")
	p.list(e.Args[:given])
	p.b.WriteString(", ")
	if len(params) == 1 {
		p.b.WriteString(params[0])
	} else {
		p.b.WriteString("(" + strings.Join(params, ", ") + ")")
	}
	p.b.WriteString(" => ")
	by := map[string]*Expr{}
	for i, n := range columns {
		by[n] = e.Args[given+i]
	}
	p.expr(Transform(e.Body, func(x *Expr) *Expr {
		if x.Op == OpColumn && by[x.Name] != nil {
			return by[x.Name]
		}
		return x
	}), false)
	p.b.WriteString(")")
}

func (p *exprPrinter) list(args []*Expr) {
	for i, a := range args {
		if i > 0 {
			p.b.WriteString(", ")
		}
		p.expr(a, false)
	}
}

func (p *exprPrinter) call(name string, args []*Expr) {
	p.b.WriteString(name + "(")
	p.list(args)
	p.b.WriteByte(')')
}

func (p *exprPrinter) operator(e *Expr, inner bool) {
	word := e.Name != "" && (e.Name[0] == '_' || e.Name[0] >= 'a' && e.Name[0] <= 'z')
	infix := len(e.Args) == 2 && (!word || e.Name == "and" || e.Name == "or" || e.Name == "in")
	switch {
	case infix:
		if inner {
			p.b.WriteByte('(')
		}
		same := e.Name == "and" || e.Name == "or" // associative: a chain needs no parentheses
		p.expr(e.Args[0], !(same && e.Args[0].Op == OpCall && e.Args[0].Name == e.Name))
		p.b.WriteString(" " + e.Name + " ")
		p.expr(e.Args[1], !(same && e.Args[1].Op == OpCall && e.Args[1].Name == e.Name))
		if inner {
			p.b.WriteByte(')')
		}
	case e.Name == "not" && len(e.Args) == 1:
		p.b.WriteString("not ")
		p.expr(e.Args[0], true)
	case e.Name == "neg" && len(e.Args) == 1:
		p.b.WriteString("-")
		p.expr(e.Args[0], true)
	default:
		p.call(e.Name, e.Args)
	}
}

var escaping = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\t", `\t`, "\r", `\r`)

// Format writes a literal of type t as DreamQL spells it.
func (l *Literal) Format(t types.Type) string {
	if l.Absent() {
		return "none"
	}
	t = t.Required()
	switch {
	case l.Bool != nil:
		return strconv.FormatBool(*l.Bool)
	case l.Float != nil:
		s := strconv.FormatFloat(float64(*l.Float), 'g', -1, 64)
		if strings.Trim(s, "-0123456789") == "" {
			s += ".0"
		}
		return s
	case l.Int != nil:
		switch t.Kind {
		case types.Date:
			return "d'" + time.Unix(*l.Int*86400, 0).UTC().Format("2006-01-02") + "'"
		case types.Time:
			return "t'" + time.UnixMicro(*l.Int).UTC().Format("15:04:05.999999") + "'"
		case types.Timestamp:
			return "ts'" + time.UnixMicro(*l.Int).UTC().Format("2006-01-02T15:04:05.999999Z") + "'"
		}
		return strconv.FormatInt(*l.Int, 10)
	case l.Text != nil:
		if t.Kind == types.Decimal {
			return decimalText(*l.Text, t.Scale)
		}
		return "'" + escaping.Replace(*l.Text) + "'"
	case l.Interval != nil:
		return intervalText(*l.Interval)
	}
	return fmt.Sprintf("b'%x'", l.Bytes)
}

func decimalText(unscaled string, scale int) string {
	sign := ""
	if strings.HasPrefix(unscaled, "-") {
		sign, unscaled = "-", unscaled[1:]
	}
	if scale == 0 {
		return sign + unscaled
	}
	for len(unscaled) <= scale {
		unscaled = "0" + unscaled
	}
	return sign + unscaled[:len(unscaled)-scale] + "." + unscaled[len(unscaled)-scale:]
}

func intervalText(d [3]int64) string {
	var parts []string
	for i, unit := range []string{"mo", "d", "ns"} {
		if d[i] != 0 {
			parts = append(parts, strconv.FormatInt(d[i], 10)+unit)
		}
	}
	if parts == nil {
		return "0d"
	}
	return strings.Join(parts, " + ")
}
