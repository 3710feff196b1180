package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/executor/executortest"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func digestOf(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

type outcome struct {
	res *Result
	err error
}

func (f *fixture) submit(j Job) <-chan outcome {
	ended := make(chan outcome, 1)
	go func() {
		res, err := f.k.Submit(context.Background(), j)
		ended <- outcome{res, err}
	}()
	return ended
}

const manyRows = 200_000 // four batches

const sumOfMany = manyRows * (manyRows - 1) / 2

func TestTwoStagesOnTwoWorkers(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Goroutines, oneTask)
		f.worker("b", executortest.Processes, oneTask)
		var seen []Progress
		hook := executortest.NewHook(f.t) // both workers must have a task before either goes on
		double := f.function("hang", hook.Path)
		j := f.job("1", sumPlan(scanPlan(f.numbers(manyRows), double), nil), hook.Path)
		j.Progress = func(p Progress) { seen = append(seen, p) }
		ended := f.submit(j)
		hook.Wait(2)
		hook.Release()
		o := <-ended
		if o.err != nil {
			f.t.Fatal(o.err)
		}
		if got := f.values(o.res); len(got) != 1 || got[0] != 2*sumOfMany {
			f.t.Errorf("got %v", got)
		}
		if o.res.Stats.RowsRead != manyRows || o.res.Stats.RowsOut != 1 || len(o.res.Stats.Functions) != 1 || o.res.Stats.Functions[0].Rows != manyRows {
			f.t.Errorf("stats %+v", o.res.Stats)
		}
		workers := map[string]bool{}
		for _, s := range o.res.Stats.Tasks {
			workers[s.Worker] = true
		}
		if len(o.res.Stats.Tasks) != 3 || !workers["a"] || !workers["b"] {
			f.t.Errorf("tasks %+v", o.res.Stats.Tasks)
		}
		last := seen[len(seen)-1]
		if last.Done != 3 || last.Total != 3 || last.Last == nil || last.Stages[0] != (StageDone{2, 2}) {
			f.t.Errorf("progress %+v", seen)
		}
	})
}

func TestResults(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Goroutines, func(c *WorkerConfig) { c.Slots = 3 })
		for _, rows := range []int{0, 1, 1000, manyRows} {
			res, err := f.k.Submit(f.t.Context(), f.job(fmt.Sprint(rows), scanPlan(f.numbers(rows))))
			if err != nil {
				f.t.Fatal(err)
			}
			got := f.values(res)
			for i, v := range got {
				if int64(i) != v {
					f.t.Fatalf("row %d is %d: the tasks' outputs are not in order", i, v)
				}
			}
			if small := rows <= 1000; len(got) != rows || small != (res.Inline != nil) || small == (len(res.Parts) > 0) {
				f.t.Errorf("%d of %d rows, %d bytes inline, %d parts", len(got), rows, len(res.Inline), len(res.Parts))
			}
		}
	})
}

func TestFailureOfTheQuery(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Goroutines)
		_, err := f.k.Submit(f.t.Context(), f.job("1", scanPlan(f.numbers(10), f.function("fail", "x")), "x"))
		var call *udf.CallError
		if !errors.As(err, &call) || call.Message != "it was told to fail" {
			f.t.Errorf("got %v", err)
		}
	})
}

// TestFailureOfARow: the place in the program and the row of the table come from the executor to who submitted the job.
func TestFailureOfARow(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Goroutines)
		table := f.numbers(70_000) // two batches
		last := int64(69_999)
		literal := &logical.Expr{Op: logical.OpLiteral, T: n.Type, Lit: &logical.Literal{Int: &last}}
		less := &logical.Expr{Op: logical.OpCall, Name: "-", T: n.Type, Args: []*logical.Expr{column(), literal}}
		place := source.Span{Start: 5, End: 17}
		fails := &logical.Expr{Op: logical.OpCall, Name: "div", T: n.Type, Args: []*logical.Expr{literal, less}, Span: place}
		p := scanPlan(table)
		p.Stages[0].Root = &physical.Op{Input: p.Stages[0].Root, Columns: []types.Field{n}, Project: &physical.Project{Cols: []logical.Named{{Name: "n", Expr: fails}}}}
		_, err := f.k.Submit(f.t.Context(), f.job("1", p))
		var ds source.Diagnostics
		want := "division by zero in row 70,000 of " + table.Name
		if !errors.As(err, &ds) || ds[0].Message != want || ds[0].Span != place || !strings.Contains(ds[0].Help, "n = 69999") {
			f.t.Errorf("got %v, want %s", err, want)
		}
	})
}

func TestQuarantine(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Processes)
		_, err := f.k.Submit(f.t.Context(), f.job("1", scanPlan(f.numbers(10), f.function("crash", "x")), "x"))
		if err == nil || !strings.Contains(err.Error(), "given up after 3 attempts") || !strings.Contains(err.Error(), "exit status 3") {
			f.t.Errorf("got %v", err)
		}
		if _, err := f.k.Submit(f.t.Context(), f.job("2", scanPlan(f.numbers(10)))); err != nil {
			f.t.Errorf("the next job: %v", err)
		}
	})
}

func TestTimeLimit(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Processes)
		hook := executortest.NewHook(f.t)
		j := f.job("1", scanPlan(f.numbers(10), f.function("hang", hook.Path)), hook.Path)
		j.Limits.Time = 200 * time.Millisecond
		if _, err := f.k.Submit(f.t.Context(), j); err == nil || !strings.Contains(err.Error(), "was stopped after 200ms") {
			f.t.Errorf("got %v", err)
		}
	})
}

func TestCancel(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Processes)
		f.worker("b", executortest.Processes)
		other, err := NewCoordinator(f.t.Context(), f.config)
		if err != nil {
			f.t.Fatal(err)
		}
		defer other.Close()
		hook := executortest.NewHook(f.t)
		ended := f.submit(f.job("1", scanPlan(f.numbers(manyRows), f.function("hang", hook.Path)), hook.Path))
		pids := hook.Wait(2)
		start := time.Now()
		if err := other.Cancel(f.t.Context(), "1", ""); err != nil {
			f.t.Fatal(err)
		}
		if o := <-ended; !errors.Is(o.err, ErrCancelled) {
			f.t.Errorf("got %v", o.err)
		}
		f.until(func() bool { return syscall.Kill(pids[0], 0) != nil && syscall.Kill(pids[1], 0) != nil })
		if took := time.Since(start); took > time.Second {
			f.t.Errorf("it took %v", took)
		}
	})
}

// TestWorkerIsKilled kills one of two workers while both are at a task.
func TestWorkerIsKilled(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		victim := f.process("victim")
		f.worker("survivor", executortest.Processes, oneTask)
		hook := executortest.NewHook(f.t)
		ended := f.submit(f.job("1", sumPlan(scanPlan(f.numbers(manyRows), f.function("hang", hook.Path)), nil), hook.Path))
		hook.Wait(2)
		victim.Kill()
		hook.Release()
		o := <-ended
		if o.err != nil {
			f.t.Fatal(o.err)
		}
		if got := f.values(o.res); len(got) != 1 || got[0] != 2*sumOfMany {
			f.t.Errorf("got %v", got)
		}
		again := 0
		for _, s := range o.res.Stats.Tasks {
			if s.Attempt > 1 {
				again++
			}
			if s.Worker != "survivor" {
				f.t.Errorf("a result of %s was used", s.Worker)
			}
		}
		if again != 1 {
			f.t.Errorf("tasks %+v", o.res.Stats.Tasks)
		}
	})
}

// TestOutputsAreLost kills a worker that holds outputs which the next stage needs.
func TestOutputsAreLost(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		victim := f.process("victim")
		first := executortest.NewHook(f.t)
		second := executortest.NewHook(f.t)
		plan := sumPlan(scanPlan(f.numbers(manyRows), f.function("hang", first.Path)), f.function("hang", second.Path))
		j := f.job("1", plan, first.Path, second.Path)
		ended := f.submit(j)
		first.Wait(1)
		first.Release()
		second.Wait(1) // the victim has all outputs, and is at the last stage
		f.worker("survivor", executortest.Processes)
		victim.Kill()
		second.Release()
		o := <-ended
		if o.err != nil {
			f.t.Fatal(o.err)
		}
		if got := f.values(o.res); len(got) != 1 || got[0] != 4*sumOfMany {
			f.t.Errorf("got %v", got)
		}
		for _, s := range o.res.Stats.Tasks {
			if s.Worker != "survivor" || s.Attempt < 2 {
				f.t.Errorf("task %+v", s)
			}
		}
	})
}

// TestRedisIsFlushed loses everything that Redis holds while one job runs and others wait.
func TestRedisIsFlushed(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Processes, oneTask)
		hook := executortest.NewHook(f.t)
		table := f.numbers(manyRows)
		runs := []<-chan outcome{f.submit(f.job("1", sumPlan(scanPlan(table, f.function("hang", hook.Path)), nil), hook.Path))}
		hook.Wait(1)
		for i := range 3 {
			j := f.job(fmt.Sprint(i+2), sumPlan(scanPlan(table, f.function("double", "x")), nil), "x")
			j.Share = j.RunID
			runs = append(runs, f.submit(j))
		}
		f.until(func() bool { return f.config.Redis.XLen(context.Background(), f.k.keys.tasks()).Val() >= 3 })
		f.lose()
		hook.Release()
		for i, r := range runs {
			o := <-r
			if o.err != nil {
				f.t.Fatal(i, o.err)
			}
			if got := f.values(o.res); len(got) != 1 || got[0] != 2*sumOfMany {
				f.t.Errorf("run %d: %v", i, got)
			}
		}
	})
}

// TestHogs has one share fill what it may have, and more, with functions that do not return.
func TestHogs(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Processes)
		hook := executortest.NewHook(f.t)
		plan := scanPlan(f.numbers(10), f.function("hang", hook.Path))
		var hogs []<-chan outcome
		for i := range 6 {
			j := f.job(fmt.Sprint("hog", i), plan, hook.Path)
			j.Share = "hog"
			hogs = append(hogs, f.submit(j))
		}
		hook.Wait(2) // the first becomes old; then there is room for a second
		for i := range 3 {
			j := f.job(fmt.Sprint(i), scanPlan(f.numbers(10)))
			j.Tenant = "innocent"
			start := time.Now()
			if o := <-f.submit(j); o.err != nil || time.Since(start) > 5*time.Second {
				f.t.Errorf("%v after %v", o.err, time.Since(start))
			}
		}
		if n := len(hook.Wait(2)); n != 2 {
			f.t.Errorf("%d tasks of one share run on a worker of one slot", n)
		}
		hook.Release()
		for _, h := range hogs {
			if o := <-h; o.err != nil {
				f.t.Error(o.err)
			}
		}
		f.k.mu.Lock()
		defer f.k.mu.Unlock()
		if len(f.k.shares) != 0 {
			f.t.Errorf("shares are left: %v", f.k.shares)
		}
	})
}

func emptyStream(t testing.TB) []byte {
	t.Helper()
	schema, err := types.ArrowSchema([]types.Field{n})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := format.Write(&out, "arrow", schema, func(func(arrow.RecordBatch, error) bool) {}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestFence is a worker that answers for attempts that are not its own.
func TestFence(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		ctx := f.t.Context()
		ended := f.submit(f.job("1", scanPlan(f.numbers(10))))
		var m taskMessage
		f.until(func() bool {
			res, err := f.config.Redis.XReadGroup(ctx, &redis.XReadGroupArgs{Group: group, Consumer: "me", Streams: []string{f.k.keys.tasks(), ">"}, Count: 1, Block: blockFor}).Result()
			return err == nil && json.Unmarshal([]byte(res[0].Messages[0].Values[field].(string)), &m) == nil
		})
		empty := emptyStream(f.t)
		answer := func(attempt int, rows int64) {
			r := report{Kind: reportDone, Worker: "me", Job: m.Job, Attempt: attempt, Rows: rows, Stats: &exec.Stats{}, Output: &outputRef{Inline: empty}}
			if err := f.config.Redis.XAdd(ctx, &redis.XAddArgs{Stream: f.k.keys.reports(m.Coordinator), Values: []string{field, encode(r)}}).Err(); err != nil {
				f.t.Fatal(err)
			}
		}
		answer(m.Attempt-1, 1)
		answer(m.Attempt+1, 2)
		answer(m.Attempt, 3)
		answer(m.Attempt, 4)
		if o := <-ended; o.err != nil || o.res.Rows != 3 {
			f.t.Errorf("got %+v", o)
		}
	})
}

// TestTakenAndNeverStarted is a worker that dies between taking a task and saying so.
func TestTakenAndNeverStarted(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		ended := f.submit(f.job("1", scanPlan(f.numbers(10))))
		f.until(func() bool {
			res, err := f.config.Redis.XReadGroup(f.t.Context(), &redis.XReadGroupArgs{Group: group, Consumer: "dead", Streams: []string{f.k.keys.tasks(), ">"}, Count: 1, Block: blockFor}).Result()
			return err == nil && len(res) == 1
		})
		f.worker("a", executortest.Goroutines)
		if o := <-ended; o.err != nil || o.res.Rows != 10 || o.res.Stats.Tasks[0].Attempt != 2 {
			f.t.Errorf("got %+v", o)
		}
	})
}

func TestStandby(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		stop := f.worker("main", executortest.Goroutines)
		f.worker("embedded", executortest.Goroutines, func(c *WorkerConfig) { c.Standby = true })
		table := f.numbers(10)
		ran := func() string {
			res, err := f.k.Submit(f.t.Context(), f.job("1", scanPlan(table)))
			if err != nil {
				f.t.Fatal(err)
			}
			return res.Stats.Tasks[0].Worker
		}
		for range 5 {
			if w := ran(); w != "main" {
				f.t.Errorf("it ran on %s", w)
			}
		}
		if ws, err := f.k.Workers(f.t.Context()); err != nil || len(ws) != 1 || ws[0].Name != "main" {
			f.t.Errorf("workers %v %v", ws, err)
		}
		stop()
		if w := ran(); w != "embedded" {
			f.t.Errorf("it ran on %s", w)
		}
	})
}

func TestOutputsNeedTheSecret(t *testing.T) {
	t.Parallel()
	w, err := NewWorker(WorkerConfig{Config: Config{Prefix: "p", Secret: "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.listener.Close()
	go http.Serve(w.listener, w.outputs.handler())
	s := &spool{dir: t.TempDir()}
	fmt.Fprint(s, strings.Repeat("0123456789", spoolMemory/5))
	w.outputs.put(taskRef{"j", 1, 2, 3}, s)
	ref := outputRef{Stage: 1, Index: 2, Attempt: 3, Address: w.info.Address, Bytes: s.size}
	for _, c := range []struct {
		secret string
		ref    outputRef
		want   string
	}{
		{"secret", ref, ""},
		{"other", ref, "401"},
		{"", ref, "401"},
		{"secret", outputRef{Stage: 1, Index: 2, Attempt: 4, Address: w.info.Address}, "404"},
		{"secret", outputRef{Stage: 1, Index: 2, Attempt: 3, Address: w.info.Address, Bytes: 5}, "gave 6 of 5"},
		{"secret", outputRef{Address: "127.0.0.1:1"}, "refused"},
	} {
		to := &spool{dir: t.TempDir()}
		err := newFetcher(c.secret).get(t.Context(), "j", c.ref, to)
		if c.want == "" && (err != nil || to.size != s.size || to.file == nil) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v, %d bytes", c.secret, err, to.size)
		}
		to.close()
	}
	w.outputs.drop("j")
	if err := newFetcher("secret").get(t.Context(), "j", ref, &spool{}); err == nil {
		t.Error("an output outlived its job")
	}
}

// BenchmarkOneRow is what the cluster adds to a query that costs nothing: Redis both ways, a worker, an executor process.
func BenchmarkOneRow(b *testing.B) {
	f := newFixture(b, "redis://"+miniredis.RunT(b).Addr(), func(*fixture) {})
	f.worker("a", executortest.Processes)
	plan := onePlan()
	for b.Loop() {
		if res, err := f.k.Submit(b.Context(), f.job("1", plan)); err != nil || res.Rows != 1 {
			b.Fatal(res, err)
		}
	}
}

func onePlan() *physical.Plan {
	one := int64(1)
	return &physical.Plan{Version: physical.Version, Columns: []types.Field{n}, Stages: []physical.Stage{{Columns: []types.Field{n},
		Root: &physical.Op{Columns: []types.Field{n}, Values: &physical.Values{Rows: [][]*logical.Expr{{{Op: logical.OpLiteral, T: n.Type, Lit: &logical.Literal{Int: &one}}}}}}}}}
}
