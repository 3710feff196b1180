package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/runtimes/python/native/nativetest"
	"github.com/dreamql/dreamql/server/local"
)

// TestHostile is a server whose guest mallory attacks it in every way below, while alice, another guest, goes on with her queries and must
// not notice. An attack is a line in one of the tables: hostile_webassembly_test.go, hostile_python_test.go and hostile_data_test.go.
//
//	go test ./e2e -run TestHostile -hostile.samples 300 -v
//
// prints how long her queries take alone and beside each attack (make bench-hostile).

var samples = flag.Int("hostile.samples", 0, "how many innocent queries to measure alone, and at least beside each attack; 0 for few")

// attack is one thing that mallory tries.
type attack struct {
	kind, name string
	gate       bool   // it must be refused when it is published
	endless    bool   // it may run until its deadline
	timeout    int    // milliseconds; 0 for a little more than a second
	want       string // a pattern that the answer has
	never      string // a pattern that it must not have

	// A function f(a: int): WebAssembly or Python.
	code           []byte
	source         string
	result         string // int if empty
	shape          string // scalar if empty
	example, gives string // f(0) and a zero if empty
	query          string // with F for the function; a column of its results if empty

	send func(*hostiles) (string, error) // what is no function
}

const stoppedByTime = "was stopped after"

// guest is an account.
type guest struct{ url, token string }

type hostiles struct {
	p              *process
	alice, mallory guest
	temp           string // the server's folder for what it does not keep
	shm            string // what is in /dev/shm
	others         int    // children that are no executors
	files          int
	calm           []float64 // latencies in relation to the usual ones of each query
	beside         []float64
	usual          []time.Duration // by innocent query
	slowest        time.Duration
}

// innocents are alice's queries: rows, rows that are worked at, and a function.
var innocents = []struct{ source, rows string }{
	{"flights -> agg { n: count() }", `[{"n":3000000}]`},
	{"flights -> filter delay > 100 -> agg { n: count(), d: max(distance) }", ""},
	{"import std/geo (haversine)\nairports -> agg { d: max(haversine(latitude, longitude, 40.0, -73.0)) }", ""},
}

func TestHostile(t *testing.T) {
	s := startHostiles(t)
	attacks := slices.Concat(wasmAttacks(), pythonAttacks(), dataAttacks(t))
	s.publish(t, attacks)
	attacks = append(attacks, s.remembering(t)...)
	if len(attacks) < 46 {
		t.Fatalf("there are only %d attacks", len(attacks))
	}
	for i := range attacks {
		a := &attacks[i]
		t.Run(a.kind+"/"+strings.ReplaceAll(a.name, " ", "-"), func(t *testing.T) { s.attack(t, a, i) })
	}
	if left, err := os.ReadDir(s.temp); err != nil || len(left) > 0 {
		t.Errorf("files are left in the server's folder for temporary ones: %v %v", left, err)
	}
	if _, err := os.Stat("/tmp/written-by-a-function"); err == nil {
		t.Error("a function has written a file")
	}
	p50, p99 := quantile(s.calm, 0.5), quantile(s.calm, 0.99)
	b50, b99 := quantile(s.beside, 0.5), quantile(s.beside, 0.99)
	t.Logf("%d attacks; innocent queries: %d alone, %d beside; in times of the usual p50 %.2f alone, %.2f beside (ratio %.2f); p99 %.2f alone, %.2f beside (ratio %.2f); slowest %v",
		len(attacks), len(s.calm), len(s.beside), p50, b50, b50/p50, p99, b99, b99/p99, s.slowest.Round(time.Millisecond))
}

func startHostiles(t *testing.T) *hostiles {
	nativetest.Environment(t)
	dir, err := os.MkdirTemp("", "dreamql-hostile-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	services, err := local.Start(context.Background(), local.Config{DataDir: filepath.Join(dir, "services")})
	must(t, err)
	t.Cleanup(services.Close)
	s := &hostiles{temp: filepath.Join(dir, "temp")}
	must(t, os.Mkdir(s.temp, 0o700))
	s.p, err = startServer(filepath.Join(dir, "server"), []string{
		"DATABASE_URL=" + services.DatabaseURL, "REDIS_URL=" + services.RedisURL, "DREAMQL_BLOBS=file://" + filepath.Join(dir, "blobs"), "TMPDIR=" + s.temp, "DREAMQL_ENVIRONMENTS=" + nativetest.Folder(),
		"DREAMQL_LIMIT_TIME=60s", "DREAMQL_LIMIT_CPU=3s", "DREAMQL_LIMIT_MEMORY=1GiB", "DREAMQL_LIMIT_CHECK=4s", "DREAMQL_SECRET=not for functions",
	}, "--worker", "on")
	must(t, err)
	t.Cleanup(func() {
		s.p.stop()
		if t.Failed() {
			t.Logf("server log:\n%s", tail(s.p))
		}
	})
	db, err := pgx.Connect(t.Context(), services.DatabaseURL)
	must(t, err)
	defer db.Close(context.Background())
	for name, g := range map[string]*guest{"alice": &s.alice, "mallory": &s.mallory} {
		*g = guest{s.p.url, name + "-token-of-the-hostile-suite"}
		sum := sha256.Sum256([]byte(g.token))
		_, err := db.Exec(t.Context(), `INSERT INTO accounts (id, name) VALUES ($1, $1)`, name)
		must(t, err)
		_, err = db.Exec(t.Context(), `INSERT INTO tokens (id, account_id, name, hash, permissions) VALUES ($1, $1, 'test', $2, $3)`,
			name, sum[:], []string{"read", "run", "write", "publish"})
		must(t, err)
	}
	for range innocents {
		s.usual = append(s.usual, 0)
	}
	for round := range 8 {
		for i := range innocents {
			took, err := s.innocent(i)
			must(t, err)
			if round == 0 || took < s.usual[i] || round < 3 {
				s.usual[i] = took
			}
		}
	}
	pid := s.p.cmd.Process.Pid
	s.files, s.shm, s.others = openFiles(t, s.p), sharedMemory(t), len(children(pid))-len(executors(pid))-len(interpreters(pid))
	return s
}

// query runs a program for a guest, and gives its rows.
func (g guest) query(source string, timeout int) (string, error) {
	body, err := json.Marshal(map[string]any{"source": source, "timeout_ms": timeout})
	if err != nil {
		return "", err
	}
	text, err := g.send("POST", "/api/v1/query", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	var a answer
	if rest, ok := strings.CutPrefix(text, "200 "); ok && json.Unmarshal([]byte(rest), &a) == nil {
		return string(a.Rows), nil
	}
	return text, nil
}

// innocent runs one of alice's queries.
func (s *hostiles) innocent(i int) (time.Duration, error) {
	start := time.Now()
	rows, err := s.alice.query(innocents[i].source, 30_000)
	took := time.Since(start)
	if want := innocents[i].rows; err == nil && (want != "" && rows != want || !strings.HasPrefix(rows, "[{")) {
		err = fmt.Errorf("an innocent query gave %.300s", rows)
	}
	return took, err
}

// publish sends two packages that pass the gate: their functions do harm only later.
func (s *hostiles) publish(t *testing.T, attacks []attack) {
	for _, kind := range []string{"wasm", "python", "native"} {
		files := map[string]string{"README.md": "# Harmless\n"}
		text := head("mallory", kind+"s")
		for i, a := range attacks {
			if a.kind != kind || a.gate {
				continue
			}
			module := "functions.py"
			if kind == "wasm" {
				module = fmt.Sprintf("f%d.wasm", i)
				files[module] = string(a.code)
			} else {
				files[module] += a.def(functionName(i))
				files["requirements.lock"] = string(nativetest.Requirements)
			}
			text += a.declared(functionName(i), module)
		}
		files["dreamql.toml"] = text
		answer, err := s.mallory.send("POST", "/api/v1/packages", bytes.NewReader(packed(files)))
		must(t, err)
		if !strings.HasPrefix(answer, "201 ") {
			t.Fatalf("the package mallory/%ss was not published: %s", kind, regexp.MustCompile(`\{"name":"[^"]*","ok":true\},?`).ReplaceAllString(answer, ""))
		}
	}
}

func functionName(i int) string { return fmt.Sprintf("f_%d", i) }

// declared is the function of an attack in a manifest.
func (a *attack) declared(name, module string) string {
	result := a.result
	if result == "" {
		result = "int"
	}
	call, gives := a.example, a.gives
	if call == "" {
		call = name + "(0)"
		gives = map[string]string{"int": "0", "float": "0", "string": "''", "bytes": "''", "[{n: int}]": "[]"}[result]
	}
	if result == "bytes" || a.shape == "table" {
		call, gives = "len("+call+")", "0"
	}
	if a.shape == "aggregate" {
		call = "[{v: 0}] -> agg { x: " + name + "(v) }"
	}
	return functionOf(name, a.kind, a.shape, module, result, strings.ReplaceAll(call, "f(0)", name+"(0)"), gives)
}

func functionOf(name, kind, shape, module, result, call, gives string) string {
	if kind == "native" {
		kind = "python-native"
	}
	text := fmt.Sprintf("\n[[function]]\nname = %q\nkind = %q\nsignature = \"(a: int) => %s\"\ndoc = \"Nothing.\"\n", name, kind, result)
	if shape != "" {
		text += fmt.Sprintf("shape = %q\n", shape)
	}
	if kind == "expression" {
		text += "source = \"(a) => a\"\n"
	} else {
		entry := name
		if kind == "wasm" {
			entry = "f"
		}
		text += fmt.Sprintf("module = %q\nentry = %q\n", module, entry)
		if kind == "python-native" {
			text += "requirements = \"requirements.lock\"\n"
		}
	}
	return text + fmt.Sprintf("\n[[function.example]]\ncall = %q\nresult = %q\n", call, gives)
}

func head(scope, name string) string {
	return fmt.Sprintf("[package]\nscope = %q\nname = %q\nversion = \"1.0.0\"\ndescription = \"Harmless.\"\nlicense = \"Apache-2.0\"\n", scope, name)
}

func packed(files map[string]string) []byte {
	all := map[string][]byte{}
	for name, text := range files {
		all[name] = []byte(text)
	}
	b, err := registry.Pack(all)
	if err != nil {
		panic(err) // of the test's own making
	}
	return b
}

// attack has mallory do one thing while alice works, and looks at what is left of it.
func (s *hostiles) attack(t *testing.T, a *attack, number int) {
	for range max(6, *samples) {
		s.measure(t, number, &s.calm)
	}
	busy, stop := context.WithCancel(t.Context())
	var alice sync.WaitGroup
	under := make(chan struct{})
	begun := sync.OnceFunc(func() { close(under) })
	alone := len(s.beside)
	alice.Go(func() {
		for i := number; busy.Err() == nil || len(s.beside)-alone < 3; i++ {
			go begun()
			s.measure(t, i, &s.beside)
		}
	})
	<-under
	start := time.Now()
	answer, err := s.try(a, number)
	took := time.Since(start)
	stop()
	alice.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := regexp.MatchString(a.want, answer); !ok {
		t.Errorf("the answer does not have %q: %.1500s", a.want, answer)
	}
	if bad, _ := regexp.MatchString(a.never, answer); bad && a.never != "" {
		t.Errorf("the answer has %q: %.1500s", a.never, answer)
	}
	if a.gate && strings.HasPrefix(answer, "201") && a.want != "" {
		t.Error("it was published")
	}
	if strings.HasPrefix(answer, "5") {
		t.Errorf("the server blames itself: %.500s", answer)
	}
	t.Logf("%v, beside it %d innocent queries (p50 %.2f, p99 %.2f times the usual): %.160s", took.Round(time.Millisecond), len(s.beside)-alone,
		quantile(s.beside[alone:], 0.5), quantile(s.beside[alone:], 0.99), answer)
	s.healthy(t, a.endless)
}

// measure runs an innocent query.
func (s *hostiles) measure(t *testing.T, i int, to *[]float64) {
	k := i % len(innocents)
	took, err := s.innocent(k)
	if err != nil || took > 10*time.Second {
		t.Errorf("%q: %v after %v", innocents[k].source, err, took)
	}
	*to = append(*to, took.Seconds()/s.usual[k].Seconds())
	s.slowest = max(s.slowest, took)
}

func (s *hostiles) try(a *attack, number int) (string, error) {
	switch {
	case a.send != nil:
		return a.send(s)
	case a.gate:
		files := map[string]string{"README.md": "# Harmless\n", "f.wasm": string(a.code), "dreamql.toml": head("mallory", fmt.Sprintf("gate_%d", number)) + a.declared("f", "f.wasm")}
		return s.mallory.send("POST", "/api/v1/packages", bytes.NewReader(packed(files)))
	}
	timeout := a.timeout
	switch {
	case timeout > 0:
	case a.endless && a.kind == "wasm":
		timeout = 1200
	case a.endless:
		timeout = 1500
	default:
		timeout = 20_000
	}
	name := functionName(number)
	source := "flights -> { x: " + name + "(1) } -> take 3"
	switch {
	case a.query != "":
		source = strings.ReplaceAll(a.query, "F(", name+"(")
	case a.shape == "table":
		source = "flights -> take 1 -> unnest " + name + "(1), as: y -> agg { x: count() }"
	case a.shape == "aggregate":
		source = "flights -> { @origin, x: " + name + "(1) }"
	}
	return s.mallory.query("import mallory/"+a.kind+"s ("+name+")\n"+source, timeout)
}

// healthy looks at what an attack has left.
func (s *hostiles) healthy(t *testing.T, endless bool) {
	t.Helper()
	for name, g := range map[string]guest{"alice": s.alice, "mallory": s.mallory} {
		if rows, err := g.query(innocents[0].source, 30_000); err != nil || rows != innocents[0].rows {
			t.Errorf("afterwards %s is given %.300s, %v", name, rows, err)
		}
	}
	pid := s.p.cmd.Process.Pid
	must(t, eventually(5*time.Second, func() error {
		all, ours, pythons := children(pid), executors(pid), interpreters(pid)
		compilers := len(all)
		maps.DeleteFunc(all, func(_ int, command string) bool { return strings.Contains(command, "package warm --module") })
		compilers -= len(all)
		switch {
		case len(all)-len(ours)-len(pythons) != s.others:
			return fmt.Errorf("the server has other children than before: %v", all)
		case compilers > 1: // of a module that was asked for, with limits of its own
			return fmt.Errorf("%d compilers are alive", compilers)
		case len(ours) > 16 || len(pythons) > len(ours):
			return fmt.Errorf("%d executors are alive, and %d native interpreters", len(ours), len(pythons))
		case openFiles(t, s.p) > s.files+40:
			return fmt.Errorf("%d files are open, %d before", openFiles(t, s.p), s.files)
		case sharedMemory(t) != s.shm:
			return fmt.Errorf("/dev/shm holds %s, before %s", sharedMemory(t), s.shm)
		case memoryFiles(pid) > len(pythons): // one that waits to be used has its own
			return fmt.Errorf("%d memory files are open", memoryFiles(pid))
		}
		if endless {
			if busy := busyOf(append(ours, pythons...)); len(busy) > 0 {
				return fmt.Errorf("the executors %v go on", busy)
			}
		}
		return nil
	}))
}

// interpreters are the children of a server that are native Python.
func interpreters(pid int) []int {
	found := children(pid)
	maps.DeleteFunc(found, func(_ int, command string) bool { return !strings.Contains(command, "/venv/bin/python ") })
	return slices.Sorted(maps.Keys(found))
}

func sharedMemory(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir("/dev/shm")
	must(t, err)
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "PostgreSQL.") { // of servers of other tests too
			names = append(names, e.Name())
		}
	}
	return strings.Join(names, " ")
}

// memoryFiles are files without a name that a process has open.
func memoryFiles(pid int) (n int) {
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, l := range links {
		if target, err := os.Readlink(l); err == nil && strings.HasPrefix(target, "/memfd:") {
			n++
		}
	}
	return n
}

// remembering publishes functions that keep what they are given, which mallory calls with a secret; alice must never see it.
func (s *hostiles) remembering(t *testing.T) []attack {
	const secret = 424242
	files := map[string]string{"README.md": "# Harmless\n", "f.wasm": string(remembering()), "f.py": "kept = [0]\n\n\ndef remembers(a):\n    kept.append(a)\n    return kept[-2]\n"}
	text := head("mallory", "memory") + functionOf("recalls", "wasm", "", "f.wasm", "int", "recalls(0)", "0") + functionOf("remembers", "python", "", "f.py", "int", "remembers(0)", "0")
	files["dreamql.toml"] = text
	answer, err := s.mallory.send("POST", "/api/v1/packages", bytes.NewReader(packed(files)))
	must(t, err)
	if !strings.HasPrefix(answer, "201 ") {
		t.Fatalf("mallory/memory was not published: %s", answer)
	}
	var as []attack
	for _, f := range []string{"recalls", "remembers"} {
		kind := map[string]string{"recalls": "wasm", "remembers": "python"}[f]
		as = append(as, attack{kind: kind, name: "state that is left for another tenant", want: `\[\{"x":`, never: fmt.Sprint(secret), send: func(s *hostiles) (string, error) {
			for range 3 { // so that every executor of mallory's has it
				if rows, err := s.mallory.query(fmt.Sprintf("import mallory/memory (%s)\nflights -> { x: %s(%d) } -> take 3", f, f, secret), 20_000); err != nil {
					return rows, err
				}
			}
			return s.alice.query(fmt.Sprintf("import mallory/memory (%s)\nflights -> { @x: %s(1) } -> take 100", f, f), 20_000)
		}})
	}
	return as
}

func quantile(of []float64, q float64) float64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
