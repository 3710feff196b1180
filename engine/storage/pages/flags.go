package pages

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// flags decodes truths, a bit each.
type flags struct{}

func (flags) dictionary([]byte, int) error { return ErrOther }

func (flags) open(b *body) error {
	if b.present > len(b.values)*8 {
		return errPage
	}
	return nil
}

func (flags) read(parts []part, n int) (arrow.Array, error) {
	bits, at := make([]byte, bitutil.BytesForBits(int64(n))), 0
	for _, p := range parts {
		value := p.before(p.from)
		if p.valid == nil {
			bitutil.CopyBitmap(p.values, value, p.to-p.from, bits, at)
			at += p.to - p.from
			continue
		}
		for row := p.from; row < p.to; row++ {
			if bitutil.BitIsSet(p.valid, row) {
				bitutil.SetBitTo(bits, at, bitutil.BitIsSet(p.values, value))
				value++
			}
			at++
		}
	}
	valid, nulls := validity(parts, n)
	d := array.NewData(arrow.FixedWidthTypes.Boolean, n, []*memory.Buffer{valid, memory.NewBufferBytes(bits)}, nil, nulls, 0)
	defer d.Release()
	return array.NewBooleanData(d), nil
}
