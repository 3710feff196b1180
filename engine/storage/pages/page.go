package pages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

// page is a page of data.
type page struct {
	header
	at  int   // in the chunk
	row int64 // its first

	// Of the chunk's lock.
	users int
	given int64

	mu   sync.Mutex
	body *body
}

// body is a page uncompressed.
type body struct {
	rows    int
	coded   bool   // values are indices of the dictionary
	width   int    // of those, in bits
	valid   []byte // by row, a bit each; nil where all rows have a value
	present int    // rows that have one
	values  []byte // with slack behind
	starts  []uint32
	own     []byte // to recycle
}

// opened gives the page uncompressed; who comes first does it for all.
func (p *page) opened(k *Chunk) (*body, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.body != nil {
		return p.body, nil
	}
	data, err := k.uncompressed(p.header, p.at, p.levels)
	if err != nil {
		return nil, err
	}
	b := &body{rows: p.values, coded: p.encoding == encodingDictionary, own: data}
	if err = b.split(data, p.header, k.column.Optional); err == nil {
		err = k.decoder.open(b)
	}
	if err != nil {
		recycle(data)
		return nil, err
	}
	p.body = b
	return b, nil
}

func (p *page) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.body != nil {
		recycle(p.body.own)
		p.body = nil
	}
	p.given = 0
}

var errPage = errors.New("a page is damaged")

// uncompressed gives the bytes of a page, of which the first levels are never compressed. The slice is to be recycled.
func (k *Chunk) uncompressed(h header, at, levels int) ([]byte, error) {
	in := k.data[at : at+h.compressed]
	if err := h.check(in); err != nil {
		return nil, err
	}
	if h.plain || k.column.Codec == compress.Codecs.Uncompressed {
		if h.compressed != h.uncompressed {
			return nil, errPage
		}
		out := buffer(len(in))
		copy(out, in)
		return out, nil
	}
	if err := plausible(k.column.Codec, in[levels:], h.uncompressed-levels); err != nil {
		return nil, err
	}
	out := buffer(h.uncompressed)
	copy(out, in[:levels])
	if h.uncompressed > levels {
		if err := k.decode(out[levels:h.uncompressed:h.uncompressed], in[levels:]); err != nil {
			recycle(out)
			return nil, err
		}
	}
	return out, nil
}

// decode fills a slice by the codec. Zstandard goes through its reader, because its other way takes as much memory as the bytes ask for.
func (k *Chunk) decode(out, in []byte) error {
	if stream, ok := k.codec.(compress.StreamingCodec); ok && k.column.Codec == compress.Codecs.Zstd {
		r := stream.NewReader(bytes.NewReader(in))
		defer r.Close()
		if _, err := io.ReadFull(r, out); err != nil {
			return fmt.Errorf("a page is damaged: %w", err)
		}
		if n, err := r.Read(make([]byte, 1)); n > 0 || err != io.EOF {
			return errPage
		}
		return nil
	}
	got, err := compress.Decode(k.codec, out, in)
	if err != nil {
		return fmt.Errorf("a page is damaged: %w", err)
	}
	if len(got) != len(out) {
		return errPage
	}
	if &got[0] != &out[0] {
		copy(out, got)
	}
	return nil
}

// plausible refuses, before memory is taken for it, a page that cannot be what it says: Snappy and LZ4 make at most 255 of a byte.
func plausible(codec compress.Compression, in []byte, n int) error {
	switch codec {
	case compress.Codecs.Snappy:
		if said, w := binary.Uvarint(in); n > 0 && (w <= 0 || said != uint64(n)) {
			return errPage
		}
	case compress.Codecs.Lz4Raw:
	default:
		return nil
	}
	if n > 64+255*len(in) {
		return errPage
	}
	return nil
}

// split separates the definition levels from the values.
func (b *body) split(data []byte, h header, optional bool) error {
	end := h.uncompressed
	rest := data[:end]
	levels := rest[:h.levels]
	if h.kind == dataPageV2 {
		rest = rest[h.levels:]
	} else if optional {
		if len(rest) < 4 {
			return errPage
		}
		n := binary.LittleEndian.Uint32(rest)
		if uint64(n) > uint64(len(rest)-4) {
			return errPage
		}
		levels, rest = rest[4:4+n], rest[4+n:]
	}
	b.present = b.rows
	if optional {
		if err := b.define(levels); err != nil {
			return err
		}
	}
	if b.coded {
		if b.present == 0 {
			b.values = nil
			return nil
		}
		if len(rest) == 0 || rest[0] > 32 {
			return errPage
		}
		b.width, rest = int(rest[0]), rest[1:]
	}
	b.values = rest
	return nil
}

// define reads which rows have values.
func (b *body) define(levels []byte) error {
	r := runs{data: levels, width: 1}
	if all, err := r.all(b.rows, 1); err != nil || all {
		return err
	}
	r = runs{data: levels, width: 1}
	b.valid = make([]byte, (b.rows+7)/8+8)
	if err := r.bits(b.valid, b.rows); err != nil {
		return err
	}
	b.present = bitutil.CountSetBits(b.valid, 0, b.rows)
	if b.present == b.rows {
		b.valid = nil
	}
	return nil
}

// before is how many of the first rows have a value.
func (b *body) before(row int) int {
	if b.valid == nil {
		return row
	}
	return bitutil.CountSetBits(b.valid, 0, row)
}

// slack is what may be read behind the end of a buffer.
const slack = 32

var buffers sync.Pool

// buffer gives a slice of n bytes and slack, of any content.
func buffer(n int) []byte {
	if b, ok := buffers.Get().(*[]byte); ok {
		if cap(*b) >= n+slack {
			return (*b)[:n+slack]
		}
	}
	return make([]byte, n+slack, (n+slack)*5/4)
}

func recycle(b []byte) {
	if b != nil && cap(b) <= MaxChunk {
		b = b[:0]
		buffers.Put(&b)
	}
}
