//go:build linux && (amd64 || arm64)

package runtimes

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
	"github.com/dreamql/dreamql/runtimes/sandbox"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "executor" {
		executor()
	}
	os.Exit(m.Run())
}

// request is what the tests ask a shut-in child to run.
type request struct {
	Kind     udf.Kind
	Code     []byte
	Function string
}

// cacheDir outlives the test run: compiling CPython takes longer than all tests.
var cacheDir = func() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "dreamql", "test")
}()

// executor starts as cmd/dreamql's does: everything that needs files first, then the walls, then strangers' code.
func executor() {
	set := New(Options{Python: python.Options{CacheDir: os.Getenv("CACHE"), Path: os.Getenv(python.PathVariable), Stock: 1}})
	if os.Getenv("CACHE") != "" && os.Getenv("LATER") == "" {
		exitOn(set.Python.Prewarm(context.Background()))
	}
	conn, err := sandbox.Conn()
	exitOn(err)
	policy, err := sandbox.FromEnvironment()
	exitOn(err)
	_, err = sandbox.Enter(policy)
	exitOn(err)
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	for {
		var r request
		if err := in.Decode(&r); err != nil {
			os.Exit(0)
		}
		answer, err := run(set, r)
		if err != nil {
			answer = "error: " + err.Error()
		}
		exitOn(out.Encode(answer))
	}
}

func run(set *Set, r request) (string, error) {
	ctx := context.Background()
	digest := sha256.Sum256(r.Code)
	m := udf.Module{Kind: r.Kind, Code: r.Code, Digest: hex.EncodeToString(digest[:])}
	for _, f := range runtimetest.Functions(r.Kind, m.Digest) {
		if f.Name != r.Function {
			continue
		}
		p, err := set.ByKind()[r.Kind].Load(ctx, m, []*udf.Function{f})
		if err != nil {
			return "", err
		}
		i, err := p.Instance(ctx)
		if err != nil {
			return "", err
		}
		b := array.NewInt64Builder(memory.DefaultAllocator)
		b.Append(41)
		arg := b.NewArray()
		args := []arrow.Array{arg}
		if len(f.Params) == 2 {
			args = append(args, arg)
		}
		v, err := i.Call(ctx, f, args, 1)
		if err != nil {
			return "", err
		}
		return v.ValueStr(0), i.Close(ctx)
	}
	return "", fmt.Errorf("no function %s", r.Function)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type child struct {
	*sandbox.Process
	in     *json.Decoder
	out    *json.Encoder
	stderr *bytes.Buffer
}

func start(t *testing.T, readable []string, env ...string) *child {
	t.Helper()
	stderr := &bytes.Buffer{}
	// Enough for the race detector too, which needs several bytes for each.
	l := sandbox.Launcher{Args: []string{"executor"}, Env: env, Stderr: stderr, Limits: sandbox.Limits{MemoryBytes: 8 << 30}, ReadOnlyDirs: readable}
	p, err := l.Launch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		p.Wait()
		p.Conn.Close()
	})
	return &child{p, json.NewDecoder(p.Conn), json.NewEncoder(p.Conn), stderr}
}

func (c *child) ask(t *testing.T, r request) string {
	t.Helper()
	var answer string
	err := c.out.Encode(r)
	if err == nil {
		err = c.in.Decode(&answer)
	}
	if err != nil {
		c.Kill()
		t.Fatalf("%v; the child ended with %v: %.2000s", err, c.Wait(), c.stderr)
	}
	return answer
}

func source(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWASMBehindTheWalls(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	r := request{udf.WASM, source(t, "wasm/testdata/functions.wasm"), "add"}
	if got := c.ask(t, r); got != "82" {
		t.Errorf("add gave %s", got)
	}
	r.Function = "deep"
	if got := c.ask(t, r); !strings.Contains(got, "stack overflow") {
		t.Errorf("deep gave %s", got)
	}
	dies(t, c, r)
}

func TestPythonBehindTheWalls(t *testing.T) {
	t.Parallel()
	path, err := python.Locate()
	if err != nil {
		t.Skip(err)
	}
	if err := python.Warm(t.Context(), python.Options{CacheDir: cacheDir}); err != nil {
		t.Fatal(err)
	}
	c := start(t, nil, "CACHE="+cacheDir, python.PathVariable+"="+path)
	r := request{udf.Python, source(t, "python/testdata/functions.py"), "add"}
	for range 3 { // the second and third take a new interpreter, without a file to read
		if got := c.ask(t, r); got != "82" {
			t.Errorf("add gave %s", got)
		}
	}
	r.Code = append(r.Code, "\ndef unlucky(a):\n    return len(open('/etc/passwd').read())\n"...)
	r.Function = "unlucky"
	if got := c.ask(t, r); !strings.Contains(got, "FileNotFoundError") {
		t.Errorf("reading a file gave %s", got)
	}
	dies(t, c, r)
}

// TestPythonReadBehindTheWalls has the child read the interpreter and its compiled form only when a function needs them.
func TestPythonReadBehindTheWalls(t *testing.T) {
	t.Parallel()
	path, err := python.Locate()
	if err != nil || sandbox.Support().Landlock == 0 {
		t.Skip("there is no Python interpreter, or the kernel has no Landlock: ", err)
	}
	if err := python.Warm(t.Context(), python.Options{CacheDir: cacheDir}); err != nil {
		t.Fatal(err)
	}
	// The child is another user, to whom the folders of this one are closed.
	dir, err := os.MkdirTemp("", "readable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	wasm := filepath.Join(dir, "python.wasm")
	if err := errors.Join(os.Chmod(dir, 0o755), os.CopyFS(filepath.Join(dir, "cache"), os.DirFS(cacheDir)),
		os.WriteFile(wasm, source(t, path), 0o644)); err != nil {
		t.Fatal(err)
	}
	c := start(t, []string{dir}, "LATER=1", "CACHE="+filepath.Join(dir, "cache"), python.PathVariable+"="+wasm)
	if got := c.ask(t, request{udf.Python, source(t, "python/testdata/functions.py"), "add"}); got != "82" {
		t.Errorf("add gave %s", got)
	}
}

// dies has the child run a function that never returns, and kills it.
func dies(t *testing.T, c *child, r request) {
	r.Function = "forever"
	if err := c.out.Encode(r); err != nil {
		t.Fatal(err)
	}
	c.Conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	var answer string
	if err := c.in.Decode(&answer); err == nil {
		t.Fatalf("a function that never returns gave %s", answer)
	}
	start := time.Now()
	c.Kill()
	c.Wait()
	if took := time.Since(start); took > time.Second {
		t.Errorf("killing it took %v", took)
	}
}
