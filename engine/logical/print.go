package logical

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/types"
)

// String writes the expression much as DreamQL spells it, for explain and messages; it is not meant to be read back.
func (e *Expr) String() string {
	var b strings.Builder
	e.write(&b, 0)
	return b.String()
}

// precedence of infix operators, as in the grammar.
var precedence = map[string]int{
	"or": 1, "and": 2, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "??": 6, "+": 7, "-": 7, "*": 8, "/": 8, "%": 8, "**": 9,
}

func (e *Expr) write(b *strings.Builder, outer int) {
	if e == nil {
		b.WriteString("nothing")
		return
	}
	switch e.Op {
	case OpColumn:
		b.WriteString(e.Name)
	case OpLiteral:
		b.WriteString(e.Lit.text(e.T))
	case OpCall:
		e.writeCall(b, outer)
	case OpUDF:
		name := "?"
		if e.Func != nil {
			name = e.Func.Name
		}
		writeArgs(b, name, e.Args)
	case OpCase:
		b.WriteString("match { ")
		for i := 0; i+1 < len(e.Args); i += 2 {
			fmt.Fprintf(b, "| %s => %s ", e.Args[i], e.Args[i+1])
		}
		if len(e.Args)%2 == 1 {
			fmt.Fprintf(b, "| _ => %s ", e.Args[len(e.Args)-1])
		}
		b.WriteString("}")
	case OpRecord:
		b.WriteString("{")
		for i, a := range e.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "%s: %s", e.Names[i], a)
		}
		b.WriteString("}")
	case OpField:
		e.Args[0].write(b, 20)
		b.WriteString("." + e.Name)
	case OpList:
		writeArgs(b, "[", e.Args)
	case OpCast:
		if types.Equal(e.T.Required(), e.Args[0].T.Required()) {
			e.Args[0].write(b, outer)
			return
		}
		writeArgs(b, e.T.Required().String(), e.Args)
	}
}

func (e *Expr) writeCall(b *strings.Builder, outer int) {
	p := precedence[e.Name]
	if p == 0 || len(e.Args) != 2 {
		writeArgs(b, e.Name, e.Args)
		return
	}
	if p < outer {
		b.WriteString("(")
		defer b.WriteString(")")
	}
	e.Args[0].write(b, p)
	b.WriteString(" " + e.Name + " ")
	e.Args[1].write(b, p+1)
}

func writeArgs(b *strings.Builder, name string, args []*Expr) {
	end := ")"
	if name == "[" {
		end = "]"
	} else {
		name += "("
	}
	b.WriteString(name)
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		a.write(b, 0)
	}
	b.WriteString(end)
}

func (l *Literal) text(t types.Type) string {
	if l.Absent() {
		return "none"
	}
	switch {
	case l.Bool != nil:
		return strconv.FormatBool(*l.Bool)
	case l.Float != nil:
		return strconv.FormatFloat(float64(*l.Float), 'g', -1, 64)
	case l.Text != nil && t.Required().Kind == types.Decimal:
		return scaled(*l.Text, t.Required().Scale)
	case l.Text != nil:
		s := *l.Text
		if len(s) > 200 {
			s = strings.ToValidUTF8(s[:200], "") + "…"
		}
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(s) + "'"
	case l.Bytes != nil:
		return "b'" + hex.EncodeToString(l.Bytes[:min(len(l.Bytes), 100)]) + "'"
	case l.Interval != nil:
		return fmt.Sprintf("%dmo %dd %s", l.Interval[0], l.Interval[1], time.Duration(l.Interval[2]))
	}
	switch v := *l.Int; t.Required().Kind {
	case types.Date:
		return "d'" + time.Unix(v*86400, 0).UTC().Format("2006-01-02") + "'"
	case types.Time:
		return "t'" + time.UnixMicro(v).UTC().Format("15:04:05.999999") + "'"
	case types.Timestamp:
		return "ts'" + time.UnixMicro(v).UTC().Format("2006-01-02T15:04:05.999999Z") + "'"
	default:
		return strconv.FormatInt(v, 10)
	}
}

// scaled puts the point into the text of an unscaled integer.
func scaled(s string, scale int) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if scale <= 0 {
		return sign + s
	}
	for len(s) <= scale {
		s = "0" + s
	}
	return sign + s[:len(s)-scale] + "." + s[len(s)-scale:]
}
