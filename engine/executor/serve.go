package executor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
)

// Serve executes the tasks that come over conn, one after the other, until the worker closes it. It is the whole life of
// an executor process after it has shut itself in.
func Serve(ctx context.Context, conn *net.UnixConn, env exec.Env) error {
	return ServeParent(ctx, NewParent(conn), env)
}

// ServeParent is Serve for an environment whose runtimes ask the parent for companions.
func ServeParent(ctx context.Context, parent *Parent, env exec.Env) error {
	conn := parent.conn
	s := &server{parent: parent, env: env, code: map[string][]byte{}, segments: map[string]*storage.Segment{}}
	s.env.Modules = s.module
	defer s.forget()
	for {
		h, body, files, err := readFrameWithFiles(conn)
		s.files = append(s.files, files...)
		if err == nil {
			err = s.frame(ctx, h, body)
		}
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

type server struct {
	parent   *Parent
	env      exec.Env
	code     map[string][]byte
	files    []*os.File                  // of the next task
	segments map[string]*storage.Segment // mapped in this process, by key: the next task is likely to want them again
}

// maxMapped is how many segments stay mapped between tasks.
const maxMapped = 512

func (s *server) frame(ctx context.Context, h *header, body []byte) error {
	switch h.Kind {
	case kindCode:
		s.code[h.Digest] = body
	case kindFiles:
	case kindTask:
		if h.Task == nil {
			return errFrame
		}
		done, inline, err := s.run(ctx, h.Task, body)
		if err != nil {
			return err
		}
		s.closeFiles()
		if len(s.segments) > maxMapped {
			s.forget()
		}
		return s.parent.frame(&header{Kind: kindDone, Done: done}, inline)
	default:
		return fmt.Errorf("%w: a frame of kind %q", errFrame, h.Kind)
	}
	return nil
}

func (s *server) module(_ context.Context, digest string) ([]byte, error) {
	b, ok := s.code[digest]
	if !ok {
		return nil, fmt.Errorf("the module %s was not handed over", digest)
	}
	return b, nil
}

// run executes a task. Its error is one that the process cannot go on from.
func (s *server) run(ctx context.Context, t *taskHeader, body []byte) (*doneHeader, []byte, error) {
	out := &encoder{data: &dataWriter{to: s.parent}, result: t.Result}
	stats, err := s.execute(ctx, t, body, out)
	done := &doneHeader{Stats: stats}
	if err == nil {
		err = out.finish(t.Stage.Columns)
	}
	if starved(err) {
		fmt.Fprintln(os.Stderr, "fatal error: out of memory")
		return nil, nil, err
	}
	if err != nil {
		done.Failure = failure(err)
		return done, nil, nil
	}
	done.Rows, done.Batches, done.Inline = out.rows, out.batches, out.inline != nil
	return done, out.inline, nil
}

// starved reports whether the kernel refused memory. Go ends the process then; an engine that asks the kernel itself may go on.
func starved(err error) bool {
	var internal *exec.InternalError
	if errors.As(err, &internal) {
		err, _ = internal.Value.(error)
	}
	return errors.Is(err, syscall.ENOMEM)
}

func (s *server) execute(ctx context.Context, t *taskHeader, body []byte, out *encoder) (stats exec.Stats, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the executor met a fault: %v", p)
			if cause, ok := p.(error); ok {
				err = fmt.Errorf("the executor met a fault: %w", cause)
			}
		}
	}()
	env := s.env
	if t.Memory > 0 && (env.MemoryLimit == 0 || t.Memory < env.MemoryLimit) {
		env.MemoryLimit = t.Memory
	}
	if t.Scratch != nil {
		if t.Scratch.File < 0 || t.Scratch.File >= len(s.files) {
			return stats, errFrame
		}
		file := s.files[t.Scratch.File]
		env.Scratch = func() (exec.Scratch, error) { return file, nil }
		env.DiskLimit = t.Scratch.Limit
	}
	inputs, err := s.inputs(t, body)
	if err != nil {
		return stats, err
	}
	task := exec.Task{Stage: t.Stage, Splits: t.Splits, Modules: t.Modules, Inputs: inputs,
		Open: func(_ context.Context, table *logical.Table, i int) (exec.SegmentReader, error) {
			return s.segment(t, table, i)
		}}
	return exec.Run(ctx, env, task, func(b arrow.RecordBatch) error { return out.add(b, t.Stage.Columns) })
}

// kept is a segment that stays mapped when exec closes it.
type kept struct{ *storage.Segment }

func (kept) Close() error { return nil }

// segment maps a file that came with the task. Tasks run one at a time, but their threads open concurrently: the map is
// filled before the task starts, in inputs.
func (s *server) segment(t *taskHeader, table *logical.Table, i int) (exec.SegmentReader, error) {
	if i < 0 || i >= len(table.Segments) {
		return nil, fmt.Errorf("the table %s has no segment %d", table.Name, i)
	}
	seg, ok := s.segments[segmentKey(table.Segments[i])]
	if _, sent := t.Segments[i]; !ok || !sent {
		return nil, fmt.Errorf("segment %d of %s was not handed over", i, table.Name)
	}
	return kept{seg}, nil
}

func segmentKey(s logical.Segment) string { return s.Key + " " + s.Digest }

// inputs maps the task's segments, and makes streams of its inputs.
func (s *server) inputs(t *taskHeader, body []byte) (map[int]func(context.Context) exec.Batches, error) {
	for i, file := range t.Segments {
		if t.Stage.Table == nil || i < 0 || i >= len(t.Stage.Table.Segments) || file < 0 || file >= len(s.files) {
			return nil, errFrame
		}
		seg := t.Stage.Table.Segments[i]
		key := segmentKey(seg)
		if s.segments[key] != nil {
			continue
		}
		mapped, err := storage.MapSegment(s.files[file], seg)
		if err != nil {
			return nil, err
		}
		s.segments[key] = mapped
	}
	readers := map[int][]io.Reader{}
	for _, in := range t.Stage.Inputs {
		readers[in] = nil
	}
	for _, in := range t.Inputs {
		var r io.Reader
		switch {
		case in.File >= 0 && in.File < len(s.files):
			r = io.NewSectionReader(s.files[in.File], 0, 1<<62)
		case in.File < 0 && in.Length >= 0 && in.Length <= len(body):
			r, body = bytes.NewReader(body[:in.Length]), body[in.Length:]
		default:
			return nil, errFrame
		}
		readers[in.Stage] = append(readers[in.Stage], r)
	}
	inputs := map[int]func(context.Context) exec.Batches{}
	for stage, rs := range readers {
		inputs[stage] = func(context.Context) exec.Batches { return streams(stage, rs) }
	}
	return inputs, nil
}

// streams reads Arrow streams one after the other.
func streams(stage int, rs []io.Reader) exec.Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, r := range rs {
			if err := stream(r, yield); err != nil {
				if err != errStop {
					yield(nil, fmt.Errorf("the output of stage %d: %w", stage, err))
				}
				return
			}
		}
	}
}

var errStop = errors.New("stop")

func stream(r io.Reader, yield func(arrow.RecordBatch, error) bool) error {
	reader, err := ipc.NewReader(r)
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
		if !yield(reader.RecordBatch(), nil) {
			return errStop
		}
	}
	return reader.Err()
}

func (s *server) closeFiles() {
	for _, f := range s.files {
		f.Close()
	}
	s.files = nil
}

func (s *server) forget() {
	s.closeFiles()
	for k, seg := range s.segments {
		seg.Close()
		delete(s.segments, k)
	}
}
