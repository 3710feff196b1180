package cost

import (
	"errors"
	"math"
	"sync/atomic"
)

var measured atomic.Pointer[Constants]

// Use makes constants that were measured on this machine those of all estimates; nil goes back to Defaults. Plans stay right with any.
func Use(c *Constants) { measured.Store(c) }

func current() *Constants {
	if c := measured.Load(); c != nil {
		return c
	}
	return &Defaults
}

// Check refuses costs that say nothing: each must be a number above zero.
func (c *Constants) Check() error {
	for _, v := range []float64{c.ScanByte, c.Filter, c.Build, c.Probe, c.ProbeMiss, c.Column, c.Aggregate, c.GroupMiss, c.SortValue} {
		if !(v > 0) || math.IsInf(v, 0) {
			return errors.New("each cost must be a number of nanoseconds above zero")
		}
	}
	return nil
}
