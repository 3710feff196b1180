package storage

import (
	"strings"
	"testing"
)

// TestErrorsNameTheirPlace: what is wrong with a file of lines is said with its line, and its column where there is one.
func TestErrorsNameTheirPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, content, want string }{
		{"a.tsv", "a\tb\n1\t2\n1\n", "a.tsv, line 3: the row has 1 fields"},
		{"a.tsv", "a\tb\n1\tx\"y\n", "a.tsv, line 2, column 4: there is a quote"},
		{"a.csv", "a,b\n\"x\ny\",1\n3\n", "a.csv, line 4: the row has 1 fields"},
		{"a.ndjson", "{\"a\": 1}\n{\"a\": tru}\n", "a.ndjson, line 2, column 10: this is not valid JSON"},
		{"a.ndjson", "{\"a\": 1}\n{\"a\": 2}\n[3]\n", "a.ndjson, line 3, column 1: this JSON is not a table"},
		{"a.ndjson", "{\"a\": 1}\n{\"a\": 2\n", "a.ndjson, line 2, column 1: the file ends in the middle"},
		{"a.json", "[{\"a\": 1},\n\n  7]", "a.json, line 3, column 3: this JSON is not a table"},
		{"a.json", "[{\"a\": 1},\n {\"a\": " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}]", "a.json, line 2, column 2: object 2"},
	} {
		blobs := newBlobs(t)
		_, err := Import(t.Context(), Input{Name: c.file, Reader: strings.NewReader(c.content)}, blobs, "t", nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q\n got %v\nwant %s", c.content, err, c.want)
		}
	}
}
