package corpora_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dreamql/dreamql/engine/exec"
)

// tpchSpills are the queries that hold hundreds of kilobytes of groups, joined or sorted rows at scale factor 0.01, and so many
// kilobytes that they must go by way of the disk.
var tpchSpills = map[string]int64{"q04": 512, "q08": 768, "q09": 1024, "q10": 768, "q12": 768, "q13": 1024, "q18": 1536, "q21": 1280}

// TestTPCHMemory runs the 22 queries of TPC-H with so little memory as 256 MB are at scale factor 1, or less where they hold much, and
// gets the published answers. `make check-memory` does so at scale factor 1.
func TestTPCHMemory(t *testing.T) {
	c := open(t, "tpch/*")
	dir := t.TempDir()
	for _, name := range translations(t, "tpch") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := exec.Env{Threads: 2, MemoryLimit: 2560 << 10, Scratch: func() (exec.Scratch, error) { return os.CreateTemp(dir, "scratch") }}
			least, spills := tpchSpills[name]
			if spills {
				env.MemoryLimit, env.Threads = least<<10, 1 // so that how much is held at once does not hang on chance
			}
			got, stats := c.runIn(t, env, c.file(t, filepath.Join("tpch", name+".dql")))
			if d := got.difference(answers(t, "tpch/answers/"+name, "dreamql", "tpchgen")); d != "" {
				t.Error(d)
			}
			if stats.PeakBytes > env.MemoryLimit || spills && stats.SpilledBytes == 0 {
				t.Errorf("%d bytes were held, %d went to disk, with %d bytes of memory", stats.PeakBytes, stats.SpilledBytes, env.MemoryLimit)
			}
		})
	}
}
