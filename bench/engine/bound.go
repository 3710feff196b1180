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
	end   func(n int) // what one thread has to do when all have done their parts; nil for nothing
}

const (
	loopBytes = 200 << 20 // several times what a cache holds of it, on most machines
	loopSteps = 10_000_000
	small     = 16 << 10 // bytes that the first cache of a processor holds
	medium    = 1 << 20  // the second
	large     = 8 << 20  // neither: about the hash table of some 100,000 groups, or of a dimension
)

// loops are what a machine itself gives to more threads: what no query can exceed. The first two wait for memory and for their own
// results, the third keeps a processor busy, the next do what hash tables and results do, and the last is the least that grouping takes.
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
	g := newGrouped(threads)
	return []loop{
		{fmt.Sprintf("adding up %d MB", loopBytes>>20), func(i, n int) uint64 {
			return addUp(numbers[len(numbers)*i/n : len(numbers)*(i+1)/n])
		}, nil},
		{fmt.Sprintf("%d million steps of a generator", loopSteps/1_000_000), func(i, n int) uint64 {
			at := uint64(i)
			for range loopSteps / n {
				at = next(at)
			}
			return at
		}, nil},
		{fmt.Sprintf("adding up %d KB, again and again", small>>10), func(i, n int) uint64 {
			sum, own := uint64(0), numbers[i*small/8:(i+1)*small/8]
			for range 4 * loopSteps / n / len(own) {
				sum += addUp(own)
			}
			return sum
		}, nil},
		{fmt.Sprintf("%d million lookups in %d MB", loopSteps/1_000_000, medium>>20), lookups(medium), nil},
		{fmt.Sprintf("%d million lookups in %d MB", loopSteps/1_000_000, large>>20), lookups(large), nil},
		{fmt.Sprintf("%d million counts in %d MB of each thread", loopSteps/1_000_000, large>>20), func(i, n int) uint64 {
			at, own := uint64(i), numbers[i*large/8:(i+1)*large/8]
			for range loopSteps / n {
				at = next(at)
				own[at>>33&uint64(len(own)-1)]++
			}
			return at
		}, nil},
		{fmt.Sprintf("writing %d MB", loopBytes>>20), func(i, n int) uint64 {
			own := numbers[len(numbers)*i/n : len(numbers)*(i+1)/n]
			for k := range own {
				own[k] = uint64(k)
			}
			return own[0]
		}, nil},
		{fmt.Sprintf("grouping %d million rows by %d keys, three sums", loopSteps/1_000_000, loopGroups), g.part, g.end},
	}
}

// grouped is the query h2o q5 without an engine: each thread numbers its rows by a table of all keys that there may be, a block at a time, and
// adds three columns up by those numbers; then one adds the groups of the others to its own.
type grouped struct {
	keys   []int32
	a, b   []int8
	x      []float64
	tables []groupTable
}

type groupTable struct {
	numbers []uint32 // by key, from 1
	keys    []int32  // by number
	a, b    []int64
	x       []float64
	codes   []uint32
}

const (
	loopGroups = 100_000
	loopBlock  = 64 << 10
)

func newGrouped(threads int) *grouped {
	g := &grouped{make([]int32, loopSteps), make([]int8, loopSteps), make([]int8, loopSteps), make([]float64, loopSteps), make([]groupTable, threads)}
	at := uint64(0)
	for i := range g.keys {
		at = next(at)
		g.keys[i], g.a[i], g.b[i], g.x[i] = int32(at>>33%loopGroups), int8(at>>60), int8(at>>59), float64(at>>40)
	}
	for i := range g.tables {
		g.tables[i] = groupTable{make([]uint32, loopGroups), make([]int32, 0, loopGroups), make([]int64, loopGroups), make([]int64, loopGroups), make([]float64, loopGroups), make([]uint32, loopBlock)}
	}
	return g
}

func (g *grouped) part(i, n int) uint64 {
	t := &g.tables[i]
	clear(t.numbers)
	clear(t.a)
	clear(t.b)
	clear(t.x)
	t.keys = t.keys[:0]
	for from, end := len(g.keys)*i/n, len(g.keys)*(i+1)/n; from < end; from += loopBlock {
		to := min(end, from+loopBlock)
		for k, key := range g.keys[from:to] {
			t.codes[k] = t.number(key)
		}
		addBy(t.codes, t.a, g.a[from:to])
		addBy(t.codes, t.b, g.b[from:to])
		addBy(t.codes, t.x, g.x[from:to])
	}
	return uint64(len(t.keys))
}

func (t *groupTable) number(key int32) uint32 {
	if t.numbers[key] == 0 {
		t.keys = append(t.keys, key)
		t.numbers[key] = uint32(len(t.keys))
	}
	return t.numbers[key] - 1
}

func addBy[S int64 | float64, T int8 | float64](codes []uint32, sums []S, in []T) {
	codes = codes[:len(in)]
	for i, x := range in {
		sums[codes[i]] += S(x)
	}
}

func (g *grouped) end(n int) {
	all := &g.tables[0]
	for i := range g.tables[1:n] {
		t := &g.tables[1+i]
		for k, key := range t.keys {
			to := all.number(key)
			all.a[to] += t.a[k]
			all.b[to] += t.b[k]
			all.x[to] += t.x[k]
		}
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
	if l.end != nil {
		l.end(threads)
	}
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
