package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// maxMergeRows bounds the keys that are held in memory.
const maxMergeRows = 5_000_000

// Merge gives the rows of old whose key no row of added has, and then those of added. Segments of old without such a row stay what
// they are; the others are written anew under prefix. The columns of both must be the same but for options, and have the result's.
func Merge(ctx context.Context, old, added *logical.Table, columns []types.Field, key []string, blobs *Blobs, prefix string) (t *logical.Table, err error) {
	m := &merger{old: old, added: added, columns: columns, key: key, blobs: blobs, keys: map[string]bool{}}
	var written []logical.Segment
	defer func() {
		if err != nil {
			for _, g := range written {
				err = errors.Join(err, blobs.Delete(context.WithoutCancel(ctx), g.Key))
			}
		}
	}()
	if err := m.learn(ctx); err != nil {
		return nil, err
	}
	out := *old
	out.Columns, out.Segments, out.Rows = columns, nil, 0
	for i, g := range old.Segments {
		replaced, err := m.replaces(ctx, i)
		if err != nil {
			return nil, err
		}
		if !replaced {
			out.Segments = append(out.Segments, g)
			continue
		}
		rest, err := Keep(ctx, old.Name, optional(columns), m.rest(ctx, i), blobs, fmt.Sprintf("%s/%06d", prefix, i))
		if err != nil {
			return nil, err
		}
		written = append(written, rest.Segments...)
		out.Segments = append(out.Segments, rest.Segments...)
	}
	out.Segments = append(out.Segments, added.Segments...)
	for _, g := range out.Segments {
		out.Rows += g.Rows
	}
	return &out, nil
}

type merger struct {
	old, added *logical.Table
	columns    []types.Field
	key        []string
	blobs      *Blobs
	keys       map[string]bool
}

// learn reads the keys of the new rows.
func (m *merger) learn(ctx context.Context) error {
	if m.added.Rows > maxMergeRows {
		return bad(m.added.Name, "it has %d rows; a merge takes at most %d at once. Split it.", m.added.Rows, maxMergeRows)
	}
	for _, k := range m.key {
		i := fieldNamed(m.columns, k)
		if i < 0 {
			return bad(m.added.Name, "there is no column %s to merge by.", k)
		}
		switch t := m.columns[i].Type.Required(); t.Kind {
		case types.Int, types.String, types.Bool, types.Date, types.Time, types.Timestamp, types.Decimal, types.UUID, types.Bytes:
		default:
			return bad(m.added.Name, "the column %s cannot be a key, because it is %s.", k, t)
		}
	}
	row := int64(0)
	for i := range m.added.Segments {
		err := m.eachKey(ctx, m.added, i, func(cols []arrow.Array, at int, key []byte) error {
			row++
			for c, a := range cols {
				if a.IsNull(at) {
					return bad(m.added.Name, "row %d has no %s, which is a key.", row, m.key[c])
				}
			}
			if m.keys[string(key)] {
				return bad(m.added.Name, "two rows have the key %s; the second is row %d. Leave one of them out.", keyText(cols, at), row)
			}
			m.keys[string(key)] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// replaces reports whether a segment of the old rows has one whose key is new, by its statistics where they tell.
func (m *merger) replaces(ctx context.Context, segment int) (bool, error) {
	if len(m.keys) == 0 || m.apart(m.old.Segments[segment]) {
		return false, nil
	}
	found := errors.New("found")
	err := m.eachKey(ctx, m.old, segment, func(_ []arrow.Array, _ int, key []byte) error {
		if m.keys[string(key)] {
			return found
		}
		return nil
	})
	if err == found { //nolint:errorlint // exactly ours
		return true, nil
	}
	return false, err
}

// apart reports whether no new row can have a key of the segment.
func (m *merger) apart(g logical.Segment) bool {
	for _, a := range m.added.Segments {
		overlap := true
		for _, k := range m.key {
			i, j := fieldNamed(m.old.Columns, k), fieldNamed(m.added.Columns, k)
			if i < 0 || j < 0 || i >= len(g.Columns) || j >= len(a.Columns) {
				continue
			}
			t, x, y := m.columns[i].Type.Required(), g.Columns[i].Range, a.Columns[j].Range
			if below(t, x.Max, y.Min) || below(t, y.Max, x.Min) {
				overlap = false
			}
		}
		if overlap {
			return false
		}
	}
	return true
}

func below(t types.Type, a, b *logical.Literal) bool {
	if a == nil || b == nil {
		return false
	}
	o, ok := logical.CompareAs(t, a, b)
	return ok && o < 0
}

// eachKey calls visit with each row of a segment: the key's columns, the place in them, and the key as bytes.
func (m *merger) eachKey(ctx context.Context, t *logical.Table, segment int, visit func(cols []arrow.Array, at int, key []byte) error) error {
	s, err := m.blobs.OpenTable(ctx, t, segment)
	if err != nil {
		return err
	}
	defer s.Close()
	var key []byte
	for i := range s.NumBatches() {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := s.Batch(i, m.key)
		if err != nil {
			return err
		}
		for r := range int(b.NumRows()) {
			key = appendKey(key[:0], b.Columns(), r)
			if err := visit(b.Columns(), r, key); err != nil {
				b.Release()
				return err
			}
		}
		b.Release()
	}
	return nil
}

// rest is the rows of a segment whose keys are not new.
func (m *merger) rest(ctx context.Context, segment int) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		s, err := m.blobs.OpenTable(ctx, m.old, segment)
		if err != nil {
			yield(nil, err)
			return
		}
		defer s.Close()
		var names []string
		for _, c := range m.columns {
			names = append(names, c.Name)
		}
		for i := range s.NumBatches() {
			b, err := s.Batch(i, names)
			if err == nil {
				var kept arrow.RecordBatch
				kept, err = m.unreplaced(b)
				b.Release()
				b = kept
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func (m *merger) unreplaced(b arrow.RecordBatch) (arrow.RecordBatch, error) {
	var cols []arrow.Array
	for _, k := range m.key {
		cols = append(cols, b.Column(fieldNamed(m.columns, k)))
	}
	var rows []int
	var key []byte
	for r := range int(b.NumRows()) {
		if key = appendKey(key[:0], cols, r); !m.keys[string(key)] {
			rows = append(rows, r)
		}
	}
	schema, err := types.ArrowSchema(optional(m.columns))
	if err != nil {
		return nil, err
	}
	out := make([]arrow.Array, len(m.columns))
	for i, c := range m.columns {
		builder := array.NewBuilder(memory.DefaultAllocator, schema.Field(i).Type)
		defer builder.Release()
		builder.Reserve(len(rows))
		for _, r := range rows {
			if err := appendValue(builder, c.Type, b.Column(i), r); err != nil {
				return nil, err
			}
		}
		out[i] = builder.NewArray()
	}
	return array.NewRecordBatch(schema, out, int64(len(rows))), nil
}

// appendKey writes the values of a row so that rows of equal values, and only those, have equal bytes.
func appendKey(to []byte, cols []arrow.Array, row int) []byte {
	for _, a := range cols {
		if a.IsNull(row) {
			to = append(to, 0)
			continue
		}
		to = append(to, 1)
		switch a := a.(type) {
		case *array.Int64:
			to = binary.LittleEndian.AppendUint64(to, uint64(a.Value(row)))
		case *array.Timestamp:
			to = binary.LittleEndian.AppendUint64(to, uint64(a.Value(row)))
		case *array.String:
			to = appendBytes(to, a.Value(row))
		case *array.Dictionary:
			to = appendBytes(to, a.Dictionary().(*array.String).Value(a.GetValueIndex(row)))
		default:
			to = appendBytes(to, a.ValueStr(row))
		}
	}
	return to
}

func appendBytes(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

func keyText(cols []arrow.Array, row int) string {
	text := ""
	for i, a := range cols {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%.60s", a.ValueStr(row))
	}
	return text
}

func optional(columns []types.Field) []types.Field {
	out := make([]types.Field, len(columns))
	for i, c := range columns {
		out[i] = types.Field{Name: c.Name, Type: types.Optional(c.Type)}
	}
	return out
}
