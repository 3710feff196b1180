package executor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/engine/executor/executortest"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func TestMain(m *testing.M) {
	executortest.Main()
	os.Exit(m.Run())
}

// numbers is a table n: 0, 1, … of some rows, and how its segments are opened.
func numbers(t *testing.T, rows int) (*logical.Table, func(context.Context, int) (*os.File, error)) {
	t.Helper()
	blobs, err := storage.Open(t.Context(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("n\n")
	for i := range rows {
		fmt.Fprintln(&b, i)
	}
	table, err := storage.Import(t.Context(), storage.Input{Name: "n.csv", Reader: strings.NewReader(b.String())}, blobs, "n/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return table, func(ctx context.Context, i int) (*os.File, error) {
		path, err := blobs.Local(ctx, table.Segments[i].Key, "")
		if err != nil {
			return nil, err
		}
		return os.Open(path)
	}
}

// scan is a stage that reads n, and computes f(n) if f is not nil.
func scan(table *logical.Table, f *udf.Function) *physical.Stage {
	n := types.Field{Name: "n", Type: types.Of(types.Int)}
	root := &physical.Op{Columns: []types.Field{n}, Scan: &physical.Scan{}}
	if f != nil {
		column := &logical.Expr{Op: logical.OpColumn, Name: "n", T: n.Type}
		call := &logical.Expr{Op: logical.OpUDF, T: f.Result, Func: f, Args: []*logical.Expr{column}}
		root = &physical.Op{Input: root, Columns: []types.Field{n}, Project: &physical.Project{Cols: []logical.Named{{Name: "n", Expr: call}}}}
	}
	return &physical.Stage{Root: root, Columns: []types.Field{n}, Table: table}
}

func task(t *testing.T, rows int, f *udf.Function) executor.Task {
	table, open := numbers(t, rows)
	stage := scan(table, f)
	k := executor.Task{Stage: stage, Segment: open, Splits: physical.Splits(stage, 1)[0]}
	if f != nil {
		k.Modules = []physical.Module{{Kind: f.Kind, Digest: f.Module}}
		k.Code = func(context.Context, string) ([]byte, error) { return []byte(f.Module), nil }
	}
	return k
}

func newPool(t *testing.T, c executor.PoolConfig) *executor.Pool {
	p := executor.NewPool(c)
	t.Cleanup(func() { p.Close() })
	return p
}

// sum adds up the column of an Arrow stream, and counts its rows.
func sum(t *testing.T, stream []byte) (total, rows int64) {
	t.Helper()
	r, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		b := r.RecordBatch()
		rows += b.NumRows()
		for i := range int(b.NumRows()) {
			var v int64
			fmt.Sscan(b.Column(0).ValueStr(i), &v)
			total += v
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return total, rows
}

func launchers() map[string]executor.Launcher {
	return map[string]executor.Launcher{"goroutine": executortest.Goroutines, "process": executortest.Processes}
}

func TestTask(t *testing.T) {
	t.Parallel()
	for name, launch := range launchers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, executor.PoolConfig{Launch: launch})
			k := task(t, 1000, executortest.Function("double", "d1"))
			for range 3 { // the second time the executor has the module and the segment
				var out bytes.Buffer
				o, err := pool.Run(t.Context(), "alice", k, &out)
				if err != nil {
					t.Fatal(err)
				}
				if total, rows := sum(t, out.Bytes()); total != 999*1000 || rows != 1000 || o.Rows != 1000 || o.Inline != nil {
					t.Errorf("sum %d of %d rows; %+v", total, rows, o)
				}
				if len(o.Stats.Functions) != 1 || o.Stats.Functions[0].Tier != "test" || o.Stats.RowsRead != 1000 {
					t.Errorf("stats %+v", o.Stats)
				}
			}
		})
	}
}

func TestInputs(t *testing.T) {
	t.Parallel()
	pool := newPool(t, executor.PoolConfig{Launch: executortest.Processes})
	k := task(t, 10, nil)
	var stream bytes.Buffer
	if _, err := pool.Run(t.Context(), "alice", k, &stream); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, stream.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	gather := &physical.Stage{ID: 1, Root: &physical.Op{Columns: k.Stage.Columns, Read: &physical.Read{Stages: []int{0}}}, Columns: k.Stage.Columns, Inputs: []int{0}}
	o, err := pool.Run(t.Context(), "alice", executor.Task{Stage: gather, Result: true,
		Inputs: []executor.Input{{Stage: 0, Bytes: stream.Bytes()}, {Stage: 0, File: f}, {Stage: 0, Bytes: stream.Bytes()}}}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if total, rows := sum(t, o.Inline); total != 3*45 || rows != 30 {
		t.Errorf("sum %d of %d rows", total, rows)
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	pool := newPool(t, executor.PoolConfig{Launch: executortest.Processes})
	for _, rows := range []int{0, 1, 5000, 200_000} {
		k := task(t, rows, nil)
		k.Result = true
		var out bytes.Buffer
		o, err := pool.Run(t.Context(), "alice", k, &out)
		if err != nil {
			t.Fatal(err)
		}
		if rows <= 5000 {
			if out.Len() > 0 || len(o.Inline) >= executor.InlineLimit {
				t.Errorf("%d rows: %d bytes inline, %d not", rows, len(o.Inline), out.Len())
			}
			if _, n := sum(t, o.Inline); n != int64(rows) {
				t.Errorf("%d of %d rows", n, rows)
			}
			continue
		}
		r, err := ipc.NewFileReader(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if r.NumRecords() != len(o.Batches) || o.Rows != int64(rows) || o.Inline != nil {
			t.Errorf("%d batches of %v, %d rows", r.NumRecords(), o.Batches, o.Rows)
		}
	}
}

func TestFailureKeepsTheExecutor(t *testing.T) {
	t.Parallel()
	launched := make(chan struct{}, 100)
	pool := newPool(t, executor.PoolConfig{Launch: func(ctx context.Context) (*executor.Child, error) {
		launched <- struct{}{}
		return executortest.Processes(ctx)
	}, Spares: 1, Max: 1})
	for range 3 {
		_, err := pool.Run(t.Context(), "alice", task(t, 10, executortest.Function("fail", "d1")), &bytes.Buffer{})
		var f *executor.Failure
		var call *udf.CallError
		if !errors.As(err, &f) || !errors.As(err, &call) || call.Message != "it was told to fail" {
			t.Fatalf("got %v", err)
		}
	}
	if len(launched) != 1 {
		t.Errorf("%d executors were started", len(launched))
	}
}

func TestCrash(t *testing.T) {
	t.Parallel()
	pool := newPool(t, executor.PoolConfig{Launch: executortest.Processes})
	_, err := pool.Run(t.Context(), "alice", task(t, 10, executortest.Function("crash", "d1")), &bytes.Buffer{})
	if !errors.Is(err, executor.ErrCrashed) || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
	if _, err := pool.Run(t.Context(), "alice", task(t, 10, nil), &bytes.Buffer{}); err != nil {
		t.Errorf("the next task: %v", err)
	}
}

func TestCancelKills(t *testing.T) {
	t.Parallel()
	pool := newPool(t, executor.PoolConfig{Launch: executortest.Processes})
	hook := executortest.NewHook(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() {
		_, err := pool.Run(ctx, "alice", task(t, 10, executortest.Function("hang", hook.Path)), &bytes.Buffer{})
		ended <- err
	}()
	hook.Wait(1)
	enough := errors.New("enough")
	start := time.Now()
	cancel(enough)
	if err := <-ended; !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestTenants runs tasks of two tenants with room for one executor: none may serve both.
// TestProcessorTime gives executors clocks that run fast.
func TestProcessorTime(t *testing.T) {
	t.Parallel()
	var used atomic.Int64
	var yields atomic.Int32
	pool := newPool(t, executor.PoolConfig{Launch: func(ctx context.Context) (*executor.Child, error) {
		c, err := executortest.Processes(ctx)
		if err == nil {
			c.CPU = func() (time.Duration, error) { return time.Duration(used.Add(int64(time.Second))), nil }
			c.Yield = func(bool) error { yields.Add(1); return nil }
		}
		return c, err
	}})
	hook := executortest.NewHook(t)
	k := task(t, 10, executortest.Function("hang", hook.Path))
	k.CPU = 3 * time.Second
	if _, err := pool.Run(t.Context(), "alice", k, io.Discard); !errors.Is(err, executor.ErrCPU) {
		t.Errorf("got %v", err)
	}
	if yields.Load() < 3 { // when it was a spare, back, and when its task took long
		t.Errorf("its place was changed %d times", yields.Load())
	}
}

// TestNoWayBack has executors that cannot get the place back that they gave up as spares.
func TestNoWayBack(t *testing.T) {
	t.Parallel()
	pool := newPool(t, executor.PoolConfig{Launch: func(ctx context.Context) (*executor.Child, error) {
		c, err := executortest.Processes(ctx)
		if err == nil {
			c.Yield = func(yield bool) error {
				if yield {
					return nil
				}
				return os.ErrPermission
			}
		}
		return c, err
	}})
	for range 3 {
		if _, err := pool.Run(t.Context(), "alice", task(t, 10, nil), io.Discard); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDeadline measures how long after a task's deadline its executor is dead.
func TestDeadline(t *testing.T) {
	t.Parallel()
	pool := newPool(t, executor.PoolConfig{Launch: executortest.Processes})
	hook := executortest.NewHook(t)
	k := task(t, 10, executortest.Function("hang", hook.Path))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := pool.Run(ctx, "alice", k, io.Discard)
	late, _ := ctx.Deadline()
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(late) > 500*time.Millisecond {
		t.Errorf("got %v, %v after the deadline", err, time.Since(late))
	}
	for _, pid := range hook.Wait(1) {
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("the executor %d is alive", pid)
		}
	}
}

// TestFresh crashes an executor that has worked before, and one that has not because the task asks for that.
func TestFresh(t *testing.T) {
	t.Parallel()
	pool := newPool(t, executor.PoolConfig{Launch: executortest.Processes})
	for _, fresh := range []bool{false, true} {
		if _, err := pool.Run(t.Context(), "alice", task(t, 10, nil), io.Discard); err != nil {
			t.Fatal(err)
		}
		k := task(t, 10, executortest.Function("crash", "d1"))
		k.Fresh = fresh
		if _, err := pool.Run(t.Context(), "alice", k, io.Discard); !errors.Is(err, executor.ErrCrashed) || errors.Is(err, executor.ErrUsed) == fresh {
			t.Errorf("fresh %t: got %v", fresh, err)
		}
	}
}

func TestTenants(t *testing.T) {
	t.Parallel()
	launched := make(chan struct{}, 100)
	pool := newPool(t, executor.PoolConfig{Launch: func(ctx context.Context) (*executor.Child, error) {
		launched <- struct{}{}
		return executortest.Processes(ctx)
	}, Spares: 1, Max: 1})
	k := task(t, 10, nil)
	for _, tenant := range []string{"alice", "alice", "bob", "bob", "alice"} {
		if _, err := pool.Run(t.Context(), tenant, k, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(launched) != 3 {
		t.Errorf("%d executors were started, want 3", len(launched))
	}
}

func TestMissingSegment(t *testing.T) {
	t.Parallel()
	pool := newPool(t, executor.PoolConfig{Launch: executortest.Processes})
	k := task(t, 10, nil)
	lost := errors.New("no such blob")
	k.Segment = func(context.Context, int) (*os.File, error) { return nil, lost }
	if _, err := pool.Run(t.Context(), "alice", k, &bytes.Buffer{}); !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkTask(b *testing.B) {
	pool := executor.NewPool(executor.PoolConfig{Launch: executortest.Processes})
	defer pool.Close()
	n := types.Field{Name: "n", Type: types.Of(types.Int)}
	one := int64(1)
	stage := &physical.Stage{Columns: []types.Field{n}, Root: &physical.Op{Columns: []types.Field{n}, Values: &physical.Values{
		Rows: [][]*logical.Expr{{{Op: logical.OpLiteral, T: n.Type, Lit: &logical.Literal{Int: &one}}}}}}}
	for b.Loop() {
		if o, err := pool.Run(b.Context(), "alice", executor.Task{Stage: stage, Result: true}, &bytes.Buffer{}); err != nil || o.Rows != 1 {
			b.Fatal(o, err)
		}
	}
}

// TestScratch sorts more than a task may hold in memory, in a file that the worker hands over and has no name.
func TestScratch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool := newPool(t, executor.PoolConfig{Launch: executortest.Processes})
	for disk, want := range map[int64]string{0: "", 1 << 20: "1 MB of disk"} {
		k := task(t, 300_000, nil)
		key := &logical.Expr{Op: logical.OpColumn, Name: "n", T: types.Of(types.Int)}
		k.Stage.Root = &physical.Op{Input: k.Stage.Root, Columns: k.Stage.Columns, Sort: &physical.Sort{Keys: []logical.SortKey{{Expr: key, Desc: true}}}}
		k.Memory, k.Disk = 4<<20, disk
		k.Scratch = func() (*os.File, error) { return executor.Scratch(dir) }
		var out bytes.Buffer
		o, err := pool.Run(t.Context(), "alice", k, &out)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%d bytes of disk: got %v", disk, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if total, rows := sum(t, out.Bytes()); total != 299_999*150_000 || rows != 300_000 || o.Stats.SpilledBytes == 0 {
			t.Errorf("sum %d of %d rows, %d bytes on disk", total, rows, o.Stats.SpilledBytes)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
