package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// sample takes rows by the order of a hash of all their columns: any part of the table alike, and the same rows each time.
func (c *checker) sample(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	n, ok := c.rows(s, args[0])
	if !ok {
		return t.poisoned()
	}
	seed := int64(0)
	if e := s.arg("seed"); e != nil {
		if seed, ok = constInt(c.eval(e, s.env.tables())); !ok {
			c.report(errRowCount(e.Place(), "seed:"))
			return t.poisoned()
		}
	}
	at := s.node.Place()
	whole := types.Of(types.Int)
	hashes := []*logical.Expr{constant(whole, &logical.Literal{Int: &seed}, at).e}
	for _, f := range t.node.Schema() {
		hashes = append(hashes, call("hash", whole, at, &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name}))
	}
	keys := []logical.SortKey{{Expr: call("hash", whole, at, &logical.Expr{Op: logical.OpList, T: types.ListOf(whole), Args: hashes, Span: at})}}
	return c.with(t, &logical.TopN{Input: t.node, Keys: keys, N: n}, at)
}
