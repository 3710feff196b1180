package exec

import (
	"iter"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// input reads the outputs of other stages, one after the other.
type input struct {
	fields []types.Field
	mu     sync.Mutex
	seq    int
	left   []Batches
	pull   func() (arrow.RecordBatch, error, bool)
	stop   func()
}

func newInput(b *builder, op *physical.Op) (origin, error) {
	in := &input{fields: op.Columns}
	for _, stage := range op.Read.Stages {
		s, err := b.r.input(b.ctx, stage)
		if err != nil {
			return nil, err
		}
		in.left = append(in.left, s)
	}
	return in, nil
}

func (in *input) next(*thread) (int, *batch, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for {
		if in.pull == nil {
			if len(in.left) == 0 {
				return 0, nil, nil
			}
			in.pull, in.stop = iter.Pull2(in.left[0])
			in.left = in.left[1:]
		}
		rec, err, ok := in.pull()
		if err != nil {
			return 0, nil, err
		}
		if !ok {
			in.stop()
			in.pull = nil
			continue
		}
		in.seq++
		return in.seq - 1, fromRecord(rec).marked(in.fields), nil
	}
}

func (in *input) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.pull != nil {
		in.stop()
		in.pull = nil
	}
	in.left = nil
}
