package storage

import (
	"errors"
	"sync"

	"github.com/dreamql/dreamql/engine/logical"
)

// keptSegments are segments that stay mapped between the runs of a program. Finding a file's pages again, and letting go of them at
// the end of a run, is work that one thread does, and for a small query it is a third of all.
type keptSegments struct {
	mu   sync.Mutex
	open map[segmentID]*keptSegment
	most int // how many stay mapped that nobody uses
}

// segmentID names a file that never changes.
type segmentID struct{ key, digest string }

type keptSegment struct {
	*Segment
	users int
}

const maxKeptSegments = 1024

// reader gives a segment to one more user, until that closes it.
func (k *keptSegments) reader(seg logical.Segment) (Reader, error) {
	id := segmentID{seg.Key, seg.Digest}
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.open[id]
	if s == nil {
		mapped, err := openSegment(seg.Key, seg.Key, seg)
		if err != nil {
			return nil, err
		}
		if k.open == nil {
			k.open = map[segmentID]*keptSegment{}
		}
		s = &keptSegment{Segment: mapped}
		k.open[id] = s
	}
	s.users++
	return &borrowedSegment{s.Segment, func() error { return k.giveBack(id) }}, nil
}

func (k *keptSegments) giveBack(id segmentID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.open[id]
	if s.users--; s.users > 0 || len(k.open) <= k.most {
		return nil
	}
	delete(k.open, id)
	return s.Segment.Close()
}

// close unmaps what nobody uses.
func (k *keptSegments) close() (err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, s := range k.open {
		if s.users == 0 {
			err = errors.Join(err, s.Segment.Close())
			delete(k.open, id)
		}
	}
	return err
}

// borrowedSegment is a segment for one user.
type borrowedSegment struct {
	*Segment
	giveBack func() error
}

// Close gives the segment back: no batch of it may be in use any more.
func (b *borrowedSegment) Close() error { return b.giveBack() }
