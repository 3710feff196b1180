package cluster

import (
	"bytes"
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
)

// result gathers what the tasks of the last stage gave: one small stream if it all fits, else files in the blob store.
func (j *job) result(ctx context.Context) (*Result, error) {
	res := &Result{Columns: j.in.Plan.Columns}
	last := len(j.stages) - 1
	for i := range j.stages {
		for _, t := range j.stages[i].tasks {
			if i != last {
				t.out.Stats.RowsOut = 0
			}
			res.Stats.Add(*t.out.Stats)
			res.Stats.Tasks = append(res.Stats.Tasks, t.stats())
		}
	}
	tasks := j.stages[last].tasks
	inline := 0
	for _, t := range tasks {
		res.Rows += t.out.Rows
		if t.out.Part != nil {
			inline = executor.InlineLimit
		} else {
			inline += len(t.out.Output.Inline)
		}
	}
	res.Stats.RowsOut = res.Rows
	if len(tasks) == 1 && tasks[0].out.Part == nil {
		res.Inline = tasks[0].out.Output.Inline
		return res, j.verify(res.Inline)
	}
	schema, err := types.ArrowSchema(j.in.Plan.Columns)
	if err != nil {
		return nil, err
	}
	if inline < executor.InlineLimit {
		res.Inline, err = j.merge(schema, tasks)
		return res, err
	}
	for _, t := range tasks {
		if t.out.Rows == 0 {
			continue
		}
		part := t.out.Part
		if part == nil {
			if part, err = j.write(ctx, schema, t); err != nil {
				return nil, err
			}
		}
		res.Parts = append(res.Parts, *part)
	}
	return res, nil
}

// verify makes sure that a stream from an executor, which is not trusted, is what it should be.
func (j *job) verify(stream []byte) error {
	for _, err := range storage.Stream("the result", stream) {
		if err != nil {
			return err
		}
	}
	return nil
}

// merge makes one stream of small ones.
func (j *job) merge(schema *arrow.Schema, tasks []*taskState) ([]byte, error) {
	var out bytes.Buffer
	err := format.Write(&out, "arrow", schema, func(yield func(arrow.RecordBatch, error) bool) {
		for _, t := range tasks {
			for b, err := range storage.Stream(fmt.Sprintf("result %d", t.index), t.out.Output.Inline) {
				if !yield(b, err) {
					return
				}
			}
		}
	})
	return out.Bytes(), err
}

// write stores a small stream as a part.
func (j *job) write(ctx context.Context, schema *arrow.Schema, t *taskState) (*Part, error) {
	var out bytes.Buffer
	part := &Part{Key: fmt.Sprintf("%s/%d-%d-inline.arrow", j.in.Prefix, t.stage, t.index)}
	err := format.Write(&out, "arrowfile", schema, func(yield func(arrow.RecordBatch, error) bool) {
		for b, err := range storage.Stream(fmt.Sprintf("result %d", t.index), t.out.Output.Inline) {
			if err == nil {
				part.Rows += b.NumRows()
				part.Batches = append(part.Batches, b.NumRows())
			}
			if !yield(b, err) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	part.Bytes = int64(out.Len())
	return part, j.c.config.Blobs.Put(ctx, part.Key, &out)
}
