// Command fused measures what an expression costs as SIMD WebAssembly, emitted for its tree, beside the engine's kernels: in cache and
// streaming, with and without absent values, over columns that lie in the module's memory and over ones that are copied there. Why the
// engine has kernels and no such compiler follows from its figures: see docs/adr.
package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/dreamql/dreamql/bench/measure"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench-fused:", err)
		os.Exit(1)
	}
}

const (
	cached   = 8 << 10 // rows that are gone over again and again
	batch    = 64 << 10
	streamed = 32 * batch
)

func run(ctx context.Context) error {
	fmt.Printf("Nanoseconds a row, one thread, the fastest of many runs; %s, %s\n", measure.Processor(), runtime.Version())
	var r measure.Report
	r.Header("expression", "rows", "kernels", "WebAssembly in place", "WebAssembly, copied", "emit and compile, ms")
	for _, e := range []struct {
		text string
		tree *logical.Expr
	}{
		{"a * 1.2 > 100", call(">", call("*", column("a"), number(1.2)), number(100))},
		{"a * 1.2 + b", call("+", call("*", column("a"), number(1.2)), column("b"))},
		{"(a * 2 + b) * (1 - c)", call("*", call("+", call("*", column("a"), number(2)), column("b")), call("-", number(1), column("c")))},
		{"(a * b + c) * a - (b * 0.5 + c) * 3", call("-", call("*", call("+", call("*", column("a"), column("b")), column("c")), column("a")),
			call("*", call("+", call("*", column("b"), number(0.5)), column("c")), number(3)))},
	} {
		for _, absent := range []bool{false, true} {
			for _, rows := range []int{cached, streamed} {
				d := newData(rows, absent)
				k, err := newKernels(e.tree, d)
				if err != nil {
					return err
				}
				began := time.Now()
				w, err := newFused(ctx, e.tree, d)
				if err != nil {
					return err
				}
				compiled := time.Since(began)
				if err := same(k, w); err != nil {
					return fmt.Errorf("%s: %w", e.text, err)
				}
				name := "in cache"
				if rows == streamed {
					name = "streaming"
				}
				if absent {
					name += ", a tenth of a absent"
				}
				r.Line("`"+e.text+"`", name, figure(fastest(rows, k.run)), figure(fastest(rows, func() error { return w.run(false) })),
					figure(fastest(rows, func() error { return w.run(true) })), figure(float64(compiled.Microseconds())/1000))
				if err := w.close(); err != nil {
					return err
				}
			}
		}
	}
	fmt.Print(r.String())
	return nil
}

func figure(v float64) string { return fmt.Sprintf("%.2f", v) }

// fastest is nanoseconds a row.
func fastest(rows int, run func() error) float64 {
	best := math.Inf(1)
	times := max(1, 4*batch/rows)
	for until := time.Now().Add(400 * time.Millisecond); time.Now().Before(until); {
		began := time.Now()
		for range times {
			if run() != nil {
				return math.NaN()
			}
		}
		best = min(best, float64(time.Since(began).Nanoseconds())/float64(times*rows))
	}
	return best
}

// same runs both once and compares what they gave.
func same(k *kernelRun, w *fused) error {
	for _, copied := range []bool{false, true} {
		if err := k.run(); err != nil {
			return err
		}
		if err := w.run(copied); err != nil {
			return err
		}
		if got, want := w.result(), k.result(); !slices.Equal(got, want) {
			return fmt.Errorf("WebAssembly (copied: %v) and the kernels differ", copied)
		}
	}
	return nil
}

func column(name string) *logical.Expr {
	return &logical.Expr{Op: logical.OpColumn, Name: name, T: types.Of(types.Float)}
}

func number(v float64) *logical.Expr {
	f := logical.Float(v)
	return &logical.Expr{Op: logical.OpLiteral, T: types.Of(types.Float), Lit: &logical.Literal{Float: &f}}
}

func call(name string, args ...*logical.Expr) *logical.Expr {
	t := types.Of(types.Float)
	if name == ">" || name == "<" {
		t = types.Of(types.Bool)
	}
	return &logical.Expr{Op: logical.OpCall, Name: name, T: t, Args: args}
}
