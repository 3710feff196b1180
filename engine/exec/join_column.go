package exec

import (
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// builtColumn is a column of the rows of a join table. It is put together when it is first asked for.
type builtColumn struct {
	once  sync.Once
	parts []arrow.Array // of each batch
	rows  [][]int32     // of each part, those to keep; nil for all
	t     types.Type
	whole arrow.Array
	err   error
}

func (c *builtColumn) array(mem *budget) arrow.Array {
	c.once.Do(func() { c.err = guard(func() error { return c.join(mem) }) })
	if c.err != nil {
		panic(stopped{c.err})
	}
	return c.whole
}

func (c *builtColumn) join(mem *budget) error {
	for i, rows := range c.rows {
		if rows != nil {
			all := c.parts[i]
			c.parts[i] = take(mem, all, rows)
			all.Release()
		}
	}
	if len(c.parts) == 1 {
		c.whole, c.parts = c.parts[0], nil
		return nil
	}
	var err error
	if c.whole, err = concatColumn(mem, c.parts, c.t); err == nil {
		releaseAll(c.parts)
		c.parts = nil
	}
	return err
}

func (c *builtColumn) close() {
	releaseAll(c.parts)
	if c.whole != nil {
		c.whole.Release()
	}
	c.parts, c.whole = nil, nil
}
