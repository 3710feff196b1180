package exec

import (
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// dealParts is to how many files each side of a join that does not fit into memory is dealt.
const dealParts = 16

// dealt is one side of a join, dealt to files by the hash of its keys, so that rows of one key are in files of one number. The last
// column of what is on disk is each row's place, so that the joined rows can be put back into order.
type dealt struct {
	w      *thread
	keys   []scalar
	level  int // how often the rows have been dealt before
	files  []*spilled
	hashes []uint64
	rows   [dealParts][]int32
	cache  []dictionaryWords
	next   int64 // place of the next row
	ended  bool
}

// places is a column that counts up.
func places(mem *budget, from int64, n int) arrow.Array {
	at := make([]int64, n)
	for i := range at {
		at[i] = from + int64(i)
	}
	return placesOf(mem, at)
}

func placesOf(mem *budget, at []int64) arrow.Array {
	buf := allocate(mem, len(at)*8)
	defer buf.Release()
	copy(arrow.Int64Traits.CastFromBytes(buf.Bytes()), at)
	d := array.NewData(arrow.PrimitiveTypes.Int64, len(at), []*memory.Buffer{nil, buf}, nil, 0, 0)
	defer d.Release()
	return array.NewInt64Data(d)
}

// takePlaces takes the places from the end of a batch.
func takePlaces(b *batch) []int64 {
	last := len(b.cols) - 1
	defer b.cols[last].Release()
	out := slices.Clone(b.cols[last].(*array.Int64).Int64Values())
	b.cols = b.cols[:last]
	return out
}

func left(k logical.EquiKey) *logical.Expr  { return k.Left }
func right(k logical.EquiKey) *logical.Expr { return k.Right }

// dealt begins to deal rows of the given columns by their side of the keys.
func (b *builder) dealt(op *physical.Op, columns []types.Field, side func(logical.EquiKey) *logical.Expr, level int) (*dealt, error) {
	d := &dealt{w: b.r.thread(b.ctx), level: level, cache: make([]dictionaryWords, len(op.HashJoin.On))}
	exprs := make([]*logical.Expr, len(op.HashJoin.On))
	for i, k := range op.HashJoin.On {
		exprs[i] = side(k)
	}
	var err error
	if d.keys, err = compileAll(d.w, exprs, columns); err != nil {
		return nil, err
	}
	for range dealParts {
		d.files = append(d.files, d.w.spilled(op))
	}
	return d, nil
}

// push deals the rows of a batch, and releases it.
func (d *dealt) push(b *batch) error {
	mem := d.w.run.mem
	b.flattenNarrow(mem)
	defer b.release()
	if d.level == 0 {
		b.cols, b.late = append(slices.Clip(b.cols), places(mem, d.next, b.n)), grownLate(b.late, 1)
		d.next += int64(b.n)
	}
	keys, err := evalAllBriefly(d.w, d.keys, b)
	if err != nil {
		return err
	}
	defer releaseAll(keys)
	d.hashes = slices.Grow(d.hashes[:0], b.n)[:b.n]
	clear(d.hashes)
	for c, k := range keys {
		hashKey(k, &d.cache[c], d.hashes)
	}
	for p := range d.rows {
		d.rows[p] = d.rows[p][:0]
	}
	for i, h := range d.hashes {
		p := scramble(h, uint64(d.level)) % dealParts
		d.rows[p] = append(d.rows[p], int32(i))
	}
	for p, rows := range d.rows {
		if len(rows) == 0 {
			continue
		}
		part := takeBatch(mem, b, rows)
		part.late = slices.Clone(b.late)
		if err := d.files[p].add(mem, part.flatten(mem)); err != nil {
			return err
		}
	}
	return nil
}

// done ends the dealing; the files stay.
func (d *dealt) done() {
	if d != nil && !d.ended {
		d.ended = true
		d.w.run.collect([]*thread{d.w})
	}
}

func (d *dealt) drop() {
	if d != nil {
		d.done()
		for _, f := range d.files {
			f.drop()
		}
	}
}

// scramble mixes two words. It is the same in every run, so that rows come out in the same order.
func scramble(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93+2*y)
	return hi ^ lo
}

// hashKey adds a column to the hashes of keys: equal values, in whatever encoding, have equal ones.
func hashKey(a arrow.Array, known *dictionaryWords, out []uint64) {
	if narrow(a) {
		for i, v := range fixedWords(a, &keyScratch{}) {
			if a.IsNull(i) {
				v = absentWord
			}
			out[i] = scramble(out[i], v)
		}
		return
	}
	var scratch []byte
	hash := func(a arrow.Array, i int) uint64 {
		if a.IsNull(i) {
			return absentWord
		}
		scratch = appendValue(scratch[:0], a, i)
		h := uint64(len(scratch))
		for _, c := range scratch {
			h = (h ^ uint64(c)) * 0x100000001b3
		}
		return h
	}
	d, encoded := a.(*array.Dictionary)
	if !encoded {
		for i := range out {
			out[i] = scramble(out[i], hash(a, i))
		}
		return
	}
	if of := d.Data().Dictionary(); known.of != of {
		known.of, known.words = of, make([]uint64, of.Len())
		for i := range known.words {
			known.words[i] = hash(d.Dictionary(), i)
		}
	}
	for i, v := range dictionaryIndex(d) {
		if w := uint64(absentWord); d.IsNull(i) {
			out[i] = scramble(out[i], w)
		} else {
			out[i] = scramble(out[i], known.words[v])
		}
	}
}
