package oracle

import (
	"flag"
	"hash/fnv"
	"math/rand/v2"
	"testing"
)

var draw = flag.Uint64("draw", 0, "of the cases that run under the race detector; 0 takes a random one")

// drawn tells of each case, in turn, whether it runs: every one does, but under the race detector, which looks at how threads meet
// and not at rows, one in oneIn. scripts/test runs this package both ways.
func drawn(t testing.TB, oneIn int) func() bool {
	if !raced {
		return func() bool { return true }
	}
	seed := *draw
	if seed == 0 {
		seed = rand.Uint64()>>16 | 1
	}
	t.Logf("one case in %d, drawn by -draw=%d", oneIn, seed)
	name := fnv.New64a()
	name.Write([]byte(t.Name()))
	r := rand.New(rand.NewPCG(seed, name.Sum64()))
	return func() bool { return r.IntN(oneIn) == 0 }
}
