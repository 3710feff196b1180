package storage

import (
	"encoding/binary"
	"errors"
	"io"
)

// The Arrow decoder trusts the lengths of vectors in a file's metadata and allocates by them, so that one flipped bit can
// ask for more memory than there is, which no recover survives. checkArrow therefore walks the metadata first: every
// vector must lie inside its message. Field numbers are those of Arrow's format/{File,Message,Schema}.fbs.

var errMetadata = errors.New("its metadata is inconsistent")

const (
	maxMetadata     = 16 << 20
	maxArrowFields  = 100_000 // nested ones included
	maxFieldNesting = 64
	unionType       = 14
)

// checkArrow checks an IPC file or stream of size bytes.
func checkArrow(r io.ReaderAt, size int64, isFile bool) error {
	if isFile {
		_, _, err := readFooter(r, size)
		return err
	}
	for at := int64(0); at+8 <= size; {
		m, err := readMessage(r, at, size)
		if err != nil || m.metaLength == 0 {
			return err
		}
		at = m.meta + m.metaLength + m.body
	}
	return nil
}

// message is where a message of an Arrow file lies: its metadata, followed by its body.
type message struct{ meta, metaLength, body int64 }

// prefix reads the length before a message, with or without the continuation marker.
func prefix(r io.ReaderAt, at int64) (start, n int64, err error) {
	var b [8]byte
	if _, err := r.ReadAt(b[:], at); err != nil && err != io.EOF {
		return 0, 0, err
	}
	if first := binary.LittleEndian.Uint32(b[:]); first != 0xffffffff {
		return at + 4, int64(first), nil
	}
	return at + 8, int64(binary.LittleEndian.Uint32(b[4:])), nil
}

// readMessage checks the message whose length prefix is at an offset; one without metadata marks the end of a stream.
func readMessage(r io.ReaderAt, at, size int64) (m message, err error) {
	start, n, err := prefix(r, at)
	if err != nil || n == 0 {
		return m, err
	}
	b, err := flatAt(r, start, n, size)
	if err != nil {
		return m, err
	}
	defer flatFault(&err)
	root := b.root()
	if b.scalar(root, 1, 1) == 1 { // the header is a Schema
		b.schema(b.table(root, 2))
	}
	b.vector(root, 4, 4)
	m = message{start, n, int64(b.scalar(root, 3, 8))}
	if m.body < 0 || m.body > size-start-n {
		return m, errMetadata
	}
	return m, nil
}

// readFooter checks the index at the end of a file, and every message that it points to.
func readFooter(r io.ReaderAt, size int64) (dictionaries, batches []message, err error) {
	var tail [10]byte
	if _, err := r.ReadAt(tail[:], max(size-10, 0)); err != nil {
		return nil, nil, errMetadata
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	b, err := flatAt(r, size-10-n, n, size)
	if err != nil {
		return nil, nil, err
	}
	defer flatFault(&err)
	f := b.root()
	b.schema(b.table(f, 1))
	b.vector(f, 4, 4)
	if dictionaries, err = b.blocks(r, f, 2, size); err != nil {
		return nil, nil, err
	}
	batches, err = b.blocks(r, f, 3, size)
	return dictionaries, batches, err
}

func (b *flat) blocks(r io.ReaderAt, footer, field int, size int64) ([]message, error) {
	at, n := b.vector(footer, field, 24)
	out := make([]message, n)
	for i := range out {
		offset := int64(binary.LittleEndian.Uint64(b.data[at+24*i:]))
		if offset < 0 || offset > size-8 {
			return nil, errMetadata
		}
		m, err := readMessage(r, offset, size)
		if err == nil && m.metaLength == 0 {
			err = errMetadata
		}
		if err != nil {
			return nil, err
		}
		out[i] = m
	}
	return out, nil
}

// flat is a flatbuffer. Its methods panic with an index out of range, or errMetadata, where it is inconsistent.
type flat struct {
	data   []byte
	fields int
}

func flatAt(r io.ReaderAt, start, n, size int64) (*flat, error) {
	if start < 0 || n < 8 || n > maxMetadata || start > size-n {
		return nil, errMetadata
	}
	b := &flat{data: make([]byte, n)}
	_, err := r.ReadAt(b.data, start)
	if err == io.EOF {
		err = nil
	}
	return b, err
}

func flatFault(err *error) {
	if p := recover(); p != nil {
		*err = errMetadata
		if e, ok := p.(error); ok && errors.Is(e, errUnion) {
			*err = errUnion
		}
	}
}

var errUnion = errors.New("columns of unions cannot be imported")

func (b *flat) u32(at int) int { return int(binary.LittleEndian.Uint32(b.data[at:])) }

func (b *flat) root() int { return b.u32(0) }

// field is where field i of a table is, or 0 if it has its default.
func (b *flat) field(table, i int) int {
	vtable := table - int(int32(b.u32(table)))
	if 4+2*i >= int(binary.LittleEndian.Uint16(b.data[vtable:])) {
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(b.data[vtable+4+2*i:]))
	if offset == 0 {
		return 0
	}
	return table + offset
}

func (b *flat) scalar(table, i, width int) uint64 {
	at := b.field(table, i)
	switch {
	case at == 0:
		return 0
	case width == 1:
		return uint64(b.data[at])
	}
	return binary.LittleEndian.Uint64(b.data[at:])
}

func (b *flat) table(table, i int) int {
	at := b.field(table, i)
	if at == 0 {
		panic(errMetadata)
	}
	return at + b.u32(at)
}

// vector is where the elements of vector i start, and how many there are.
func (b *flat) vector(table, i, width int) (at, n int) {
	at = b.field(table, i)
	if at == 0 {
		return 0, 0
	}
	at += b.u32(at)
	n = b.u32(at)
	if n > (len(b.data)-at-4)/width {
		panic(errMetadata)
	}
	return at + 4, n
}

func (b *flat) schema(at int) {
	b.vector(at, 2, 4)
	b.children(at, 1, 0)
}

func (b *flat) children(table, field, depth int) {
	at, n := b.vector(table, field, 4)
	if b.fields += n; b.fields > maxArrowFields || depth > maxFieldNesting {
		panic(errMetadata)
	}
	for i := range n {
		f := at + 4*i
		f += b.u32(f)
		if b.scalar(f, 2, 1) == unionType {
			panic(errUnion)
		}
		b.vector(f, 6, 4)
		b.children(f, 5, depth+1)
	}
}
