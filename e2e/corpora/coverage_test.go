package corpora_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
)

// coverage is how many programs of each corpus were run, and how many gave what was published.
var coverage struct {
	sync.Mutex
	ran, right map[string]int
}

// covers counts a test as one program of a corpus, when it ends.
func covers(t *testing.T, corpus string) {
	t.Cleanup(func() {
		coverage.Lock()
		defer coverage.Unlock()
		if coverage.ran == nil {
			coverage.ran, coverage.right = map[string]int{}, map[string]int{}
		}
		coverage.ran[corpus]++
		if !t.Failed() {
			coverage.right[corpus]++
		}
	})
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, corpus := range slices.Sorted(maps.Keys(coverage.ran)) {
		fmt.Printf("corpus %s: %d of %d programs agree\n", corpus, coverage.right[corpus], coverage.ran[corpus])
	}
	os.Exit(code)
}
