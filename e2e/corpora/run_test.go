package corpora_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/types"
)

// way is how a program is executed; the rows must be the same.
type way struct {
	name  string
	rules bool
	tasks int // of each stage that reads a table
}

var ways = []way{
	{name: "rules on", rules: true, tasks: 1},
	{name: "rules off", tasks: 1},
	{name: "three tasks", rules: true, tasks: 3},
}

// result is a program's rows, each cell as text, and absent ones as "".
type result struct {
	columns []types.Field
	rows    [][]string
}

// run executes a plan and keeps its rows.
func (c *corpus) run(t testing.TB, node logical.Node, y way) result {
	t.Helper()
	out := result{columns: node.Schema()}
	c.execute(t, node, y, out.take)
	return out
}

// runIn executes an optimised plan where memory may be short.
func (c *corpus) runIn(t testing.TB, env exec.Env, node logical.Node) (result, exec.Stats) {
	t.Helper()
	out := result{columns: node.Schema()}
	q, err := compile.Plan(node)
	if err != nil {
		t.Fatal(err)
	}
	stats, err := exec.RunPlan(t.Context(), env, q.Plan, openSegment, out.take)
	if err != nil {
		t.Fatal(err)
	}
	return out, stats
}

// take adds the rows of a batch.
func (r *result) take(b arrow.RecordBatch) error {
	for i := range int(b.NumRows()) {
		row := make([]string, b.NumCols())
		for j, column := range b.Columns() {
			if column.IsValid(i) {
				row[j] = strings.Clone(column.ValueStr(i)) // which may point into a mapped file
			}
		}
		r.rows = append(r.rows, row)
	}
	return nil
}

// execute runs the stages of a plan one after the other, as a cluster does, though in this process. A batch is gone after its call.
func (c *corpus) execute(t testing.TB, node logical.Node, y way, sink exec.Sink) {
	t.Helper()
	if y.rules {
		q, err := compile.Plan(node)
		if err != nil {
			t.Fatal(err)
		}
		node = q.Rewritten
	}
	plan, err := physical.Lower(node, physical.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if y.tasks == 1 {
		if _, err := exec.RunPlan(t.Context(), exec.Env{}, plan, openSegment, sink); err != nil {
			t.Fatal(err)
		}
		return
	}
	outputs := make([][]arrow.RecordBatch, len(plan.Stages))
	for i := range plan.Stages {
		stage := &plan.Stages[i]
		take := sink
		if i < len(plan.Stages)-1 {
			take = func(b arrow.RecordBatch) error {
				outputs[i] = append(outputs[i], copied(t, b))
				return nil
			}
		}
		inputs := map[int]func(context.Context) exec.Batches{}
		for _, in := range stage.Inputs {
			inputs[in] = func(context.Context) exec.Batches {
				return func(yield func(arrow.RecordBatch, error) bool) {
					for _, b := range outputs[in] {
						if !yield(b, nil) {
							return
						}
					}
				}
			}
		}
		for _, split := range physical.Splits(stage, y.tasks) {
			task := exec.Task{Stage: stage, Splits: split, Open: openSegment, Inputs: inputs}
			if _, err := exec.Run(t.Context(), exec.Env{}, task, take); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// copied is a batch as it arrives at another node: through Arrow's stream format.
func copied(t testing.TB, b arrow.RecordBatch) arrow.RecordBatch {
	t.Helper()
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(b.Schema()))
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(&stream)
	if err != nil || !r.Next() {
		t.Fatalf("a batch that was written could not be read: %v", err)
	}
	return r.RecordBatch()
}

func openSegment(ctx context.Context, t *logical.Table, i int) (exec.SegmentReader, error) {
	return storage.OpenLocal(ctx, t, i)
}
