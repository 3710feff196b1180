package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/engine/executor/executortest"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/server/local/localtest"
)

const workerVariable = "DREAMQL_TEST_WORKER"

func TestMain(m *testing.M) {
	executortest.Main()
	if spec := os.Getenv(workerVariable); spec != "" {
		if err := workerMain(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fixture is a cluster of its own: a key prefix in some Redis, a blob store, a coordinator.
type fixture struct {
	t      testing.TB
	config Config
	url    string
	blobs  string
	k      *Coordinator
	lose   func() // what FLUSHALL does to the cluster
}

// eachRedis runs a test on an in-process Redis, and on a real one of its own.
func eachRedis(t *testing.T, test func(*fixture)) {
	t.Parallel()
	t.Run("in-process", func(t *testing.T) {
		t.Parallel()
		m := miniredis.RunT(t)
		test(newFixture(t, "redis://"+m.Addr(), func(*fixture) { m.FlushAll() }))
	})
	t.Run("real", func(t *testing.T) {
		t.Parallel()
		test(newFixture(t, localtest.Redis(t), func(f *fixture) {
			if err := f.config.Redis.FlushAll(context.Background()).Err(); err != nil {
				t.Error(err)
			}
		}))
	})
}

func newFixture(t testing.TB, url string, lose func(*fixture)) *fixture {
	t.Helper()
	f := &fixture{t: t, url: url, blobs: "file://" + t.TempDir()}
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	f.config = Config{Redis: redis.NewClient(opts), Prefix: "test-" + uuid.NewString(), Secret: "secret"}
	f.lose = func() { lose(f) }
	if f.config.Blobs, err = storage.Open(t.Context(), f.blobs); err != nil {
		t.Fatal(err)
	}
	if f.k, err = NewCoordinator(t.Context(), f.config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.k.Close()
		f.deleteKeys()
		f.config.Redis.Close()
	})
	return f
}

func (f *fixture) deleteKeys() {
	ctx := context.Background()
	ks, err := f.config.Redis.Keys(ctx, f.config.Prefix+":*").Result()
	if err == nil && len(ks) > 0 {
		err = f.config.Redis.Del(ctx, ks...).Err()
	}
	if err != nil {
		f.t.Error(err)
	}
}

// worker runs a worker inside the test until the test ends, or stop is called.
func (f *fixture) worker(name string, launch executor.Launcher, change ...func(*WorkerConfig)) (stop func()) {
	f.t.Helper()
	pool := executor.NewPool(executor.PoolConfig{Launch: launch})
	c := WorkerConfig{Config: f.config, Name: name, Slots: 1, Pool: pool, Temp: f.t.TempDir()}
	for _, ch := range change {
		ch(&c)
	}
	w, err := NewWorker(c)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.Run(ctx); err != nil {
			f.t.Error(err)
		}
		pool.Close()
	}()
	stop = func() {
		cancel()
		<-ended
	}
	f.t.Cleanup(stop)
	f.until(func() bool { return f.alive(name) })
	return stop
}

// oneTask makes a worker take a single task at a time. Without it, one whose colleague is slow takes that one's as well
// (leftOver).
func oneTask(c *WorkerConfig) { c.Places = 1 }

type workerSpec struct{ Redis, Prefix, Secret, Blobs, Name string }

// process starts a worker as a process of its own, whose executors are processes too. It takes a single task at a time.
func (f *fixture) process(name string) *os.Process {
	f.t.Helper()
	spec, err := json.Marshal(workerSpec{f.url, f.config.Prefix, f.config.Secret, f.blobs, name})
	if err != nil {
		f.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerVariable+"="+string(spec))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	f.until(func() bool { return f.alive(name) })
	return cmd.Process
}

func workerMain(spec string) error {
	var s workerSpec
	if err := json.Unmarshal([]byte(spec), &s); err != nil {
		return err
	}
	os.Unsetenv(workerVariable)
	opts, err := redis.ParseURL(s.Redis)
	if err != nil {
		return err
	}
	blobs, err := storage.Open(context.Background(), s.Blobs)
	if err != nil {
		return err
	}
	w, err := NewWorker(WorkerConfig{Config: Config{Redis: redis.NewClient(opts), Prefix: s.Prefix, Secret: s.Secret, Blobs: blobs}, Name: s.Name, Slots: 1, Places: 1,
		Pool: executor.NewPool(executor.PoolConfig{Launch: executortest.Processes})})
	if err != nil {
		return err
	}
	return w.Run(context.Background())
}

// alive reports whether a worker has registered, and the coordinator has seen it.
func (f *fixture) alive(name string) bool {
	there, err := f.config.Redis.HExists(context.Background(), f.k.keys.workersInfo(), name).Result()
	if err == nil && there {
		err = f.k.look(context.Background())
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return there
}

// until waits for a condition, for as long as the test may take.
func (f *fixture) until(condition func() bool) {
	f.t.Helper()
	for !condition() {
		if !pause(f.t.Context()) {
			f.t.Fatal("the condition was never met")
		}
	}
}

// numbers imports a table n: 0, 1, … in batches of 64 Ki rows.
func (f *fixture) numbers(rows int) *logical.Table {
	f.t.Helper()
	var b strings.Builder
	b.WriteString("n\n")
	for i := range rows {
		fmt.Fprintln(&b, i)
	}
	table, err := storage.Import(f.t.Context(), storage.Input{Name: "n.csv", Reader: strings.NewReader(b.String())}, f.config.Blobs, "n/"+uuid.NewString(), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return table
}

var n = types.Field{Name: "n", Type: types.Of(types.Int)}

func column() *logical.Expr { return &logical.Expr{Op: logical.OpColumn, Name: "n", T: n.Type} }

// apply is an operator that computes f(n).
func apply(in *physical.Op, f *udf.Function) *physical.Op {
	call := &logical.Expr{Op: logical.OpUDF, T: f.Result, Func: f, Args: []*logical.Expr{column()}}
	return &physical.Op{Input: in, Columns: []types.Field{n}, Project: &physical.Project{Cols: []logical.Named{{Name: "n", Expr: call}}}}
}

// scanPlan reads n and applies functions to it.
func scanPlan(table *logical.Table, fs ...*udf.Function) *physical.Plan {
	root := &physical.Op{Columns: []types.Field{n}, Scan: &physical.Scan{}}
	p := &physical.Plan{Version: physical.Version, Columns: []types.Field{n}}
	for _, f := range fs {
		root = apply(root, f)
		p.Modules = append(p.Modules, physical.Module{Kind: f.Kind, Digest: f.Module})
	}
	p.Stages = []physical.Stage{{Root: root, Columns: p.Columns, Table: table}}
	return p
}

// sumPlan adds a stage to scanPlan that sums up n, after applying f (if not nil).
func sumPlan(p *physical.Plan, f *udf.Function) *physical.Plan {
	root := &physical.Op{Columns: []types.Field{n}, Read: &physical.Read{Stages: []int{0}}}
	if f != nil {
		root = apply(root, f)
		p.Modules = append(p.Modules, physical.Module{Kind: f.Kind, Digest: f.Module})
	}
	root = &physical.Op{Input: root, Columns: []types.Field{n}, Aggregate: &physical.Aggregate{Mode: physical.Complete,
		Aggs: []logical.Agg{{Name: "n", Func: "sum", Args: []*logical.Expr{column()}, Type: n.Type}}}}
	p.Stages = append(p.Stages, physical.Stage{ID: 1, Root: root, Columns: p.Columns, Inputs: []int{0}})
	return p
}

// function is executortest.Function with its code in a module.
func (f *fixture) function(name, code string) *udf.Function {
	f.t.Helper()
	return executortest.Function(name, digestOf(code))
}

// job runs a plan; the code of each module is looked up by its digest.
func (f *fixture) job(run string, p *physical.Plan, code ...string) Job {
	return Job{RunID: run, CellID: "c", Tenant: "alice", Plan: p, Prefix: "results/" + run,
		Module: func(_ context.Context, digest string) ([]byte, error) {
			for _, c := range code {
				if digestOf(c) == digest {
					return []byte(c), nil
				}
			}
			return nil, fmt.Errorf("no module %s", digest)
		}}
}

// values reads all numbers of a result.
func (f *fixture) values(r *Result) []int64 {
	f.t.Helper()
	var out []int64
	add := func(b interface{ Value(int) int64 }, rows int64) {
		for i := range int(rows) {
			out = append(out, b.Value(i))
		}
	}
	if r.Inline != nil {
		for b, err := range storage.Stream("result", r.Inline) {
			if err != nil {
				f.t.Fatal(err)
			}
			add(b.Column(0).(*array.Int64), b.NumRows())
		}
	}
	for _, p := range r.Parts {
		path, err := f.config.Blobs.Local(f.t.Context(), p.Key, "")
		if err != nil {
			f.t.Fatal(err)
		}
		s, err := storage.OpenSegment(path)
		if err != nil {
			f.t.Fatal(err)
		}
		if s.NumBatches() != len(p.Batches) {
			f.t.Errorf("%d batches, said to be %d", s.NumBatches(), len(p.Batches))
		}
		for i := range s.NumBatches() {
			b, err := s.Batch(i, []string{"n"})
			if err != nil {
				f.t.Fatal(err)
			}
			add(b.Column(0).(*array.Int64), b.NumRows())
		}
		s.Close()
	}
	if int64(len(out)) != r.Rows {
		f.t.Errorf("%d rows, said to be %d", len(out), r.Rows)
	}
	return out
}
