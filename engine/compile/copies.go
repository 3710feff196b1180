package compile

import (
	"context"

	"github.com/dreamql/dreamql/engine/logical"
)

// Copier makes a stored table of what a scan needs of one in a database: at most limit rows, or all where it is negative.
type Copier func(ctx context.Context, s *logical.Scan, limit int64) (*logical.Table, error)

// copied replaces the tables of databases by copies. A limit that stands on a scan is one for its copy.
func copied(ctx context.Context, n logical.Node, limit int64, copier Copier) (logical.Node, error) {
	if s, ok := n.(*logical.Scan); ok {
		if s.Table.External == nil {
			return n, nil
		}
		t, err := copier(ctx, s, limit)
		if err != nil {
			return nil, err
		}
		c := *s
		c.Table = t
		return &c, nil
	}
	below := int64(-1)
	switch n := n.(type) {
	case *logical.Limit:
		if n.Count >= 0 {
			below = n.Offset + n.Count
		}
	case *logical.Project:
		below = limit
	}
	in := n.Inputs()
	if len(in) == 0 {
		return n, nil
	}
	out := make([]logical.Node, len(in))
	changed := false
	for i, x := range in {
		var err error
		if out[i], err = copied(ctx, x, below, copier); err != nil {
			return nil, err
		}
		changed = changed || out[i] != x
	}
	if !changed {
		return n, nil
	}
	return n.WithInputs(out...), nil
}
