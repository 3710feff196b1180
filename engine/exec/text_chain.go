package exec

import (
	"bytes"
	"runtime"
	"slices"
	"sync"
	"weak"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// textChain is dictionaries of which each continues another and none has a text twice, as an import writes those of a column's segments: a
// position means the same text in all of them. Who groups by positions looks at no text, and neither do those who put the groups of
// several threads together.
type textChain struct {
	mu     sync.Mutex
	values *array.String // of the longest: a copy, because dictionaries go with their segments
	table  *bytesTable   // of values
}

const (
	chainTexts = 256 << 10 // of a dictionary
	chainBytes = 16 << 20
	chainRows  = 16 // new texts for each row that comes with a dictionary, up to which looking through them pays
)

// follow reports whether a dictionary that comes with so many rows is one of the chain's. It is looked through once for all runs of the
// program.
func (c *textChain) follow(d *array.Data, rows int) bool {
	if chains.find(d) == c {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	had := c.size()
	if !c.extend(d, rows) {
		return false
	}
	chains.add(d, c, c.size()-had)
	return true
}

func (c *textChain) extend(d *array.Data, rows int) bool {
	n := d.Len()
	if n == 0 || n > chainTexts || d.DataType().ID() != arrow.STRING || d.NullN() > 0 {
		return false
	}
	texts := textsOf(d)
	if texts.offsets[0] != 0 || texts.offsets[n] > chainBytes {
		return false
	}
	had, longest := 0, textOf{}
	if c.values != nil {
		had, longest = c.values.Len(), textsOf(c.values.Data())
	}
	if both := min(n, had); both > 0 && !(slices.Equal(texts.offsets[:both+1], longest.offsets[:both+1]) &&
		bytes.Equal(texts.bytes[:texts.offsets[both]], longest.bytes[:texts.offsets[both]])) {
		return false
	}
	if n <= had {
		return true
	}
	if n-had > chainRows*rows {
		return false
	}
	numbers := make([]uint32, n)
	if c.table == nil {
		c.table = newBytesTable()
		if had > 0 {
			c.table.insertAll(longest.offsets, longest.bytes, numbers[:had])
		}
	}
	c.table.insertAll(texts.offsets[had:], texts.bytes, numbers[had:])
	if c.table.len() < n { // one is there twice
		c.table = nil
		return false
	}
	offsets, text := arrow.Int32Traits.CastToBytes(slices.Clone(texts.offsets)), bytes.Clone(texts.bytes[:texts.offsets[n]])
	data := array.NewData(arrow.BinaryTypes.String, n, []*memory.Buffer{nil, memory.NewBufferBytes(offsets), memory.NewBufferBytes(text)}, nil, 0, 0)
	c.values = array.NewStringData(data)
	return true
}

// texts is the longest dictionary so far.
func (c *textChain) texts() *array.String {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.values
}

func (c *textChain) bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size()
}

func (c *textChain) size() int64 {
	n := int64(0)
	if c.values != nil {
		n = int64(c.values.Data().SizeInBytes())
	}
	if c.table != nil {
		n += c.table.bytes()
	}
	return n
}

// keptChains knows the chains of dictionaries that are in use, or kept with their segments for the next run.
type keptChains struct {
	mu   sync.Mutex
	of   map[weak.Pointer[array.Data]]*textChain
	size int64 // that chains have grown by since all were forgotten
}

// mostChained is how many bytes of chains are kept.
const mostChained = 128 << 20

var chains = keptChains{of: map[weak.Pointer[array.Data]]*textChain{}}

// find gives the chain of a dictionary, or nil.
func (k *keptChains) find(d *array.Data) *textChain {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.of[weak.Make(d)]
}

// add makes a dictionary one of a chain, which has grown for it.
func (k *keptChains) add(d *array.Data, c *textChain, grown int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size += grown; k.size > mostChained {
		clear(k.of)
		k.size = 0
	}
	at := weak.Make(d)
	if k.of[at] == nil {
		runtime.AddCleanup(d, k.forget, at)
	}
	k.of[at] = c
}

func (k *keptChains) forget(d weak.Pointer[array.Data]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.of, d)
}

// keyTexts is the chain of one key, which all threads of an operator follow.
type keyTexts struct {
	mu    sync.Mutex
	chain *textChain
	held  holding
}

// follow is that of the chain which the first dictionary has, or begins. It leaves alone what is much of the limit.
func (k *keyTexts) follow(mem *budget, d *array.Data, rows int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if mem.limit > 0 && 4*int64(d.SizeInBytes()) > mem.limit/16 {
		return false
	}
	if k.chain == nil {
		k.chain = chains.find(d)
	}
	if k.chain == nil {
		k.chain = &textChain{}
	}
	if !k.chain.follow(d, rows) {
		return false
	}
	k.held.b = mem
	k.held.set(k.chain.bytes())
	return true
}

// join is joinDictionaries where all follow the chain, whose dictionary it gives.
func (k *keyTexts) join(mem *budget, parts []arrow.Array) (one *oneDictionary, ok bool) {
	if k == nil || len(parts) == 0 {
		return nil, false
	}
	become := map[arrow.ArrayData][]uint32{}
	for _, p := range parts {
		d, isDictionary := p.(*array.Dictionary)
		if !isDictionary {
			return nil, false
		}
		of, able := d.Data().Dictionary().(*array.Data)
		if !able {
			return nil, false
		}
		if _, known := become[of]; !known && !k.follow(mem, of, p.Len()) {
			return nil, false
		}
		become[of] = nil
	}
	values := k.texts()
	values.Retain()
	same := make([]uint32, values.Len())
	for i := range same {
		same[i] = uint32(i)
	}
	for of := range become {
		become[of] = same[:of.Len()]
	}
	return &oneDictionary{values, become}, true
}

// texts is the longest dictionary so far.
func (k *keyTexts) texts() *array.String {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.chain.texts()
}

// release says that nobody follows any more. A key that is no text has nothing to release.
func (k *keyTexts) release() {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held.b != nil {
		k.held.set(0)
	}
}
