package storage

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// format is a kind of file that can be imported.
type format struct {
	name       string
	extensions []string
	open       func(ctx context.Context, name string, f *os.File, progress func(done, total int64)) (source, error)
}

// formats are all that Import reads.
var formats = []format{
	{"CSV", []string{".csv"}, openCSV},
	{"TSV", []string{".tsv", ".tab"}, openTSV},
	{"JSON", []string{".json"}, openJSON},
	{"NDJSON", []string{".ndjson", ".jsonl"}, openNDJSON},
	{"Parquet", []string{".parquet", ".pq"}, openParquet},
	{"Arrow", []string{".arrow", ".feather", ".arrows", ".ipc"}, openArrow},
}

// detect finds the format by the extension of the name, else by how the file starts.
func detect(name string, f *os.File) (format, error) {
	head := make([]byte, 4096)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return format{}, err
	}
	if n == 0 {
		return format{}, bad(name, "the file is empty (0 bytes).")
	}
	ext := strings.ToLower(filepath.Ext(name))
	for _, f := range formats {
		for _, e := range f.extensions {
			if e == ext {
				return f, nil
			}
		}
	}
	want, ok := sniff(head[:n])
	for _, f := range formats {
		if ok && f.name == want {
			return f, nil
		}
	}
	return format{}, bad(name, "this is no format that can be imported; those are CSV, TSV, JSON, NDJSON, Parquet and Arrow, by extension or by content.")
}

func sniff(head []byte) (string, bool) {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n")
	line, _, _ := bytes.Cut(text, []byte("\n"))
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "Parquet", true
	case bytes.HasPrefix(head, []byte("ARROW1")), bytes.HasPrefix(head, []byte("\xff\xff\xff\xff")):
		return "Arrow", true
	case bytes.IndexByte(head, 0) >= 0:
		return "", false
	case bytes.HasPrefix(text, []byte("[")):
		return "JSON", true
	case bytes.HasPrefix(text, []byte("{")):
		return "NDJSON", true
	case bytes.IndexByte(line, '\t') >= 0:
		return "TSV", true
	case bytes.IndexByte(line, ',') >= 0:
		return "CSV", true
	}
	return "", false
}

var byteOrderMark = []byte("\xef\xbb\xbf")
