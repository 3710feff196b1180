package storage

import (
	"context"
	"errors"
	"fmt"

	"github.com/dreamql/dreamql/engine/logical"
)

const (
	// ManySmall is how many small segments in a row are worth writing anew as fewer.
	ManySmall = 8
	smallRows = SegmentRows / 2
	smallSize = segmentBytes / 2
)

// Compact gives the same rows in the same order in fewer segments, if there are at least as many small ones beside each other as
// atLeast says; 0 takes a number that pays. New segments are written under prefix; the others stay what they are. It returns nil
// where there is nothing to do.
func Compact(ctx context.Context, t *logical.Table, atLeast int, blobs *Blobs, prefix string) (out *logical.Table, err error) {
	if atLeast <= 0 {
		atLeast = ManySmall
	}
	done := *t
	done.Segments = nil
	var written []logical.Segment
	defer func() {
		if err != nil {
			for _, g := range written {
				err = errors.Join(err, blobs.Delete(context.WithoutCancel(ctx), g.Key))
			}
		}
	}()
	for from := 0; from < len(t.Segments); {
		to := from
		for to < len(t.Segments) && small(t.Segments[to]) {
			to++
		}
		if to-from < max(atLeast, 2) {
			done.Segments = append(done.Segments, t.Segments[from:max(to, from+1)]...)
			from = max(to, from+1)
			continue
		}
		part := *t
		part.Segments = t.Segments[from:to]
		kept, err := Keep(ctx, t.Name, optional(t.Columns), unitedRows(ctx, []*logical.Table{&part}, t.Columns, blobs.reader), blobs, fmt.Sprintf("%s/%06d", prefix, from))
		if err != nil {
			return nil, err
		}
		written = append(written, kept.Segments...)
		done.Segments = append(done.Segments, kept.Segments...)
		from = to
	}
	if len(written) == 0 {
		return nil, nil
	}
	return &done, nil
}

func small(g logical.Segment) bool { return g.Rows < smallRows && g.Bytes < smallSize }
