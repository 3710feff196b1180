package expr

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

const (
	pieceRows    = 8192    // of a table function that are asked for at once
	maxCollected = 1 << 30 // bytes of the lists of one batch
)

// collect calls a table function where its rows are wanted as lists, one a row of the call.
func collect(ctx context.Context, in udf.Instance, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	pieces, err := OpenRows(ctx, in, f, args, n)
	if err != nil {
		return nil, err
	}
	defer pieces.Close()
	var parts []arrow.Array
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	counts := make([]int32, n)
	held := uint64(0)
	for {
		elements, rows, err := pieces.Next(pieceRows)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, elements)
		for _, r := range rows {
			counts[r]++
		}
		if held += elements.Data().SizeInBytes(); held > maxCollected {
			return nil, fmt.Errorf("%s gave more than %d MiB of rows for one batch; unnest it, which takes them piece by piece", f.ID(), maxCollected>>20)
		}
	}
	return listed(f, args, counts, parts)
}

// listed makes the lists; that of a row with an absent argument that must be there is absent.
func listed(f *udf.Function, args []arrow.Array, counts []int32, parts []arrow.Array) (arrow.Array, error) {
	list, err := types.ToArrow(f.Result)
	if err != nil {
		return nil, err
	}
	var elements arrow.Array
	if len(parts) == 0 {
		builder := array.NewBuilder(memory.DefaultAllocator, list.(*arrow.ListType).Elem())
		defer builder.Release()
		elements = builder.NewArray()
	} else if elements, err = array.Concatenate(parts, memory.DefaultAllocator); err != nil {
		return nil, err
	}
	defer elements.Release()
	n := len(counts)
	offsets := make([]int32, n+1)
	valid := make([]byte, (n+7)/8)
	nulls := 0
	for i, c := range counts {
		offsets[i+1] = offsets[i] + c
		here := true
		for k, a := range args {
			here = here && (f.CallsOnAbsent(k) || a.IsValid(i))
		}
		if here {
			valid[i/8] |= 1 << (i % 8)
		} else {
			nulls++
		}
	}
	data := array.NewData(list, n, []*memory.Buffer{memory.NewBufferBytes(valid), memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets))},
		[]arrow.ArrayData{elements.Data()}, nulls, 0)
	defer data.Release()
	return array.NewListData(data), nil
}
