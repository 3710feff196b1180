package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/dreamql/dreamql/bench/measure"
)

// loop is plain work that any number of threads can share evenly: part i of n.
type loop struct {
	title string
	part  func(i, n int) uint64
}

const (
	loopBytes = 200 << 20 // several times what a cache holds of it, on most machines
	loopSteps = 60_000_000
)

// loops are what a machine itself gives to more threads: what no query can exceed.
func loops() []loop {
	numbers := make([]uint64, loopBytes/8)
	for i := range numbers {
		numbers[i] = uint64(i)
	}
	return []loop{
		{fmt.Sprintf("adding up %d MB", loopBytes>>20), func(i, n int) uint64 {
			var a, b, c, d uint64
			for part := numbers[len(numbers)*i/n : len(numbers)*(i+1)/n]; len(part) >= 4; part = part[4:] {
				a, b, c, d = a+part[0], b+part[1], c+part[2], d+part[3]
			}
			return a + b + c + d
		}},
		{fmt.Sprintf("%d million steps of a generator", loopSteps/1_000_000), func(_, n int) uint64 {
			x := uint64(88172645463325252)
			for range loopSteps / n {
				x ^= x << 13
				x ^= x >> 7
				x ^= x << 17
			}
			return x
		}},
	}
}

// time runs a loop on so many threads.
func (l loop) time(threads int) float64 {
	var all sync.WaitGroup
	began := time.Now()
	for i := range threads {
		all.Go(func() { runtime.KeepAlive(l.part(i, threads)) })
	}
	all.Wait()
	return float64(time.Since(began).Nanoseconds()) / 1e6
}

// bound is what the machine gives to more threads, measured here and now: the target of the speed-up is to be read beside it.
func (b *bench) bound() string {
	if b.cpu || b.quick || b.threads < 2 {
		return ""
	}
	var r measure.Report
	fmt.Fprintln(os.Stderr, "» what the machine gives to plain loops")
	r.Header("plain loop, milliseconds", "1 thread", fmt.Sprintf("%d threads", b.threads), "speed-up")
	for _, l := range loops() {
		var one, all []float64
		for range b.repeat {
			one, all = append(one, l.time(1)), append(all, l.time(b.threads))
		}
		o, a := b.counted(one), b.counted(all)
		r.Line(l.title, measure.Figure(o), measure.Figure(a), times(o/a))
	}
	return r.String()
}

// counted is the run that counts.
func (b *bench) counted(ms []float64) float64 {
	if b.best {
		return slices.Min(ms)
	}
	return measure.Median(ms)
}
