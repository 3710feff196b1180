package native_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/native/nativetest"
	"github.com/dreamql/dreamql/runtimes/sandbox"
)

// function makes a function of parameters x, y, …
func function(t testing.TB, m udf.Module, name, signature string) *udf.Function {
	t.Helper()
	typ, err := types.Parse(signature)
	if err != nil {
		t.Fatal(err)
	}
	return &udf.Function{Package: "test/native", Version: "1.0.0", Name: name, Entry: name, Kind: udf.Native, Shape: udf.Scalar, Params: typ.Params,
		Result: *typ.Elem, Module: m.Digest, Environment: nativetest.Environment(t)}
}

func hostileModule(t testing.TB) udf.Module {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("testdata", "hostile.py"))
	if err != nil {
		t.Fatal(err)
	}
	return module(string(code))
}

func floats(values ...float64) arrow.Array {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	return b.NewArray()
}

// run loads one function of a module and calls it.
func run(ctx context.Context, t testing.TB, r udf.Runtime, m udf.Module, f *udf.Function, args ...arrow.Array) (arrow.Array, error) {
	t.Helper()
	p, err := r.Load(t.Context(), m, []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	return in.Call(ctx, f, args, args[0].Len())
}

// TestWalls has a function try everything that it must not be able to do.
func TestWalls(t *testing.T) {
	t.Parallel()
	if err := nativeRefusal(); err != nil {
		t.Fatal(err)
	}
	m := hostileModule(t)
	out, err := run(t.Context(), t, newRuntime(t), m, function(t, m, "attempts", "(x: float) => string"), floats(1))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.(*array.String).Value(0), "\n")
	if len(lines) < 40 {
		t.Errorf("only %d attempts were made", len(lines))
	}
	for _, line := range lines {
		refused := slices.ContainsFunc([]string{"PermissionError", "Errno 1]", "Errno 13]", "MemoryError", "can't start new thread", "Too many open files",
			"Operation not permitted", "not allowed", "Cannot allocate memory", "Bad file descriptor", "Inappropriate ioctl"}, func(s string) bool { return strings.Contains(line, s) })
		if !refused {
			t.Error(line)
		}
	}
	for _, path := range []string{"/tmp/written-by-python", "/tmp/made-by-python", "/dev/shm/written-by-python", "/tmp/link-by-python"} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s exists", path)
		}
	}
}

// TestWorld is what a function sees of the machine.
func TestWorld(t *testing.T) {
	t.Setenv("SECRET_OF_THE_WORKER", "x")
	m := hostileModule(t)
	m.Code = (&udf.Bundle{Source: m.Code, Files: map[string][]byte{"models/a.bin": {1, 2}}}).Encode()
	out, err := run(t.Context(), t, newRuntime(t), m, function(t, m, "world", "(x: float) => string"), floats(1))
	if err != nil {
		t.Fatal(err)
	}
	got := out.(*array.String).Value(0)
	// Descriptor 5 is Python's own, of the shared memory.
	for _, want := range []string{"'HOME', 'JOBLIB_MULTIPROCESSING', 'LANG', 'MKL_NUM_THREADS', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'TZ'", "'descriptors': [0, 1, 2, 3, 5]",
		"'arguments': ['-c']", "'files': ['models/a.bin']"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if os.Getuid() == 0 && (strings.Contains(got, "'user': 0,") || strings.Contains(got, "'user': 65534,")) {
		t.Errorf("the user is nobody's own: %s", got)
	}
}

// TestMisbehaviour has functions end badly or lie. Each time the runtime says why, and works afterwards.
func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	m := hostileModule(t)
	r := newRuntime(t)
	tampered := "sent what is no answer"
	for name, want := range map[string]string{
		"fault": "segmentation fault", "leave": "exit status 7", "abort": "the last words", "pickled": "it returned bytes; a column function returns an array",
		"objects": "it returned an array of object; the signature says float", "lie_of_size": tampered, "lie_of_nothing": tampered,
		"lie_of_place": tampered, "lie_of_half": tampered, "lie_of_length": tampered, "lie_of_presence": tampered, "lie_of_kind": tampered, "lie_twice": tampered,
		"hang_up": "the Python process ended", "patched": `\xff\xff`,
	} {
		_, err := run(t.Context(), t, r, m, function(t, m, name, "(x: float) => float"), floats(1, 2, 3))
		var failed *udf.CallError
		if !errors.As(err, &failed) || !strings.Contains(failed.Message, want) || len(failed.Message) > 4096 {
			t.Errorf("%s gave %v, not %s", name, err, want)
		}
	}
	if out, err := run(t.Context(), t, r, m, function(t, m, "flood", "(x: float) => float"), floats(1)); err != nil || out.(*array.Float64).Value(0) != 1 {
		t.Errorf("flood gave %v, %v", out, err)
	}
}

// TestDeadline kills a function that ignores every signal, and its threads.
func TestDeadline(t *testing.T) {
	t.Parallel()
	m := hostileModule(t)
	r := newRuntime(t)
	f := function(t, m, "stubborn", "(x: float) => float")
	p, err := r.Load(t.Context(), m, []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = in.Call(ctx, f, []arrow.Array{floats(1)}, 1)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	deadline, _ := ctx.Deadline()
	if took := time.Since(deadline); took > 5*time.Second {
		t.Errorf("it went on for %v", took)
	}
}

func nativeRefusal() error {
	if s := sandbox.Support(); s.Landlock == 0 || !s.Seccomp {
		return errors.New("this kernel has no Landlock or no seccomp; the walls cannot be tested")
	}
	return nil
}
