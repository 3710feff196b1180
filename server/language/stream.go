package language

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/creachadair/jrpc2/channel"
)

// stream is messages with headers over a reader and a writer, as editors speak it over standard input and output.
type stream struct {
	from io.Reader
	in   *bufio.Reader
	out  io.WriteCloser
	mu   sync.Mutex // answers to messages that were not taken come from the reader
}

// Stream returns a channel over the standard framing: a Content-Length header, an empty line, and JSON.
func Stream(in io.Reader, out io.WriteCloser) channel.Channel {
	return &stream{from: in, in: bufio.NewReaderSize(in, 64<<10), out: out}
}

const tooLong = `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a message may have at most %d bytes, and this one has %d"}}`

var errHeader = errors.New("what came is no message of the protocol: it has no Content-Length header")

// Recv reads the next message. One that is too long is passed over, and answered with an error.
func (s *stream) Recv() ([]byte, error) {
	for {
		n, err := s.header()
		if err != nil {
			return nil, err
		}
		if n <= MaxMessage {
			buf := make([]byte, n)
			_, err = io.ReadFull(s.in, buf)
			return buf, err
		}
		if _, err := io.CopyN(io.Discard, s.in, n); err != nil {
			return nil, err
		}
		if err := s.Send(fmt.Appendf(nil, tooLong, MaxMessage, n)); err != nil {
			return nil, err
		}
	}
}

// header reads header lines up to the empty one, and returns the length that they give.
func (s *stream) header() (int64, error) {
	length := int64(-1)
	for range 100 {
		line, err := s.in.ReadSlice('\n')
		if err != nil {
			if err == io.EOF && len(line) == 0 && length < 0 {
				return 0, io.EOF
			}
			return 0, errHeader
		}
		text := strings.TrimSpace(string(line))
		if text == "" {
			if length < 0 {
				return 0, errHeader
			}
			return length, nil
		}
		name, value, _ := strings.Cut(text, ":")
		if strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			if length, err = strconv.ParseInt(strings.TrimSpace(value), 10, 62); err != nil || length < 0 {
				return 0, errHeader
			}
		}
	}
	return 0, errHeader
}

// Send writes a message.
func (s *stream) Send(msg []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := fmt.Fprintf(s.out, "Content-Length: %d\r\n\r\n", len(msg)); err != nil {
		return err
	}
	_, err := s.out.Write(msg)
	return err
}

// Close ends the channel.
func (s *stream) Close() error {
	if c, ok := s.from.(io.Closer); ok {
		_ = c.Close() // so that a reader that waits is told
	}
	return s.out.Close()
}
