// Package format writes results: as Arrow, CSV, JSON and NDJSON, for the command line and the server.
//
// It must not change values: text stays as it is (a spreadsheet formula too), only quoted as the format asks. A new
// format is a file here and a line in formats.
package format

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// Batches is a stream of record batches, ended by its first error.
type Batches = iter.Seq2[arrow.RecordBatch, error]

type writer struct {
	name, mediaType string
	write           func(w io.Writer, schema *arrow.Schema, batches Batches) error
}

var formats = []writer{
	{"json", "application/json", writeJSON},
	{"ndjson", "application/x-ndjson", writeNDJSON},
	{"csv", "text/csv; charset=utf-8; header=present", writeCSV},
	{"arrow", "application/vnd.apache.arrow.stream", writeStream},
	{"parquet", "application/vnd.apache.parquet", writeParquet},
	{"arrowfile", "application/vnd.apache.arrow.file", writeFile},
}

// Names lists the formats that Write knows.
func Names() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// MediaType is the Content-Type of a format.
func MediaType(name string) (string, error) {
	f, err := find(name)
	return f.mediaType, err
}

// Write writes all batches, whose columns are those of schema (dictionary-encoded or not). The first error of the stream
// or of w ends it; what was written by then is not a whole document.
func Write(w io.Writer, name string, schema *arrow.Schema, batches Batches) error {
	f, err := find(name)
	if err != nil {
		return err
	}
	return f.write(w, schema, batches)
}

func find(name string) (writer, error) {
	if i := slices.IndexFunc(formats, func(f writer) bool { return f.name == name }); i >= 0 {
		return formats[i], nil
	}
	return writer{}, fmt.Errorf("there is no format %q; there are %s", name, strings.Join(Names(), ", "))
}
