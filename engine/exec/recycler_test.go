package exec

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestMemoryIsUsedAgain(t *testing.T) {
	t.Parallel()
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	for n := 1; n <= mostRecycled+1; n += n/3 + 1 {
		size, number := class(n)
		if size < n || number >= classes || number >= 0 && (size > n+n/4+1 || size <= leastRecycled) {
			t.Fatalf("%d bytes are of class %d, of %d", n, number, size)
		}
		if again, same := class(size); number >= 0 && (again != size || same != number) {
			t.Fatalf("class %d, of %d bytes, is class %d, of %d, itself", number, size, same, again)
		}
		b := newBudget(&Env{Alloc: alloc, spoil: true})
		p := b.reused().Allocate(n)
		first := &p[0]
		b.reused().Free(p)
		part := b.part().reused()
		q := part.Allocate(n)
		if len(q) != n || (first == &q[0]) != (number >= 0) {
			t.Fatalf("%d bytes are of the memory before: %v", n, first == &q[0])
		}
		if held := int(b.held.Load()); held != size {
			t.Fatalf("%d bytes are accounted for, of %d", held, size)
		}
		part.Free(q)
		if held := b.held.Load(); held != 0 {
			t.Fatalf("%d bytes are accounted for", held)
		}
		b.pool.close()
	}
	b := newBudget(&Env{Alloc: alloc})
	late := b.reused().Allocate(100_000)
	b.pool.close()
	b.reused().Free(late)
	if n := alloc.CurrentAlloc() + int(b.held.Load()); n != 0 {
		t.Errorf("%d bytes were never released", n)
	}
	small := newBudget(&Env{Alloc: alloc, MemoryLimit: 1 << 20})
	small.reused().Free(small.reused().Allocate(1 << 19))
	if n := small.pool.idle; n != 0 {
		t.Errorf("%d bytes of a small budget are idle", n)
	}
}

// TestTakeByBitmap compares columns of every width, kept by a bitmap and by the numbers of their rows.
func TestTakeByBitmap(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 63, 64, 65, 1000} {
		for _, dt := range []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int8,
			arrow.PrimitiveTypes.Float64, arrow.FixedWidthTypes.Date32, arrow.BinaryTypes.String, arrow.FixedWidthTypes.Boolean} {
			for _, absent := range []bool{false, true} {
				alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
				mem := newBudget(&Env{Alloc: alloc, spoil: true})
				builder := array.NewBuilder(memory.DefaultAllocator, dt)
				for i := range n + 3 {
					if text := fmt.Sprint(i % 100); absent && i%7 == 0 {
						builder.AppendNull()
					} else if dt.ID() == arrow.BOOL {
						builder.(*array.BooleanBuilder).Append(i%3 == 0)
					} else if dt.ID() == arrow.DATE32 {
						builder.(*array.Date32Builder).Append(arrow.Date32(i))
					} else if err := builder.AppendValueFromString(text); err != nil {
						t.Fatal(err)
					}
				}
				column := array.NewSlice(builder.NewArray(), 3, int64(n+3))
				keep := make([]uint64, (n+63)/64)
				p := &picks{keep: keep, of: n}
				var rows []int32
				for i := range n {
					if i%5 < 3 {
						keep[i/64] |= 1 << (i % 64)
						rows = append(rows, int32(i))
					}
				}
				p.n = len(rows)
				got, want := takePicks(mem, column, p), take(mem, column, rows)
				if !array.Equal(got, want) {
					t.Errorf("%d of %s: %v, not %v", n, dt, got, want)
				}
				got.Release()
				want.Release()
				mem.pool.close()
				alloc.AssertSize(t, 0)
			}
		}
	}
}
