package cluster

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dreamql/dreamql/engine/executor"
)

// outputs are what a worker's tasks gave, until their job is over. It serves them to the other workers as
// GET /outputs/{job}/{stage}/{index}/{attempt}.
type outputs struct {
	secret string
	mu     sync.Mutex
	byTask map[taskRef]*spool
	jobs   map[string]time.Time // since when a job has outputs here
	over   map[string]time.Time // when a job ended: an output that comes later is not wanted
	gone   chan struct{}        // closed when nothing is kept
}

// keepFor is when outputs are dropped whose job's end was never announced.
const keepFor = 30 * time.Minute

func newOutputs(secret string) *outputs {
	return &outputs{secret: secret, byTask: map[taskRef]*spool{}, jobs: map[string]time.Time{}, over: map[string]time.Time{}, gone: make(chan struct{}, 1)}
}

func (o *outputs) put(t taskRef, s *spool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, late := o.over[t.Job]; late {
		s.close()
		return
	}
	o.byTask[t] = s
	if _, ok := o.jobs[t.Job]; !ok {
		o.jobs[t.Job] = time.Now()
	}
}

func (o *outputs) get(t taskRef) *spool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.byTask[t]
}

// drop forgets a job's outputs. Who reads one at this moment is cut off; the job is over.
func (o *outputs) drop(job string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for t, s := range o.byTask {
		if t.Job == job {
			s.close()
			delete(o.byTask, t)
		}
	}
	delete(o.jobs, job)
	o.over[job] = time.Now()
	if len(o.jobs) == 0 {
		select {
		case o.gone <- struct{}{}:
		default:
		}
	}
}

func (o *outputs) dropOld() {
	o.mu.Lock()
	var old []string
	for job, since := range o.jobs {
		if time.Since(since) > keepFor {
			old = append(old, job)
		}
	}
	for job, when := range o.over {
		if time.Since(when) > time.Minute {
			delete(o.over, job)
		}
	}
	o.mu.Unlock()
	for _, job := range old {
		o.drop(job)
	}
}

// drained waits until nothing is kept any more.
func (o *outputs) drained(ctx context.Context) {
	for {
		o.mu.Lock()
		n := len(o.jobs)
		o.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-o.gone:
		case <-ctx.Done():
			return
		}
	}
}

func (o *outputs) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /outputs/{job}/{stage}/{index}/{attempt}", func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+o.secret)) != 1 || o.secret == "" {
			http.Error(w, "the cluster's secret is missing or wrong", http.StatusUnauthorized)
			return
		}
		stage, err1 := strconv.Atoi(r.PathValue("stage"))
		index, err2 := strconv.Atoi(r.PathValue("index"))
		attempt, err3 := strconv.Atoi(r.PathValue("attempt"))
		s := o.get(taskRef{r.PathValue("job"), stage, index, attempt})
		if s == nil || errors.Join(err1, err2, err3) != nil {
			http.Error(w, "there is no such output here", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.apache.arrow.stream")
		w.Header().Set("Content-Length", strconv.FormatInt(s.size, 10))
		io.Copy(w, s.reader())
	})
	return mux
}

// fetcher reads outputs from other workers.
type fetcher struct {
	secret string
	client *http.Client
}

func newFetcher(secret string) *fetcher {
	return &fetcher{secret: secret, client: &http.Client{Transport: &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		ResponseHeaderTimeout: 5 * time.Second,
		MaxConnsPerHost:       8,
		IdleConnTimeout:       time.Minute,
	}}}
}

// lostError names the inputs that could not be read.
type lostError struct {
	refs []outputRef
	err  error
}

func (e *lostError) Error() string { return e.err.Error() }

// inputs makes a task's inputs readable: those sent along, those kept by this worker, and those of others, fetched.
// The caller hands them to an executor or closes them.
func (w *Worker) inputs(ctx context.Context, m *taskMessage) (_ []executor.Input, err error) {
	in := make([]executor.Input, len(m.Inputs))
	defer func() {
		if err != nil {
			closeAll(in)
		}
	}()
	var mu sync.Mutex
	lost := &lostError{}
	g := errgroup.Group{}
	g.SetLimit(4)
	for i, ref := range m.Inputs {
		in[i] = executor.Input{Stage: ref.Stage, Bytes: ref.Inline}
		if ref.Inline != nil {
			continue
		}
		g.Go(func() error {
			s := w.outputs.get(taskRef{m.Job, ref.Stage, ref.Index, ref.Attempt})
			fetched := s == nil
			if fetched {
				s = &spool{dir: w.dir}
				defer s.close()
				if err := w.fetch.get(ctx, m.Job, ref, s); err != nil {
					mu.Lock()
					lost.refs, lost.err = append(lost.refs, ref), err
					mu.Unlock()
					return nil
				}
			}
			var err error
			in[i].Bytes = s.memory
			in[i].File, err = s.duplicate()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return in, err
	}
	if len(lost.refs) > 0 {
		return in, lost
	}
	return in, nil
}

func closeAll(in []executor.Input) {
	for _, i := range in {
		if i.File != nil {
			i.File.Close()
		}
	}
}

func (f *fetcher) get(ctx context.Context, job string, ref outputRef, to *spool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stalled := time.AfterFunc(stallAfter, cancel)
	defer stalled.Stop()
	url := fmt.Sprintf("http://%s/outputs/%s/%d/%d/%d", ref.Address, job, ref.Stage, ref.Index, ref.Attempt)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+f.secret)
	res, err := f.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the worker %s answered %s", ref.Worker, res.Status)
	}
	n, err := io.Copy(&alarmWriter{to, stalled}, io.LimitReader(res.Body, ref.Bytes+1))
	if err == nil && n != ref.Bytes {
		err = fmt.Errorf("the worker %s gave %d of %d bytes", ref.Worker, n, ref.Bytes)
	}
	return err
}

// stallAfter is how long a worker may send nothing before its output counts as lost.
const stallAfter = 15 * time.Second

// alarmWriter puts an alarm off with each write.
type alarmWriter struct {
	w     io.Writer
	alarm *time.Timer
}

func (a *alarmWriter) Write(p []byte) (int, error) {
	a.alarm.Reset(stallAfter)
	return a.w.Write(p)
}
