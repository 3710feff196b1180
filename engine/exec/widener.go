package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// widener widens one column after the other in the same memory.
type widener struct {
	memory.GoAllocator
	room []byte
}

// brief is the column widened, until it is called for the next one.
func (w *widener) brief(a arrow.Array, t types.Type) (arrow.Array, error) {
	return funcs.Widened(w, a, t)
}

// Allocate implements memory.Allocator; nothing but the values of a column is asked for.
func (w *widener) Allocate(n int) []byte {
	if cap(w.room) < n {
		w.room = w.GoAllocator.Allocate(n)
	}
	return w.room[:n]
}

// Free implements memory.Allocator: the memory is kept.
func (w *widener) Free([]byte) {}
