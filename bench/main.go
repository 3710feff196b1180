// Command bench measures what a person waits for, beside a baseline in the same run: how long a cell's whole way through the
// server takes (HTTP request, queue, plan, task, rows), and how long queries over 3 million flights take there and in the engine
// alone, in one process, warm.
//
// It starts a server of its own in an empty folder and stops it. A new measurement is a function here and a line in main.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const token = "bench-owner-token-0123456789"

func main() {
	binary := flag.String("binary", "bin/dreamql", "the program to measure")
	runs := flag.Int("runs", 500, "runs of the one-row query")
	repeat := flag.Int("repeat", 11, "runs of each other query; the median is reported")
	flag.Parse()
	if err := measure(*binary, *runs, *repeat); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// queries over the sample dataset flights.
var queries = []struct{ name, source, goal string }{
	{"filter and count", "flights -> filter delay > 60 and distance < 500 -> agg { n: count() }", "≤ 100 ms"},
	{"group by origin", "flights -> { @origin, n: count(), d: mean(delay) }", "≤ 150 ms"},
	{"distance by WebAssembly", "import std/geo (haversine)\nflights -> agg { m: max(haversine(51.5, -0.12, 51.5, distance / 1000.0)) }", ""},
}

func measure(binary string, runs, repeat int) error {
	s, err := start(binary)
	if err != nil {
		return err
	}
	defer s.stop()
	fmt.Printf("server ready after %.1f s in an empty folder (sample data imported and packages published)\n\n", s.ready.Seconds())

	health, err := times(runs, func() error { return s.get("/api/v1/health") })
	if err != nil {
		return err
	}
	oneRow, err := times(runs, func() error { _, err := s.query("{ answer: 6 * 7 }"); return err })
	if err != nil {
		return err
	}
	fmt.Printf("%-44s %8s %8s %8s   %s\n", fmt.Sprintf("%d runs, ms", runs), "p50", "p95", "p99", "goal")
	row("baseline: GET /api/v1/health", health, "")
	row("one-row query, whole way", oneRow, "p50 ≤ 15, p99 ≤ 50")
	fmt.Printf("\n%-44s %8s %8s %8s   %s\n", fmt.Sprintf("3 million flights, %d runs, median ms", repeat), "server", "engine", "ratio", "goal (server)")
	for _, q := range queries {
		if err := s.compare(binary, q.name, q.source, q.goal, repeat); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	return s.language(min(runs, 200))
}

func (s *server) post(path string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = s.do(http.MethodPost, path, b)
	return err
}

func row(name string, t []time.Duration, goal string) {
	fmt.Printf("%-44s %8.2f %8.2f %8.2f   %s\n", name, ms(t, 0.5), ms(t, 0.95), ms(t, 0.99), goal)
}

// compare measures a query through the server against the same query in the engine alone, and their rows with each other.
func (s *server) compare(binary, name, source, goal string, repeat int) error {
	var rows json.RawMessage
	whole, err := times(repeat, func() (err error) { rows, err = s.query(source); return err })
	if err != nil {
		return err
	}
	alone, local, err := engineAlone(binary, source, repeat)
	if err != nil {
		return err
	}
	if a, b := sorted(rows), sorted(local); a != b {
		return fmt.Errorf("the server's rows differ from the engine's:\n%.300s\n%.300s", a, b)
	}
	fmt.Printf("%-44s %8.1f %8.1f %8.2f   %s\n", name, ms(whole, 0.5), ms(alone, 0.5), ms(whole, 0.5)/ms(alone, 0.5), goal)
	return nil
}

// sorted is rows as text in an order of their own, with numbers as they came. Groups come in any order.
func sorted(rows json.RawMessage) string {
	var list []map[string]any
	dec := json.NewDecoder(bytes.NewReader(rows))
	dec.UseNumber()
	if err := dec.Decode(&list); err != nil {
		return string(rows)
	}
	lines := make([]string, len(list))
	for i, r := range list {
		for k, v := range r { // sums of floats differ in the last digits with the order of addition
			if n, ok := v.(json.Number); ok && strings.ContainsAny(n.String(), ".eE") {
				f, _ := n.Float64()
				r[k] = fmt.Sprintf("%.9g", f)
			}
		}
		b, _ := json.Marshal(r)
		lines[i] = string(b)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// engineAlone runs a query in one process, repeatedly on warm data, and reads each run's time from its statistics.
func engineAlone(binary, source string, repeat int) ([]time.Duration, json.RawMessage, error) {
	args := []string{"query", "-e", source, "--data", "flights=node_modules/vega-datasets/data/flights-3m.parquet",
		"--package", "registry/std/geo", "--format", "json", "--stats", "--repeat", fmt.Sprint(repeat + 1)}
	cmd := exec.Command(binary, args...)
	var out, stats bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stats
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("%w: %s", err, stats.String())
	}
	var t []time.Duration
	for line := range strings.Lines(stats.String()) {
		var s struct {
			Plan float64 `json:"plan_ms"`
			Exec float64 `json:"exec_ms"`
		}
		if json.Unmarshal([]byte(line), &s) == nil && s.Exec > 0 {
			t = append(t, time.Duration((s.Plan+s.Exec)*float64(time.Millisecond)))
		}
	}
	if len(t) < 2 {
		return nil, nil, errors.New("the engine reported no statistics")
	}
	return t[1:], out.Bytes(), nil // the first run loads the data
}

type server struct {
	url   string
	dir   string
	cmd   *exec.Cmd
	ready time.Duration
}

func start(binary string) (*server, error) {
	dir, err := os.MkdirTemp("", "dreamql-bench-")
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	l.Close()
	logFile, err := os.Create(filepath.Join(dir, "server.log"))
	if err != nil {
		return nil, err
	}
	s := &server{url: "http://" + addr, dir: dir, cmd: exec.Command(binary, "serve")}
	s.cmd.Env = append(os.Environ(), "DREAMQL_ADDR="+addr, "DREAMQL_DATA="+dir+"/data", "DREAMQL_TOKEN="+token, "DATABASE_URL=", "REDIS_URL=", "DREAMQL_BLOBS=")
	s.cmd.Stdout, s.cmd.Stderr = logFile, logFile
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(began) < 2*time.Minute {
		if err = s.get("/api/v1/health"); err == nil { // the sample data and packages are there
			s.ready = time.Since(began)
			return s, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(logFile.Name())
	s.stop()
	return nil, fmt.Errorf("the server did not answer: %w\n%s", err, text)
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

func (s *server) get(path string) error {
	_, err := s.do(http.MethodGet, path, nil)
	return err
}

func (s *server) query(source string) (json.RawMessage, error) {
	body, err := json.Marshal(map[string]any{"source": source})
	if err != nil {
		return nil, err
	}
	out, err := s.do(http.MethodPost, "/api/v1/query", body)
	if err != nil {
		return nil, err
	}
	var r struct{ Rows json.RawMessage }
	return r.Rows, json.Unmarshal(out, &r)
}

func (s *server) do(method, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %.500s", method, path, res.Status, out)
	}
	return out, err
}

// times runs f n times, after two runs that do not count.
func times(n int, f func() error) ([]time.Duration, error) {
	var t []time.Duration
	for i := range n + 2 {
		began := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		if i >= 2 {
			t = append(t, time.Since(began))
		}
	}
	return t, nil
}

// ms is a quantile in milliseconds.
func ms(t []time.Duration, q float64) float64 {
	s := slices.Sorted(slices.Values(t))
	return float64(s[min(len(s)-1, int(q*float64(len(s))))]) / float64(time.Millisecond)
}
