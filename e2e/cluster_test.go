package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/server/local"
)

// cluster is a server that does not work itself and two workers, all separate processes over a PostgreSQL and a Redis of their own.
type cluster struct {
	server  *process
	workers map[string]*process
	redis   *redis.Client
	env     []string
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	dir, err := os.MkdirTemp("", "dreamql-cluster-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	services, err := local.Start(context.Background(), local.Config{DataDir: filepath.Join(dir, "services")})
	must(t, err)
	t.Cleanup(services.Close)
	c := &cluster{workers: map[string]*process{}, env: []string{
		"DATABASE_URL=" + services.DatabaseURL, "REDIS_URL=" + services.RedisURL, "DREAMQL_BLOBS=file://" + filepath.Join(dir, "blobs"),
	}}
	opt, err := redis.ParseURL(services.RedisURL)
	must(t, err)
	c.redis = redis.NewClient(opt)
	t.Cleanup(func() { c.redis.Close() })
	for _, name := range []string{"one", "two"} {
		c.startWorker(t, dir, name)
	}
	c.server, err = startServer(filepath.Join(dir, "server"), c.env, "--worker", "off")
	must(t, err)
	t.Cleanup(func() {
		c.server.stop()
		if t.Failed() {
			t.Logf("server log:\n%s", tail(c.server))
		}
	})
	// A server that does not work itself is ready before its workers have checked the packages that come with it.
	must(t, eventually(2*time.Minute, func() error { return c.server.call("GET", "/api/v1/packages/std/text", nil, nil) }))
	return c
}

func (c *cluster) startWorker(t *testing.T, dir, name string) {
	t.Helper()
	addr, err := freeAddr()
	must(t, err)
	w, err := launch([]string{"worker", "--name", name, "--listen", addr}, append(c.env, "DREAMQL_DATA="+filepath.Join(dir, name)))
	must(t, err)
	c.workers[name] = w
	t.Cleanup(func() {
		w.stop()
		if t.Failed() {
			t.Logf("worker %s log:\n%s", name, tail(w))
		}
	})
}

func tail(p *process) string {
	s := p.log.String()
	return s[max(0, len(s)-4000):]
}

type answer struct {
	Rows  json.RawMessage
	Stats struct {
		Tasks []struct{ Worker string }
	}
}

type runView struct {
	ID    string
	State string
	Cells []struct {
		CellID      string `json:"cell_id"`
		State       string
		Diagnostics json.RawMessage
		Progress    struct {
			Total int `json:"tasks_total"`
		}
	}
}

// slow is a query that Python functions keep busy for seconds; its rows do not depend on who ran what.
const slow = `import std/text (similarity)
flights
  -> filter delay > 45
  -> { @destination, n: count(), close: max(similarity(origin, destination)), sum: sum(delay) }
  -> sort destination`

func TestClusterSpreadsWorkAndSurvivesLosses(t *testing.T) {
	c := startCluster(t)

	var calm answer
	must(t, c.server.call("POST", "/api/v1/query", map[string]any{"source": slow}, &calm))
	var names []string
	for _, task := range calm.Stats.Tasks {
		if !slices.Contains(names, task.Worker) {
			names = append(names, task.Worker)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"one", "two"}) {
		t.Errorf("the tasks ran on %v, not on both workers", names)
	}

	t.Run("Redis is emptied during a run", func(t *testing.T) {
		c.disturb(t, calm.Rows, func() error { return c.redis.FlushAll(context.Background()).Err() })
	})
	t.Run("a worker is killed during a run", func(t *testing.T) {
		c.disturb(t, calm.Rows, func() error { c.workers["one"].kill(); return nil })
	})
}

// disturb starts a run, hurts the cluster while it is under way, and compares the rows with those of a calm run.
func (c *cluster) disturb(t *testing.T, want json.RawMessage, hurt func() error) {
	t.Helper()
	var notebook struct {
		ID    string
		Cells []struct{ ID string }
	}
	must(t, c.server.call("POST", "/api/v1/notebooks", map[string]any{
		"title": "slow", "cells": []any{map[string]any{"id": "c1", "kind": "query", "source": slow}},
	}, &notebook))
	var run runView
	must(t, c.server.call("POST", "/api/v1/notebooks/"+notebook.ID+"/runs", map[string]any{}, &run))
	path := "/api/v1/runs/" + run.ID
	must(t, eventually(time.Minute, func() error {
		must(t, c.server.call("GET", path, nil, &run))
		if run.State == "running" && run.Cells[0].Progress.Total > 0 {
			return nil
		}
		if run.State != "queued" && run.State != "running" {
			return fatal{fmt.Errorf("the run is %s before it was disturbed: %s", run.State, run.Cells[0].Diagnostics)}
		}
		return fmt.Errorf("the run is still %s", run.State)
	}))
	must(t, hurt())
	must(t, eventually(2*time.Minute, func() error {
		must(t, c.server.call("GET", path, nil, &run))
		switch run.State {
		case "succeeded":
			return nil
		case "failed", "cancelled":
			return fatal{fmt.Errorf("the run %s: %s", run.State, run.Cells[0].Diagnostics)}
		}
		return fmt.Errorf("the run is still %s", run.State)
	}))
	var page struct{ Rows json.RawMessage }
	must(t, c.server.call("GET", path+"/cells/"+notebook.Cells[0].ID+"/result?limit=10000", nil, &page))
	if string(page.Rows) != string(want) {
		t.Errorf("the rows differ from those of a calm run:\n%.500s\n%.500s", page.Rows, want)
	}
}
