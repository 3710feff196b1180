// Package pages decodes the flat columns of Parquet files into Arrow arrays, any range of rows at a time: numbers, dates, times,
// decimals and texts without repetition, as plain values or with a dictionary, which is what nearly all columns are. Any other
// column is ErrOther, and is arrow-go's. Codecs are arrow-go's too.
//
// A chunk is a column of a row group. Its bytes are read at once, its pages are found by their headers, and a page is uncompressed
// when the first row of it is asked for, and dropped when the last has been given. What is read is not trusted: lengths are checked
// before memory is taken for them, and dictionary indices before they are used.
//
// The package must not know tables or queries. A new encoding is a case in header.go and in the decoder of its type.
package pages

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

// ErrOther says that a column is none that this package decodes.
var ErrOther = errors.New("pages: a column for another decoder")

// MaxChunk is the most compressed bytes of a column of a row group that this package decodes, and maxPage those of a page uncompressed.
const (
	MaxChunk = 64 << 20
	maxPage  = 256 << 20
)

// Column is what a file says of a column of a row group, and what is wanted of it.
type Column struct {
	Physical           parquet.Type
	Width              int  // in bytes, of values of a fixed length
	Optional           bool // it has definition levels
	Unsigned           bool
	Unit               time.Duration // of a timestamp
	Codec              compress.Compression
	Offset, Size, Rows int64
	// Type is that of arrays, but that texts may come with a dictionary, whole numbers, dates, times and decimals as narrower signed
	// numbers, and dictionary indices as unsigned ones.
	Type arrow.DataType
}

// Chunk is a column of a row group. Safe for concurrent use.
type Chunk struct {
	column  Column
	at      io.ReaderAt
	codec   compress.Codec
	decoder decoder
	pages   []*page

	mu    sync.Mutex
	data  []byte // compressed; nil before the first and after the last row
	users int
	given int64 // rows
}

// decoder makes arrays of a type.
type decoder interface {
	// dictionary takes the n plain values of a dictionary, once, before anything is read.
	dictionary(data []byte, n int) error
	// open prepares a page.
	open(b *body) error
	read(parts []part, n int) (arrow.Array, error)
}

// part is rows of a page.
type part struct {
	*body
	from, to int
}

// Open finds the pages of a chunk.
func Open(at io.ReaderAt, c Column) (*Chunk, error) {
	d := decoderOf(c)
	if d == nil || c.Size <= 0 || c.Size > MaxChunk || c.Offset < 0 || c.Rows <= 0 || c.Rows > 1<<30 {
		return nil, ErrOther
	}
	codec, err := compress.GetCodec(c.Codec)
	if err != nil {
		return nil, ErrOther
	}
	k := &Chunk{column: c, at: at, codec: codec, decoder: d}
	if err := k.load(); err != nil {
		return nil, err
	}
	return k, k.find()
}

func (k *Chunk) load() error {
	b := buffer(int(k.column.Size))
	if n, err := k.at.ReadAt(b[:k.column.Size], k.column.Offset); int64(n) < k.column.Size {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	k.data = b[:k.column.Size]
	return nil
}

// find reads the headers of all pages, and the dictionary.
func (k *Chunk) find() error {
	rows := int64(0)
	for at := 0; rows < k.column.Rows; {
		h, n, err := readHeader(k.data[at:])
		if err != nil {
			return err
		}
		at += n
		if h.compressed > len(k.data)-at {
			return ErrOther // some writers say less than there is
		}
		switch {
		case h.kind == indexPage:
		case h.kind == dictionaryPage && len(k.pages) == 0:
			if err := k.readDictionary(h, at); err != nil {
				return err
			}
		case h.kind == dataPage || h.kind == dataPageV2:
			if !h.known || h.encoding == encodingDictionary && k.column.Physical == parquet.Types.Boolean {
				return ErrOther
			}
			if int64(h.values) > k.column.Rows-rows {
				return fmt.Errorf("its pages have more than the %d values of the row group", k.column.Rows)
			}
			if h.values > 0 {
				k.pages = append(k.pages, &page{header: h, at: at, row: rows})
			}
			rows += int64(h.values)
		default:
			return ErrOther
		}
		at += h.compressed
	}
	return nil
}

func (k *Chunk) readDictionary(h header, at int) error {
	if h.encoding != encodingPlain {
		return ErrOther
	}
	b, err := k.uncompressed(h, at, 0)
	if err != nil {
		return err
	}
	defer recycle(b)
	return k.decoder.dictionary(b, h.values)
}

// Read decodes n rows from a row on.
func (k *Chunk) Read(from, n int64) (arrow.Array, error) {
	if from < 0 || n < 0 || from > k.column.Rows-n {
		return nil, fmt.Errorf("there are no rows %d to %d of %d", from, from+n, k.column.Rows)
	}
	if err := k.enter(); err != nil {
		return nil, err
	}
	used := 0
	first := k.pageOf(from)
	defer func() { k.leave(first, used, from, n) }()
	var parts []part
	for _, p := range k.pages[first:] {
		if p.row >= from+n {
			break
		}
		used++
		k.use(p)
		b, err := p.opened(k)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{b, int(max(from-p.row, 0)), int(min(from+n-p.row, int64(p.values)))})
	}
	return k.decoder.read(parts, int(n))
}

// pageOf is the page that has a row.
func (k *Chunk) pageOf(row int64) int {
	low, high := 0, len(k.pages)
	for low+1 < high {
		if mid := (low + high) / 2; k.pages[mid].row <= row {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// enter keeps the chunk's bytes until leave.
func (k *Chunk) enter() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.data == nil {
		if err := k.load(); err != nil {
			return err
		}
	}
	k.users++
	return nil
}

func (k *Chunk) use(p *page) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p.users++
}

// leave drops what nobody will ask for again, as far as can be known: rows are mostly read once.
func (k *Chunk) leave(first, used int, from, n int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.pages[first : first+used] {
		p.given += min(from+n, p.row+int64(p.values)) - max(from, p.row)
		if p.users--; p.users == 0 && p.given >= int64(p.values) {
			p.drop()
		}
	}
	k.given += n
	if k.users--; k.users == 0 && k.given >= k.column.Rows {
		for _, p := range k.pages {
			p.drop()
		}
		recycle(k.data)
		k.data, k.given = nil, 0
	}
}
