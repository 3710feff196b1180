package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/server/local"
)

// hostileManifest and hostileCode are a package that does its worst, but only when its argument is not 0, so that its examples pass.
const hostileManifest = `[package]
scope = "chaos"
name = "hostile"
version = "1.0.0"
description = "Functions that do their worst."
license = "Apache-2.0"
`

const hostileCode = `
def spin(a):
    while a:
        pass
    return 0

def memory(a):
    kept = []
    while a:
        kept.append(bytearray(1 << 20))
    return 0

def recurse(a):
    return recurse(a) + 1 if a else 0

def leave(a):
    import os
    return os._exit(3) if a else 0

def reads(a):
    return len(open('/etc/passwd').read()) if a else 0
`

// publishHostile sends the package the way that strangers do.
func publishHostile(t *testing.T, p *process) {
	t.Helper()
	manifest := hostileManifest
	for _, f := range []string{"spin", "memory", "recurse", "leave", "reads"} {
		manifest += fmt.Sprintf("\n[[function]]\nname = %q\nkind = \"python\"\nmodule = \"hostile.py\"\nsignature = \"(a: int) => int\"\ndoc = \"Hostile.\"\n\n[[function.example]]\ncall = \"%s(0)\"\nresult = \"0\"\n", f, f)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"dreamql.toml": manifest, "hostile.py": hostileCode, "README.md": "# Hostile\n"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	publish, err := launch([]string{"publish", dir}, []string{"DREAMQL_URL=" + p.url, "DREAMQL_TOKEN=" + token})
	must(t, err)
	<-publish.done
	if !publish.cmd.ProcessState.Success() {
		t.Fatalf("publishing: %s", publish.log)
	}
}

func hostile(function string) string {
	return "import chaos/hostile (" + function + ")\nflights -> { x: " + function + "(1) } -> take 3"
}

// query runs a program and returns its rows as JSON.
func (p *process) query(source string) (string, error) {
	var a answer
	err := p.call("POST", "/api/v1/query", map[string]any{"source": source}, &a)
	return string(a.Rows), err
}

// children are the processes that a process has started, with their command lines.
func children(pid int) map[int]string {
	out := map[int]string{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) < 2 || fields[1] != strconv.Itoa(pid) || fields[0] == "Z" {
			continue
		}
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		out[child] = strings.ReplaceAll(string(command), "\x00", " ")
	}
	return out
}

func executors(pid int) []int {
	found := children(pid)
	maps.DeleteFunc(found, func(_ int, command string) bool { return !strings.Contains(command, " executor") })
	return slices.Sorted(maps.Keys(found))
}

// startChaos starts a server that works itself, with a Redis that the test can reach.
func startChaos(t *testing.T) (*process, *redis.Client, []string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "dreamql-chaos-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	services, err := local.Start(context.Background(), local.Config{DataDir: filepath.Join(dir, "services")})
	must(t, err)
	t.Cleanup(services.Close)
	env := []string{"DATABASE_URL=" + services.DatabaseURL, "REDIS_URL=" + services.RedisURL, "DREAMQL_BLOBS=file://" + filepath.Join(dir, "blobs")}
	opt, err := redis.ParseURL(services.RedisURL)
	must(t, err)
	client := redis.NewClient(opt)
	t.Cleanup(func() { client.Close() })
	p, err := startServer(filepath.Join(dir, "server"), env, "--worker", "on")
	must(t, err)
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("server log:\n%s", tail(p))
		}
	})
	return p, client, env
}

const innocent, innocentRows = "flights -> agg { n: count() }", `[{"n":3000000}]`

func TestChaos(t *testing.T) {
	p, client, env := startChaos(t)
	publishHostile(t, p)

	t.Run("hostile functions fail by name", func(t *testing.T) {
		for _, f := range []string{"memory", "recurse", "leave", "reads"} {
			if rows, err := p.query(hostile(f)); err == nil || !strings.Contains(err.Error(), "chaos/hostile@1.0.0."+f) {
				t.Errorf("%s gave %s, %v", f, rows, err)
			}
		}
	})
	t.Run("queries that never end let others through, and end with their reader", func(t *testing.T) { neverEnding(t, p) })
	t.Run("a cancelled run ends at once", func(t *testing.T) { cancelled(t, p) })
	t.Run("killed executors and an emptied Redis cost time only", func(t *testing.T) { stress(t, p, client) })
	p.stop()
	t.Run("nobody reads the output any more", func(t *testing.T) { unread(t, client, env) })
}

// neverEnding fills every slot with loops without end.
func neverEnding(t *testing.T, p *process) {
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	var loops sync.WaitGroup
	for range 2 {
		loops.Go(func() {
			body, _ := json.Marshal(map[string]any{"source": hostile("spin")})
			req, _ := http.NewRequestWithContext(ctx, "POST", p.url+"/api/v1/query", bytes.NewReader(body))
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
			if res, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
				t.Errorf("a loop without end ended: %v %v", res, err)
			}
		})
	}
	busy := busyExecutors(t, p, 2)
	for range 20 {
		start := time.Now()
		if rows, err := p.query(innocent); err != nil || rows != innocentRows || time.Since(start) > 10*time.Second {
			t.Fatalf("beside loops without end: %s, %v, after %s", rows, err, time.Since(start))
		}
	}
	hangUp()
	loops.Wait()
	waitForEnd(t, busy, 5*time.Second)
}

// busyExecutors waits for executors that use a processor all the time, and returns their process numbers.
func busyExecutors(t *testing.T, p *process, n int) (busy []int) {
	t.Helper()
	must(t, eventually(30*time.Second, func() error {
		if busy = busyOf(executors(p.cmd.Process.Pid)); len(busy) < n {
			return fmt.Errorf("%d executors are busy, not %d", len(busy), n)
		}
		return nil
	}))
	return busy
}

// busyOf returns those of the processes that use a good part of a processor.
func busyOf(pids []int) (busy []int) {
	before := processorTime(pids)
	time.Sleep(300 * time.Millisecond) // the span over which use is measured
	for pid, ticks := range processorTime(pids) {
		if was, ok := before[pid]; ok && ticks-was >= 5 {
			busy = append(busy, pid)
		}
	}
	return busy
}

// processorTime is how many hundredths of a second processes have used.
func processorTime(pids []int) map[int]int {
	out := map[int]int{}
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		out[pid] = user + system
	}
	return out
}

// waitForEnd waits until none of the executors, which were busy, has anything to do: one with a loop without end is dead then.
func waitForEnd(t *testing.T, pids []int, limit time.Duration) {
	t.Helper()
	must(t, eventually(limit, func() error {
		if busy := busyOf(pids); len(busy) > 0 {
			return fmt.Errorf("the executors %v go on", busy)
		}
		return nil
	}))
}

func cancelled(t *testing.T, p *process) {
	var notebook struct{ ID string }
	must(t, p.call("POST", "/api/v1/notebooks", map[string]any{
		"title": "endless", "cells": []any{map[string]any{"id": "c1", "kind": "query", "source": hostile("spin")}},
	}, &notebook))
	var run runView
	must(t, p.call("POST", "/api/v1/notebooks/"+notebook.ID+"/runs", map[string]any{}, &run))
	busy := busyExecutors(t, p, 1)
	must(t, p.call("POST", "/api/v1/runs/"+run.ID+"/cancel", map[string]any{}, nil))
	waitForEnd(t, busy, 5*time.Second)
	must(t, eventually(5*time.Second, func() error {
		must(t, p.call("GET", "/api/v1/runs/"+run.ID, nil, &run))
		if run.State != "cancelled" || run.Cells[0].State != "cancelled" {
			return fmt.Errorf("the run is %s, its cell %s", run.State, run.Cells[0].State)
		}
		return nil
	}))
	if rows, err := p.query(innocent); err != nil || rows != innocentRows {
		t.Errorf("after a cancelled run: %s, %v", rows, err)
	}
}

// stress asks many things at a time while executors are killed and Redis loses its data; every answer must be right.
func stress(t *testing.T, p *process, client *redis.Client) {
	sources := []string{
		innocent,
		"flights -> { @origin, n: count() } -> sort -n -> take 3",
		"import std/geo (haversine)\nairports -> sort iata -> take 100 -> agg { d: max(haversine(latitude, longitude, 40.0, -73.0)) }",
		"import std/text (slugify)\nairports -> sort iata -> take 20 -> { s: slugify(name) } -> sort s -> take 2",
		hostile("reads"),
	}
	want := map[string]string{}
	for _, s := range sources[:4] {
		rows, err := p.query(s)
		must(t, err)
		want[s] = rows
	}
	files := openFiles(t, p)
	var clients sync.WaitGroup
	done := make(chan struct{})
	for i := range 4 {
		clients.Go(func() {
			for k := range 40 {
				s := sources[(i+k)%len(sources)]
				rows, err := p.query(s)
				switch right, ok := want[s]; {
				case ok && (err != nil || rows != right):
					t.Errorf("%s gave %s, %v", s, rows, err)
				case !ok && (err == nil || !strings.Contains(err.Error(), "422")):
					t.Errorf("%s gave %s, %v", s, rows, err)
				}
			}
		})
	}
	go func() { clients.Wait(); close(done) }()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-done:
			must(t, eventually(10*time.Second, func() error {
				if now := openFiles(t, p); now > files+40 {
					return fmt.Errorf("%d files are open, %d before", now, files)
				}
				if alive := executors(p.cmd.Process.Pid); len(alive) > 16 {
					return fmt.Errorf("%d executors are alive", len(alive))
				}
				return nil
			}))
			return
		case <-tick.C:
		}
		if alive := executors(p.cmd.Process.Pid); len(alive) > 0 && n%3 == 0 { // seldom enough that no task is hit three times
			_ = syscall.Kill(alive[n/3%len(alive)], syscall.SIGKILL)
		}
		if n%4 == 3 {
			must(t, client.FlushAll(t.Context()).Err())
		}
	}
}

func openFiles(t *testing.T, p *process) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	must(t, err)
	return len(list)
}

// unread starts a server whose output nobody reads any more when it has something to warn of.
func unread(t *testing.T, client *redis.Client, env []string) {
	addr, err := freeAddr()
	must(t, err)
	r, w, err := os.Pipe()
	must(t, err)
	p := &process{cmd: exec.Command(binary(), "serve", "--worker", "on", "--samples=false"), log: &bytes.Buffer{}, done: make(chan struct{}), url: "http://" + addr}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "DREAMQL_ADDR=" + addr, "DREAMQL_DATA=" + t.TempDir(), "DREAMQL_TOKEN=" + token}, env...)
	p.cmd.Stdout, p.cmd.Stderr = w, w
	must(t, p.cmd.Start())
	w.Close()
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	defer p.stop()
	must(t, eventually(time.Minute, p.healthy))
	r.Close()
	must(t, client.FlushAll(t.Context()).Err())
	must(t, eventually(10*time.Second, func() error { return client.Get(t.Context(), "dreamql:epoch").Err() })) // noticed, and warned of
	for range 5 {
		if rows, err := p.query(innocent); err != nil || rows != innocentRows {
			t.Fatalf("when nobody reads its output: %s, %v", rows, err)
		}
	}
}
