package exec

import "github.com/dreamql/dreamql/engine/physical"

// limit skips rows, then passes some. Batches come to it in order.
type limit struct{ skip, left int64 }

func newLimit(_ *thread, op *physical.Op) (stream, error) {
	return &limit{op.Limit.Offset, op.Limit.Count}, nil
}

func (l *limit) push(b *batch, out emit) error {
	if l.left == 0 {
		b.release()
		return errEnough
	}
	from := min(l.skip, int64(b.n))
	l.skip -= from
	to := int64(b.n)
	if l.left >= 0 {
		to = min(to, from+l.left)
		l.left -= to - from
	}
	part := b.slice(int(from), int(to))
	b.release()
	if part.n == 0 {
		part.release()
		return nil
	}
	if err := out(part); err != nil {
		return err
	}
	if l.left == 0 {
		return errEnough
	}
	return nil
}
