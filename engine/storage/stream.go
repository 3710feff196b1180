package storage

import (
	"bytes"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// Stream reads an Arrow stream that lies in memory and comes from a process that is not trusted: damage is an error, never
// a panic. Name stands for it in errors. A batch belongs to the stream; retain what is kept.
func Stream(name string, data []byte) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		r, err := openStream(name, data)
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.Release()
		for {
			b, err := nextBatch(name, r)
			if b == nil && err == nil {
				return
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func openStream(name string, data []byte) (r *ipc.Reader, err error) {
	defer recovered(name, "Arrow", &err)
	if err := checkArrow(bytes.NewReader(data), int64(len(data)), false); err != nil {
		return nil, damaged(name, "Arrow", err)
	}
	if r, err = ipc.NewReader(bytes.NewReader(data), ipc.WithBodySizeLimit(int64(max(len(data), 1)))); err != nil {
		return nil, damaged(name, "Arrow", err)
	}
	return r, nil
}

// nextBatch returns nil at the end.
func nextBatch(name string, r *ipc.Reader) (b arrow.RecordBatch, err error) {
	defer recovered(name, "Arrow", &err)
	if !r.Next() {
		if r.Err() != nil {
			return nil, damaged(name, "Arrow", r.Err())
		}
		return nil, nil
	}
	b = r.RecordBatch()
	if err := validateBatch(b); err != nil {
		return nil, damaged(name, "Arrow", err)
	}
	return b, nil
}
