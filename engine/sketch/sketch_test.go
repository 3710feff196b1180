package sketch

import (
	"bytes"
	"fmt"
	"math"
	"testing"
)

// TestMerge counts sets of many sizes, of which one half is counted apart and kept as bytes meanwhile.
func TestMerge(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 10, 300, 5000, 200_000, 3_000_000} {
		var a, b Distinct
		for i := range n {
			half := &a
			if i%2 == 1 {
				half = &b
			}
			half.AddUint(uint64(i))
			if i%10 == 0 {
				a.AddUint(uint64(i)) // in both
			}
		}
		var kept Distinct
		if err := kept.Merge(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(kept.Bytes(), b.Bytes()) {
			t.Errorf("%d: what is parsed is written otherwise", n)
		}
		if len(b.Bytes()) > 1100 {
			t.Errorf("%d: %d bytes", n, len(b.Bytes()))
		}
		if err := a.Merge(kept.Bytes()); err != nil {
			t.Fatal(err)
		}
		if got := a.Estimate(); math.Abs(float64(got)-float64(n)) > 0.08*float64(n) {
			t.Errorf("%d values are taken for %d", n, got)
		}
	}
}

func TestStringsAgreeOverProcesses(t *testing.T) {
	t.Parallel()
	var d Distinct
	for i := range 5 {
		d.AddString(fmt.Sprint("v", i))
	}
	if got := d.Estimate(); got != 5 {
		t.Errorf("5 values are taken for %d", got)
	}
	if got, want := fmt.Sprintf("%x", d.Bytes()[:7]), "01fd0001da0301"; got != want {
		t.Errorf("the sketch starts with %s, and other processes write %s", got, want)
	}
}

func FuzzMerge(f *testing.F) {
	var d Distinct
	f.Add(d.Bytes())
	d.AddUint(7)
	f.Add(d.Bytes())
	for i := range 5000 {
		d.AddUint(uint64(i))
	}
	f.Add(d.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		var d, again Distinct
		if d.Merge(b) == nil {
			d.Estimate()
			if err := again.Merge(d.Bytes()); err != nil {
				t.Error(err)
			}
		}
	})
}
