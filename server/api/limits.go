package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/dreamql/dreamql/server/problem"
)

// Limits are what is taken from a stranger: the largest bodies in bytes, how many of them at a time, and how slowly they may come.
type Limits struct {
	JSON    int64         // queries, notebooks
	Package int64         // archives
	Upload  int64         // datasets
	Uploads int           // files that are taken in at a time
	Waiting time.Duration // for one's turn to upload
	Stalled time.Duration // for the next piece of a body
}

// DefaultLimits fit one machine.
var DefaultLimits = Limits{JSON: 4 << 20, Package: 64 << 20, Upload: 8 << 30, Uploads: 8, Waiting: 30 * time.Second, Stalled: 30 * time.Second}

// piece of a body that must come within Limits.Stalled: what comes more slowly than that holds a connection for nothing.
const piece = 64 << 10

// Bounded refuses bodies that are too large, before they are read where their length is announced, or that come too slowly.
func Bounded(l Limits) echo.MiddlewareFunc {
	turns := make(chan struct{}, l.Uploads)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			limit, file := l.JSON, ""
			switch r.Method + " " + c.Path() {
			case "POST /api/v1/datasets":
				limit, file = l.Upload, "A file of data"
			case "POST /api/v1/packages":
				limit, file = l.Package, "A package"
			}
			large := tooLarge(file, limit)
			if r.ContentLength > limit {
				return large
			}
			if r.Body == nil || r.Body == http.NoBody {
				return next(c)
			}
			body := &steady{ReadCloser: r.Body, control: http.NewResponseController(c.Response()), patience: l.Stalled}
			r.Body = &named{ReadCloser: http.MaxBytesReader(c.Response(), body, limit), large: large}
			if file == "" {
				// Whole and at once: what is left unread would hide from the server that the caller has hung up.
				whole, err := io.ReadAll(r.Body)
				if err != nil {
					return err
				}
				r.Body = io.NopCloser(bytes.NewReader(whole))
				return next(c)
			}
			if err := turn(r.Context(), turns, l.Waiting); err != nil {
				return err
			}
			defer func() { <-turns }()
			return next(c)
		}
	}
}

// turn waits until there are fewer uploads than allowed.
func turn(ctx context.Context, turns chan struct{}, patience time.Duration) error {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return problem.New(problem.Busy, "%d files are being uploaded at this moment, which is as many as this server takes. Upload this one again when one of them is done.", cap(turns))
	}
}

func tooLarge(file string, limit int64) *problem.Problem {
	switch file {
	case "":
		return problem.New(problem.TooLarge, "The body of this request may have at most %s. Upload data as a dataset.", size(limit))
	case "A package":
		return problem.New(problem.TooLarge, "A package may have at most %s. Leave out what its functions do not need.", size(limit))
	}
	return problem.New(problem.TooLarge, "%s may have at most %s. Split it, and add the parts to the dataset with mode=append.", file, size(limit))
}

// size writes a number of bytes as people say it.
func size(n int64) string {
	for _, u := range []struct {
		unit string
		n    int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.n {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(u.n), u.unit)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// named turns the errors of reading a body into problems, and remembers them, because a parser may take them for a fault of the file.
type named struct {
	io.ReadCloser
	large *problem.Problem
	err   error
}

// readError is why a body could not be read, or else err.
func readError(body io.Reader, err error) error {
	if n, ok := body.(*named); ok && n.err != nil {
		return n.err
	}
	return err
}

func (n *named) Read(p []byte) (int, error) {
	c, err := n.ReadCloser.Read(p)
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		n.err = n.large
		return c, n.err
	case errors.Is(err, os.ErrDeadlineExceeded):
		n.err = problem.New(problem.TooSlow, "The body of this request came too slowly or not to its end. Send it again over a better line.").Because(err)
		return c, n.err
	}
	return c, err
}

// steady gives a body time as long as it keeps coming.
type steady struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration
	come     int // since the deadline was set
	begun    bool
}

func (s *steady) Read(p []byte) (int, error) {
	if s.patience > 0 && (!s.begun || s.come >= piece) {
		s.begun, s.come = true, 0
		if err := s.control.SetReadDeadline(time.Now().Add(s.patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
	}
	n, err := s.ReadCloser.Read(p)
	s.come += n
	if err == io.EOF && s.patience > 0 {
		// The server goes on listening for the caller to hang up, which must not time out.
		if err := s.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return n, err
		}
	}
	return n, err
}

// contextWithoutEnd outlives a caller that hangs up, for what must be written down all the same.
func contextWithoutEnd(c echo.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Request().Context()), d)
}
