package executor

import (
	"runtime"
	"time"
)

// quick is the processor time after which a task is a long one: from there on its executor comes after all others, so that short queries
// do not notice it.
const quick = 30 * time.Millisecond

// looks at an executor's processor time are at least and at most so far apart.
const (
	soonest = 10 * time.Millisecond
	latest  = time.Second
)

// watch looks at the processor time that the executor uses, until its task has ended: it makes way for others when the task turns out to
// be long, and over is called when it has used more than the limit. No look is late, because time does not pass faster than on all
// processors at once.
func (e *process) watch(ended <-chan struct{}, limit time.Duration, over func()) {
	if e.CPU == nil {
		return
	}
	start, err := e.CPU()
	if err != nil {
		return
	}
	next := quick
	timer := time.NewTimer(wait(next))
	defer timer.Stop()
	for {
		select {
		case <-ended:
			return
		case <-timer.C:
		}
		now, err := e.CPU()
		if err != nil {
			return // it has ended
		}
		used := now - start
		if limit > 0 && used >= limit {
			over()
			return
		}
		if used >= quick && !e.yields {
			e.yield()
		}
		switch {
		case used < quick:
			next = quick - used
		case limit > 0:
			next = limit - used
		default:
			return
		}
		timer.Reset(wait(next))
	}
}

func wait(left time.Duration) time.Duration {
	return min(max(left/time.Duration(runtime.NumCPU()), soonest), latest)
}

// yield puts the executor behind everything else, where that can be done.
func (e *process) yield() {
	if e.Yield != nil {
		e.yields = e.Yield(true) == nil
	}
}

// back gives an executor that had to make way its place back.
func (e *process) back() error {
	if !e.yields {
		return nil
	}
	err := e.Yield(false)
	e.yields = err != nil
	return err
}
