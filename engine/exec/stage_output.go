package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// stageOutput is the rows of a stage that wait for the stages that read them: in memory, and on disk from when that gets tight.
type stageOutput struct {
	mem     *budget
	columns []types.Field
	kept    []arrow.RecordBatch
	file    *spilled
	places  []int // of each batch: in kept, or -1-i for one in the file
}

func (o *stageOutput) add(s *spill, r arrow.RecordBatch) error {
	if o.file == nil && (s == nil || !o.mem.tight()) {
		r.Retain()
		o.places = append(o.places, len(o.kept))
		o.kept = append(o.kept, r)
		return nil
	}
	if r.NumRows() == 0 {
		return nil
	}
	if o.file == nil {
		o.file = &spilled{s: s, m: &meter{}}
	}
	if err := o.file.add(o.mem, fromRecord(r)); err != nil {
		return err
	}
	o.places = append(o.places, -len(o.file.batches))
	return nil
}

// batches gives the rows in order, any number of times.
func (o *stageOutput) batches(context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, p := range o.places {
			if p >= 0 {
				if !yield(o.kept[p], nil) {
					return
				}
				continue
			}
			r, err := o.read(-1 - p)
			if err != nil {
				yield(nil, err)
				return
			}
			more := yield(r, nil)
			r.Release()
			if !more {
				return
			}
		}
	}
}

func (o *stageOutput) read(i int) (arrow.RecordBatch, error) {
	b, err := o.file.read(o.mem, i)
	if err != nil {
		return nil, err
	}
	defer b.release()
	return b.record(o.columns)
}

// drop forgets the rows.
func (o *stageOutput) drop() {
	for _, r := range o.kept {
		r.Release()
	}
	if o.file != nil {
		o.file.drop()
	}
	o.kept, o.places, o.file = nil, nil, nil
}
