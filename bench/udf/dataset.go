package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

const (
	rowCount  = 3_000_000
	someCount = 300_000 // rows of the table for what takes long
	fewCount  = 10_000  // rows of the table for whole queries
)

// dataset is the rows that everyone computes over, made from a fixed seed: in files for DreamQL and its peers, and in
// memory for the loops in Go.
type dataset struct {
	many, some, few                     string // Parquet files
	price, x, y, lat1, lon1, lat2, lon2 []float64
	name                                []string
}

func makeDataset(dir string) (*dataset, error) {
	d := &dataset{many: filepath.Join(dir, "rows.parquet"), some: filepath.Join(dir, "some.parquet"), few: filepath.Join(dir, "few.parquet")}
	random := rand.New(rand.NewPCG(1, 2))
	for range rowCount {
		d.price = append(d.price, float64(random.IntN(20_000))/100)
		d.x = append(d.x, random.Float64())
		d.y = append(d.y, random.Float64()*1000)
		d.lat1 = append(d.lat1, random.Float64()*180-90)
		d.lon1 = append(d.lon1, random.Float64()*360-180)
		d.lat2 = append(d.lat2, random.Float64()*180-90)
		d.lon2 = append(d.lon2, random.Float64()*360-180)
		d.name = append(d.name, "Flight No. "+strconv.Itoa(random.IntN(1_000_000_000)))
	}
	if err := d.write(d.many, rowCount); err != nil {
		return nil, err
	}
	if err := d.write(d.some, someCount); err != nil {
		return nil, err
	}
	return d, d.write(d.few, fewCount)
}

func (d *dataset) columns() []struct {
	name   string
	values []float64
} {
	return []struct {
		name   string
		values []float64
	}{{"price", d.price}, {"x", d.x}, {"y", d.y}, {"lat1", d.lat1}, {"lon1", d.lon1}, {"lat2", d.lat2}, {"lon2", d.lon2}}
}

// write makes a file of the first n rows, unless it is there.
func (d *dataset) write(path string, n int) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	var fields []arrow.Field
	var columns []arrow.Array
	for _, c := range d.columns() {
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		b.AppendValues(c.values[:n], nil)
		fields = append(fields, arrow.Field{Name: c.name, Type: arrow.PrimitiveTypes.Float64})
		columns = append(columns, b.NewArray())
	}
	names := array.NewStringBuilder(memory.DefaultAllocator)
	names.AppendValues(d.name[:n], nil)
	fields = append(fields, arrow.Field{Name: "name", Type: arrow.BinaryTypes.String})
	columns = append(columns, names.NewArray())
	schema := arrow.NewSchema(fields, nil)
	file, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	defer file.Close()
	w, err := pqarrow.NewFileWriter(schema, file, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithDictionaryDefault(false)), pqarrow.DefaultWriterProps())
	if err != nil {
		return err
	}
	if err := w.Write(array.NewRecordBatch(schema, columns, int64(n))); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
