package exec

import (
	"context"
	"slices"
	"sort"
)

const (
	radixFrom  = 1 << 11 // entries; fewer are compared
	radixBits  = 8
	radixBlock = 1 << 20 // entries between two looks at whether the run is cancelled
	mergeGrain = 1 << 17
)

// radixSort sorts by the bits from from to to, keeping the order of entries that agree in them; entries that do are in the order of their
// lower bits when they were so before. spare is as long as es.
func radixSort(ctx context.Context, es, spare []uint64, from, to int) error {
	src, dst := es, spare
	for at := from; at < to; at += radixBits {
		var count [1 << radixBits]int
		mask := uint64(1)<<min(radixBits, to-at) - 1
		for _, e := range src {
			count[e>>at&mask]++
		}
		if count[src[0]>>at&mask] == len(src) {
			continue
		}
		sum := 0
		for i, n := range count {
			count[i] = sum
			sum += n
		}
		for rest := src; len(rest) > 0; {
			if err := ctx.Err(); err != nil {
				return err
			}
			block := rest[:min(radixBlock, len(rest))]
			rest = rest[len(block):]
			for _, e := range block {
				c := &count[e>>at&mask]
				dst[*c] = e
				*c++
			}
		}
		src, dst = dst, src
	}
	if &src[0] != &es[0] {
		copy(es, src)
	}
	return nil
}

// sortEntries sorts entries on all threads: each a part of them, which are then merged two by two.
func (p *pile) sortEntries(ctx context.Context, es []uint64, from, to int) ([]uint64, error) {
	if len(es) < radixFrom {
		slices.Sort(es)
		return es, nil
	}
	threads := max(p.r.threads, 1)
	if len(es) < 1<<15 || p.one != nil {
		threads = 1
	}
	var ends []int
	for i := range threads {
		ends = append(ends, len(es)*(i+1)/threads)
	}
	spare := make([]uint64, len(es))
	err := p.each(ctx, threads, func(w *thread, i int) error {
		begin := 0
		if i > 0 {
			begin = ends[i-1]
		}
		return radixSort(w.ctx, es[begin:ends[i]], spare[begin:ends[i]], from, to)
	})
	for len(ends) > 1 && err == nil {
		type piece struct{ a, b, out []uint64 }
		var pieces []piece
		var merged []int
		begin := 0
		for i := 0; i < len(ends); i += 2 {
			mid, end := ends[i], ends[min(i+1, len(ends)-1)]
			a, b, out := es[begin:mid], es[mid:end], spare[begin:end]
			for len(out) > mergeGrain {
				k := split(a, b, mergeGrain)
				pieces = append(pieces, piece{a[:k], b[:mergeGrain-k], out[:mergeGrain]})
				a, b, out = a[k:], b[mergeGrain-k:], out[mergeGrain:]
			}
			pieces = append(pieces, piece{a, b, out})
			merged = append(merged, end)
			begin = end
		}
		err = p.each(ctx, len(pieces), func(_ *thread, i int) error {
			merge(pieces[i].out, pieces[i].a, pieces[i].b)
			return nil
		})
		es, spare, ends = spare, es, merged
	}
	return es, err
}

// split returns how many of the n least entries of two sorted parts are of a. No two entries are equal.
func split(a, b []uint64, n int) int {
	lo, hi := max(0, n-len(b)), min(n, len(a))
	return lo + sort.Search(hi-lo, func(k int) bool {
		i := lo + k // a[:i] and b[:n-i]: enough of a, once its next is beyond the last of b
		return n-i == 0 || a[i] > b[n-i-1]
	})
}

func merge(out, a, b []uint64) {
	for len(a) > 0 && len(b) > 0 {
		x, y := a[0], b[0]
		if x < y {
			out[0] = x
			a = a[1:]
		} else {
			out[0] = y
			b = b[1:]
		}
		out = out[1:]
	}
	copy(out[copy(out, a):], b)
}
