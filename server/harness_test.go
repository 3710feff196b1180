package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/migrations"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/postgres"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/api"
	"github.com/dreamql/dreamql/server/dataset"
	"github.com/dreamql/dreamql/server/local/localtest"
	"github.com/dreamql/dreamql/server/lock"
	"github.com/dreamql/dreamql/server/notebook"
	"github.com/dreamql/dreamql/server/run"
	"github.com/dreamql/dreamql/server/telemetry"
)

// world is a service over a real PostgreSQL and Redis, whose plans are executed in this process.
type world struct {
	t      *testing.T
	url    string
	token  string
	db     *pgxpool.Pool
	redis  *redis.Client
	blobs  *storage.Blobs
	engine *inProcess
	api    *api.API
	owner  *account.Identity
	config run.Config
	log    *logged
	stop   func() // ends the work of the service's node and waits for it
}

var application1 = fstest.MapFS{
	"index.html":         {Data: []byte("<!doctype html><title>DreamQL</title>")},
	"assets/app-1234.js": {Data: []byte("export {}")},
}

func newWorld(t *testing.T) *world { return newWorldWith(t, application1) }

func newWorldWith(t *testing.T, files fs.FS) *world {
	return newWorldOpen(t, files, func(*dataset.Store, *storage.Blobs) dataset.Outside { return dataset.Outside{} })
}

// newWorldOpen opens to programs what a function says.
func newWorldOpen(t *testing.T, files fs.FS, open func(*dataset.Store, *storage.Blobs) dataset.Outside) *world {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	dsn := localtest.Database(t)
	must0(t, migrations.Up(ctx, dsn))
	w := &world{t: t, token: account.NewSecret()}
	w.db = must(pool(ctx, dsn, nil))(t)
	quick := must(pool(ctx, dsn, map[string]string{"synchronous_commit": "off"}))(t)
	w.redis = redis.NewClient(must(redis.ParseURL(localtest.Redis(t)))(t))
	w.blobs = must(storage.Open(ctx, t.TempDir()))(t)
	w.engine = &inProcess{blobs: w.blobs}
	accounts := account.NewStore(w.db)
	w.owner = must(accounts.Owner(ctx))(t)
	must0(t, accounts.Install(ctx, w.owner, w.token))
	w.log = &logged{t: t}
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	packages := postgres.New(w.db)
	locks := lock.New(w.db, packages)
	datasets := dataset.NewStore(w.db, w.blobs)
	metrics := telemetry.New()
	outside := open(datasets, w.blobs)
	w.config = run.Config{DB: w.db, Quick: quick, Redis: w.redis, Prefix: "test", Blobs: w.blobs, Cluster: w.engine, Log: log,
		Catalog: dataset.Catalog{Datasets: datasets, Packages: locks, Outside: outside}, Locks: locks, Datasets: datasets, Outside: outside,
		Modules: run.Modules{DB: w.db, Blobs: w.blobs},
		Module: func(ctx context.Context, digest string) ([]byte, error) {
			return registry.ReadBlob(ctx, w.blobs, digest)
		}, Ended: run.Ended{Run: metrics.RunEnded, Cell: metrics.CellEnded}}
	runs := run.New(w.config)
	metrics.Watch(telemetry.State{Runs: runs.Unfinished, Workers: func(context.Context) ([]cluster.WorkerInfo, error) {
		return []cluster.WorkerInfo{{Name: "here", Slots: 2}}, nil
	}})
	w.api = &api.API{Accounts: accounts, Notebooks: notebook.NewStore(w.db), Datasets: datasets, Outside: outside, Locks: locks, Runs: runs, Registry: packages,
		Publisher: &registry.Publisher{Store: packages, Blobs: w.blobs, Checker: registry.Examples{Evaluator: run.Evaluator{Cluster: w.engine, Blobs: w.blobs}}},
		Health:    func(context.Context) map[string]string { return map[string]string{"database": "ok"} },
		Modules:   w.config.Modules,
		Metrics:   metrics.Handler(), Version: "test", Log: log}
	server := httptest.NewServer(Handler(w.api, w.db, metrics, files, api.Limits{JSON: 4 << 20, Package: 1 << 20, Upload: 1 << 20, Uploads: 2, Waiting: 100 * time.Millisecond, Stalled: 300 * time.Millisecond}))
	w.url = server.URL
	var working sync.WaitGroup
	node, leave := context.WithCancel(ctx)
	working.Go(func() { w.api.Runs.Work(node) })
	w.stop = func() {
		leave()
		working.Wait()
	}
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		cancel()
		working.Wait()
		w.redis.Close()
		quick.Close()
		w.db.Close()
		w.blobs.Close()
	})
	return w
}

// call makes a request and expects a status; into is a place for the JSON of the answer, or nil. Headers are "Name: value".
func (w *world) call(method, path string, body any, status int, into any, headers ...string) http.Header {
	w.t.Helper()
	var in io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case []byte:
		in, kind = bytes.NewReader(b), "application/octet-stream"
	default:
		in, kind = bytes.NewReader(must(json.Marshal(b))(w.t)), "application/json"
	}
	r := must(http.NewRequest(method, w.url+path, in))(w.t)
	r.Header.Set("Authorization", "Bearer "+w.token)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for _, h := range headers {
		name, v, _ := strings.Cut(h, ": ")
		if r.Header.Del(name); v != "" {
			r.Header.Set(name, v)
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res := must(client.Do(r))(w.t)
	defer res.Body.Close()
	text := must(io.ReadAll(res.Body))(w.t)
	if res.StatusCode != status {
		w.t.Fatalf("%s %s: got %s, want %d\n%s", method, path, res.Status, status, text)
	}
	if status >= 400 && res.Header.Get("Content-Type") != "application/problem+json" {
		w.t.Fatalf("%s %s: an error without a problem document: %s", method, path, text)
	}
	conforms(w.t, r, res, text)
	switch x := into.(type) {
	case nil:
	case *string:
		*x = string(text)
	default:
		if err := json.Unmarshal(text, into); err != nil {
			w.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
		}
	}
	return res.Header
}

// eventually waits for a condition.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			w.t.Fatalf("%s: not within 20 s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// inProcess is a cluster of one process: it executes the plan at once and stores the result as the cluster does.
type inProcess struct {
	blobs    *storage.Blobs
	runtimes map[udf.Kind]udf.Runtime
	mu       sync.Mutex
	hold     chan struct{} // while it is open, jobs wait for it; nil to go on
	jobs     int
}

func (c *inProcess) holdJobs() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	hold := make(chan struct{})
	c.hold = hold
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.hold == hold {
			c.hold = nil
		}
		close(hold)
	})
}

func (c *inProcess) submitted() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jobs
}

func (c *inProcess) Submit(ctx context.Context, job cluster.Job) (*cluster.Result, error) {
	c.mu.Lock()
	c.jobs++
	hold := c.hold
	c.mu.Unlock()
	if job.Progress != nil {
		job.Progress(cluster.Progress{Done: 0, Total: 1})
	}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	res := &cluster.Result{Columns: job.Plan.Columns}
	var stream bytes.Buffer
	var out *ipc.Writer
	stats, err := exec.RunPlan(ctx, exec.Env{Threads: 1, Modules: job.Module, Runtimes: c.runtimes}, job.Plan, c.open, func(b arrow.RecordBatch) error {
		if out == nil {
			out = ipc.NewWriter(&stream, ipc.WithSchema(b.Schema()))
		}
		res.Rows += b.NumRows()
		return out.Write(b)
	})
	if err != nil {
		return nil, err
	}
	if out == nil {
		schema, err := types.ArrowSchema(job.Plan.Columns)
		if err != nil {
			return nil, err
		}
		out = ipc.NewWriter(&stream, ipc.WithSchema(schema))
	}
	res.Stats.Stats = stats
	for _, stage := range job.Plan.Stages {
		res.Stats.Tasks = append(res.Stats.Tasks, cluster.TaskStats{Stage: stage.ID, Worker: "here", Attempt: 1})
	}
	if err := out.Close(); err != nil || res.Rows < 1000 {
		res.Inline = stream.Bytes()
		return res, err
	}
	return res, c.part(ctx, job.Prefix+"/0.arrow", &stream, res)
}

// part stores a large result as a file.
func (c *inProcess) part(ctx context.Context, key string, stream *bytes.Buffer, res *cluster.Result) error {
	in, err := ipc.NewReader(stream)
	if err != nil {
		return err
	}
	defer in.Release()
	w, err := c.blobs.Create(ctx, key)
	if err != nil {
		return err
	}
	out, err := ipc.NewFileWriter(w, ipc.WithSchema(in.Schema()))
	if err != nil {
		return err
	}
	part := cluster.Part{Key: key, Rows: res.Rows}
	for in.Next() {
		err = errors.Join(err, out.Write(in.RecordBatch()))
		part.Batches = append(part.Batches, in.RecordBatch().NumRows())
	}
	res.Inline, res.Parts = nil, []cluster.Part{part}
	return errors.Join(err, in.Err(), out.Close(), w.Close())
}

func (c *inProcess) open(ctx context.Context, t *logical.Table, i int) (exec.SegmentReader, error) {
	path, err := c.blobs.Local(ctx, t.Segments[i].Key, "")
	if err != nil {
		return nil, err
	}
	return storage.OpenSegment(path)
}

// logged keeps every line of the log, and shows those that matter.
type logged struct {
	t    *testing.T
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !bytes.Contains(p, []byte("level=DEBUG")) && !bytes.Contains(p, []byte("level=INFO")) {
		l.t.Log(strings.TrimSpace(string(p)))
	}
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func must0(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
