package udf

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// Bundle is source code with files of its package that it reads, such as trained models. It travels as a Module's Code.
type Bundle struct {
	Source []byte
	Files  map[string][]byte // by the path in the package; a name only, never opened as a path
}

// bundleMark begins a bundle. No source does: it has a zero byte.
const bundleMark = "\x00dreamql bundle 1\n"

type bundleEntry struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

// Encode writes a bundle; equal bundles give equal bytes. Without files it is the source itself.
func (b *Bundle) Encode() []byte {
	if len(b.Files) == 0 {
		return b.Source
	}
	entries := []bundleEntry{{Size: len(b.Source)}}
	for _, name := range slices.Sorted(maps.Keys(b.Files)) {
		entries = append(entries, bundleEntry{name, len(b.Files[name])})
	}
	index, err := json.Marshal(entries)
	if err != nil {
		panic(err) // strings and numbers
	}
	out := binary.LittleEndian.AppendUint32([]byte(bundleMark), uint32(len(index)))
	out = append(append(out, index...), b.Source...)
	for _, e := range entries[1:] {
		out = append(out, b.Files[e.Name]...)
	}
	return out
}

var errBundle = errors.New("the bundle of the package's source and files is damaged")

// ParseBundle reads what Encode wrote, from anyone. The parts share code's memory.
func ParseBundle(code []byte) (*Bundle, error) {
	rest, ok := bytes.CutPrefix(code, []byte(bundleMark))
	if !ok {
		return &Bundle{Source: code}, nil
	}
	if len(rest) < 4 {
		return nil, errBundle
	}
	n := binary.LittleEndian.Uint32(rest)
	rest = rest[4:]
	if uint64(n) > uint64(len(rest)) {
		return nil, errBundle
	}
	var entries []bundleEntry
	if err := json.Unmarshal(rest[:n], &entries); err != nil || len(entries) == 0 {
		return nil, errBundle
	}
	rest = rest[n:]
	b := &Bundle{Files: map[string][]byte{}}
	for i, e := range entries {
		if e.Size < 0 || e.Size > len(rest) {
			return nil, errBundle
		}
		part := rest[:e.Size:e.Size]
		rest = rest[e.Size:]
		switch _, twice := b.Files[e.Name]; {
		case i == 0:
			b.Source = part
		case twice:
			return nil, errBundle
		default:
			b.Files[e.Name] = part
		}
	}
	if len(rest) > 0 {
		return nil, errBundle
	}
	return b, nil
}
