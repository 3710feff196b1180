package storage

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sys/unix"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// An entry of a column cache is an Arrow file of one column, its checksums as those of a segment are, and sixteen bytes: how many
// bytes the checksums have, the checksum of them and of the name of the entry, and a mark.

const (
	entryMark   = "DREAMCOL"
	entryColumn = "c"
)

var errEntry = errors.New("the entry is damaged")

// openColumn maps an entry and checks all of it.
func openColumn(path string, k columnKey) (h *heldColumn, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if stat.Size() < 16 || stat.Size() != int64(int(stat.Size())) {
		return nil, errEntry
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(stat.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			unix.Munmap(data)
		}
	}()
	end := data[len(data)-16:]
	n := int64(binary.LittleEndian.Uint32(end))
	if string(end[8:]) != entryMark || n > stat.Size()-16 {
		return nil, errEntry
	}
	body := data[:stat.Size()-16-n]
	sums := data[len(body) : len(data)-16]
	if binary.LittleEndian.Uint32(end[4:]) != entrySum(k, sums) {
		return nil, errEntry
	}
	s, err := segmentOf(body, path, newSums(bytes.Clone(sums)))
	if err != nil {
		return nil, err
	}
	defer s.reader.Release()
	h = &heldColumn{bytes: int64(len(body)), close: func() error { return unix.Munmap(data) }}
	for i := range s.NumBatches() {
		b, err := s.Narrow(i, []string{entryColumn})
		if err != nil {
			return nil, err
		}
		h.batches = append(h.batches, b.Column(0))
	}
	return h, nil
}

func entrySum(k columnKey, sums []byte) uint32 {
	return crc32.Update(crc32.Checksum(fmt.Appendf(nil, "%s %d %d", k.file, k.group, k.column), castagnoli), castagnoli, sums)
}

// keep writes an entry and makes room for it.
func (c *ColumnCache) keep(j columnJob) error {
	batches, err := alike(j.batches, j.of)
	if err != nil {
		return err
	}
	if !j.same() {
		return nil
	}
	path := c.path(j.key)
	if _, err := os.Stat(path); err == nil {
		return nil // another process was faster
	}
	f, err := os.CreateTemp(c.dir, "new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	n, err := writeColumn(f, j.key, batches)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if !j.same() {
		return nil
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil && !os.IsNotExist(err) { // of a folder that another process has just emptied
		return err
	}
	return c.room(n)
}

// alike gives batches of one type and one dictionary: as they are, if they are so, or in the type that the column has everywhere.
func alike(batches []arrow.Array, t types.Type) ([]arrow.Array, error) {
	first, same := batches[0], true
	for _, a := range batches[1:] {
		same = same && arrow.TypeEqual(a.DataType(), first.DataType()) && a.Data().Dictionary() == first.Data().Dictionary()
	}
	if same {
		return batches, nil
	}
	out := make([]arrow.Array, len(batches))
	for i, a := range batches {
		var err error
		if a, err = funcs.Widened(memory.DefaultAllocator, a, t); err != nil {
			return nil, err
		}
		if out[i], err = convert(a, t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func writeColumn(f *os.File, k columnKey, batches []arrow.Array) (int64, error) {
	nullable := false
	for _, a := range batches {
		nullable = nullable || a.NullN() > 0
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: entryColumn, Type: batches[0].DataType(), Nullable: nullable}}, nil)
	out, size, sums := bufio.NewWriterSize(f, 256<<10), &counter{}, newSummer(schema)
	w, err := ipc.NewFileWriter(io.MultiWriter(out, size, sums), ipc.WithSchema(sums.schema))
	if err != nil {
		return 0, err
	}
	for _, a := range batches {
		b := array.NewRecordBatch(schema, []arrow.Array{a}, int64(a.Len()))
		err := w.Write(b)
		b.Release()
		if err == nil {
			err = sums.batch()
		}
		if err != nil {
			return 0, err
		}
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	s := sums.finish()
	end := binary.LittleEndian.AppendUint32(s, uint32(len(s)))
	end = binary.LittleEndian.AppendUint32(end, entrySum(k, s))
	if _, err := out.Write(append(end, entryMark...)); err != nil {
		return 0, err
	}
	return size.n + int64(len(end)) + int64(len(entryMark)), out.Flush()
}
