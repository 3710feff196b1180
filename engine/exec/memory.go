package exec

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/source"
)

// budget counts the memory that a run holds. It is the run's Arrow allocator, and operators add what they hold outside
// Arrow with grow. Going past the limit panics with source.Diagnostics, because an Arrow allocator cannot return an
// error; guard turns that into one at the root of every goroutine.
type budget struct {
	memory.Allocator
	pool           *recycler
	limit          int64
	spills, always bool // something can be spilled; and always is
	held           atomic.Int64
	peak           atomic.Int64
	whole          *budget // of which this one is the part of one operator; nil for the whole itself
}

// part counts what one operator asks for, and has the whole count it too. The limit is the whole's.
func (b *budget) part() *budget {
	return &budget{Allocator: b.Allocator, pool: b.pool, limit: b.limit, spills: b.spills, always: b.always, whole: b}
}

// all is what the run holds, of which a part knows only its own.
func (b *budget) all() int64 {
	for b.whole != nil {
		b = b.whole
	}
	return b.held.Load()
}

func newBudget(env *Env) *budget {
	b := &budget{Allocator: env.allocator(), limit: env.MemoryLimit, spills: env.Scratch != nil, always: env.alwaysTight}
	b.pool = &recycler{Allocator: b.Allocator, most: mostIdle, spoil: env.spoil}
	if b.limit > 0 {
		b.pool.most = int(min(mostIdle, b.limit/16))
	}
	return b
}

// tight says that the run holds so much that an operator which can put some of what it has on disk should do so now. It is
// never so where there is no disk.
func (b *budget) tight() bool {
	return b.spills && (b.always || b.limit > 0 && b.all() > b.limit/2)
}

// fits reports whether so many more bytes leave some of the limit for others.
func (b *budget) fits(n int64) bool {
	return b.limit <= 0 || b.all()+n <= b.limit/4*3
}

func (e Env) allocator() memory.Allocator {
	if e.Alloc == nil {
		return memory.NewGoAllocator()
	}
	return e.Alloc
}

func (b *budget) grow(n int64) {
	held := b.held.Add(n)
	if b.whole != nil {
		b.whole.grow(n)
	}
	if n <= 0 {
		return
	}
	for p := b.peak.Load(); held > p && !b.peak.CompareAndSwap(p, held); p = b.peak.Load() {
	}
	if b.whole == nil && b.limit > 0 && held > b.limit {
		panic(source.Diagnostics{{
			Code: "DQL9001", Severity: source.Error,
			Message: fmt.Sprintf("the query needs more than %d MB of memory", b.limit>>20),
			Help:    "keep fewer columns or rows before grouping, sorting or joining, or raise the memory limit",
		}})
	}
}

func (b *budget) Allocate(n int) []byte {
	b.grow(int64(n))
	return b.Allocator.Allocate(n)
}

func (b *budget) Reallocate(n int, old []byte) []byte {
	b.grow(int64(n - len(old)))
	return b.Allocator.Reallocate(n, old)
}

func (b *budget) Free(p []byte) {
	b.grow(-int64(len(p)))
	b.Allocator.Free(p)
}

// roomFor reports whether so many bytes more leave some of the limit free; it is always so where nothing could be spilled instead.
func (b *budget) roomFor(n int64) bool {
	return !b.spills || b.fits(n)
}

// holding is memory outside Arrow that one operator reports as it changes.
type holding struct {
	b *budget
	n int64
}

func (h *holding) set(n int64) {
	h.b.grow(n - h.n)
	h.n = n
}

// stopped is a panic that only carries an error out of a callback.
type stopped struct{ err error }

// InternalError is a defect of the engine that one run met; the process goes on.
type InternalError struct {
	Value any
	Stack []byte // for the log
}

func (e *InternalError) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// guard runs f and returns the error that it panicked with.
func guard(f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case source.Diagnostics:
			err = p
		case stopped:
			err = p.err
		default:
			err = &InternalError{Value: p, Stack: debug.Stack()}
		}
	}()
	return f()
}
