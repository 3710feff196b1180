package pages

import (
	"errors"
	"hash/crc32"
)

// header is what stands before a page.
type header struct {
	kind                     int
	values                   int
	compressed, uncompressed int
	encoding                 int
	known                    bool // its encodings are those that this package decodes
	levels                   int  // bytes of definition levels before the values; of the newer form of pages alone
	plain                    bool // it is not compressed, whatever the chunk is
	summed                   bool
	sum                      uint32
}

const (
	dataPage, indexPage, dictionaryPage, dataPageV2 = 0, 1, 2, 3

	encodingPlain, encodingOldDictionary, encodingRuns, encodingDictionary = 0, 2, 3, 8
)

var errHeader = errors.New("the header of a page is damaged")

// readHeader reads a header, which is a struct in Thrift's compact protocol, and says how long it is.
func readHeader(b []byte) (h header, n int, err error) {
	h.known = true
	r := &compact{b: b}
	repeated := 0
	r.record(func(field int, kind byte) {
		switch {
		case field == 1 && kind == thriftInt:
			h.kind = r.int()
		case field == 2 && kind == thriftInt:
			h.uncompressed = r.int()
		case field == 3 && kind == thriftInt:
			h.compressed = r.int()
		case field == 4 && kind == thriftInt:
			h.sum, h.summed = uint32(r.int()), true
		case (field == 5 || field == 7 || field == 8) && kind == thriftRecord:
			form := field
			r.record(func(field int, kind byte) {
				switch {
				case field == 1 && kind == thriftInt:
					h.values = r.int()
				case form != 8 && field == 2 && kind == thriftInt, form == 8 && field == 4 && kind == thriftInt:
					h.encoding = r.int()
				case form == 5 && field == 3 && kind == thriftInt:
					h.known = r.int() == encodingRuns && h.known
				case form == 8 && field == 5 && kind == thriftInt:
					h.levels = r.int()
				case form == 8 && field == 6 && kind == thriftInt:
					repeated = r.int()
				case form == 8 && field == 7:
					h.plain = kind == thriftFalse
				default:
					r.skip(kind)
				}
			})
		default:
			r.skip(kind)
		}
	})
	if r.bad || h.compressed < 0 || h.uncompressed < 0 || h.uncompressed > maxPage || h.values < 0 || h.levels < 0 || h.levels > h.uncompressed || h.levels > h.compressed {
		return h, 0, errHeader
	}
	if h.encoding == encodingOldDictionary {
		if h.encoding = encodingDictionary; h.kind == dictionaryPage {
			h.encoding = encodingPlain
		}
	}
	h.known = h.known && repeated == 0 && (h.encoding == encodingPlain || h.encoding == encodingDictionary)
	return h, r.at, nil
}

// check compares a page with its checksum.
func (h *header) check(page []byte) error {
	if h.summed && crc32.ChecksumIEEE(page) != h.sum {
		return errors.New("a page is damaged: its checksum is another")
	}
	return nil
}

const (
	thriftTrue, thriftFalse, thriftByte, thriftInt16, thriftInt, thriftInt64, thriftFloat = 1, 2, 3, 4, 5, 6, 7
	thriftBytes, thriftList, thriftSet, thriftMap, thriftRecord                           = 8, 9, 10, 11, 12

	maxThriftDepth = 16
)

// compact reads Thrift's compact protocol. Once it is bad it stays so, and gives zeros.
type compact struct {
	b     []byte
	at    int
	depth int
	bad   bool
}

func (r *compact) byte() byte {
	if r.at >= len(r.b) {
		r.bad = true
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

func (r *compact) unsigned() (v uint64) {
	for shift := 0; shift < 64 && !r.bad; shift += 7 {
		c := r.byte()
		if v |= uint64(c&0x7f) << shift; c < 0x80 {
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *compact) int() int {
	v := r.unsigned()
	return int(int32(v>>1) ^ -int32(v&1))
}

// record calls f for each field, which reads or skips it.
func (r *compact) record(f func(field int, kind byte)) {
	if r.depth++; r.depth > maxThriftDepth {
		r.bad = true
	}
	for id := 0; !r.bad; {
		c := r.byte()
		if c == 0 {
			break
		}
		if id += int(c >> 4); c>>4 == 0 {
			id = r.int()
		}
		f(id, c&0xf)
	}
	r.depth--
}

func (r *compact) skip(kind byte) {
	switch kind {
	case thriftTrue, thriftFalse:
	case thriftByte:
		r.byte()
	case thriftInt16, thriftInt, thriftInt64:
		r.unsigned()
	case thriftFloat:
		r.pass(8)
	case thriftBytes:
		r.pass(r.unsigned())
	case thriftList, thriftSet:
		c := r.byte()
		n := uint64(c >> 4)
		if n == 15 {
			n = r.unsigned()
		}
		r.elements(n, c&0xf)
	case thriftMap:
		if n := r.unsigned(); n > 0 {
			c := r.byte()
			for ; n > 0 && !r.bad; n-- {
				r.elements(1, c>>4)
				r.elements(1, c&0xf)
			}
		}
	case thriftRecord:
		r.record(func(_ int, kind byte) { r.skip(kind) })
	default:
		r.bad = true
	}
}

// elements skips what a list holds, where a truth takes a byte too.
func (r *compact) elements(n uint64, kind byte) {
	if r.depth++; r.depth > maxThriftDepth {
		r.bad = true
	}
	for ; n > 0 && !r.bad; n-- {
		if kind == thriftTrue || kind == thriftFalse {
			kind = thriftByte
		}
		r.skip(kind)
	}
	r.depth--
}

func (r *compact) pass(n uint64) {
	if n > uint64(len(r.b)-r.at) {
		r.bad = true
		return
	}
	r.at += int(n)
}
