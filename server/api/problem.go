package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/problem"
	"github.com/dreamql/dreamql/server/run"
)

// HandleError writes any error of a handler as a problem document. It is the one place where errors become HTTP.
func HandleError(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		r := c.Request()
		if c.Response().Committed || errors.Is(err, context.Canceled) && r.Context().Err() != nil {
			return // the answer is under way, or nobody waits for it
		}
		p := problemOf(err)
		id := c.Response().Header().Get(echo.HeaderXRequestID)
		if p.Code == problem.Internal || p.Code == problem.Unavailable {
			log.Error("a request failed", "request", id, "method", r.Method, "route", c.Path(), "error", err)
		}
		doc := document(p, err)
		doc.Instance = optional(id)
		h := c.Response().Header()
		h.Set(echo.HeaderContentType, "application/problem+json")
		h.Del("Content-Disposition")
		switch p.Code {
		case problem.Unauthorized:
			h.Set("WWW-Authenticate", `Bearer realm="dreamql"`)
		case problem.Busy:
			h.Set("Retry-After", "5")
		case problem.TooSlow:
			h.Set("Connection", "close")
		case problem.VersionConflict:
			h.Set("ETag", strconv.Quote(strconv.FormatInt(p.CurrentVersion, 10)))
		}
		c.Response().WriteHeader(p.Status())
		if r.Method == http.MethodHead {
			return
		}
		if err := json.NewEncoder(c.Response()).Encode(doc); err != nil {
			log.Debug("a problem was not delivered", "request", id, "error", err)
		}
	}
}

func document(p *problem.Problem, err error) Problem {
	doc := Problem{Type: "about:blank", Title: p.Title(), Status: p.Status(), Code: string(p.Code), Detail: optional(problem.Ended(p.Detail)), CurrentVersion: optional(p.CurrentVersion)}
	var q *run.InvalidQuery
	if errors.As(err, &q) && len(q.Diagnostics) > 0 {
		doc.Diagnostics = &q.Diagnostics
	}
	if len(p.Checks) > 0 {
		checks := make([]PublishCheck, len(p.Checks))
		for i, c := range p.Checks {
			checks[i] = PublishCheck{Name: c.Name, Ok: c.OK, Message: optional(c.Message)}
		}
		doc.Checks = &checks
	}
	return doc
}

// problemOf finds what to tell the caller of an error.
func problemOf(err error) *problem.Problem {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p
	}
	if p := registryProblem(err); p != nil {
		return p
	}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		return httpProblem(h)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return problem.New(problem.Unavailable, "This took longer than the server allows. Make it a run and follow its events.")
	}
	// The disk may be a blob store's, PostgreSQL's or Redis's, and the last two send text.
	if strings.Contains(strings.ToLower(err.Error()), "no space left on device") {
		return problem.New(problem.Unavailable, "The server's disk is full. Free some space on it, then try again.")
	}
	return problem.New(problem.Internal, "The server's log has the cause under this request's id.")
}

func httpProblem(h *echo.HTTPError) *problem.Problem {
	detail, _ := h.Message.(string)
	switch h.Code {
	case http.StatusNotFound:
		return problem.New(problem.NotFound, "There is nothing at this address; openapi.yaml lists what there is.")
	case http.StatusMethodNotAllowed:
		return problem.New(problem.MethodNotAllowed, "See openapi.yaml for the methods of this address.")
	case http.StatusUnsupportedMediaType:
		return problem.New(problem.UnsupportedMedia, "Send JSON with the header \"Content-Type: application/json\".")
	case http.StatusRequestEntityTooLarge:
		return problem.New(problem.TooLarge, "The body of this request is too large.")
	case http.StatusBadRequest:
		return problem.New(problem.InvalidRequest, "%s", detail)
	}
	return problem.New(problem.Internal, "The server's log has the cause under this request's id.")
}

func registryProblem(err error) *problem.Problem {
	var invalid *registry.Invalid
	var rejected *registry.Rejected
	switch {
	case errors.As(err, &invalid):
		return problem.New(problem.Rejected, "%s", problem.Sentences(strings.Split(invalid.Error(), "\n")...))
	case errors.As(err, &rejected):
		p := problem.New(problem.Rejected, "%s", rejected.Error())
		for _, c := range rejected.Checks {
			p.Checks = append(p.Checks, problem.Check{Name: c.Name, OK: c.OK, Message: c.Message})
		}
		return p
	case errors.Is(err, registry.ErrExists):
		return problem.New(problem.Conflict, "%s", problem.Sentences(err.Error()))
	case errors.Is(err, registry.ErrForbidden):
		return problem.New(problem.Forbidden, "%s", problem.Sentences(err.Error()))
	case errors.Is(err, registry.ErrNotFound):
		return problem.New(problem.NotFound, "There is no such package or version. GET /api/v1/packages?q=… searches what there is.")
	}
	return nil
}
