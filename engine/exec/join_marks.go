package exec

import "github.com/dreamql/dreamql/engine/pages"

// marked makes the table of a join that asks only whether there is a row, of one column of numbers that lie close together: a bit for
// each, straight from the batches. It reports whether that could be done.
func (t *joinTable) marked(threads int, side *buildSide) (bool, error) {
	if !onlyExists(side.j) || len(side.j.On) != 1 || len(side.bs) == 0 || !narrow(side.keys[0][0]) {
		return false, nil
	}
	key := &joinKey{stride: 1}
	if err := key.learn(threads, 0, side.keys); err != nil {
		return false, err
	}
	rows := 0
	for _, b := range side.bs {
		rows += b.n
	}
	words, ok := key.size()
	if !ok || !key.some || key.absent || words > 256*uint64(rows)+1<<16 {
		return false, nil
	}
	size := int(words/64) + 1
	threads = max(1, min(threads, len(side.bs), rows/size)) // each has bits of its own, all no more than the words of the rows would be
	each := make([][]uint64, threads)
	t.hold(int64(size) * 8 * int64(threads))
	scratch := make([]*keyScratch, threads)
	for i := range each {
		each[i], scratch[i] = pages.Make[uint64](size), newKeyScratch(1)
	}
	err := spread(threads, len(side.bs), func(worker, i int) error {
		bits, least := each[worker], uint64(key.least)
		for _, v := range fixedWords(side.keys[i][0], scratch[worker]) {
			bits[(v-least)/64] |= 1 << ((v - least) % 64)
		}
		return nil
	})
	for _, bits := range each[1:] {
		for i, b := range bits {
			each[0][i] |= b
		}
	}
	t.hold(-int64(size) * 8 * int64(threads-1))
	t.keys = &joinKeys{columns: []*joinKey{key}, words: words}
	t.n, t.kept, t.bare, t.there = rows, rows, true, each[0]
	return true, err
}
