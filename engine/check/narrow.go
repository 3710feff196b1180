package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// narrow gives columns that pred says are present the type without its option: after filter x is not none, x can be a join
// key, and needs no default. A right row that is there has its own columns again.
func narrow(node logical.Node, nests []nest, pred *logical.Expr) (logical.Node, []nest) {
	present := map[string]bool{}
	for _, e := range logical.Conjuncts(pred) {
		if isCall(e, "not") && isCall(e.Args[0], "is_none") {
			if x := e.Args[0].Args[0]; x.Op == logical.OpColumn {
				present[x.Name] = true
			}
		}
	}
	now := map[string]types.Type{}
	for _, f := range node.Schema() {
		if present[f.Name] && f.Type.Kind == types.Option {
			now[f.Name] = *f.Type.Elem
		}
	}
	if len(now) == 0 {
		return node, nests
	}
	nests = append([]nest{}, nests...)
	gone := map[string]bool{}
	for i, n := range nests {
		if there := n.name + "." + presentName; n.optional && present[there] {
			nests[i].optional, gone[there] = false, true
			for _, f := range n.was {
				now[f.Name] = f.Type
			}
		}
	}
	p := &logical.Project{Input: node}
	for _, f := range node.Schema() {
		if gone[f.Name] {
			continue
		}
		e := &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name}
		if t, ok := now[f.Name]; ok && !types.Equal(t, f.Type) {
			e = &logical.Expr{Op: logical.OpCast, T: t, Args: []*logical.Expr{e}}
		}
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: e})
	}
	return p, nests
}

func isCall(e *logical.Expr, name string) bool {
	return e.Op == logical.OpCall && e.Name == name && len(e.Args) > 0
}
