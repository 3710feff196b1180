package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/dataset"
)

// copies keeps the rows that a cell reads of databases beside its result, until it has ended. What a node that died has left goes
// with the run.
type copies struct {
	outside dataset.Outside
	blobs   *storage.Blobs
	prefix  string
	made    []*logical.Table
}

// copyError says why rows could not be copied.
type copyError struct{ error }

func (c *copies) copy(ctx context.Context, s *logical.Scan, limit int64) (*logical.Table, error) {
	t, err := c.outside.Copy(ctx, s, limit, c.blobs, fmt.Sprintf("%s/copy-%d", c.prefix, len(c.made)))
	if err != nil {
		return nil, &copyError{err}
	}
	c.made = append(c.made, t)
	return t, nil
}

func (c *copies) drop(ctx context.Context) (err error) {
	for _, t := range c.made {
		for _, g := range t.Segments {
			err = errors.Join(err, c.blobs.Delete(ctx, g.Key))
		}
	}
	return err
}
