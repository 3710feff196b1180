package python

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
	"github.com/dreamql/dreamql/runtimes/python/subset"
)

// signature finds the functions of a module for tests: a comment such as # (int, float?) => string, and the def below it.
var signature = regexp.MustCompile(`(?m)^# \(([^)]*)\) => (\S+)\ndef (\w+)`)

func parseType(t *testing.T, s string) types.Type {
	t.Helper()
	typ, err := types.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func declared(t *testing.T, source string) []*udf.Function {
	t.Helper()
	var funcs []*udf.Function
	for _, m := range signature.FindAllStringSubmatch(source, -1) {
		f := &udf.Function{Package: "test/subset", Version: "1.0.0", Name: m[3], Entry: m[3], Kind: udf.Python, Shape: udf.Scalar, Result: parseType(t, m[2])}
		for i, p := range strings.Split(m[1], ", ") {
			f.Params = append(f.Params, types.Field{Name: fmt.Sprint("p", i), Type: parseType(t, p)})
		}
		funcs = append(funcs, f)
	}
	return funcs
}

var (
	oddFloats = []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1e308, 5e-324, 1 << 53, 0.5, 1.5, 2.5, -0.5, 2.675, 1e16, 1e-5, 123456789.125}
	oddInts   = []int64{0, 1, -1, 2, math.MaxInt64, math.MinInt64, 1 << 53, 1<<53 + 1, -1 << 53, 3037000500, math.MinInt64 + 1}
	pieces    = []string{"a", "b", "abc", "é", "€", "😀", " ", "A", "B1", "12", "-3.5", "\t", "\u00a0", "e", "x", "ß", "\x00", "+7", "é́", "aa"}
)

func randomValue(r *rand.Rand, b array.Builder) {
	switch b := b.(type) {
	case *array.Float64Builder:
		switch r.IntN(4) {
		case 0:
			b.Append(oddFloats[r.IntN(len(oddFloats))])
		case 1:
			b.Append(float64(r.IntN(20) - 10))
		case 2:
			b.Append(math.Float64frombits(r.Uint64()))
		default:
			b.Append(r.NormFloat64() * 100)
		}
	case *array.Int64Builder:
		switch r.IntN(5) {
		case 0:
			b.Append(oddInts[r.IntN(len(oddInts))])
		case 1:
			b.Append(int64(r.Uint64()) >> r.IntN(64))
		default:
			b.Append(int64(r.IntN(40) - 20))
		}
	case *array.BooleanBuilder:
		b.Append(r.IntN(2) == 0)
	case *array.StringBuilder:
		if r.IntN(8) == 0 {
			b.Append(strconv.Itoa(r.IntN(2000) - 1000))
			return
		}
		s := ""
		for range r.IntN(6) {
			s += pieces[r.IntN(len(pieces))]
		}
		b.Append(s)
	}
}

func randomColumns(t *testing.T, r *rand.Rand, f *udf.Function, n int) []arrow.Array {
	t.Helper()
	var args []arrow.Array
	for _, p := range f.Params {
		at, err := types.ToArrow(p.Type)
		if err != nil {
			t.Fatal(err)
		}
		b := array.NewBuilder(memory.DefaultAllocator, at)
		for range n {
			if p.Type.IsOption() && r.IntN(3) == 0 {
				b.AppendNull()
			} else {
				randomValue(r, b)
			}
		}
		args = append(args, b.NewArray())
	}
	return args
}

// undecided stands for the result of a row that compiled code left to CPython.
func undecided(t *testing.T, f *udf.Function, n int) arrow.Array {
	t.Helper()
	at, err := types.ToArrow(f.Result)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewBuilder(memory.DefaultAllocator, at)
	b.AppendNulls(n)
	return b.NewArray()
}

func sameValue(a, b arrow.Array, i, k int) bool {
	if a.IsNull(i) || b.IsNull(k) {
		return a.IsNull(i) == b.IsNull(k)
	}
	if x, ok := a.(*array.Float64); ok {
		return same(x.Value(i), b.(*array.Float64).Value(k))
	}
	return a.ValueStr(i) == b.ValueStr(k)
}

// agree runs functions over random rows both ways: where compiled code gives a result, CPython gives the same. It returns how many
// rows each function decided. Functions that are not compiled are handed to refused.
func agree(t *testing.T, r *rand.Rand, source string, funcs []*udf.Function, n int, refused func(*udf.Function, *subset.Reason)) map[string]int {
	t.Helper()
	engine, err := subset.NewEngine(t.Context(), subset.Options{Library: sharedRuntime(t).library})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close(t.Context())
	code, reasons, err := engine.Compile(t.Context(), source, funcs)
	if err != nil {
		t.Fatal(err)
	}
	funcs = slices.DeleteFunc(slices.Clone(funcs), func(f *udf.Function) bool {
		if reason := reasons[f.ID()]; reason != nil {
			refused(f, reason)
			return true
		}
		return false
	})
	p, err := sharedRuntime(t).load(t.Context(), module(source), funcs)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	compiled := code.Instance()
	defer compiled.Close(t.Context())
	decided := map[string]int{}
	for _, f := range funcs {
		args := randomColumns(t, r, f, n)
		left := map[int]bool{}
		// Loops over texts that grow within loops may take for ever, both ways; no function is given more than a few seconds.
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		got, _, err := compiled.Call(ctx, f, args, n, func(rows []int) (arrow.Array, error) {
			for _, row := range rows {
				left[row] = true
			}
			return undecided(t, f, len(rows)), nil
		})
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var rows []int
		for row := range n {
			if !left[row] {
				rows = append(rows, row)
			}
		}
		decided[f.Name] = len(rows)
		some := make([]arrow.Array, len(args))
		for i, a := range args {
			some[i] = columns.Take(a, rows)
		}
		want, err := in.Call(t.Context(), f, some, len(rows))
		if err != nil {
			var failed *udf.CallError
			if errors.As(err, &failed) && strings.Contains(failed.Message, "MemoryError") {
				continue // where CPython's objects fill the memory, bytes of compiled code may not
			}
			t.Errorf("%s: compiled code gave %v where CPython failed: %v", f.Name, got.ValueStr(rows[max(failed.Row, 0)]), err)
			continue
		}
		for k, row := range rows {
			if !sameValue(got, want, row, k) {
				_, after, _ := strings.Cut(source, "\ndef "+f.Name+"(")
				text, _, _ := strings.Cut(after, "\n# ")
				t.Errorf("%s(%s): compiled %s, CPython %s\ndef %s(%s", f.Name, columns.Describe(f, args, row), got.ValueStr(row), want.ValueStr(k), f.Name, text)
				break
			}
		}
	}
	return decided
}

// TestSubsetByFeature compares the functions of testdata/subset with CPython, each on random rows of which it must decide some.
func TestSubsetByFeature(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "subset", "*.py"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			seed := rand.Uint64()
			t.Log("seed", seed)
			decided := agree(t, rand.New(rand.NewPCG(seed, 1)), string(source), declared(t, string(source)), 400,
				func(f *udf.Function, reason *subset.Reason) { t.Errorf("%s is not compiled: %v", f.Name, reason) })
			for name, n := range decided {
				if n == 0 && name != "endless" {
					t.Errorf("compiled code decided only %d of 400 rows of %s", n, name)
				}
			}
		})
	}
}
