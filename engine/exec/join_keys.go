package exec

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/pages"
)

// miss is the word of a row whose key no build row has.
const miss = math.MaxUint64

// joinKeys turns the key of a row into one word, equal for equal keys and only for them. Values of up to 64 bits count from the
// least of the build side, all others are numbered, and columns share the word like the digits of a number. Absent is a value too.
type joinKeys struct {
	columns []*joinKey
	words   uint64 // each is less; 1 where there are no columns
}

// newJoinKeys looks at all build keys, cols[batch][column], and writes the word of each row, words[batch].
func newJoinKeys(threads, columns int, cols [][]arrow.Array, words [][]uint64) (*joinKeys, error) {
	k := &joinKeys{words: 1}
	scratch := make([]*keyScratch, max(1, threads))
	for i := range scratch {
		scratch[i] = newKeyScratch(columns)
	}
	for c := range columns {
		key := &joinKey{}
		k.columns = append(k.columns, key)
		if err := key.learn(threads, c, cols); err != nil {
			return nil, err
		}
		k.fit(key, c, cols, words)
		err := spread(threads, len(cols), func(worker, i int) error {
			if c == 0 {
				pages.Touch(words[i])
			}
			key.add(cols[i][c], c, scratch[worker], words[i])
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return k, nil
}

// find writes the word of each row, miss where no build row has its key. Any number may run at a time, each with its scratch.
func (k *joinKeys) find(cols []arrow.Array, s *keyScratch, out []uint64) {
	clear(out)
	for c, key := range k.columns {
		if key.fold != nil {
			for i, w := range out {
				if w != miss {
					out[i] = wordOf(key.fold.find(w))
				}
			}
		}
		key.add(cols[c], c, s, out)
	}
}

// fit gives a column its place in the word. What would take too much of it is numbered.
func (k *joinKeys) fit(key *joinKey, c int, cols [][]arrow.Array, words [][]uint64) {
	const few = 1 << 32 // two of these fit
	size, ok := key.size()
	if !ok || c > 0 && size > few && k.words > math.MaxInt64/size {
		key.number(c, cols)
		size, _ = key.size()
	}
	if k.words > few && k.words > math.MaxInt64/size {
		key.fold = &intTable{}
		for _, batch := range words {
			for i, w := range batch {
				batch[i] = uint64(key.fold.insert(w))
			}
		}
		k.words = max(1, uint64(key.fold.n))
	}
	key.stride = k.words
	k.words *= size
}

func (k *joinKeys) bytes() int64 {
	var n int64
	for _, key := range k.columns {
		if key.text != nil {
			n += key.text.bytes()
		}
		for _, t := range []*intTable{key.ints, key.fold} {
			if t != nil {
				n += t.bytes()
			}
		}
	}
	return n
}

func wordOf(code uint32) uint64 {
	if code == none {
		return miss
	}
	return uint64(code)
}
