package exec

import (
	"sync"
	"time"

	"github.com/dreamql/dreamql/engine/udf"
)

// making remembers what has been told of how programs were made: runtimes keep programs between tasks, and each compilation and each wait
// is to be counted once. It is of a process, as the programs are.
var making = struct {
	sync.Mutex
	compiled map[compilation]bool
	queued   map[queueing]time.Duration
}{compiled: map[compilation]bool{}, queued: map[queueing]time.Duration{}}

// compilation is one that took so many nanoseconds: two of the same runtime do not take equally many.
type compilation struct {
	runtime udf.Runtime
	took    time.Duration
}

type queueing struct {
	runtime udf.Runtime
	digest  string
}

const maxMaking = 4096 // what is forgotten is counted again

// untold is what made says that nobody has been told of yet.
func untold(r udf.Runtime, digest string, made udf.Made) (out FunctionStats) {
	making.Lock()
	defer making.Unlock()
	if len(making.compiled) > maxMaking || len(making.queued) > maxMaking {
		clear(making.compiled)
		clear(making.queued)
	}
	out.PeakBytes = made.PeakBytes
	if c := (compilation{r, made.Compile}); made.Compile > 0 && !making.compiled[c] {
		making.compiled[c] = true
		out.Compile = made.Compile
		if made.CacheHit {
			out.CacheHits = 1
		}
	}
	q := queueing{r, digest}
	out.Queue = made.Queue - making.queued[q]
	if out.Queue < 0 { // another program of the same module
		out.Queue = made.Queue
	}
	making.queued[q] = made.Queue
	return out
}
