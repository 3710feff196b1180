package exec

import (
	"context"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
)

// windowParts is how many parts rows are put on disk in, by the hash of their partition. One at a time is in memory again.
const windowParts = 32

// partedRows are rows of one thread on disk, each batch with its number in the input.
type partedRows struct {
	hashes rowHashes
	disk   [windowParts]*spilled
	seqs   [windowParts][]int
}

// newPartedRows hashes as those of all other threads do.
func newPartedRows() *partedRows { return &partedRows{hashes: rowHashes{seed: textSeed}} }

// add shares out batches, which it takes over, by the first columns of k.
func (p *partedRows) add(w *thread, x *window, k keyed, batches []numbered) error {
	for i, n := range batches {
		if err := p.share(w, x, k, n); err != nil {
			for _, n := range batches[i+1:] {
				n.b.release()
			}
			return err
		}
	}
	return nil
}

func (p *partedRows) share(w *thread, x *window, k keyed, n numbered) error {
	defer n.b.release()
	by := make([]arrow.Array, len(x.op.Window.By))
	for i := range by {
		by[i] = n.b.cols[k.columns[i]]
	}
	hashes := w.words(n.b.n)
	p.hashes.hash(by, hashes)
	var rows [windowParts][]int32
	for i, h := range hashes {
		part := h >> 59
		rows[part] = append(rows[part], int32(i))
	}
	for part, r := range rows {
		if len(r) == 0 {
			continue
		}
		if p.disk[part] == nil {
			p.disk[part] = w.spilled(x.op)
		}
		if err := p.disk[part].add(w.run.mem, takeBatch(w.run.mem, n.b, r)); err != nil {
			return err
		}
		p.seqs[part] = append(p.seqs[part], n.seq)
	}
	return nil
}

func (p *partedRows) drop() {
	for _, d := range p.disk {
		if d != nil {
			d.drop()
		}
	}
}

// windowDisk computes windows part after part.
type windowDisk struct {
	x *window
	k keyed

	mu   sync.Mutex
	part int // the next
	seq  int
	from origin // of the part before it; nil where that has no more
	rows []*partedRows
}

func (d *windowDisk) next(w *thread) (int, *batch, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		if d.from == nil {
			if d.part == windowParts {
				return 0, nil, nil
			}
			if err := d.load(w.ctx); err != nil {
				return 0, nil, err
			}
		}
		_, b, err := d.from.next(w)
		if err != nil {
			return 0, nil, err
		}
		if b != nil {
			d.seq++
			return d.seq - 1, b, nil
		}
		d.from.close()
		d.from = nil
	}
}

// load computes the windows of the next part.
func (d *windowDisk) load(ctx context.Context) error {
	var ns []numbered
	for _, p := range d.rows {
		f := p.disk[d.part]
		if f == nil {
			continue
		}
		for i := range f.batches {
			b, err := f.read(d.x.r.mem, i)
			if err != nil {
				for _, n := range ns {
					n.b.release()
				}
				return err
			}
			ns = append(ns, numbered{p.seqs[d.part][i], b})
		}
	}
	from, err := windowed(ctx, d.x.r, inOrder(ns), d.k, d.x.op)
	d.part++
	d.from = from
	return err
}

func (d *windowDisk) close() {
	if d.from != nil {
		d.from.close()
		d.from = nil
	}
	for _, p := range d.rows {
		p.drop()
	}
	d.rows = nil
}
