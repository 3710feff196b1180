package funcs

import (
	"math"
	"sync"
)

// chains keeps all numbers of many groups. Those of a group lie in chunks that get longer, each with a link to the one before,
// so that a number is written once, to its place, and little is left free.
type chains struct {
	pages [][]float64
	used  int // slots of the last page
	of    []chain
}

// chain is where the next number of a group goes.
type chain struct {
	next uint32 // its slot: the page, then the place in it
	left uint8  // free slots from there on
	size uint8  // slots of the chunk, the link included; 0 for none
}

const (
	pageBits   = 16
	pageSlots  = 1 << pageBits
	firstSlots = 1 << 10 // of the first page, which grows
	firstChunk = 4
	lastChunk  = 64 // chunks get no longer
	mostSlots  = int64(1) << 32
)

// chainPages are whole pages that nobody uses any more.
var chainPages = sync.Pool{New: func() any { return new([pageSlots]float64) }}

// fits reports whether n more numbers have a place, wherever they go.
func (c *chains) fits(n int) bool {
	return int64(len(c.pages))*pageSlots+lastChunk*int64(n) < mostSlots
}

func (c *chains) add(g uint32, x float64) {
	s := &c.of[g]
	if s.left == 0 {
		c.more(s)
	}
	c.pages[s.next>>pageBits][s.next&(pageSlots-1)] = x
	s.next++
	s.left--
}

func (c *chains) addAll(groups []uint32, in []float64) {
	groups = groups[:len(in)]
	of, pages := c.of, c.pages
	for i, x := range in {
		g := groups[i]
		if g == NoGroup {
			continue
		}
		s := &of[g]
		if s.left == 0 {
			c.more(s)
			pages = c.pages
		}
		pages[s.next>>pageBits][s.next&(pageSlots-1)] = x
		s.next++
		s.left--
	}
}

// more begins a chunk. Its first slot says where the one before starts, and how long that is.
func (c *chains) more(s *chain) {
	size := firstChunk
	if s.size > 0 {
		size = min(2*int(s.size), lastChunk)
	}
	last := len(c.pages) - 1
	switch {
	case last < 0:
		c.pages = append(c.pages, make([]float64, firstSlots))
		last = 0
	case c.used+size <= len(c.pages[last]):
	case len(c.pages[last]) < pageSlots: // the first one grows before there is a second
		c.pages[last] = grow(c.pages[last], min(2*len(c.pages[last]), pageSlots))
	default:
		c.pages = append(c.pages, chainPages.Get().(*[pageSlots]float64)[:])
		last, c.used = last+1, 0
	}
	link := uint64(s.size)<<32 | uint64(s.next-uint32(s.size))
	c.pages[last][c.used] = math.Float64frombits(link)
	*s = chain{next: uint32(last<<pageBits + c.used + 1), left: uint8(size - 1), size: uint8(size)}
	c.used += size
}

// gather appends all numbers of a group, in no order.
func (c *chains) gather(out []float64, g uint32) []float64 {
	if int(g) >= len(c.of) {
		return out
	}
	s := c.of[g]
	start, size, n := s.next+uint32(s.left)-uint32(s.size), s.size, s.size-s.left
	for size > 0 {
		chunk := c.pages[start>>pageBits][start&(pageSlots-1):][:n]
		out = append(out, chunk[1:]...)
		link := math.Float64bits(chunk[0])
		start, size, n = uint32(link), uint8(link>>32), uint8(link>>32)
	}
	return out
}

func (c *chains) bytes() int64 {
	n := int64(cap(c.of)) * 8
	for _, p := range c.pages {
		n += int64(len(p)) * 8
	}
	return n
}

// release lets others use the pages.
func (c *chains) release() {
	for _, p := range c.pages {
		if len(p) == pageSlots {
			chainPages.Put((*[pageSlots]float64)(p))
		}
	}
	*c = chains{}
}
