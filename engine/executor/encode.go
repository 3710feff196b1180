package executor

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
)

// encoder turns output batches into Arrow: a stream, or for a result that outgrows InlineLimit a file.
type encoder struct {
	data    *dataWriter
	result  bool
	schema  *arrow.Schema
	writer  batchWriter
	small   bytes.Buffer        // a result's stream, as long as it is small
	held    []arrow.RecordBatch // what small holds
	rows    int64
	batches []int64
	inline  []byte

	outgrown bool
}

type batchWriter interface {
	Write(arrow.RecordBatch) error
	Close() error
}

func (e *encoder) add(b arrow.RecordBatch, columns []types.Field) error {
	if b.NumRows() == 0 {
		return nil
	}
	if e.schema == nil {
		if err := e.start(b, columns); err != nil {
			return err
		}
	}
	p, err := format.Plain(b, e.schema)
	if err != nil {
		return err
	}
	defer p.Release()
	e.rows, e.batches = e.rows+p.NumRows(), append(e.batches, p.NumRows())
	if err := e.writer.Write(p); err != nil {
		return err
	}
	if !e.result || e.outgrown {
		return nil
	}
	p.Retain()
	e.held = append(e.held, p)
	if e.small.Len() < InlineLimit {
		return nil
	}
	return e.outgrow()
}

// start opens the stream. Its schema is the plan's, but for the states of aggregates, whose types are their own affair.
func (e *encoder) start(b arrow.RecordBatch, columns []types.Field) error {
	schema, err := types.ArrowSchema(columns)
	if err != nil {
		return err
	}
	e.schema = schema
	if b != nil && !e.result {
		fields := schema.Fields()
		for i, f := range b.Schema().Fields() {
			if f.Type.ID() != arrow.DICTIONARY {
				fields[i].Type = f.Type
			}
			fields[i].Nullable = true
		}
		e.schema = arrow.NewSchema(fields, nil)
	}
	if e.result {
		e.writer = ipc.NewWriter(&e.small, ipc.WithSchema(e.schema))
	} else {
		e.writer = ipc.NewWriter(e.data, ipc.WithSchema(e.schema))
	}
	return nil
}

// outgrow begins a file with the batches held so far.
func (e *encoder) outgrow() error {
	w, err := ipc.NewFileWriter(e.data, ipc.WithSchema(e.schema))
	if err != nil {
		return err
	}
	e.writer, e.small, e.outgrown = w, bytes.Buffer{}, true
	for _, b := range e.held {
		if err == nil {
			err = w.Write(b)
		}
		b.Release()
	}
	e.held = nil
	return err
}

func (e *encoder) finish(columns []types.Field) error {
	if e.schema == nil {
		if err := e.start(nil, columns); err != nil {
			return err
		}
	}
	if err := e.writer.Close(); err != nil {
		return err
	}
	if e.result && !e.outgrown {
		e.inline = e.small.Bytes()
	}
	return e.data.flush()
}
