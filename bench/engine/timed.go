package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dreamql/dreamql/bench/measure"
)

// patience is how long all runs of one query in one system may take.
const patience = 120 * time.Second

// warmUp is for how long a system runs a query before it counts. Processors and caches, and what a process keeps between runs, are not
// as they will be before: a query of some milliseconds gets faster for the first fifth of a second.
const warmUp = 500 * time.Millisecond

// timing is what one system took for one query.
type timing struct {
	ms    float64 // the median of the runs after the first and warming up
	first float64 // the first run
	runs  int     // how many those are
	bytes int64   // the most memory that its process had
	plan  float64 // what of a run one thread took to check and plan the program, in the median; of ours
	busy  float64 // the share of the threads' time in which they worked, in the median of these runs
	err   error   // why there is none of that

	warm, plans, shares []float64 // of each of these runs
}

// count gives the medians of the runs.
func (b *bench) count(t *timing) {
	if t.runs = len(t.warm); t.runs > 0 {
		t.ms, t.busy = b.counted(t.warm), measure.Median(t.shares)
	}
	if len(t.plans) > 0 {
		t.plan = measure.Median(t.plans)
	}
}

// with adds the runs of another process.
func (b *bench) with(t, more timing) timing {
	if t.err == nil {
		t.err = more.err
	}
	t.bytes = max(t.bytes, more.bytes)
	t.warm, t.plans, t.shares = append(t.warm, more.warm...), append(t.plans, more.plans...), append(t.shares, more.shares...)
	b.count(&t)
	return t
}

// newTiming is made of what each run took, and what it had of each thread.
func (b *bench) newTiming(ms, cpu []float64, cmd *exec.Cmd, err error) timing {
	t := timing{err: err}
	busy := make([]float64, len(ms))
	for i := range ms {
		busy[i] = cpu[i] / ms[i]
	}
	if b.cpu {
		ms = cpu
	}
	if cmd.ProcessState != nil {
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			t.bytes = usage.Maxrss << 10
		}
	}
	if len(ms) > 0 {
		t.first = ms[0]
	}
	if len(ms) > 1 {
		t.warm, t.shares, t.err = ms[1:], busy[1:], nil
	}
	b.count(&t)
	return t
}

// ended says that a command took too long, where it did.
func ended(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("it took longer than %s", patience)
	}
	return err
}

// storage is what DreamQL reads.
type storage int

const (
	segments storage = iota
	kept             // Parquet as it lies, by way of the cache of columns, which is empty at first
	decoded          // Parquet as it lies, decoded in each run
)

// ourTime measures DreamQL. Its rows go to a file, if one is named.
func (b *bench) ourTime(q query, from storage, threads int, rows string) timing {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if from != kept {
		return b.ourRuns(ctx, q, from, threads, b.repeat+1, b.environment(), rows)
	}
	dir, err := os.MkdirTemp(b.dir, ".columns-")
	if err != nil {
		return timing{err: err}
	}
	defer os.RemoveAll(dir)
	environment := append(b.environment(), "XDG_CACHE_HOME="+dir)
	first := b.ourRuns(ctx, q, from, threads, 1, environment, "")
	for range 2 { // programs, whose columns are kept behind them
		if first.err == nil {
			first.err = b.ourRuns(ctx, q, from, threads, 1, environment, "").err
		}
	}
	if first.err != nil {
		return first
	}
	t := b.ourRuns(ctx, q, from, threads, b.repeat+1, environment, rows)
	t.first = first.first
	return t
}

// apartFor is how many milliseconds processes that run at once take at least, so that they begin and end together.
const apartFor = 1500

// apart measures as many processes at once as there are threads. They have one thread each, do the same and share nothing: what the
// machine gives to threads that are not in each other's way.
func (b *bench) apart(q query, one timing) timing {
	if one.err != nil {
		return one
	}
	long := *b
	long.repeat = max(b.repeat, int(apartFor/one.ms))
	each := make([]timing, b.threads)
	var all sync.WaitGroup
	for i := range each {
		all.Go(func() { each[i] = long.ourTime(q, segments, 1, "") })
	}
	all.Wait()
	t := each[0]
	for _, more := range each[1:] {
		t = b.with(t, more)
	}
	return t
}

func (b *bench) ourRuns(ctx context.Context, q query, from storage, threads, repeat int, environment []string, rows string) timing {
	args := []string{"query", "-e", q.dql, "--threads", strconv.Itoa(threads), "--stats", "--repeat", strconv.Itoa(repeat), "--format", "arrow",
		"--in-place=" + strconv.FormatBool(from != segments)}
	if repeat > 1 {
		args = append(args, "--warm-up", warmUp.String())
	}
	if from == decoded {
		args = append(args, "--column-cache", "0")
	}
	for _, t := range q.tables {
		args = append(args, "--data", b.table(q.data, t))
	}
	cmd := exec.CommandContext(ctx, b.binary, args...)
	cmd.Env = append(slices.Clone(environment), "GOMAXPROCS="+strconv.Itoa(threads)) // the garbage collector is part of what a thread does
	if rows != "" {
		f, err := os.Create(rows)
		if err != nil {
			return timing{err: err}
		}
		defer f.Close()
		cmd.Stdout = f
	}
	runs, err := measure.Runs(cmd)
	var ms, cpu []float64
	for _, r := range runs {
		ms, cpu = append(ms, r.Whole()), append(cpu, r.CPU/float64(threads))
	}
	t := b.newTiming(ms, cpu, cmd, ended(ctx, err))
	if t.runs > 0 {
		for _, r := range runs[1:] {
			t.plans = append(t.plans, r.Plan)
		}
		b.count(&t)
	}
	return t
}

// peerTime measures a peer: "duckdb", "duckdb parquet" or "clickhouse".
func (b *bench) peerTime(q query, peer string, threads int, rows string) timing {
	if b.python == "" {
		return timing{err: errors.New("it is not installed")}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	sql := q.sql
	if peer == "clickhouse" {
		sql = q.clickhouse
	}
	asked, err := json.Marshal(map[string]any{"peer": peer, "dir": b.dir + "/" + q.data, "sql": sql, "tables": q.tables, "threads": threads,
		"repeat": b.repeat + 1, "warm_up": warmUp.Seconds(), "out": rows})
	if err != nil {
		return timing{err: err}
	}
	cmd := exec.CommandContext(ctx, b.python, "-W", "ignore", "bench/engine/peers/run.py", string(asked))
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err = cmd.Run(); err != nil {
		err = ended(ctx, fmt.Errorf("%w: %s", err, complaints.String()))
	}
	var ms, cpu []float64
	for line := range strings.Lines(out.String()) {
		var l struct {
			Version, Error string
			MS, CPU        float64
		}
		if json.Unmarshal([]byte(line), &l) != nil {
			continue // a peer's own message
		}
		switch {
		case l.Error != "":
			err = errors.New(l.Error)
		case l.Version != "":
			b.noteVersion(l.Version)
		default:
			ms, cpu = append(ms, l.MS), append(cpu, l.CPU/float64(threads))
		}
	}
	return b.newTiming(ms, cpu, cmd, err)
}
