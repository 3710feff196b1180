package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
)

// The checksums of a segment are CRC-32C, four bytes each, little end first, in logical.Segment.Sums: of the frame, which is all
// metadata of the file; of the dictionary of each column, or 0; and then of each column of each batch. What a segment's reader
// hands out has been compared with them once in the life of the process.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summer makes the checksums of a segment from what an ipc.FileWriter writes.
type summer struct {
	schema  *arrow.Schema
	waiting bytes.Buffer
	begun   bool
	frame   uint32
	dicts   []uint32
	batches []uint32
}

func newSummer(schema *arrow.Schema) *summer {
	return &summer{schema: schema, dicts: make([]uint32, schema.NumFields())}
}

func (s *summer) Write(p []byte) (int, error) { return s.waiting.Write(p) }

// batch takes what has been written since the last time: the dictionaries, at the first, and a batch.
func (s *summer) batch() error {
	b := s.waiting.Bytes()
	if !s.begun {
		s.begun = true
		b = b[8:] // the magic, and its padding
	}
	r, size, dicts := bytes.NewReader(b), int64(len(b)), dictionaryColumns(s.schema)
	for at := int64(0); at < size; {
		m, err := readMessage(r, at, size)
		if err != nil {
			return err
		}
		meta, body := b[m.meta:m.meta+m.metaLength], b[m.meta+m.metaLength:][:m.body]
		s.frame = crc32.Update(s.frame, castagnoli, meta)
		switch kind(meta) {
		case dictionaryMessage:
			if len(dicts) == 0 {
				return errMetadata
			}
			s.dicts[dicts[0]], dicts = crc32.Checksum(body, castagnoli), dicts[1:]
		case batchMessage:
			ranges, err := columnRanges(meta, s.schema, m.body)
			if err != nil {
				return err
			}
			for _, c := range ranges {
				s.batches = append(s.batches, crc32.Checksum(body[c.from:c.to], castagnoli))
			}
		}
		at = m.meta + m.metaLength + m.body
	}
	s.waiting.Reset()
	return nil
}

// finish gives all checksums, when the whole file has been written.
func (s *summer) finish() []byte {
	out := binary.LittleEndian.AppendUint32(nil, s.frame)
	for _, v := range append(s.dicts, s.batches...) {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

// dictionaryColumns are the columns that have dictionaries, in the order in which those stand in a file.
func dictionaryColumns(s *arrow.Schema) (at []int) {
	for i, f := range s.Fields() {
		if f.Type.ID() == arrow.DICTIONARY {
			at = append(at, i)
		}
	}
	return at
}

const (
	dictionaryMessage = 2
	batchMessage      = 3
)

func kind(meta []byte) (k int) {
	defer func() {
		if recover() != nil {
			k = 0
		}
	}()
	b := &flat{data: meta}
	return int(b.scalar(b.root(), 1, 1))
}

// part is where the bytes of a column lie in the body of a batch.
type part struct{ from, to int64 }

// columnRanges finds the columns in the body of a batch of size bytes.
func columnRanges(meta []byte, schema *arrow.Schema, size int64) (out []part, err error) {
	defer flatFault(&err)
	b := &flat{data: meta}
	at, n := b.vector(b.table(b.root(), 2), 2, 16)
	end := int64(0)
	for _, f := range schema.Fields() {
		p := part{end, end}
		for range buffers(f.Type) {
			if n == 0 {
				return nil, errMetadata
			}
			from, length := int64(binary.LittleEndian.Uint64(b.data[at:])), int64(binary.LittleEndian.Uint64(b.data[at+8:]))
			if from < end || length < 0 || from > size || length > size-from {
				return nil, errMetadata
			}
			end, at, n = from+length, at+16, n-1
		}
		p.to = end
		out = append(out, p)
	}
	return out, nil
}

// buffers is how many buffers a column of a type has in a file.
func buffers(t arrow.DataType) int {
	switch t := t.(type) {
	case *arrow.NullType:
		return 0
	case *arrow.StructType:
		n := 1
		for _, f := range t.Fields() {
			n += buffers(f.Type)
		}
		return n
	case *arrow.FixedSizeListType:
		return 1 + buffers(t.Elem())
	case arrow.ListLikeType:
		return 2 + buffers(t.Elem())
	case arrow.BinaryDataType:
		return 3
	case arrow.ExtensionType:
		return buffers(t.StorageType())
	}
	return 2
}

// sums compares parts of a segment with their checksums, each once for all who open the segment in this process.
type sums struct {
	want []byte
	seen []atomic.Bool
}

var (
	knownMu sync.Mutex
	known   = map[string]*sums{}
)

const maxKnown = 1 << 14

// sumsOf returns nil where the segment has no checksums: it was written before there were any.
func sumsOf(seg logical.Segment) *sums {
	if len(seg.Sums) == 0 {
		return nil
	}
	key := seg.Key + " " + seg.Digest
	knownMu.Lock()
	defer knownMu.Unlock()
	if s := known[key]; s != nil && bytes.Equal(s.want, seg.Sums) {
		return s
	}
	if len(known) >= maxKnown {
		clear(known)
	}
	s := newSums(seg.Sums)
	known[key] = s
	return s
}

func newSums(want []byte) *sums { return &sums{want: want, seen: make([]atomic.Bool, len(want)/4)} }

var errSum = errors.New("its checksum is not the one that it was written with")

// compare compares the bytes with checksum i.
func (s *sums) compare(i int, data ...[]byte) error {
	if i >= len(s.seen) {
		return errors.New("its checksum is missing")
	}
	if s.seen[i].Load() {
		return nil
	}
	var sum uint32
	for _, d := range data {
		sum = crc32.Update(sum, castagnoli, d)
	}
	if sum != binary.LittleEndian.Uint32(s.want[4*i:]) {
		return errSum
	}
	s.seen[i].Store(true)
	return nil
}

// frame compares all metadata, and with it how many batches and columns there are.
func (s *Segment) frame(schema message) error {
	if s.sums == nil {
		return nil
	}
	var parts [][]byte
	for _, m := range append(append([]message{schema}, s.dicts...), s.batches...) {
		parts = append(parts, s.data[m.meta:m.meta+m.metaLength])
	}
	if err := s.sums.compare(0, parts...); err != nil {
		return fmt.Errorf("the index: %w", err)
	}
	return nil
}

// verify compares a column of a batch, and its dictionary, with their checksums. It reports whether there were any.
func (s *Segment) verify(batch, column int) (bool, error) {
	if s.sums == nil {
		return false, nil
	}
	columns := s.Schema().NumFields()
	at := 1 + columns + batch*columns + column
	if at < len(s.sums.seen) && s.sums.seen[at].Load() {
		return true, nil // and so was the dictionary
	}
	for k, c := range dictionaryColumns(s.Schema()) {
		if c != column {
			continue
		}
		if k >= len(s.dicts) {
			return true, errMetadata
		}
		if err := s.sums.compare(1+c, s.body(s.dicts[k])); err != nil {
			return true, fmt.Errorf("the dictionary: %w", err)
		}
	}
	m := s.batches[batch]
	ranges, err := columnRanges(s.data[m.meta:m.meta+m.metaLength], s.Schema(), m.body)
	if err != nil {
		return true, err
	}
	return true, s.sums.compare(at, s.body(m)[ranges[column].from:ranges[column].to])
}

func (s *Segment) body(m message) []byte { return s.data[m.meta+m.metaLength:][:m.body] }

var _ io.Writer = (*summer)(nil)
