package storage

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// validateText is Arrow's own check of texts, which goes string by string, with a short way for those that are all ASCII.
func validateText(a *array.String) error {
	if err := a.Validate(); err != nil || a.Len() == 0 {
		return err
	}
	offsets := a.ValueOffsets()
	last, back := offsets[0], offsets[0]
	for _, o := range offsets {
		back |= o | (o - last)
		last = o
	}
	if values := a.Data().Buffers()[2]; back >= 0 && (last == offsets[0] || values != nil && int(last) <= values.Len() && ascii(values.Bytes()[offsets[0]:last])) {
		return nil
	}
	return a.ValidateFull()
}

func ascii(b []byte) bool {
	var bits uint64
	for ; len(b) >= 32; b = b[32:] {
		bits |= binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:]) | binary.LittleEndian.Uint64(b[16:]) | binary.LittleEndian.Uint64(b[24:])
		if bits&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range b {
		bits |= uint64(c)
	}
	return bits&0x8080808080808080 == 0
}
