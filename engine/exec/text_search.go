package exec

import (
	"context"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// The constants of BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009).
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// textSearch reads every text, as there is no index: it keeps the rows that match and scores them by BM25 over all rows.
type textSearch struct {
	gathered
	op *physical.Op
}

func newTextSearch(r *runner, op *physical.Op) breaker {
	return &textSearch{gathered{r: r, fields: op.Input.Columns}, op}
}

// found is a row that matches: how often each part of the query is in its text, and how many words that has.
type found struct {
	row    int32
	counts []int32
	words  int
}

func (x *textSearch) rows(ctx context.Context) (origin, error) {
	b, err := x.all()
	if b == nil || err != nil {
		return &list{}, err
	}
	defer b.release()
	w := x.r.thread(ctx)
	defer func() { x.r.collect([]*thread{w}) }()
	text, err := w.compile(x.op.Search.Text, x.fields)
	if err != nil {
		return nil, err
	}
	a, err := text.eval(w, b)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	q, err := compileText(x.op.Search.Query)
	if err != nil {
		return nil, err
	}
	var hits []found
	have := make([]int64, len(q.leaves)) // rows that have each part
	all := 0
	at := textAt(a)
	for i := range b.n {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		words := textWords(at(i))
		all += len(words)
		counts := q.count(words)
		for k, n := range counts {
			if n > 0 {
				have[k]++
			}
		}
		if q.root.matches(counts) {
			hits = append(hits, found{int32(i), counts, len(words)})
		}
	}
	return x.scored(b, q, hits, have, float64(all)/float64(b.n)), nil
}

// scored is the rows that match, with their scores.
func (x *textSearch) scored(b *batch, q *textQuery, hits []found, have []int64, mean float64) origin {
	rows := make([]int32, len(hits))
	scores := array.NewFloat64Builder(x.r.mem)
	defer scores.Release()
	parts := make([]float64, len(q.leaves))
	for i, h := range hits {
		rows[i] = h.row
		for k, n := range h.counts {
			parts[k] = 0
			if n > 0 {
				idf := math.Log(1 + (float64(b.n)-float64(have[k])+0.5)/(float64(have[k])+0.5))
				tf := float64(n)
				parts[k] = idf * (tf * (bm25K1 + 1) / (tf + bm25K1*(1-bm25B+bm25B*(float64(h.words)/mean))))
			}
		}
		scores.Append(q.root.score(h.counts, parts))
	}
	out := takeBatch(x.r.mem, b, rows)
	out.cols = append(out.cols[:len(out.cols):len(out.cols)], scores.NewArray())
	return sliced(out)
}

// textAt reads a column of texts; an absent one is empty.
func textAt(a arrow.Array) func(int) string {
	switch a := a.(type) {
	case *array.Dictionary:
		values := textAt(a.Dictionary())
		return func(i int) string {
			if a.IsNull(i) {
				return ""
			}
			return values(a.GetValueIndex(i))
		}
	case *array.String:
		return func(i int) string {
			if a.IsNull(i) {
				return ""
			}
			return a.Value(i)
		}
	}
	return func(int) string { return "" } // a column of nothing but absent values
}

// textNode is a part of a query that is compiled; leaf is its number, or -1 where it combines others.
type textNode struct {
	op   logical.TextOp
	leaf int
	args []*textNode
}

func (n *textNode) matches(counts []int32) bool {
	switch n.op {
	case logical.TextAnd:
		for _, a := range n.args {
			if !a.matches(counts) {
				return false
			}
		}
		return true
	case logical.TextOr:
		for _, a := range n.args {
			if a.matches(counts) {
				return true
			}
		}
		return false
	case logical.TextNot:
		return !n.args[0].matches(counts)
	}
	return counts[n.leaf] > 0
}

// score adds up the parts that match; what must not be there adds nothing.
func (n *textNode) score(counts []int32, parts []float64) float64 {
	sum := 0.0
	switch n.op {
	case logical.TextNot:
	case logical.TextAnd, logical.TextOr:
		for _, a := range n.args {
			if a.matches(counts) {
				sum += a.score(counts, parts)
			}
		}
	default:
		sum = parts[n.leaf]
	}
	return sum
}
