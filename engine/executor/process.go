package executor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// run hands a task over and receives its output.
func (e *process) run(ctx context.Context, t Task, out io.Writer) (*Output, error) {
	sent := make(chan error, 1)
	go func() { sent <- e.send(ctx, t) }()
	o, err := e.receive(ctx, out)
	if err != nil {
		var failed *Failure
		if !errors.As(err, &failed) {
			e.Kill() // ends send, too
		}
	}
	if serr := <-sent; serr != nil && (err == nil || !errors.Is(serr, ErrCrashed)) {
		e.Kill()
		return nil, serr // what the worker itself could not do is the cause of what follows from it
	}
	return o, err
}

// send writes the frames of a task. An error of a file or of code is the worker's own; one of the socket is a crash.
func (e *process) send(ctx context.Context, t Task) error {
	h := &taskHeader{Stage: t.Stage, Splits: t.Splits, Modules: t.Modules, Memory: t.Memory, Result: t.Result, Segments: map[int]int{}}
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	var body []byte
	for _, in := range t.Inputs {
		ih := inputHeader{Stage: in.Stage, File: -1, Length: len(in.Bytes)}
		if in.File != nil {
			ih.File, ih.Length = len(files), 0
			files = append(files, in.File)
		}
		body = append(body, in.Bytes...)
		h.Inputs = append(h.Inputs, ih)
	}
	for _, s := range t.Splits {
		if _, ok := h.Segments[s.Segment]; ok {
			continue
		}
		f, err := t.Segment(ctx, s.Segment)
		if err != nil {
			e.Kill() // it waits for a task that will not come
			return err
		}
		h.Segments[s.Segment] = len(files)
		files = append(files, f)
	}
	if t.Scratch != nil {
		f, err := t.Scratch()
		if err != nil {
			e.Kill()
			return fmt.Errorf("a file for what does not fit into memory: %w", err)
		}
		h.Scratch = &scratchHeader{File: len(files), Limit: t.Disk}
		files = append(files, f)
	}
	for _, m := range t.Modules {
		if e.code[m.Digest] {
			continue
		}
		code, err := t.Code(ctx, m.Digest)
		if err != nil {
			e.Kill()
			return err
		}
		if err := e.frame(&header{Kind: kindCode, Digest: m.Digest}, code, nil); err != nil {
			return err
		}
		e.code[m.Digest] = true
	}
	for from := 0; from < len(files); from += filesPerFrame {
		if err := e.frame(&header{Kind: kindFiles}, nil, files[from:min(from+filesPerFrame, len(files))]); err != nil {
			return err
		}
	}
	return e.frame(&header{Kind: kindTask, Task: h}, body, nil)
}

func (e *process) frame(h *header, body []byte, files []*os.File) error {
	e.writing.Lock()
	defer e.writing.Unlock()
	if err := writeFrame(e.Conn, h, body, files); err != nil {
		return e.crashed(err)
	}
	return nil
}

// receive reads frames until the task is done. What the child says is checked for its form only: rows are data.
func (e *process) receive(ctx context.Context, out io.Writer) (*Output, error) {
	for {
		h, body, err := readFrame(e.in)
		if err != nil {
			return nil, e.crashed(err)
		}
		switch {
		case h.Kind == kindData:
			if _, err := out.Write(body); err != nil {
				return nil, err
			}
		case h.Kind == kindDone && h.Done != nil:
			if h.Done.Failure != nil {
				return &Output{Stats: h.Done.Stats}, h.Done.Failure
			}
			o := &Output{Rows: h.Done.Rows, Batches: h.Done.Batches, Stats: h.Done.Stats}
			if h.Done.Inline {
				o.Inline = body
			}
			return o, nil
		case h.Kind == kindCompanion && h.Companion != nil:
			if err := e.companion(ctx, h.Companion); err != nil {
				return nil, e.crashed(err)
			}
		default:
			return nil, e.crashed(fmt.Errorf("%w: a frame of kind %q", errFrame, h.Kind))
		}
	}
}

// dying is how long an executor that has hung up may take to say why, which a fatal error of Go's does as it ends.
const dying = 500 * time.Millisecond

// crashed kills the executor and says how it ended.
func (e *process) crashed(err error) error {
	if errors.Is(err, io.EOF) {
		last := time.AfterFunc(dying, e.Kill)
		defer last.Stop()
	} else {
		e.Kill()
	}
	if end := e.Wait(); end != nil && errors.Is(err, io.EOF) {
		err = end
	}
	return fmt.Errorf("%w (%w)", ErrCrashed, err)
}
