package run

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// Used is a cell whose definitions another used, with a mark of the text that it had: where the text has another mark now, what was made of
// it is stale.
type Used struct {
	CellID string `json:"cell_id"`
	Digest string `json:"digest"`
}

// uses lists the cells whose definitions a cell uses, directly or not, in the order of the notebook.
func (p *program) uses(cell string) (out []Used) {
	reached := p.reach(cell)
	for _, s := range p.sources {
		if s.ID != cell && reached[s.ID] {
			out = append(out, Used{s.ID, mark(s.Text)})
		}
	}
	return out
}

// mark is short and made for comparing with a text of the same cell: its length in bytes and its FNV-1a, without outer space.
func mark(text string) string {
	text = strings.TrimSpace(text)
	h := fnv.New32a()
	h.Write([]byte(text))
	return fmt.Sprintf("%d-%x", len(text), h.Sum32())
}
