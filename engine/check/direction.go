package check

import (
	"cmp"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// rising are functions of one value that never fall when it rises. Those that give NaN for some numbers, such as sqrt, do.
var rising = map[string]bool{"floor": true, "ceil": true, "round": true, "exp": true, "int": true, "float": true}

// expr is the direction of an expression over columns with directions. Where it is not sure it says mixed.
func (m *monotone) expr(e *logical.Expr, in directions) direction {
	if e == nil {
		return fixed
	}
	if e.Op == logical.OpColumn {
		return in[e.Name]
	}
	ds := make([]direction, len(e.Args))
	moves := false
	for i, a := range e.Args {
		ds[i] = m.expr(a, in)
		moves = moves || ds[i] != fixed
	}
	if !moves {
		return fixed
	}
	switch e.Op {
	case logical.OpCast:
		return ds[0]
	case logical.OpCase:
		return branches(ds)
	case logical.OpCall:
		return called(e, ds)
	}
	return mixed
}

// branches is the direction of a choice whose conditions do not change.
func branches(ds []direction) direction {
	out := fixed
	for i, d := range ds {
		if i%2 == 0 && i < len(ds)-1 {
			if d != fixed {
				return mixed
			}
			continue
		}
		out = out.and(d)
	}
	return out
}

func called(e *logical.Expr, ds []direction) direction {
	all := fixed
	for _, d := range ds {
		all = all.and(d)
	}
	switch e.Name {
	case "and", "or":
		return all
	case "least", "greatest":
		if optional(e.Args...) {
			return mixed // an absent argument does not count, so that a value may come from nothing
		}
		return all
	case "not":
		return all.flip()
	case "is_none":
		return down // what is there stays there
	case "<", "<=":
		return compared(ds[0].flip().and(ds[1]), e)
	case ">", ">=":
		return compared(ds[0].and(ds[1].flip()), e)
	}
	if !measured(e) {
		return mixed
	}
	switch {
	case e.Name == "+":
		return all
	case e.Name == "-" && len(ds) == 2:
		return ds[0].and(ds[1].flip())
	case e.Name == "neg":
		return all.flip()
	case e.Name == "*" && ds[1] == fixed:
		return scaled(ds[0], e.Args[1])
	case e.Name == "*" && ds[0] == fixed:
		return scaled(ds[1], e.Args[0])
	case e.Name == "/" && ds[1] == fixed:
		return scaled(ds[0], e.Args[1])
	case rising[e.Name] && len(ds) == 1:
		return all
	}
	return mixed
}

// compared is the direction of a comparison. It is false as long as a side is absent, so that one which then turns false
// again moves both ways.
func compared(d direction, e *logical.Expr) direction {
	if d == down && optional(e.Args...) {
		return mixed
	}
	return d
}

func optional(es ...*logical.Expr) bool {
	for _, e := range es {
		if e.T.IsOption() {
			return true
		}
	}
	return false
}

// measured reports whether all of a call are numbers or times, so that sums of them keep their order.
func measured(e *logical.Expr) bool {
	for _, x := range append([]*logical.Expr{e}, e.Args...) {
		switch x.T.Required().Kind {
		case types.Int, types.Float, types.Decimal, types.Date, types.Time, types.Timestamp:
		case types.Duration:
			if e.Name != "+" && e.Name != "-" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// scaled is the direction of a value times another that does not change, as far as its sign is known.
func scaled(d direction, by *logical.Expr) direction {
	for by.Op == logical.OpCast {
		by = by.Args[0]
	}
	if by.Op == logical.OpCall && by.Name == "abs" {
		return d
	}
	if by.Op == logical.OpCall && by.Name == "neg" {
		return scaled(d.flip(), by.Args[0])
	}
	if by.Op != logical.OpLiteral || by.Lit.Absent() {
		return mixed
	}
	sign := 0
	switch {
	case by.Lit.Int != nil:
		sign = cmp.Compare(*by.Lit.Int, 0)
	case by.Lit.Float != nil:
		sign = cmp.Compare(*by.Lit.Float, 0)
	case by.Lit.Text != nil:
		sign = 1
		if strings.HasPrefix(*by.Lit.Text, "-") {
			sign = -1
		} else if strings.Trim(*by.Lit.Text, "0") == "" {
			sign = 0
		}
	}
	switch sign {
	case 1:
		return d
	case -1:
		return d.flip()
	}
	return mixed // 0 times infinity is not a number
}
