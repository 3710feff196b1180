package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// narrow gives columns that pred says are present the type without its option: after filter x is not none, x can be a join
// key, and needs no default.
func narrow(node logical.Node, pred *logical.Expr) logical.Node {
	present := map[string]bool{}
	for _, e := range logical.Conjuncts(pred) {
		if isCall(e, "not") && isCall(e.Args[0], "is_none") {
			if x := e.Args[0].Args[0]; x.Op == logical.OpColumn && x.T.IsOption() {
				present[x.Name] = true
			}
		}
	}
	return asPresent(node, present)
}

// asPresent is node with columns known to hold no absent value as what they hold.
func asPresent(node logical.Node, present map[string]bool) logical.Node {
	if len(present) == 0 {
		return node
	}
	p := keep(node, node.Schema()).(*logical.Project)
	changed := false
	for i, col := range p.Cols {
		if t := col.Expr.T; present[col.Name] && t.Kind == types.Option {
			p.Cols[i].Expr = &logical.Expr{Op: logical.OpCast, T: *t.Elem, Args: []*logical.Expr{col.Expr}}
			changed = true
		}
	}
	if !changed { // of a window
		return node
	}
	return p
}

func isCall(e *logical.Expr, name string) bool {
	return e.Op == logical.OpCall && e.Name == name && len(e.Args) > 0
}
