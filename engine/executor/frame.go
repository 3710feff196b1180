package executor

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// A frame is a prefix of 12 bytes (the length of the header, then that of the body, little-endian), the header and the
// body. Descriptors travel with the prefix, so a reader that wants them must not read ahead.

const (
	prefixBytes     = 12
	maxHeader       = 64 << 20 // towards the child: plans
	maxBody         = 1 << 30  // towards the child: modules, and inputs that are in memory
	maxReport       = 4 << 20  // header and body towards the worker, which bounds what a hostile child can make it hold
	filesPerFrame   = 200      // Linux takes 253
	controlCapacity = 4 * filesPerFrame
)

var errFrame = errors.New("the executor's protocol was broken")

// writeFrame sends one frame, with files only where w is a *net.UnixConn.
func writeFrame(w io.Writer, h *header, body []byte, files []*os.File) error {
	head, err := h.marshal()
	if err != nil {
		return err
	}
	prefix := make([]byte, prefixBytes, prefixBytes+len(head))
	binary.LittleEndian.PutUint32(prefix, uint32(len(head)))
	binary.LittleEndian.PutUint64(prefix[4:], uint64(len(body)))
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		if _, _, err := w.(*net.UnixConn).WriteMsgUnix(prefix, unix.UnixRights(fds...), nil); err != nil {
			return err
		}
		prefix = prefix[:0]
	}
	if _, err := w.Write(append(prefix, head...)); err != nil {
		return err
	}
	if len(body) > 0 {
		_, err = w.Write(body)
	}
	return err
}

// readFrame reads a frame of the child's, without descriptors.
func readFrame(r io.Reader) (*header, []byte, error) {
	var prefix [prefixBytes]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, nil, err
	}
	return readRest(r, prefix, maxReport, maxReport)
}

// readFrameWithFiles reads a frame and the descriptors that came with it, also when it fails.
func readFrameWithFiles(c *net.UnixConn) (h *header, body []byte, files []*os.File, err error) {
	var prefix [prefixBytes]byte
	control := make([]byte, unix.CmsgSpace(controlCapacity))
	for at := 0; at < prefixBytes; {
		n, oob, flags, _, err := c.ReadMsgUnix(prefix[at:], control)
		if n == 0 && err == nil {
			err = io.EOF
		}
		if err != nil {
			return nil, nil, files, err
		}
		at += n
		more, err := received(control[:oob])
		files = append(files, more...)
		if err != nil {
			return nil, nil, files, err
		}
		if flags&unix.MSG_CTRUNC != 0 {
			return nil, nil, files, errors.New("too many open files for one process")
		}
	}
	h, body, err = readRest(c, prefix, maxHeader, maxBody)
	return h, body, files, err
}

func received(control []byte) ([]*os.File, error) {
	if len(control) == 0 {
		return nil, nil
	}
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return files, err
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "handed over"))
		}
	}
	return files, nil
}

func readRest(r io.Reader, prefix [prefixBytes]byte, headerLimit, bodyLimit uint64) (*header, []byte, error) {
	n, m := uint64(binary.LittleEndian.Uint32(prefix[:])), binary.LittleEndian.Uint64(prefix[4:])
	if n > headerLimit || m > bodyLimit {
		return nil, nil, fmt.Errorf("%w: a frame of %d and %d bytes", errFrame, n, m)
	}
	buf := make([]byte, n+m)
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, nil, fmt.Errorf("%w: a frame was cut off: %w", errFrame, err)
	}
	h := new(header)
	if err := json.Unmarshal(buf[:n], h); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errFrame, err)
	}
	return h, buf[n:], nil
}

// dataWriter sends what is written to it as data frames.
type dataWriter struct {
	to  *Parent
	buf []byte
}

const dataBytes = 1 << 20

func (d *dataWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), dataBytes-len(d.buf))
		d.buf = append(d.buf, p[:k]...)
		p = p[k:]
		if len(d.buf) == dataBytes {
			if err := d.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (d *dataWriter) flush() error {
	if len(d.buf) == 0 {
		return nil
	}
	err := d.to.frame(&header{Kind: kindData}, d.buf)
	d.buf = d.buf[:0]
	return err
}
