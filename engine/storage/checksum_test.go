package storage

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
)

// checked is a small segment with columns of every shape that a file can have, two of them with dictionaries.
func checked(t testing.TB) (seg logical.Segment, content []byte, names []string) {
	t.Helper()
	blobs, err := Open(t.Context(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	var lines strings.Builder
	for i := range 16 {
		fmt.Fprintf(&lines, `{"a":"%c","n":%d,"f":%s,"b":%t,"l":["p","q"],"r":{"k":1,"s":"t"},"c":"y","own":"u%x"}`+"\n", 'x'+i%2, i, []string{"null", "2.5"}[i%2], i%2 == 0, i)
	}
	table, err := Import(t.Context(), Input{Name: "a.ndjson", Reader: strings.NewReader(lines.String())}, blobs, "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	seg = table.Segments[0]
	path, err := blobs.Local(t.Context(), seg.Key, "")
	if err != nil {
		t.Fatal(err)
	}
	if content, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	for _, c := range table.Columns {
		names = append(names, c.Name)
	}
	return seg, content, names
}

// readColumns reads every column of every batch of a segment with the given bytes.
func readColumns(t testing.TB, seg logical.Segment, content []byte, names []string) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.arrow")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openSegment(path, "s.arrow", seg)
	if err != nil {
		return "", err
	}
	defer s.Close()
	var out strings.Builder
	for i := range s.NumBatches() {
		b, err := s.Batch(i, names)
		if err != nil {
			return "", err
		}
		j, err := json.Marshal(b)
		b.Release()
		if err != nil {
			return "", err
		}
		out.Write(j)
	}
	return out.String(), nil
}

// TestChecksums flips each byte of a segment in turn: the rows are the same or the damage is noticed and named, and after a time in
// which all of the bytes were right nothing is compared again.
func TestChecksums(t *testing.T) {
	t.Parallel()
	seg, whole, names := checked(t)
	want, err := readColumns(t, seg, whole, names)
	if err != nil {
		t.Fatal(err)
	}
	noticed := 0
	for i := range whole {
		b := append([]byte(nil), whole...)
		b[i] ^= 0x10
		seg.Key = "flipped-" + string(rune('a'+i%26)) + strings.Repeat("x", i/26%40) // another file to the memory of what was compared
		seg.Digest = strings.Repeat("0", i/1040)
		got, err := readColumns(t, seg, b, names)
		switch {
		case err == nil && got != want:
			t.Fatalf("byte %d of %d: other rows without an error\n got %s\nwant %s", i, len(whole), got, want)
		case err == nil:
		case !strings.Contains(err.Error(), "segment s.arrow is damaged"):
			t.Fatalf("byte %d: the error does not name the segment: %v", i, err)
		default:
			noticed++
		}
	}
	if noticed < len(whole)/4 {
		t.Errorf("%d of %d flipped bytes were noticed", noticed, len(whole))
	}
	for _, n := range []int{0, 11, len(whole) / 2, len(whole) - 1} {
		if _, err := readColumns(t, seg, whole[:n], names); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestChecksumNamesTheColumn(t *testing.T) {
	t.Parallel()
	seg, whole, names := checked(t)
	seg.Key = "named"
	at := strings.LastIndex(string(whole), "u0u1u2u3") // the texts of the column own, which has no dictionary
	if at < 0 {
		t.Fatal("the texts are not where they were")
	}
	whole[at] = 'v'
	_, err := readColumns(t, seg, whole, names)
	if err == nil || err.Error() != "segment s.arrow is damaged: column own of batch 0: its checksum is not the one that it was written with" {
		t.Errorf("got %v", err)
	}
	if _, err := readColumns(t, seg, whole, names[:len(names)-1]); err != nil {
		t.Errorf("the other columns: %v", err)
	}
}

// FuzzSegment opens what may be a segment, with and without checksums: there are rows or an error, never a fault.
func FuzzSegment(f *testing.F) {
	seg, whole, names := checked(f)
	f.Add(whole, seg.Sums)
	every, content, columns := everyEncoding(f)
	f.Add(content, every.Sums)
	f.Add(content, []byte(nil))
	f.Add(whole, []byte(nil))
	f.Add(whole[:len(whole)-9], []byte{1, 2, 3})
	f.Add([]byte("ARROW1\x00\x00ARROW1"), seg.Sums[:4])
	f.Fuzz(func(t *testing.T, content, sums []byte) {
		seg := logical.Segment{Key: t.Name(), Sums: sums}
		readColumns(t, seg, content, names)
		readColumns(t, logical.Segment{}, content, names)
		readColumns(t, logical.Segment{}, content, columns)
	})
}
