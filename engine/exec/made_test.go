package exec

import (
	"testing"
	"time"

	"github.com/dreamql/dreamql/engine/udf"
)

func TestWhatAProgramTookIsToldOnce(t *testing.T) {
	t.Parallel()
	r, other := &double{}, &double{}
	first := untold(r, "a", udf.Made{Compile: 5 * time.Millisecond, CacheHit: true, Queue: 3, PeakBytes: 10})
	if first.Compile != 5*time.Millisecond || first.CacheHits != 1 || first.Queue != 3 || first.PeakBytes != 10 {
		t.Errorf("%+v", first)
	}
	kept := untold(r, "a", udf.Made{Compile: 5 * time.Millisecond, CacheHit: true, Queue: 7, PeakBytes: 10})
	if kept.Compile != 0 || kept.CacheHits != 0 || kept.Queue != 4 || kept.PeakBytes != 10 {
		t.Errorf("%+v", kept)
	}
	again := untold(r, "a", udf.Made{Compile: 6 * time.Millisecond, Queue: 2})
	if again.Compile != 6*time.Millisecond || again.CacheHits != 0 || again.Queue != 2 {
		t.Errorf("%+v", again)
	}
	if x := untold(other, "a", udf.Made{Compile: 5 * time.Millisecond}); x.Compile != 5*time.Millisecond {
		t.Errorf("%+v", x)
	}
}
