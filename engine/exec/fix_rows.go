package exec

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// fixRows are the rows of a fix so far: a set, or with kept columns one row for each key, of their best values. Rows lie in
// chunks that never change; a row that a better one has replaced stays until its chunk is merged with another.
type fixRows struct {
	mem    *budget
	fields []types.Field
	keys   []int // columns
	kept   []keptColumn
	codes  *keyCodes
	cache  *keyCache
	number []uint32
	chunks []*fixChunk
	old    int // chunks of earlier rounds
	best   []fixPlace
	held   holding
}

type keptColumn struct {
	column int
	larger bool
}

type fixChunk struct {
	rows  *batch
	codes []uint32 // the key of each row; only with kept columns
}

// fixPlace is where the row of a key is.
type fixPlace struct{ chunk, row int32 }

func newFixRows(mem *budget, op *physical.Op) (*fixRows, error) {
	f := &fixRows{mem: mem, fields: op.Columns, held: holding{b: mem}}
	for i, c := range op.Columns {
		k := slices.IndexFunc(op.Fix.Keep, func(k logical.Kept) bool { return k.Column == c.Name })
		if k < 0 {
			f.keys = append(f.keys, i)
		} else {
			f.kept = append(f.kept, keptColumn{i, op.Fix.Keep[k].Larger()})
		}
	}
	f.codes, f.cache = newKeyCodes(len(f.keys)), newKeyCache(len(f.keys))
	return f, nil
}

func (f *fixRows) release() {
	for _, c := range f.chunks {
		c.rows.release()
	}
	f.chunks = nil
	f.held.set(0)
}

// add takes the rows that are new or better, and releases b.
func (f *fixRows) add(b *batch) error {
	if b.n == 0 {
		b.release()
		return nil
	}
	f.number = slices.Grow(f.number[:0], b.n)[:b.n]
	cols := make([]arrow.Array, len(f.keys))
	for i, k := range f.keys {
		cols[i] = b.cols[k]
	}
	next := uint32(f.codes.len())
	f.codes.insert(cols, f.cache, f.number)
	defer func() {
		f.held.set(f.codes.bytes() + int64(cap(f.best))*8 + int64(cap(f.number))*4)
	}()
	if len(f.kept) > 0 {
		return f.improve(b)
	}
	var fresh []int32
	for i, c := range f.number {
		if c == next {
			fresh = append(fresh, int32(i))
			next++
		}
	}
	if len(fresh) == b.n {
		f.chunks = append(f.chunks, &fixChunk{rows: b})
		return nil
	}
	defer b.release()
	if len(fresh) > 0 {
		f.chunks = append(f.chunks, &fixChunk{rows: takeBatch(f.mem, b, fresh)})
	}
	return nil
}

// round ends a round and gives its rows, one batch, which the caller releases. Chunks are merged into ones of at least half the
// size of the one before, so that there are few however many rounds there were.
func (f *fixRows) round() (*batch, error) {
	added, err := f.merge(f.old)
	if err != nil {
		return nil, err
	}
	out := added.rows.shared()
	if out.n == 0 {
		added.rows.release()
		f.chunks = f.chunks[:f.old]
		return out, nil
	}
	for n := len(f.chunks); n >= 2 && 2*f.chunks[n-1].rows.n >= f.chunks[n-2].rows.n; n = len(f.chunks) {
		if f.chunks[n-2].rows.n > maxBatch {
			break
		}
		if _, err := f.merge(n - 2); err != nil {
			out.release()
			return nil, err
		}
	}
	f.old = len(f.chunks)
	return out, nil
}

// merge makes one chunk of those from the given one on, without the rows that were replaced.
func (f *fixRows) merge(from int) (*fixChunk, error) {
	var parts []*batch
	out := &fixChunk{}
	for i := from; i < len(f.chunks); i++ {
		b, codes := f.live(i)
		parts, out.codes = append(parts, b), append(out.codes, codes...)
	}
	var err error
	if out.rows, err = concat(f.mem, parts, f.fields); err != nil {
		return nil, err
	}
	for _, c := range f.chunks[from:] {
		c.rows.release()
	}
	f.chunks = append(f.chunks[:from], out)
	for row, code := range out.codes {
		f.best[code] = fixPlace{int32(from), int32(row)}
	}
	return out, nil
}

// live is the rows of a chunk that no better ones have replaced; the caller releases them.
func (f *fixRows) live(i int) (*batch, []uint32) {
	c := f.chunks[i]
	var rows []int32
	for row, code := range c.codes {
		if f.best[code] == (fixPlace{int32(i), int32(row)}) {
			rows = append(rows, int32(row))
		}
	}
	if len(rows) == len(c.codes) {
		return c.rows.shared(), c.codes
	}
	codes := make([]uint32, len(rows))
	for k, row := range rows {
		codes[k] = c.codes[row]
	}
	return takeBatch(f.mem, c.rows, rows), codes
}

// all is every row so far, in batches that the caller releases.
func (f *fixRows) all() ([]*batch, error) {
	var out []*batch
	for i := range f.chunks {
		if b, _ := f.live(i); b.n > 0 {
			out = append(out, b)
		} else {
			b.release()
		}
	}
	return out, nil
}

// improve takes the rows of new keys, and those that make a kept value of an old key better.
func (f *fixRows) improve(b *batch) error {
	defer b.release()
	for _, k := range f.kept {
		plain := decoded(f.mem, b.cols[k.column])
		b.cols[k.column].Release()
		b.cols[k.column] = plain
	}
	here := int32(len(f.chunks))
	// from is, for each key that has changed, where each kept value comes from; rows are of b where the chunk is here.
	from := map[uint32][]fixPlace{}
	var changed []uint32
	first := map[uint32]int32{} // a row of b with the key
	for i, code := range f.number {
		at := fixPlace{here, int32(i)}
		places := from[code]
		if int(code) >= len(f.best) {
			f.best = append(f.best, at)
			places = slices.Repeat([]fixPlace{at}, len(f.kept))
			from[code], changed, first[code] = places, append(changed, code), int32(i)
			continue
		}
		for j, k := range f.kept {
			cur := f.best[code]
			if places != nil {
				cur = places[j]
			}
			a := b.cols[k.column]
			if cur.chunk != here {
				a = f.chunks[cur.chunk].rows.cols[k.column]
			}
			if !betterCell(b.cols[k.column], i, a, int(cur.row), k.larger) {
				continue
			}
			if places == nil {
				places = slices.Repeat([]fixPlace{f.best[code]}, len(f.kept))
				from[code], changed, first[code] = places, append(changed, code), int32(i)
			}
			places[j] = at
		}
	}
	if len(changed) == 0 {
		return nil
	}
	rows := make([]int32, len(changed))
	for i, code := range changed {
		rows[i] = first[code]
	}
	out := &fixChunk{rows: takeBatch(f.mem, b, rows), codes: changed}
	for j, k := range f.kept {
		places := make([]fixPlace, len(changed))
		for i, code := range changed {
			places[i] = from[code][j]
		}
		c, err := f.gather(b.cols[k.column], k.column, here, places)
		if err != nil {
			out.rows.release()
			return err
		}
		out.rows.cols[k.column].Release()
		out.rows.cols[k.column] = c
	}
	f.chunks = append(f.chunks, out)
	for i, code := range changed {
		f.best[code] = fixPlace{here, int32(i)}
	}
	return nil
}

// gather takes values of a column from a, which stands for the chunk here, and from older chunks.
func (f *fixRows) gather(a arrow.Array, column int, here int32, places []fixPlace) (arrow.Array, error) {
	rows := make([]int32, len(places))
	parts := []arrow.Array{a}
	next := a.Len()
	for i, p := range places {
		if p.chunk == here {
			rows[i] = p.row
			continue
		}
		parts = append(parts, array.NewSlice(f.chunks[p.chunk].rows.cols[column], int64(p.row), int64(p.row)+1))
		rows[i] = int32(next)
		next++
	}
	if len(parts) == 1 {
		return take(f.mem, a, rows), nil
	}
	defer releaseAll(parts[1:])
	whole, err := concatColumn(f.mem, parts, f.fields[column].Type)
	if err != nil {
		return nil, err
	}
	defer whole.Release()
	return take(f.mem, whole, rows), nil
}

// betterCell reports whether value i of a is better than value j of b; absent is worse than any.
func betterCell(a arrow.Array, i int, b arrow.Array, j int, larger bool) bool {
	if a.IsNull(i) || b.IsNull(j) {
		return !a.IsNull(i) && b.IsNull(j)
	}
	if larger {
		return compareCells(a, i, b, j) > 0
	}
	return compareCells(a, i, b, j) < 0
}

// compareCells orders present values of two columns of one type.
func compareCells(a arrow.Array, i int, b arrow.Array, j int) int {
	switch a := a.(type) {
	case *array.Int64:
		return cmp.Compare(a.Value(i), b.(*array.Int64).Value(j))
	case *array.Float64:
		return compareFloats(a.Value(i), b.(*array.Float64).Value(j))
	case *array.Date32:
		return cmp.Compare(a.Value(i), b.(*array.Date32).Value(j))
	case *array.Timestamp:
		return cmp.Compare(a.Value(i), b.(*array.Timestamp).Value(j))
	case *array.Time64:
		return cmp.Compare(a.Value(i), b.(*array.Time64).Value(j))
	case *array.Decimal128:
		return a.Value(i).Cmp(b.(*array.Decimal128).Value(j))
	case *array.String:
		return cmp.Compare(a.Value(i), b.(*array.String).Value(j))
	case *array.Boolean:
		return boolInt(a.Value(i)) - boolInt(b.(*array.Boolean).Value(j))
	case *array.MonthDayNanoInterval:
		return compareIntervals(a.Value(i), b.(*array.MonthDayNanoInterval).Value(j))
	}
	return bytes.Compare(appendValue(nil, a, i), appendValue(nil, b, j))
}
