package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/bench/measure"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/wasm"
)

// readiness measures what comes before the first row, with modules of std/geo's code grown by copies of its largest function.
func (b *bench) readiness(r *measure.Report) error {
	r.Header("until functions are ready", "target", "ms", "design's promise")
	for _, m := range []struct {
		name, target, promise string
		size                  int
		measure               func(udf.Module, *udf.Function) (time.Duration, error)
	}{
		{"first row after publish, module of 60 KB", "≤ 5", "1", 60 << 10, firstRow},
		{"swap to compiled code, module of 500 KB; the longest call meanwhile is in the line below", "≤ 250", "250", 500 << 10, swap},
		{"longest call of 512 rows while that is compiled", "no query waits", "–", 500 << 10, meanwhile},
		{"node restart, cached, module of 130 KB", "≤ 5", "5", 130 << 10, restart},
	} {
		module, f, err := grown(m.size)
		if err != nil {
			return err
		}
		var ms []float64
		for range b.repeat {
			took, err := m.measure(module, f)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			ms = append(ms, float64(took)/1e6)
		}
		r.Line(m.name, m.target, fmt.Sprintf("%.1f", measure.Median(ms)), m.promise)
	}
	return nil
}

// ready loads a module and calls its function for some rows.
func ready(r *wasm.Runtime, m udf.Module, f *udf.Function, rows int) (udf.Program, udf.Instance, error) {
	p, err := r.Load(context.Background(), m, []*udf.Function{f})
	if err != nil {
		return nil, nil, err
	}
	in, err := p.Instance(context.Background())
	if err != nil {
		return nil, nil, err
	}
	return p, in, call(in, f, rows)
}

func call(in udf.Instance, f *udf.Function, rows int) error {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	for i := range rows {
		b.Append(float64(i % 90))
	}
	a := b.NewArray()
	_, err := in.Call(context.Background(), f, []arrow.Array{a, a, a, a}, rows)
	return err
}

func firstRow(m udf.Module, f *udf.Function) (time.Duration, error) {
	r := wasm.New(wasm.Options{})
	defer r.Close(context.Background())
	began := time.Now()
	_, _, err := ready(r, m, f, 1)
	return time.Since(began), err
}

func swap(m udf.Module, f *udf.Function) (time.Duration, error) {
	whole, _, err := swapping(m, f)
	return whole, err
}

func meanwhile(m udf.Module, f *udf.Function) (time.Duration, error) {
	_, longest, err := swapping(m, f)
	return longest, err
}

// swapping calls a function until compiled code has taken over.
func swapping(m udf.Module, f *udf.Function) (whole, longest time.Duration, err error) {
	r := wasm.New(wasm.Options{})
	defer r.Close(context.Background())
	began := time.Now()
	p, in, err := ready(r, m, f, 1)
	for err == nil && p.Tier(f) != "wasm" {
		from := time.Now()
		err = call(in, f, 512)
		longest = max(longest, time.Since(from))
	}
	return time.Since(began), longest, err
}

func restart(m udf.Module, f *udf.Function) (time.Duration, error) {
	dir, err := os.MkdirTemp("", "dreamql-bench-cache-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	before := wasm.New(wasm.Options{CacheDir: dir})
	if _, err := before.Warm(context.Background(), m, []*udf.Function{f}); err != nil {
		return 0, err
	}
	if err := before.Close(context.Background()); err != nil {
		return 0, err
	}
	r := wasm.New(wasm.Options{CacheDir: dir})
	defer r.Close(context.Background())
	began := time.Now()
	_, _, err = ready(r, m, f, 1)
	return time.Since(began), err
}

// grown is std/geo with so many copies of its largest function that it has about size bytes.
func grown(size int) (udf.Module, *udf.Function, error) {
	code, err := os.ReadFile(filepath.Join("registry", "std", "geo", "geo.wasm"))
	if err != nil {
		return udf.Module{}, nil, err
	}
	sections := map[byte][]byte{}
	var order []byte
	for i := 8; i < len(code); {
		n, k := binary.Uvarint(code[i+1:])
		order = append(order, code[i])
		sections[code[i]] = code[i+1+k : i+1+k+int(n)]
		i += 1 + k + int(n)
	}
	types3, bodies := entries(sections[3], false), entries(sections[10], true)
	largest := 0
	for i := range bodies {
		if len(bodies[i]) > len(bodies[largest]) {
			largest = i
		}
	}
	for total := len(code); total < size; total += len(bodies[largest]) + 3 {
		types3, bodies = append(types3, types3[largest]), append(bodies, bodies[largest])
	}
	sections[3], sections[10] = joined(types3, false), joined(bodies, true)
	out := append([]byte{}, code[:8]...)
	for _, id := range order {
		if id == 0 { // debug names
			continue
		}
		out = binary.AppendUvarint(append(out, id), uint64(len(sections[id])))
		out = append(out, sections[id]...)
	}
	sum := sha256.Sum256(out)
	f := &udf.Function{Package: "bench/grown", Version: "1.0.0", Name: "haversine", Kind: udf.WASM, Shape: udf.Scalar, Result: types.Of(types.Float)}
	for _, name := range []string{"lat1", "lon1", "lat2", "lon2"} {
		f.Params = append(f.Params, types.Field{Name: name, Type: types.Of(types.Float)})
	}
	return udf.Module{Kind: udf.WASM, Digest: hex.EncodeToString(sum[:]), Code: out}, f, nil
}

// entries splits a section into its entries: numbers, or byte strings with their length before them.
func entries(section []byte, sized bool) [][]byte {
	count, k := binary.Uvarint(section)
	var out [][]byte
	for at := k; count > 0; count-- {
		n, k := binary.Uvarint(section[at:])
		if sized {
			out = append(out, section[at+k:at+k+int(n)])
			at += k + int(n)
		} else {
			out = append(out, section[at:at+k])
			at += k
		}
	}
	return out
}

func joined(entries [][]byte, sized bool) []byte {
	out := binary.AppendUvarint(nil, uint64(len(entries)))
	for _, e := range entries {
		if sized {
			out = binary.AppendUvarint(out, uint64(len(e)))
		}
		out = append(out, e...)
	}
	return out
}
