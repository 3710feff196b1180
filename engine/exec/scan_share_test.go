package exec

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// TestThreadsShareSegments lets threads of any speed take the pieces of tables of any shape: each piece once, in rising order within a
// thread, whole segments but for the last ones, and as many pieces each where that is not up to their speed.
func TestThreadsShareSegments(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		table := &logical.Table{}
		var splits []physical.Split
		for i := range random.IntN(12) {
			var s logical.Segment
			for range random.IntN(9) {
				s.Batches = append(s.Batches, logical.Batch{Rows: int64(1 + random.IntN(100_000))})
			}
			table.Segments = append(table.Segments, s)
			splits = append(splits, physical.Split{Segment: i, From: 0, To: len(s.Batches)})
		}
		threads, fixed := 2+random.IntN(3), random.IntN(2) == 0
		s := &scan{r: &runner{running: &running{task: &Task{Stage: &physical.Stage{Table: table}, Splits: splits}}}, grain: 40_000, open: map[int]*opened{}}
		took, segments := make([][]int, threads), map[int]map[int]bool{}
		for running := random.Perm(threads); len(running) > 0; {
			i := random.IntN(len(running))
			lane := running[i]
			seq, of, o := s.claim(&thread{lane: lane, lanes: threads, fixed: fixed})
			if o == nil {
				running = slices.Delete(running, i, i+1)
				continue
			}
			took[lane] = append(took[lane], seq)
			if segments[of.segment] == nil {
				segments[of.segment] = map[int]bool{}
			}
			segments[of.segment][lane] = true
		}
		var all []int
		for _, x := range took {
			all = append(all, x...)
		}
		slices.Sort(all)
		for i, seq := range all {
			if i != seq {
				t.Fatalf("piece %d of %d: %v", i, len(s.all()), took)
			}
		}
		if len(all) != len(s.all()) {
			t.Fatalf("%d of %d pieces", len(all), len(s.all()))
		}
		split := 0
		for _, by := range segments {
			if len(by) > 1 {
				split++
			}
		}
		if split > threads {
			t.Errorf("%d segments were split among %d threads", split, threads)
		}
		for _, x := range took {
			if !slices.IsSorted(x) {
				t.Errorf("a thread went back: %v", x)
			}
			if most := (len(all) + threads - 1) / threads; fixed && len(x) > most {
				t.Errorf("%d of %d pieces for one of %d threads", len(x), len(all), threads)
			}
		}
	}
}
