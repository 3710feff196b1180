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
	loopSteps = 10_000_000
	small     = 16 << 10 // bytes that the first cache of a processor holds
	medium    = 1 << 20  // the second
	large     = 8 << 20  // neither: about the hash table of some 100,000 groups, or of a dimension
)

// loops are what a machine itself gives to more threads: what no query can exceed. The first two wait for memory and for their own
// results, the third keeps a processor busy, and the others do what hash tables and results do.
func loops(threads int) []loop {
	numbers := make([]uint64, max(loopBytes, threads*large)/8)
	for i := range numbers {
		numbers[i] = uint64(i)
	}
	lookups := func(size int) func(int, int) uint64 {
		return func(i, n int) uint64 {
			sum, at, table := uint64(0), uint64(i), numbers[:size/8]
			for range loopSteps / n {
				at = next(at)
				sum += table[at>>33&uint64(len(table)-1)]
			}
			return sum
		}
	}
	return []loop{
		{fmt.Sprintf("adding up %d MB", loopBytes>>20), func(i, n int) uint64 {
			return addUp(numbers[len(numbers)*i/n : len(numbers)*(i+1)/n])
		}},
		{fmt.Sprintf("%d million steps of a generator", loopSteps/1_000_000), func(i, n int) uint64 {
			at := uint64(i)
			for range loopSteps / n {
				at = next(at)
			}
			return at
		}},
		{fmt.Sprintf("adding up %d KB, again and again", small>>10), func(i, n int) uint64 {
			sum, own := uint64(0), numbers[i*small/8:(i+1)*small/8]
			for range 4 * loopSteps / n / len(own) {
				sum += addUp(own)
			}
			return sum
		}},
		{fmt.Sprintf("%d million lookups in %d MB", loopSteps/1_000_000, medium>>20), lookups(medium)},
		{fmt.Sprintf("%d million lookups in %d MB", loopSteps/1_000_000, large>>20), lookups(large)},
		{fmt.Sprintf("%d million counts in %d MB of each thread", loopSteps/1_000_000, large>>20), func(i, n int) uint64 {
			at, own := uint64(i), numbers[i*large/8:(i+1)*large/8]
			for range loopSteps / n {
				at = next(at)
				own[at>>33&uint64(len(own)-1)]++
			}
			return at
		}},
		{fmt.Sprintf("writing %d MB", loopBytes>>20), func(i, n int) uint64 {
			own := numbers[len(numbers)*i/n : len(numbers)*(i+1)/n]
			for k := range own {
				own[k] = uint64(k)
			}
			return own[0]
		}},
	}
}

// next is a step of the generator of MMIX (Knuth, The Art of Computer Programming 2, 3.3.4).
func next(x uint64) uint64 { return x*6364136223846793005 + 1442695040888963407 }

func addUp(numbers []uint64) uint64 {
	var a, b, c, d uint64
	for ; len(numbers) >= 4; numbers = numbers[4:] {
		a, b, c, d = a+numbers[0], b+numbers[1], c+numbers[2], d+numbers[3]
	}
	return a + b + c + d
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

// loopTurns are for each run of a query: a loop is short, and so much the more at the mercy of the moment.
const loopTurns = 10

// bound is what the machine gives to more threads, measured here and now: the target of the speed-up is to be read beside it.
func (b *bench) bound() string {
	if b.cpu || b.quick || b.threads < 2 {
		return ""
	}
	var r measure.Report
	fmt.Fprintln(os.Stderr, "» what the machine gives to plain loops")
	r.Header("plain loop, milliseconds", "1 thread", fmt.Sprintf("%d threads", b.threads), "speed-up", "1 thread, slowest tenth / fastest")
	for _, l := range loops(b.threads) {
		var one, all []float64
		for range loopTurns * b.repeat {
			one, all = append(one, l.time(1)), append(all, l.time(b.threads))
		}
		slices.Sort(one)
		o, a := b.counted(one), b.counted(all)
		r.Line(l.title, measure.Figure(o), measure.Figure(a), times(o/a), times(one[len(one)*9/10]/one[len(one)/10]))
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
