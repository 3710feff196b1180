package cluster

import "time"

// Who has much to do must not keep others waiting. So each share (an account) has only so many parts of its queries on the stream or at
// work; the others wait with the coordinator. Workers, on their side, take more than they have slots for from many shares, and leave it
// to the processors' scheduler, for which whoever has worked long comes last (executor/watch.go).

// patience is how long a part of a query is a short one. A long one leaves the place that it had among the short ones.
const patience = time.Second

// share is what is under way of one account.
type share struct {
	young, old int
	waiting    map[*job]bool // told when there is room
}

// seat is where a task counts.
type seat uint8

const (
	noSeat seat = iota
	youngSeat
	oldSeat
)

// enter gives a task of the job a seat, if its share has one left; else the job is told later.
func (c *Coordinator) enter(j *job) bool {
	short := max(c.slots(), 1)
	all := 2 * short
	if c.config.Parts > 0 {
		short, all = (c.config.Parts+1)/2, c.config.Parts
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.shares[j.share()]
	if s == nil {
		s = &share{waiting: map[*job]bool{}}
		c.shares[j.share()] = s
	}
	if s.young >= short || s.young+s.old >= all {
		s.waiting[j] = true
		return false
	}
	s.young++
	return true
}

// leave gives a seat back.
func (c *Coordinator) leave(j *job, was seat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.shares[j.share()]
	if was == oldSeat {
		s.old--
	} else {
		s.young--
	}
	s.tell()
	if s.young+s.old == 0 && len(s.waiting) == 0 {
		delete(c.shares, j.share())
	}
}

// age moves a task to the long ones.
func (c *Coordinator) age(j *job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.shares[j.share()]
	s.young--
	s.old++
	s.tell()
}

// tell has the jobs that wait try again.
func (s *share) tell() {
	for j := range s.waiting {
		select {
		case j.room <- struct{}{}:
		default: // it has been told already
		}
	}
	clear(s.waiting)
}

func (j *job) share() string {
	if j.in.Share != "" {
		return j.in.Share
	}
	return j.in.Tenant
}

// settle gives back the seats of tasks that are not under way any more, and moves those that take long.
func (j *job) settle() {
	for i := range j.stages {
		for _, t := range j.stages[i].tasks {
			switch {
			case t.seat == noSeat:
			case t.state == done || t.state == waiting:
				j.c.leave(j, t.seat)
				t.seat = noSeat
			case t.seat == youngSeat && t.state == running && time.Since(t.began) > patience:
				j.c.age(j)
				t.seat = oldSeat
			}
		}
	}
}

// leaveAll gives back all seats at the end.
func (j *job) leaveAll() {
	for i := range j.stages {
		for _, t := range j.stages[i].tasks {
			if t.seat != noSeat {
				j.c.leave(j, t.seat)
				t.seat = noSeat
			}
		}
	}
	j.c.mu.Lock()
	defer j.c.mu.Unlock()
	if s := j.c.shares[j.share()]; s != nil {
		delete(s.waiting, j)
		if s.young+s.old == 0 && len(s.waiting) == 0 {
			delete(j.c.shares, j.share())
		}
	}
}
