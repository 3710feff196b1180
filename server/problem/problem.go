// Package problem is how the service says no: a small set of codes, each with its HTTP status, as RFC 9457 documents.
//
// A Problem is an error that is meant for the caller. Every other error is logged and reaches the caller as "internal",
// without its cause. A new code is a constant here and a line in statuses.
package problem

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dreamql/dreamql/engine/source"
)

// Code is stable: programs compare it.
type Code string

const (
	InvalidRequest       Code = "invalid_request"
	Unauthorized         Code = "unauthorized"
	Forbidden            Code = "forbidden"
	NotFound             Code = "not_found"
	MethodNotAllowed     Code = "method_not_allowed"
	Conflict             Code = "conflict"
	VersionConflict      Code = "version_conflict"
	TooLarge             Code = "too_large"
	TooSlow              Code = "too_slow"
	Busy                 Code = "busy"
	UnsupportedMedia     Code = "unsupported_media_type"
	InvalidQuery         Code = "invalid_query"
	RunFailed            Code = "run_failed"
	Rejected             Code = "rejected"
	PreconditionRequired Code = "precondition_required"
	Unavailable          Code = "unavailable"
	Internal             Code = "internal"
)

var statuses = map[Code]struct {
	status int
	title  string
}{
	InvalidRequest:       {http.StatusBadRequest, "The request is not valid"},
	Unauthorized:         {http.StatusUnauthorized, "A valid token is needed"},
	Forbidden:            {http.StatusForbidden, "The token may not do this"},
	NotFound:             {http.StatusNotFound, "There is no such thing"},
	MethodNotAllowed:     {http.StatusMethodNotAllowed, "This address does not take that method"},
	Conflict:             {http.StatusConflict, "This does not go with what is there"},
	VersionConflict:      {http.StatusPreconditionFailed, "Someone else saved a newer version"},
	TooLarge:             {http.StatusRequestEntityTooLarge, "That is too large"},
	TooSlow:              {http.StatusRequestTimeout, "The request came too slowly"},
	Busy:                 {http.StatusServiceUnavailable, "The service is busy"},
	UnsupportedMedia:     {http.StatusUnsupportedMediaType, "That kind of body is not understood"},
	InvalidQuery:         {http.StatusUnprocessableEntity, "The query has errors"},
	RunFailed:            {http.StatusUnprocessableEntity, "The run failed"},
	Rejected:             {http.StatusUnprocessableEntity, "The content was rejected"},
	PreconditionRequired: {http.StatusPreconditionRequired, "The version that was edited is missing"},
	Unavailable:          {http.StatusServiceUnavailable, "The service cannot do this now"},
	Internal:             {http.StatusInternalServerError, "Something went wrong in the service"},
}

// Check is one test that published content passed or failed.
type Check struct {
	Name    string
	OK      bool
	Message string
}

// Problem is an error for the caller. Detail says what is wrong and how to mend it, in a sentence or two.
type Problem struct {
	Code           Code
	Detail         string
	CurrentVersion int64 // with VersionConflict
	Diagnostics    source.Diagnostics
	Checks         []Check
	cause          error
}

// New makes a problem.
func New(code Code, format string, args ...any) *Problem {
	return &Problem{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Because keeps the cause for the log.
func (p *Problem) Because(cause error) *Problem {
	p.cause = cause
	return p
}

func (p *Problem) Error() string {
	if p.cause != nil {
		return string(p.Code) + ": " + p.Detail + ": " + p.cause.Error()
	}
	return string(p.Code) + ": " + p.Detail
}

func (p *Problem) Unwrap() error { return p.cause }

// Status is the HTTP status of the problem's code.
func (p *Problem) Status() int { return statuses[p.Code].status }

// Title is one sentence that is equal for all problems of a code.
func (p *Problem) Title() string { return statuses[p.Code].title }

// Has reports whether err is a problem of that code.
func Has(err error, code Code) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
}
